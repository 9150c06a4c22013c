"""Which day it is where people are, and how a day stands inside a sentence."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from huitan.core.sentences import N_, Sentence, say

MONTHS = (
    N_("1 月"),
    N_("2 月"),
    N_("3 月"),
    N_("4 月"),
    N_("5 月"),
    N_("6 月"),
    N_("7 月"),
    N_("8 月"),
    N_("9 月"),
    N_("10 月"),
    N_("11 月"),
    N_("12 月"),
)


ON_WEEKDAYS = (
    N_("%(date)s 周一"),
    N_("%(date)s 周二"),
    N_("%(date)s 周三"),
    N_("%(date)s 周四"),
    N_("%(date)s 周五"),
    N_("%(date)s 周六"),
    N_("%(date)s 周日"),
)


def local_day(at: datetime) -> date:
    """An instant's date in the active time zone."""
    return timezone.localdate(at)


def month_day(on: date) -> Sentence:
    """「7 月 16 日」, in the reader's language once it is read."""
    return say("%(month)s %(day)s 日", month=say(MONTHS[on.month - 1]), day=on.day)


def day_words(on: date) -> Sentence:
    """「2026 年 7 月 16 日」: with the year, for what is kept and may be read in another one."""
    return say("%(year)s 年 %(date)s", year=on.year, date=month_day(on))


def near_day(on: date, at: datetime) -> Sentence:
    """「7 月 16 日 周四」, as pages say it: for a sentence read at `at` and not kept. The year only where it is another."""
    day = month_day(on) if on.year == local_day(at).year else day_words(on)
    return say(ON_WEEKDAYS[on.weekday()], date=day)


def minute_words(at: datetime) -> Sentence:
    """「2026 年 7 月 16 日 14:20」, in the active time zone."""
    return say("%(day)s %(time)s", day=day_words(local_day(at)), time=f"{timezone.localtime(at):%H:%M}")
