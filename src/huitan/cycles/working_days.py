"""Working days in China: public holidays and make-up days from `chinesecalendar`, overridden by HR's own days.

The library knows the years 2004 to 2026. Outside them weekdays count as working days; the calendar of a cycle and the
page of HR's own days say so, and HR enters the holidays there once the State Council has published them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import chinese_calendar

from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.models import CalendarDay

# Working days between the reminder that a pack is not ready and the day it is to be shared.
REMINDED_AHEAD = 3
KNOWN_YEARS = range(2004, 2027)


def own_days() -> dict[date, bool]:
    """HR's days, {date: is it a working day}; one query, to be passed on."""
    return dict(CalendarDay.objects.values_list("on", "is_working"))


def is_working(day: date, own: Mapping[date, bool]) -> bool:
    if day in own:
        return own[day]
    if day.year in KNOWN_YEARS:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


# The library's names of holidays, as they read here.
HOLIDAYS = {
    "New Year's Day": N_("元旦"),
    "Spring Festival": N_("春节"),
    "Tomb-sweeping Day": N_("清明"),
    "Labour Day": N_("劳动节"),
    "Dragon Boat Festival": N_("端午"),
    "National Day": N_("国庆节"),
    "Mid-autumn Festival": N_("中秋"),
}


def out_of_the_ordinary(day: date, own: Mapping[date, bool]) -> Sentence | None:
    """What is special about a day, in words: a holiday, a weekend, a make-up day; None for a day like others."""
    is_weekend = day.weekday() >= 5
    if day in own:
        if not own[day]:
            return say("这天公司放假。")
        return say("这天是周末，公司定为上班日。") if is_weekend else None
    if day.year in KNOWN_YEARS:
        is_off, name = chinese_calendar.get_holiday_detail(day)
        if is_off and name in HOLIDAYS:
            return say("这天放假：%(name)s。", name=say(HOLIDAYS[name]))
        if not is_off and is_weekend:
            return say("这天是周末，但调休上班。")
    return say("这天是周末。") if is_weekend else None


def after(start: date, days: int, own: Mapping[date, bool]) -> date:
    """The date `days` working days after `start` (start itself does not count)."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_working(day, own):
            days -= 1
    return day


def on_or_after(day: date, own: Mapping[date, bool]) -> date:
    """The first working day from `day` on."""
    while not is_working(day, own):
        day += timedelta(days=1)
    return day


def before(end: date, days: int, own: Mapping[date, bool]) -> date:
    """The date `days` working days before `end` (end itself does not count)."""
    day = end
    while days > 0:
        day -= timedelta(days=1)
        if is_working(day, own):
            days -= 1
    return day


def on_or_before(day: date, own: Mapping[date, bool]) -> date:
    """The last working day up to `day`."""
    while not is_working(day, own):
        day -= timedelta(days=1)
    return day


def sharing_day(talk_on: date, notice_days: int, own: Mapping[date, bool]) -> date:
    """The working day on which a pack goes out by itself: notice days are plain days, nobody is sent one on a holiday."""
    return on_or_before(talk_on - timedelta(days=notice_days), own)


def between(start: date, end: date, own: Mapping[date, bool]) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -between(end, start, own)
    return sum(is_working(day, own) for day in _days(start + timedelta(days=1), end))


def years_to_enter(start: date, end: date, own: Mapping[date, bool]) -> dict[int, int]:
    """The years of a period that the library does not know, each with how many free days HR has written for it."""
    free = Counter(day.year for day, works in own.items() if not works)
    return {year: free[year] for year in range(start.year, end.year + 1) if year not in KNOWN_YEARS}


def unknown_years(start: date, end: date, own: Mapping[date, bool]) -> Sentence | None:
    """A warning when the period touches years whose holidays nobody has entered."""
    years = [year for year, free in years_to_enter(start, end, own).items() if not free]
    if not years:
        return None
    return say(
        "%(years)s 年的法定假日还没有录入，暂按周一到周五算工作日。",
        years=years if len(years) <= 3 else f"{years[0]}–{years[-1]}",
    )


def _days(start: date, end: date) -> Iterator[date]:
    while start <= end:
        yield start
        start += timedelta(days=1)
