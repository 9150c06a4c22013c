"""Packs that go out by themselves, where the cycle says so: on the policy's day when ready, with a reminder before.

The day follows from when the talk is now: whoever moves the talk moves it, too. What was reminded of is read from the
history, so that nothing is said twice however often the worker asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.actions.preparation import share
from huitan.conversations.models import Conversation
from huitan.conversations.queries.ready import MANAGER, holds, missing
from huitan.core import events
from huitan.core.bulk import in_parts
from huitan.core.models import Event
from huitan.core.moves import Refused, require
from huitan.cycles.working_days import REMINDED_AHEAD, before, own_days, sharing_day
from huitan.people.relations import Actor

NEEDS = ("schedule", "purpose", "data")
SHARED_FROM = time(9)
# The longest notice and the longest holiday around it: nothing later can be due.
HORIZON = timedelta(days=60 + 30)
AHEAD, LAST = "ahead", "last"


@dataclass(frozen=True)
class Due:
    """The day a pack is to be shared and the one of the first reminder."""

    share_on: date
    remind_on: date

    @classmethod
    def of(cls, talk: Conversation, own: Mapping[date, bool]) -> Due:
        """A talk without a time is counted as held on the last day there is."""
        cycle = talk.review.cycle
        held_on = timezone.localdate(talk.scheduled_at) if talk.scheduled_at else cycle.talks_until
        on = sharing_day(held_on, cycle.notice_days, own)
        return cls(on, before(on, REMINDED_AHEAD, own))


def share_due(*, actor: Actor, at: datetime) -> dict[str, int]:
    """Share what is due and ready, remind of what is not; {"shared", "reminded"}. A fixed number of queries while
    nothing is due."""
    own, now = own_days(), timezone.localtime(at)
    if now.time() < SHARED_FROM:
        return {"shared": 0, "reminded": 0}
    counts = {"shared": 0, "reminded": 0}
    waiting = [(talk, Due.of(talk, own)) for talk in _waiting(at)]
    waiting = [(talk, due) for talk, due in waiting if due.remind_on <= now.date()]
    said = _said([talk for talk, _ in waiting])
    for talk, due in waiting:
        lacking = [need for need in NEEDS if getattr(talk, f"lacks_{need}")]
        if not lacking and due.share_on <= now.date() and _share(talk, actor, at):
            counts["shared"] += 1
            continue
        which = LAST if due.share_on <= now.date() else AHEAD
        if not lacking and which == AHEAD:
            continue
        if (talk.stream, due.share_on.isoformat(), which) not in said:
            counts["reminded"] += _remind(talk, due, which, lacking or ["schedule"], actor, at)
    return counts


def _waiting(at: datetime) -> list[Any]:
    horizon = at + HORIZON
    soon = Q(scheduled_at__gt=at, scheduled_at__lt=horizon) | Q(
        scheduled_at__isnull=True, review__cycle__talks_until__lt=timezone.localdate(horizon)
    )
    talks = Conversation.objects.filter(
        soon,
        state="preparing",
        review__cycle__state="open",
        review__cycle__share_by_itself="when_ready",
    ).annotate(lacks_data=holds(missing()["data"]))
    found = list(talks.select_related("review__cycle", "review__employee__manager").order_by("pk"))
    for talk in found:
        talk.lacks_schedule = talk.scheduled_at is None
        talk.lacks_purpose = not talk.purpose
    return found


def _said(talks: list[Any]) -> set[tuple[str, str, str]]:
    told = Event.objects.filter(verb="conversation.reminded", payload__about="pack")
    return {
        (stream, payload["day"], payload["which"])
        for some in in_parts([talk.stream for talk in talks])
        for stream, payload in told.filter(stream__in=some).values_list("stream", "payload")
    }


def _share(talk: Conversation, actor: Actor, at: datetime) -> bool:
    """The lifecycle has the last word: a notice enforced and no longer kept is a thing for the manager."""
    try:
        share(talk, actor=actor, at=at)
    except Refused:
        return False
    return True


def _remind(talk: Conversation, due: Due, which: str, lacking: list[str], actor: Actor, at: datetime) -> int:
    manager = talk.review.employee.manager_id
    if manager is None:
        return 0
    with transaction.atomic():
        stored = locked_talk(talk)
        require(stored, "remind", actor)
        if stored.state != "preparing" or stored.scheduled_at != talk.scheduled_at:
            return 0
        payload = {
            "to": manager,
            "side": MANAGER,
            "steps": lacking,
            "about": "pack",
            "day": due.share_on.isoformat(),
            "which": which,
        }
        events.append(stored.stream, "conversation.reminded", actor=actor, at=at, payload=payload)
    return 1
