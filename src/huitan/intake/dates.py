"""Dates as people write them. 03/04/2026 is read in the order that the rest of its column proves; without a proof
it is a fault, never a guess."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from huitan.intake.cells import Cell, line, narrow
from huitan.intake.problems import N_, Fault

Order = Literal["ymd", "mdy", "dmy"]
FIRST_YEAR, LAST_YEAR = 1900, 2100
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, 73_415)

_YEAR_FIRST = re.compile(
    r"^(\d{4})\s*(?:[-/.~_\s]|年)\s*(\d{1,2})\s*(?:[-/.~_\s]|月)\s*(\d{1,2})\s*(?:日|号)?$"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_CHINESE_SHORT = re.compile(r"^(\d{2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*(?:日|号)?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{4})$")
_SHORT = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})$")
_DAY_MONTH_NAME = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[-/.,\s]*([a-z]{3,9})\.?[-/.,\s]*(\d{4}|\d{2})$")
_DAY_MONTH_NUMBER = re.compile(r"^(\d{1,2})-(\d{1,2})月\s*-\s*(\d{4}|\d{2})$")
_MONTH_NAME_DAY = re.compile(r"^([a-z]{3,9})\.?[-/.\s]*(\d{1,2})(?:st|nd|rd|th)?[-/.,\s]+(\d{4})$")
_NAME_YEAR_FIRST = re.compile(r"^(\d{4})[-/.,\s]*([a-z]{3,9})\.?[-/.,\s]*(\d{1,2})$")
_NO_DAY = re.compile(r"^(\d{4})\s*(?:[-/.]\s*(\d{1,2})|年\s*(\d{1,2})\s*月)$|^(\d{4})年$")
_NO_YEAR = re.compile(r"^\d{1,2}\s*(?:月\s*\d{1,2}\s*(?:日|号)?|[-/.]\s*\d{1,2})$")
_CLOCK = re.compile(
    r"(?:[t\s]|(?<=日)|(?<=号))\s*(?:上午|下午|am|pm)?\s*\d{1,2}[:]\d{2}([:]\d{2}([.,]\d+)?)?\s*(am|pm|z|[+-]\d{2}:?\d{2})?$"
)
_WEEKDAY = re.compile(
    r"\s*[,(]?\s*(?:星期[一二三四五六日天]|周[一二三四五六日天]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\s*[,)]?\s*"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}

IMPOSSIBLE = N_("%(column)s %(value)s 不存在。")
IMPOSSIBLE_HINT = N_("改成真实日期后重新上传。")


@dataclass(frozen=True, slots=True)
class Written:
    """Three numbers whose order the cell alone does not tell. ``short``: the year has two digits, so it may
    also come first."""

    first: int
    second: int
    third: int
    short: bool


Reading = date | Written | Fault | None


def parse_date(cell: Cell, order: Order | None = None) -> date | Fault | None:
    """One date on its own; ``order`` settles 03/04/2026. None for an empty cell."""
    found = read_date(cell)
    return settle(found, order) if isinstance(found, Written) else found


def read_date(cell: Cell) -> Reading:
    if isinstance(cell, datetime):
        return _in_range(cell.date())
    if isinstance(cell, date):
        return _in_range(cell)
    if isinstance(cell, bool):
        return _not_a_date()
    if isinstance(cell, (int, float)):
        return _from_number(cell)
    if cell is not None and not isinstance(cell, str):
        return _not_a_date()
    value = narrow(line(cell)).lower().rstrip(".,;。 ")
    return _from_text(value) if value else None


def _from_text(value: str) -> Reading:
    if len(value) > 60:
        return _not_a_date()
    found = _YEAR_FIRST.match(value)
    if found:
        return _real(int(found[1]), int(found[2]), int(found[3]))
    if value.isdecimal() or re.fullmatch(r"\d+\.\d*", value):
        return _from_digits(value)
    value = _WEEKDAY.sub(" ", _CLOCK.sub("", value).strip()).strip()
    for pattern in (_YEAR_FIRST, _COMPACT):
        found = pattern.match(value)
        if found:
            return _real(int(found[1]), int(found[2]), int(found[3]))
    found = _CHINESE_SHORT.match(value)
    if found:
        return _real(_century(int(found[1])), int(found[2]), int(found[3]))
    found = _DAY_MONTH_NUMBER.match(value)
    if found:
        return _real(_century(int(found[3])), int(found[2]), int(found[1]))
    found = _YEAR_LAST.match(value) or _SHORT.match(value)
    if found:
        return _plausible(Written(int(found[1]), int(found[2]), int(found[3]), short=len(found[3]) < 3))
    return _with_month_name(value)


def _with_month_name(value: str) -> Reading:
    for pattern, (year, month, day) in (
        (_DAY_MONTH_NAME, (3, 2, 1)),
        (_MONTH_NAME_DAY, (3, 1, 2)),
        (_NAME_YEAR_FIRST, (1, 2, 3)),
    ):
        found = pattern.match(value)
        if found and found[month] in _MONTHS:
            written_year = int(found[year])
            full = written_year if len(found[year]) == 4 else _century(written_year)
            return _real(full, _MONTHS[found[month]], int(found[day]))
    if _NO_DAY.match(value):
        return Fault(N_("%(column)s %(value)s 没有写到日。"), N_("写成完整日期后重新上传，例如 2026-05-30。"))
    if _NO_YEAR.match(value):
        return Fault(N_("%(column)s %(value)s 没有写年份。"), N_("写成完整日期后重新上传，例如 2026-05-30。"))
    return _not_a_date()


def _from_digits(value: str) -> Reading:
    whole, _, _fraction = value.partition(".")
    compact = _COMPACT.match(whole)
    if compact and "." not in value:
        return _real(int(compact[1]), int(compact[2]), int(compact[3]))
    if len(whole) == 5:
        return _from_number(int(whole))
    if _NO_DAY.match(value):
        return Fault(N_("%(column)s %(value)s 没有写到日。"), N_("写成完整日期后重新上传，例如 2026-05-30。"))
    return _not_a_date()


def _from_number(number: float) -> Reading:
    if not -1e9 < number < 1e9:
        return _not_a_date()
    whole = int(number)
    if whole in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=whole)
    if number == whole and 19_000_101 <= whole <= 21_001_231:
        return _real(whole // 10_000, whole // 100 % 100, whole % 100)
    return _not_a_date()


def _plausible(written: Written) -> Reading:
    """Written stays open only while some order makes a real date of it."""
    return written if any(_in_order(written, order) for order in orders_of(written)) else _impossible()


def orders_of(written: Written) -> tuple[Order, ...]:
    return ("ymd", "mdy", "dmy") if written.short else ("mdy", "dmy")


def _in_order(written: Written, order: Order) -> date | None:
    a, b, c = written.first, written.second, written.third
    year, month, day = {"ymd": (a, b, c), "mdy": (c, a, b), "dmy": (c, b, a)}[order]
    try:
        return date(_century(year) if written.short else year, month, day)
    except ValueError:
        return None


def settle(written: Written, order: Order | None) -> date | Fault:
    """The one real date it can mean: by the column's order, or because all possible orders agree."""
    if order is not None and order in orders_of(written):
        found = _in_order(written, order)
        if found:
            return _in_range(found)
    meanings = {found for o in orders_of(written) if (found := _in_order(written, o))}
    if len(meanings) == 1:
        return _in_range(meanings.pop())
    first, *others = sorted(meanings)
    return Fault(
        N_("%(column)s %(value)s 可以读成 %(first)s，也可以读成 %(second)s，本列其他日期分不出来。"),
        N_("写成「年-月-日」后重新上传，例如 2026-05-30。"),
        {"first": first.isoformat(), "second": others[-1].isoformat()},
    )


