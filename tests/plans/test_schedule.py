"""When check-ins fall due (R19), over Chinese holidays and their make-up days."""

from __future__ import annotations

from datetime import date

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitan.cycles.working_days import is_working, on_or_after
from huitan.plans.schedule import check_in_dates, months_after


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    ("start", "until", "rhythm", "expected"),
    [
        # 2026: Spring Festival 15 to 23 February, made up on Saturdays 14 and 28 February.
        ("2026-01-14", "2026-03-31", "monthly", ["2026-02-14", "2026-03-16"]),
        ("2026-01-15", "2026-03-31", "monthly", ["2026-02-24", "2026-03-16"]),
        ("2026-01-20", "2026-02-28", "monthly", ["2026-02-24"]),
        ("2026-01-28", "2026-02-28", "monthly", ["2026-02-28"]),
        # National Day 2026: 1 to 7 October, made up on Saturday 10 October.
        ("2026-09-01", "2026-11-30", "monthly", ["2026-10-08", "2026-11-02"]),
        ("2026-09-10", "2026-10-31", "monthly", ["2026-10-10"]),
        ("2026-01-31", "2026-05-31", "monthly", ["2026-02-28", "2026-03-31", "2026-04-30", "2026-06-01"]),
        ("2026-07-16", "2026-09-30", "monthly", ["2026-08-17", "2026-09-16"]),
        ("2026-07-16", "2027-01-31", "quarterly", ["2026-10-16", "2027-01-18"]),
        # Shorter than one step: one check-in at the end, on a working day.
        ("2026-07-16", "2026-07-25", "monthly", ["2026-07-27"]),
        ("2026-02-10", "2026-02-18", "quarterly", ["2026-02-24"]),
    ],
)
def test_r19_check_ins_fall_on_working_days(start, until, rhythm, expected) -> None:
    found = check_in_dates(date.fromisoformat(start), date.fromisoformat(until), rhythm, {})
    assert found == days(*expected)


def test_the_calendar_knows_the_make_up_days_the_table_uses() -> None:
    assert [is_working(day, {}) for day in days("2026-02-14", "2026-02-28", "2026-10-10")] == [True] * 3
    assert [is_working(day, {}) for day in days("2026-02-16", "2026-02-23", "2026-10-05")] == [False] * 3
    assert chinese_calendar.is_workday(date(2026, 2, 28))


def test_hrs_own_days_come_first() -> None:
    own = {date(2026, 8, 17): False, date(2026, 9, 20): True}
    assert check_in_dates(date(2026, 7, 17), date(2026, 8, 31), "monthly", own) == days("2026-08-18")
    assert check_in_dates(date(2026, 8, 20), date(2026, 9, 30), "monthly", own) == days("2026-09-20")


def test_two_steps_moved_to_the_same_day_are_one_check_in() -> None:
    closed = {date(2026, 8, d): False for d in range(1, 32)} | {date(2026, 9, d): False for d in range(1, 17)}
    found = check_in_dates(date(2026, 7, 16), date(2026, 9, 30), "monthly", closed)
    assert found == days("2026-09-17")


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-31", 12, "2027-01-31"),
    ],
)
def test_months_keep_the_day_or_take_the_last(start, months, expected) -> None:
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(expected)


@given(
    start=st.dates(date(2024, 1, 1), date(2026, 6, 1)),
    length=st.integers(1, 200),
    rhythm=st.sampled_from(["monthly", "quarterly"]),
)
def test_always_at_least_one_working_day_in_order_after_the_start(start, length, rhythm) -> None:
    until = date.fromordinal(start.toordinal() + length)
    found = check_in_dates(start, until, rhythm, {})
    assert found
    assert found == sorted(set(found))
    assert all(is_working(day, {}) and day > start for day in found)
    assert found[-1] <= on_or_after(until, {})
