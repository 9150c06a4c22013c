"""When check-ins fall due: pure dates, working days only."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date

from huitan.cycles.working_days import on_or_after

STEP_MONTHS = {"monthly": 1, "quarterly": 3}


def check_in_dates(start: date, until: date, rhythm: str, own_days: Mapping[date, bool]) -> list[date]:
    """Dates after `start`, one rhythm apart, each on a working day; the last not before `until`'s own step.

    A plan shorter than one step still gets one check-in, on the working day on or after `until`.
    """
    found: list[date] = []
    step = STEP_MONTHS[rhythm]
    months = step
    while (due := months_after(start, months)) <= until:
        found.append(on_or_after(due, own_days))
        months += step
    if not found:
        found.append(on_or_after(until, own_days))
    return sorted(set(found))


def months_after(start: date, months: int) -> date:
    """The same day `months` later, or the month's last day where there is no such day."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
