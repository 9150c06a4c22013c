"""How a measured item moves from its start to its target, with the finding in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from huitan.core.sentences import Sentence, say
from huitan.plans.models import Measure

POINTS_AT_MOST = 40


@dataclass(frozen=True)
class Value:
    """What was counted on a day; `share` is how much of the way from start to target, in percent, below 0 for the
    wrong way."""

    on: date
    value: Decimal
    share: int


@dataclass(frozen=True)
class MeasureLine:
    name: str
    unit: str
    start: Decimal
    target: Decimal
    direction: str
    since: date
    values: tuple[Value, ...]
    finding: Sentence

    @property
    def direction_word(self) -> str:
        return Measure.DIRECTIONS[self.direction]


def measure_line(measure: Measure, since: date, counted: Iterable[tuple[datetime, Decimal]]) -> MeasureLine:
    """`counted` in the order of time; of several values on one day the last one stands."""
    by_day = {timezone.localdate(at): value for at, value in counted}
    values = tuple(Value(on, value, share(measure, value)) for on, value in sorted(by_day.items()))
    return MeasureLine(
        name=measure.name,
        unit=measure.unit,
        start=measure.start,
        target=measure.target,
        direction=measure.direction,
        since=since,
        values=values[-POINTS_AT_MOST:],
        finding=finding(values),
    )


def share(measure: Measure, value: Decimal) -> int:
    """Rounded towards the start: a target is reached when it is reached."""
    way = (value - measure.start) / (measure.target - measure.start) * 100
    return int(way.to_integral_value(rounding="ROUND_FLOOR"))


def finding(values: tuple[Value, ...]) -> Sentence:
    if not values:
        return say("还没有填过数")
    last = values[-1].share
    before = values[-2].share if len(values) > 1 else 0
    if last >= 100:
        return say("达到了目标")
    if last < 0:
        return say("离目标比开始时更远")
    if last < before:
        return say("走了 %(n)s%%，比上次退了 %(d)s 个百分点", n=last, d=before - last)
    if len(values) > 1 and last == before:
        return say("走了 %(n)s%%，和上次一样", n=last)
    return say("从起点到目标走了 %(n)s%%", n=last)