def column_order(readings: Iterable[Reading]) -> Order | None:
    """The order that the column's unambiguous members prove. None when nothing proves one, or when they
    contradict each other."""
    full: set[Order] = {"mdy", "dmy"}
    short: set[Order] = {"ymd", "mdy", "dmy"}
    seen_full = seen_short = year_first = False
    for found in readings:
        if isinstance(found, Written):
            possible = {order for order in orders_of(found) if _in_order(found, order)}
            if found.short:
                seen_short = True
                short &= possible
            else:
                seen_full = True
                full &= possible
        elif isinstance(found, date):
            year_first = True
    if seen_full and len(full) == 1:
        return next(iter(full))
    if seen_full:
        return None
    if seen_short and len(short) == 1:
        return next(iter(short))
    if seen_short and year_first and "ymd" in short:
        return "ymd"
    return None


def _century(year: int) -> int:
    """Two digits: 00-69 this century, 70-99 the last one (hire dates reach back to the 1970s)."""
    if year >= 100:
        return year
    return year + (2000 if year < 70 else 1900)


def _real(year: int, month: int, day: int) -> date | Fault:
    try:
        return _in_range(date(year, month, day))
    except ValueError:
        return _impossible()


def _in_range(found: date) -> date | Fault:
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else _impossible()


def _impossible() -> Fault:
    return Fault(IMPOSSIBLE, IMPOSSIBLE_HINT)


def _not_a_date() -> Fault:
    return Fault(
        N_("%(column)s写的是「%(value)s」，看不出是哪一天。"),
        N_("写成「年-月-日」后重新上传，例如 2026-05-30。"),
    )
