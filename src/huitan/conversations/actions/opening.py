"""A cycle opens and closes; its conversations come into being and, if need be, are cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from huitan.conversations.models import Conversation, TalkSection, Topic
from huitan.core import events
from huitan.core.moves import Refused, locked, move, plain
from huitan.core.sentences import say
from huitan.cycles.actions import enter_reviews, participants
from huitan.cycles.models import Cycle, Review
from huitan.people.models import Employee
from huitan.people.relations import Actor, system
from huitan.plans.actions import draft
from huitan.plans.models import Plan


@dataclass(frozen=True)
class Opened:
    """What opening a cycle did; `without_manager` are left out until the roster names somebody."""

    cycle: Cycle
    conversations: int
    without_manager: tuple[Employee, ...]


def open_cycle(cycle: Cycle, *, actor: Actor, at: datetime) -> Opened:
    """Open a draft cycle: one review and one conversation per participant, opening with the last plan (R03)."""
    with transaction.atomic():
        stored = move(cycle, "open", actor=actor, at=at, opened_at=at)
        people, without = participants(stored)
        if not people:
            raise Refused("incomplete", say("选中的部门里没有可以参加的人：要在职，并且有直接上级。"))
        made = open_conversations(enter_reviews(stored, people), actor=actor, at=at)
    return Opened(stored, len(made), tuple(without))


def open_conversations(reviews: Iterable[Review], *, actor: Actor, at: datetime) -> list[Conversation]:
    made = []
    for review in reviews:
        talk = Conversation(
            review=review,
            minutes=review.cycle.talk_minutes,
            opened_at=at,
            plan=draft(review),
            previous_plan=last_plan(review),
        )
        talk.save()
        events.append(
            talk.stream,
            "conversation.opened",
            actor=actor,
            at=at,
            payload={"id": talk.pk, "cycle": review.cycle.key, "employee": review.employee_id},
        )
        made.append(talk)
    return made


def last_plan(review: Review) -> Plan | None:
    """The newest binding plan of this person from an earlier cycle."""
    return (
        Plan.objects.filter(review__employee=review.employee_id)
        .exclude(state="draft")
        .exclude(review=review)
        .order_by("-activated_at")
        .first()
    )


def close_cycle(cycle: Cycle, *, actor: Actor, at: datetime, reason: str = "") -> Cycle:
    """Close a cycle. Talks without a signed record are named; closing over them needs a reason, which stays."""
    open_talks = Conversation.objects.filter(
        review__cycle=cycle, state__in=["preparing", "shared", "talking", "recorded"]
    ).count()
    if open_talks and not reason.strip():
        raise Refused(
            "incomplete", say("还有 %(n)s 场面谈没有签字。先完成，或写明为什么现在关闭。", n=open_talks)
        )
    return move(cycle, "close", actor=actor, at=at, closed_at=at, close_reason=reason)


def cancel(talk: Conversation, reason: str, *, actor: Actor, at: datetime) -> Conversation:
    with transaction.atomic():
        stored = move(talk, "cancel", actor=actor, at=at, cancel_reason=reason)
        withdraw_open(stored, at=at)
    return stored


def withdraw_open(talk: Conversation, *, at: datetime) -> None:
    """Times on offer that nobody answered fall away when the time is settled, or called off, another way."""
    for offer in talk.slot_offers.filter(state="open"):
        move(offer, "withdraw", actor=system("scheduling"), at=at, answered_at=at)


def open_follow_up(talk: Conversation, *, actor: Actor, at: datetime) -> Conversation | None:
    """The follow-up talk for topics not reached (R16): made once, and kept in step while the record is revised.

    A topic taken back leaves the follow-up, a new date moves it, and without any topic left it is called off.
    """
    carried = list(talk.topics.filter(state="carried_over"))
    existing = talk.follow_ups.select_for_update().first()
    if existing is None:
        return _start_follow_up(talk, carried, actor=actor, at=at) if carried else None
    if existing.state not in ("preparing", "shared"):
        return existing
    for topic in (
        existing.topics.filter(state="active").exclude(carried_from=None).exclude(carried_from__in=carried)
    ):
        topic.state, topic.state_reason = "removed", ""
        topic.save(update_fields=["state", "state_reason"])
        events.append(existing.stream, "topic.taken_back", actor=actor, at=at, payload={"id": topic.pk})
    if not carried and not existing.topics.filter(state="active").exists():
        reason = "前一场面谈里都谈到了"
        return move(existing, "cancel", actor=system("revision"), at=at, cancel_reason=reason)
    if carried and existing.scheduled_at != talk.follow_up_at:
        before, existing.scheduled_at = existing.scheduled_at, talk.follow_up_at
        existing.save(update_fields=["scheduled_at"])
        withdraw_open(existing, at=at)
        dates = {"from": plain(before), "to": plain(existing.scheduled_at)}
        events.append(existing.stream, "conversation.scheduled", actor=actor, at=at, payload=dates)
    _copy_missing(carried, existing)
    return existing


def _start_follow_up(talk: Conversation, carried: list[Topic], *, actor: Actor, at: datetime) -> Conversation:
    made = Conversation(
        review=talk.review,
        kind="follow_up",
        follows=talk,
        purpose=talk.purpose,
        situation=talk.situation,
        minutes=30,
        scheduled_at=talk.follow_up_at,
        place=talk.place,
        opened_at=at,
        plan=draft(talk.review),
        previous_plan=talk.previous_plan,
    )
    made.save()
    payload = {"id": made.pk, "follows": talk.pk, "topics": [t.title for t in carried]}
    events.append(made.stream, "conversation.opened", actor=actor, at=at, payload=payload)
    _copy_missing(carried, made)
    return made


def _copy_missing(carried: Iterable[Topic], target: Conversation) -> None:
    have = {t.carried_from_id: t for t in target.topics.all()}
    for source in carried:
        topic = have.get(source.pk)
        if topic is None:
            copy_topic(source, target)
        elif topic.state == "removed":
            topic.state = "active"
            topic.save(update_fields=["state"])


def copy_topic(topic: Any, target: Conversation) -> None:
    evidence = list(topic.evidence.all())
    source, topic.pk = topic.pk, None
    topic._state.adding = True
    topic.conversation, topic.state, topic.carried_from_id, topic.state_reason = target, "active", source, ""
    topic.consensus, topic.versions = "", {}
    topic.save(force_insert=True)
    topic.evidence.set(evidence)


def set_sections(talk: Conversation, minutes: dict[str, int]) -> None:
    """Write the agenda's time boxes; what was already spent stays."""
    have = {s.key: s for s in talk.sections.all()}
    for key, planned in minutes.items():
        if key in have:
            have[key].minutes = planned
            have[key].save(update_fields=["minutes"])
        else:
            TalkSection.objects.create(conversation=talk, key=key, minutes=planned)


def locked_talk(talk: Conversation, *states: str) -> Conversation:
    """The stored talk, locked, if it is in one of `states`; refused with the reason otherwise."""
    stored = locked(talk)
    if states and stored.state not in states:
        raise Refused(
            "not_now",
            say(
                "面谈现在是「%(state)s」，这一步做不了。刷新页面看看最新进展。",
                state=say(stored.lifecycle.states[stored.state]),
            ),
        )
    return stored
