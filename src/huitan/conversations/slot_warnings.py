"""What speaks against a time for a talk, in words. Pure: it warns and never forbids; people know their weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from huitan.core.sentences import Sentence, say
from huitan.cycles.working_days import KNOWN_YEARS, out_of_the_ordinary

# Outside these hours of somebody's own clock a time is odd.
FROM_HOUR, UNTIL_HOUR = 8, 20


@dataclass(frozen=True)
class Busy:
    """Another talk of one of the two. `whose` is "own" for the manager who asks, "other" for the employee; `with_name`
    is said only of one's own."""

    starts_at: datetime
    minutes: int
    whose: str
    with_name: str = ""


@dataclass(frozen=True)
class Setting:
    """All that decides: today and the zone of the one who proposes, the days that count, the others' times."""

    today: date
    zone: str
    other_zone: str
    other_name: str
    notice_days: int
    is_shared: bool
    own_days: Mapping[date, bool]
    busy: tuple[Busy, ...] = ()


def warnings(starts_at: datetime, minutes: int, setting: Setting) -> list[Sentence]:
    here = starts_at.astimezone(ZoneInfo(setting.zone))
    there = starts_at.astimezone(ZoneInfo(setting.other_zone))
    found = [*_of_the_day(here.date(), setting.own_days)]
    days = (here.date() - setting.today).days
    if not setting.is_shared and days < setting.notice_days:
        found.append(
            say(
                "离面谈只有 %(n)s 天，资料包要提前 %(rule)s 天共享，来不及。",
                n=max(days, 0),
                rule=setting.notice_days,
            )
        )
    found += _collisions(starts_at, minutes, setting)
    if there.utcoffset() != here.utcoffset() and not FROM_HOUR <= there.hour < UNTIL_HOUR:
        found.append(say("%(name)s那里是 %(time)s。", name=setting.other_name, time=f"{there:%m-%d %H:%M}"))
    elif not FROM_HOUR <= here.hour < UNTIL_HOUR:
        found.append(say("不在平常的上班时间里。"))
    return found


def _of_the_day(day: date, own_days: Mapping[date, bool]) -> Iterable[Sentence]:
    special = out_of_the_ordinary(day, own_days)
    if special is not None:
        yield special
    if day.year not in KNOWN_YEARS and not any(known.year == day.year for known in own_days):
        yield say("%(year)s 年的法定假日还没有录入，先核对一下。请 HR 在周期管理里写下。", year=day.year)


def _collisions(starts_at: datetime, minutes: int, setting: Setting) -> Iterable[Sentence]:
    ends_at = starts_at + timedelta(minutes=minutes)
    for busy in setting.busy:
        if busy.starts_at < ends_at and starts_at < busy.starts_at + timedelta(minutes=busy.minutes):
            if busy.whose == "own":
                yield say("你那时与%(name)s有面谈。", name=busy.with_name)
            else:
                yield say("%(name)s那时有另一场面谈。", name=setting.other_name)
