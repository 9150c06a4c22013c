"""Somebody has a room open, looks at a topic, types in a field (which, never what). Rows that lapse by themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from huitan.conversations.models import Conversation, Presence
from huitan.conversations.queries.presence import FIELDS, LASTS
from huitan.core.moves import require
from huitan.people.relations import Actor

# A page says that it is there every few seconds; a row younger than this is left as it is.
FRESH = timedelta(seconds=8)
# Between two streams of one page (a line that blinked) nobody seems to leave.
GRACE = timedelta(seconds=3)
SEATS_AT_ONCE = 500
SEAT_AT_MOST = 36
KEPT = timedelta(hours=1)


def here(
    talk: Conversation, seat: str, *, actor: Actor, at: datetime, topic_id: int | None = None, field: str = ""
) -> None:
    """`field` names the text being typed in. Writes only when something is new or the row grows old."""
    require(talk, "read_content", actor)
    if actor.employee_id is None or not seat:
        return
    mine = Presence.objects.filter(conversation=talk, employee_id=actor.employee_id, seat=seat)
    known = mine.first()
    looked_at = topic_id if topic_id is not None else known.topic_id if known else 0
    typing = field if field in FIELDS else ""
    if known and not typing and known.topic_id == looked_at and at - known.seen_at < FRESH:
        return
    values = {"topic_id": looked_at, "seen_at": at}
    if typing:
        values |= {"field": typing, "wrote_at": at}
    Presence.objects.update_or_create(
        conversation=talk, employee_id=actor.employee_id, seat=seat, defaults=values
    )


def pause(talk: Conversation, seat: str, *, actor: Actor) -> None:
    """The hand is off the field."""
    Presence.objects.filter(conversation=talk, employee_id=actor.employee_id, seat=seat).update(
        field="", wrote_at=None
    )


def still_here(seats: Collection[str], at: datetime) -> None:
    """Every page of which a stream is open. Rows long gone are taken out on the way."""
    wanted = sorted(seats)
    for start in range(0, len(wanted), SEATS_AT_ONCE):
        Presence.objects.filter(seat__in=wanted[start : start + SEATS_AT_ONCE]).update(seen_at=at)
    Presence.objects.filter(seen_at__lt=at - KEPT).delete()


def gone(seats: Collection[str], at: datetime) -> None:
    """Their streams ended; unless they are back within the grace, they have left."""
    Presence.objects.filter(seat__in=list(seats)).update(seen_at=at - LASTS + GRACE)
