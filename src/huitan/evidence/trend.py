"""How one result went over the cycles: target and actual, with the finding in words. Pure but for the rows it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from huitan.core.sentences import Sentence, say
from huitan.cycles.models import Cycle
from huitan.evidence.models import Evidence

POINTS_AT_MOST = 8
REACHED = Decimal(100)
# Less than this, in percent of the target, is no change worth a sentence.
NOTABLE = Decimal(2)


@dataclass(frozen=True)
class Point:
    """One cycle's result; numbers in the trend's unit, `completion` in percent."""

    cycle: str
    target: Decimal | None
    actual: Decimal | None
    completion: Decimal | None
    is_current: bool


@dataclass(frozen=True)
class Trend:
    evidence_id: int
    name: str
    unit: str
    direction: str
    points: tuple[Point, ...]
    finding: Sentence

    @property
    def is_worth_drawing(self) -> bool:
        return sum(point.actual is not None for point in self.points) > 1


def trends(rows: Iterable[Evidence], cycle: Cycle) -> dict[int, Trend]:
    """Per result of `cycle`, the results of the same name in it and the cycles before, by the result's id. A result in
    another unit, or counted the other way round, is another result."""
    by_name: dict[tuple[str, str, str], list[Evidence]] = {}
    for row in rows:
        if row.kind == "kpi" and row.cycle is not None and row.cycle.ends_on <= cycle.ends_on:
            by_name.setdefault((row.name, row.unit, row.direction), []).append(row)
    found = {}
    for (name, unit, direction), results in by_name.items():
        results.sort(key=lambda e: (e.cycle.ends_on, e.cycle_id) if e.cycle else ())
        newest = results[-1]
        if newest.cycle_id != cycle.pk:
            continue
        points = tuple(
            Point(e.cycle.name if e.cycle else "", e.target, e.actual, e.completion, e.pk == newest.pk)
            for e in results[-POINTS_AT_MOST:]
        )
        found[newest.pk] = Trend(newest.pk, name, unit, direction, points, finding(points))
    return found


def finding(points: tuple[Point, ...]) -> Sentence:
    """What the line says, in one sentence; by completion, so that lower-is-better reads the same way."""
    reached = [point.completion for point in points]
    last = reached[-1]
    if last is None:
        return say("这一期还没有数据")
    earlier = [value for value in reached[:-1] if value is not None]
    if not earlier:
        return say("第一次有这个指标")
    run = _run(reached, below=last < REACHED)
    if run > 1:
        return (
            say("连续 %(n)s 期没有达到目标", n=run) if last < REACHED else say("连续 %(n)s 期达到目标", n=run)
        )
    change = last - earlier[-1]
    if abs(change) < NOTABLE:
        return say("和上一期差不多")
    if change > 0:
        return say("完成率比上一期高 %(n)s 个百分点", n=f"{change:.0f}")
    return say("完成率比上一期低 %(n)s 个百分点", n=f"{-change:.0f}")


def _run(reached: list[Decimal | None], *, below: bool) -> int:
    """How many cycles in a row, counted back from the newest, lie on the same side of the target."""
    length = 0
    for value in reversed(reached):
        if value is None or (value < REACHED) != below:
            break
        length += 1
    return length
