"""Before the talk, the manager's side: schedule, purpose, scores, focus topics, private notes, the frozen pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from huitan.conversations.actions import templates
from huitan.conversations.actions.citing import rest_on
from huitan.conversations.actions.limits import NOTE_AT_MOST, check_length, on_the_list
from huitan.conversations.actions.opening import locked_talk, withdraw_open
from huitan.conversations.actions.scheduling import appoint
from huitan.conversations.focus import Proposal
from huitan.conversations.models import Conversation, ManagerScore, Pack, PrivateNote, Topic
from huitan.conversations.record_text import fingerprint
from huitan.core import events
from huitan.core.moves import Refused, move, plain, require
from huitan.core.sentences import say
from huitan.evidence import actions as evidence_actions
from huitan.evidence.models import Evidence
from huitan.evidence.queries import CONTENT, sort_out
from huitan.people.relations import Actor
from huitan.plans import actions as plan_actions

BEFORE = ("preparing", "shared")
BEFORE_AND_DURING = ("preparing", "shared", "talking")


def schedule(
    talk: Conversation, scheduled_at: datetime, *, minutes: int, place: str, actor: Actor, at: datetime
) -> Conversation:
    """Set or change when and where, without asking; times on offer fall away."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "prepare", actor)
        withdraw_open(stored, at=at)
        return appoint(stored, scheduled_at, minutes=minutes, place=place, actor=actor, at=at)


def choose_purpose(talk: Conversation, purpose: str, *, actor: Actor, at: datetime) -> Conversation:
    """R06. The purpose sets the template, and with it the agenda."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "prepare", actor)
        if purpose not in Conversation.PURPOSES:
            raise Refused("invalid", say("选业绩改进、职业发展或协作问题。"))
        if stored.purpose != purpose:
            stored.purpose = purpose
            stored.save(update_fields=["purpose"])
            events.append(
                stored.stream, "conversation.purpose_chosen", actor=actor, at=at, payload={"purpose": purpose}
            )
            templates.fit(stored, actor=actor, at=at)
    return stored


def score(
    talk: Conversation, evidence: Evidence, value: Decimal, reason: str, *, actor: Actor, at: datetime
) -> ManagerScore:
    """The manager's own score for one result (1.0 to 5.0), with the reason."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "prepare", actor)
        if not stored.pack_evidence().filter(pk=evidence.pk, kind="kpi").exists():
            raise Refused("invalid", say("这个指标不属于这次面谈。"))
        if not Decimal(1) <= value <= Decimal(5):
            raise Refused("invalid", say("评分在 1.0 到 5.0 之间。"))
        given, _ = ManagerScore.objects.update_or_create(
            conversation=stored, evidence=evidence, defaults={"score": value, "reason": reason.strip()}
        )
        events.append(
            stored.stream,
            "conversation.scored",
            actor=actor,
            at=at,
            payload={"evidence": evidence.ref, "score": plain(value), "reason": reason.strip()},
        )
    return given


def note_informal_talk(talk: Conversation, text: str, *, actor: Actor, at: datetime) -> Conversation:
    """R07: where no survey came, what the employee said in passing; the employee can read it."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "prepare", actor)
        if stored.informal_note != text:
            stored.informal_note = text
            stored.save(update_fields=["informal_note"])
            events.append(
                stored.stream, "conversation.informal_note", actor=actor, at=at, payload={"text": text}
            )
    return stored


def keep_private_note(
    talk: Conversation, text: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> PrivateNote:
    """For the author alone; the history knows nothing of it, not even that it exists."""
    with transaction.atomic():
        stored = locked_talk(talk)
        if actor.employee_id is None or not stored.relations_of(actor) & {"self", "manager", "held_by"}:
            raise Refused("forbidden", say("私人笔记只给参加面谈的人。"))
        check_length(text, NOTE_AT_MOST)
        note, _ = PrivateNote.objects.get_or_create(
            conversation=stored, author_id=actor.employee_id, defaults={"saved_at": at}
        )
        if seen_version is not None and seen_version != note.version and note.text != text:
            raise Refused(
                "stale", say("你在另一个窗口里改过这段笔记。看看两边的文字，选一份保留。"), current=note.text
            )
        if note.text != text:
            note.text, note.saved_at, note.version = text, at, note.version + 1
            note.save()
    return note


def adopt(talk: Conversation, proposals: Iterable[Proposal], *, actor: Actor, at: datetime) -> list[Topic]:
    """Make topics of proposals; one already adopted (or taken off the list) is left as it is."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "order_topics", actor)
        have = set(stored.topics.exclude(key="").values_list("key", flat=True))
        made = []
        for proposal in proposals:
            if proposal.key in have:
                continue
            have.add(proposal.key)
            why = [sentence.as_json() for sentence in proposal.why]
            topic = _place(
                stored,
                Topic(
                    kind=proposal.kind,
                    key=proposal.key,
                    title=proposal.title,
                    why=why,
                    first_raised=proposal.first_raised,
                    signals=[sentence.as_json() for sentence in proposal.signals],
                    wanted_by_employee=proposal.from_employee,
                ),
            )
            cited = list(stored.pack_evidence().filter(pk__in=proposal.evidence_ids))
            topic.evidence.add(*cited)
            evidence_actions.cite(cited, at, shared=stored.state != "preparing")
            events.append(
                stored.stream,
                "topic.added",
                actor=actor,
                at=at,
                payload={"id": topic.pk, "kind": topic.kind, "title": topic.title, "why": why},
            )
            made.append(topic)
    return made


