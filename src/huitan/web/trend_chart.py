"""A trend as a drawing: places in a box of 320 by 116, so that a page draws it without a script and prints it as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from huitan.evidence.trend import Point, Trend

WIDTH, HEIGHT = 320, 116
LEFT, RIGHT, TOP, BOTTOM = 36, 36, 24, 28


@dataclass(frozen=True)
class Mark:
    """One cycle: where its target and its actual value stand; `y` is None without a value. `labelled` says that the
    value is written beside the point at rest; the others show theirs on hover and focus."""

    point: Point
    x: float
    y: float | None
    target_y: float | None
    labelled: bool
    label_y: float


@dataclass(frozen=True)
class Drawing:
    trend: Trend
    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    target_line: str
    width: int = WIDTH
    height: int = HEIGHT


def drawings(trends: Mapping[int, Trend]) -> dict[int, Drawing]:
    return {pk: draw(trend) for pk, trend in trends.items() if trend.is_worth_drawing}


def draw(trend: Trend) -> Drawing:
    values = [v for p in trend.points for v in (p.actual, p.target) if v is not None]
    low, high = min(values), max(values)
    room = (high - low) * Decimal("0.15") or Decimal(1)
    low, high = low - room, high + room

    def height_of(value: Decimal | None) -> float | None:
        if value is None:
            return None
        share = float((value - low) / (high - low))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    last = len(trend.points) - 1
    step = (WIDTH - LEFT - RIGHT) / max(last, 1)
    marks = []
    for n, point in enumerate(trend.points):
        y, target_y = height_of(point.actual), height_of(point.target)
        below = y is not None and target_y is not None and y > target_y
        label_y = (y or 0) + (14 if below else -7)
        marks.append(
            Mark(point, round(LEFT + n * step, 1), y, target_y, n in (0, last) or last < 4, round(label_y, 1))
        )
    return Drawing(
        trend,
        tuple(marks),
        tuple(_runs((m.x, m.y) for m in marks)),
        " ".join(_runs((m.x, m.target_y) for m in marks)),
    )


def _runs(places: Iterable[tuple[float, float | None]]) -> list[str]:
    """The points of each unbroken stretch, as SVG writes them; a cycle without a value breaks the line."""
    runs: list[list[str]] = [[]]
    for x, y in places:
        if y is None:
            runs.append([])
        else:
            runs[-1].append(f"{x},{y}")
    return [" ".join(run) for run in runs if run]
