"""The days of a dispute, all counted in working days: how long one may dispute, and by when each step is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from huitan.conversations.models import Conversation
from huitan.core.days import local_day
from huitan.cycles.models import Cycle
from huitan.cycles.working_days import after, between


@dataclass(frozen=True)
class Window:
    """`until` is the last day to dispute. While signing still runs it is the latest one can say today: it is counted
    anew from the day the record becomes final (`is_counting`)."""

    until: date
    is_counting: bool


def window(talk: Conversation, at: datetime, own: Mapping[date, bool]) -> Window | None:
    """None while there is no record. Counted from the day both answers were known, or from the end of signing."""
    days = talk.review.cycle.dispute_days
    if talk.signed_at is not None:
        return Window(after(local_day(talk.signed_at), days, own), True)
    if talk.state != "recorded" or talk.signing_due_on is None:
        return None
    return Window(after(talk.signing_due_on, days, own), local_day(at) > talk.signing_due_on)


def accept_by(cycle: Cycle, at: datetime, own: Mapping[date, bool]) -> date:
    return after(local_day(at), cycle.dispute_accept_days, own)


def answer_by(cycle: Cycle, at: datetime, own: Mapping[date, bool]) -> date:
    return after(local_day(at), cycle.dispute_answer_days, own)


def further_by(cycle: Cycle, at: datetime, own: Mapping[date, bool]) -> date:
    return after(local_day(at), cycle.dispute_further_days, own)


@dataclass(frozen=True)
class Clock:
    """Working days left until `on`; negative once it has passed. Computed when read, never stored."""

    on: date
    days: int

    @property
    def is_over(self) -> bool:
        return self.days < 0


def clock(on: date | None, at: datetime, own: Mapping[date, bool]) -> Clock | None:
    if on is None:
        return None
    today = local_day(at)
    days = between(today, on, own)
    return Clock(on, min(days, -1) if today > on else days)