def add_topic(
    talk: Conversation,
    kind: str,
    title: str,
    *,
    actor: Actor,
    at: datetime,
    evidence: Iterable[Evidence] = (),
    first_raised: bool = False,
) -> Topic:
    """A topic of one's own, from either side. An improvement point of the manager's is first raised unless the employee
    was told of it before, whatever `first_raised` says."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "order_topics", actor)
        if kind not in Topic.KINDS:
            raise Refused("invalid", say("话题选亮点、待改进点或发展支持。"))
        if not title.strip():
            raise Refused("invalid", say("给话题起个名字。"))
        own = "self" in stored.relations_of(actor)
        topic = _place(
            stored,
            Topic(kind=kind, title=title.strip()[:128], wanted_by_employee=own, first_raised=first_raised),
        )
        rest_on(topic, evidence, stored, at)
        events.append(
            stored.stream,
            "topic.added",
            actor=actor,
            at=at,
            payload={"id": topic.pk, "kind": kind, "title": topic.title, "why": []},
        )
    return topic


def order_topics(talk: Conversation, ids: list[int], *, actor: Actor, at: datetime) -> None:
    """Both sides order the topics; the last order holds, each side's own stays beside it, and the history says whose it
    was."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_AND_DURING)
        require(stored, "order_topics", actor)
        topics = {t.pk: t for t in stored.topics.all()}
        wanted = [topics[pk] for pk in ids if pk in topics]
        rest = [t for t in topics.values() if t.pk not in set(ids)]
        place = "employee_place" if "self" in stored.relations_of(actor) else "manager_place"
        for position, topic in enumerate([*wanted, *rest]):
            topic.position = position
            setattr(topic, place, position)
        Topic.objects.bulk_update(topics.values(), ["position", place])
        events.append(
            stored.stream, "topic.ordered", actor=actor, at=at, payload={"order": [t.pk for t in wanted]}
        )


def remove_topic(topic: Topic, reason: str, *, actor: Actor, at: datetime) -> Topic:
    """Take a topic off the list; it stays in the history. What the employee asked for needs a reason."""
    with transaction.atomic():
        stored = locked_talk(topic.conversation, *BEFORE_AND_DURING)
        require(stored, "write", actor)
        topic = on_the_list(topic)
        if topic.wanted_by_employee and not reason.strip():
            raise Refused("invalid", say("这个话题是员工提出的。不谈的话，写明原因。"))
        topic.state, topic.state_reason = "removed", reason.strip()
        topic.save(update_fields=["state", "state_reason"])
        events.append(
            stored.stream,
            "topic.removed",
            actor=actor,
            at=at,
            payload={"id": topic.pk, "reason": reason.strip()},
        )
        for promise in topic.items.filter(kind="support", state="draft"):
            plan_actions.remove_draft(promise, actor=actor, at=at)
    return topic


def share(talk: Conversation, *, actor: Actor, at: datetime) -> Pack:
    """Freeze the data and show it to the employee (R08). A further call after sharing makes the next version."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "share", actor)
        if stored.state == "preparing":
            stored = move(stored, "share", actor=actor, at=at)
        return freeze(stored, actor=actor, at=at)


def pack_content(talk: Conversation) -> dict[str, Any]:
    """What the pack holds: results, facts, and the last plan with its results (R03)."""
    dossier = sort_out(talk.pack_evidence(), talk.review.cycle)
    previous = talk.previous_plan
    return {
        "format": "huitan-pack-1",
        "cycle": talk.review.cycle.name,
        "kpis": [_fact(row) for row in dossier.kpis],
        "events": [_fact(row) for row in dossier.events],
        "previous_plan": [
            {
                "ref": i.ref,
                "what": i.what,
                "state": i.state,
                "progress": i.progress,
                "due_on": plain(i.due_on),
            }
            for i in previous.items.order_by("id")
        ]
        if previous
        else [],
    }


def freeze(talk: Conversation, *, actor: Actor, at: datetime) -> Pack:
    """The pack as the data now stand: a new version if anything changed, otherwise the one there is.

    Shared first, so that no note is taken back while it goes into the pack."""
    evidence_actions.share(talk.pack_evidence(), at)
    content = pack_content(talk)
    digest = fingerprint(content)
    latest = talk.packs.last()
    if latest and latest.hash == digest:
        return latest
    days = talk.notice_given(at)
    pack = Pack.objects.create(
        conversation=talk,
        version=latest.version + 1 if latest else 1,
        content=content,
        hash=digest,
        shared_at=at,
        notice_days=days,
        is_late=days < talk.review.cycle.notice_days,
    )
    events.append(
        talk.stream,
        "pack.shared",
        actor=actor,
        at=at,
        payload={"version": pack.version, "hash": digest, "notice_days": days, "is_late": pack.is_late},
    )
    return pack


def _fact(row: Any) -> dict[str, Any]:
    """A row as the pack keeps it; what only notes have stands there only where it is filled."""
    content = {name: plain(getattr(row, name)) for name in ("id", *CONTENT)}
    noted = {name: plain(getattr(row, name)) for name in ("effect", "author", "told_on")}
    return content | {name: value for name, value in noted.items() if value}


def _place(talk: Conversation, topic: Topic) -> Topic:
    last = talk.topics.aggregate(last=Max("position"))["last"]
    topic.conversation, topic.position = talk, (last if last is not None else -1) + 1
    topic.save()
    return topic
