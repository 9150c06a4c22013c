"""When a talk takes place: the manager proposes times, the employee picks one or asks for others (or a time is set
directly). Whatever way it comes about, the talk's own event is `conversation.scheduled`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from huitan.conversations.actions import templates
from huitan.conversations.actions.limits import check_length, check_when
from huitan.conversations.actions.opening import locked_talk, withdraw_open
from huitan.conversations.models import Conversation, Slot, SlotOffer
from huitan.core import events
from huitan.core.moves import Refused, move, plain, require
from huitan.core.sentences import say
from huitan.people.relations import Actor

BEFORE = ("preparing", "shared")
WISH_AT_MOST, PLACE_AT_MOST = 500, 128


def appoint(
    stored: Conversation, scheduled_at: datetime, *, minutes: int, place: str, actor: Actor, at: datetime
) -> Conversation:
    """Write when and where on a locked talk. Moving a shared talk so early that the notice shrinks below the rule is
    refused when the cycle enforces it."""
    check_time(stored, scheduled_at, minutes, at)
    before = stored.scheduled_at
    stored.scheduled_at, stored.minutes, stored.place = scheduled_at, minutes, place.strip()
    stored.save(update_fields=["scheduled_at", "minutes", "place"])
    templates.fit(stored, actor=actor, at=at)
    events.append(
        stored.stream,
        "conversation.scheduled",
        actor=actor,
        at=at,
        payload={
            "from": plain(before),
            "to": plain(scheduled_at),
            "minutes": minutes,
            "place": stored.place,
        },
    )
    return stored


def check_time(talk: Conversation, starts_at: datetime, minutes: int, at: datetime) -> None:
    if starts_at <= at:
        raise Refused("invalid", say("面谈时间已经过去了。选一个以后的时间。"))
    check_when(starts_at, at)
    if minutes not in Conversation.LENGTHS:
        raise Refused("invalid", say("面谈时长选 30、45 或 60 分钟。"))
    pack, cycle = talk.packs.last(), talk.review.cycle
    if pack and cycle.notice_rule == "enforce":
        planned = Conversation(scheduled_at=starts_at)
        if planned.notice_given(pack.shared_at) < cycle.notice_days:
            raise Refused(
                "invalid", say("资料包共享后至少要留 %(n)s 天。选一个更晚的日子。", n=cycle.notice_days)
            )


def offer_slots(
    talk: Conversation,
    starts: Iterable[datetime],
    *,
    minutes: int,
    place: str,
    actor: Actor,
    at: datetime,
) -> SlotOffer:
    """Propose up to five times. An offer still open is withdrawn by the new one."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "prepare", actor)
        times = sorted(set(starts))
        if not times:
            raise Refused("invalid", say("至少给一个时间。"))
        if len(times) > SlotOffer.AT_MOST:
            raise Refused("invalid", say("最多给 %(n)s 个时间。", n=SlotOffer.AT_MOST))
        check_length(place, PLACE_AT_MOST)
        for starts_at in times:
            check_time(stored, starts_at, minutes, at)
        withdraw_open(stored, at=at)
        offer = SlotOffer.objects.create(
            conversation=stored, minutes=minutes, place=place.strip(), offered_at=at
        )
        Slot.objects.bulk_create([Slot(offer=offer, starts_at=starts_at) for starts_at in times])
        events.append(
            stored.stream,
            "slots.offered",
            actor=actor,
            at=at,
            payload={
                "id": offer.pk,
                "starts": plain(times),
                "minutes": minutes,
                "place": offer.place,
            },
        )
    return offer


def pick(offer: SlotOffer, slot: Slot, *, actor: Actor, at: datetime) -> Conversation:
    """The employee takes one of the times: the talk is scheduled."""
    with transaction.atomic():
        stored = locked_talk(offer.conversation, *BEFORE)
        if slot.offer_id != offer.pk:
            raise Refused("invalid", say("这个时间不在备选里。"))
        taken = move(offer, "accept", actor=actor, at=at, chosen=slot, answered_at=at)
        return appoint(stored, slot.starts_at, minutes=taken.minutes, place=taken.place, actor=actor, at=at)


def ask_for_others(offer: SlotOffer, wish: str, *, actor: Actor, at: datetime) -> SlotOffer:
    """None of them fits; one sentence says what would."""
    with transaction.atomic():
        locked_talk(offer.conversation, *BEFORE)
        check_length(wish, WISH_AT_MOST)
        return move(offer, "ask_others", actor=actor, at=at, wish=wish.strip(), answered_at=at)


def withdraw_slots(offer: SlotOffer, *, actor: Actor, at: datetime) -> SlotOffer:
    return move(offer, "withdraw", actor=actor, at=at, answered_at=at)
