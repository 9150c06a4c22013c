"""How dates, times and numbers read on screen, in the active language and time zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from huitan.core.numbers import amount, number
from huitan.core.sentences import is_english
from huitan.web import clock

__all__ = [
    "ago",
    "amount",
    "clock_time",
    "day",
    "days_left",
    "local",
    "moment",
    "number",
    "percent",
    "score",
    "short_day",
    "stamp",
]

WEEKDAYS_ZH = "一二三四五六日"
MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WEEKDAYS_EN = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def local(value: datetime | date) -> datetime | date:
    return timezone.localtime(value) if isinstance(value, datetime) else value


def day(value: datetime | date | None, today: date | None = None) -> str:
    """「1 月 14 日 周三」; with the year when it is not this one; 「今天」 and 「明天」 when `today` is given."""
    if value is None:
        return "—"
    here = local(value)
    on = here.date() if isinstance(here, datetime) else here
    if today is not None:
        near = {0: gettext("今天"), 1: gettext("明天"), -1: gettext("昨天")}.get((on - today).days)
        if near:
            return near
    this_year = (today or timezone.localdate(clock.now())).year
    if is_english():
        year = "" if on.year == this_year else f" {on.year}"
        return f"{WEEKDAYS_EN[on.weekday()]} {on.day} {MONTHS_EN[on.month - 1]}{year}"
    year = "" if on.year == this_year else f"{on.year} 年 "
    return f"{year}{on.month} 月 {on.day} 日 周{WEEKDAYS_ZH[on.weekday()]}"


def short_day(value: datetime | date | None) -> str:
    """「1 月 14 日」 for dense tables."""
    if value is None:
        return "—"
    here = local(value)
    same_year = here.year == timezone.localdate(clock.now()).year
    if is_english():
        return f"{here.day} {MONTHS_EN[here.month - 1]}" + ("" if same_year else f" {here.year}")
    return ("" if same_year else f"{here.year} 年 ") + f"{here.month} 月 {here.day} 日"


def clock_time(value: datetime | None) -> str:
    """「14:00」"""
    return f"{local(value):%H:%M}" if value else "—"


def moment(value: datetime | None, today: date | None = None) -> str:
    """「1 月 14 日 周三 14:00」"""
    return f"{day(value, today)} {clock_time(value)}" if value else "—"


def stamp(value: datetime | None) -> str:
    """「2026-01-14 15:20:31」, for records and signatures."""
    return f"{local(value):%Y-%m-%d %H:%M:%S}" if value else "—"


def percent(value: Any) -> str:
    return "—" if value is None else f"{Decimal(str(value)):.0f}%"


def score(value: Any) -> str:
    return "—" if value is None else f"{Decimal(str(value)):.1f}"


def ago(value: datetime | None, at: datetime) -> str:
    """「刚刚」「5 分钟前」「今天 16:02」「1 月 7 日」"""
    if value is None:
        return "—"
    minutes = int((at - value).total_seconds() // 60)
    if minutes < 1:
        return gettext("刚刚")
    if minutes < 60:
        return ngettext("%(n)s 分钟前", "%(n)s 分钟前", minutes) % {"n": minutes}
    if timezone.localdate(value) == timezone.localdate(at):
        return gettext("今天 %(time)s") % {"time": clock_time(value)}
    return short_day(value)


def days_left(due: date, today: date) -> str:
    """「今天」「还有 3 天」「逾期 2 天」"""
    days = (due - today).days
    if days == 0:
        return gettext("今天")
    if days > 0:
        return ngettext("还有 %(n)s 天", "还有 %(n)s 天", days) % {"n": days}
    return ngettext("逾期 %(n)s 天", "逾期 %(n)s 天", -days) % {"n": -days}
