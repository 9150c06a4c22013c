"""A measure on its way as a drawing (decision 0014): from the start to the target, a place per day it was counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from huitan.plans.measure_line import MeasureLine, Value

WIDTH, HEIGHT = 320, 116
LEFT, RIGHT, TOP, BOTTOM = 40, 40, 20, 28


@dataclass(frozen=True)
class Dot:
    value: Value
    x: float
    y: float
    is_last: bool


@dataclass(frozen=True)
class Drawing:
    """Days stand as far apart as they were; `line` begins at the start the measure was given."""

    measure: MeasureLine
    dots: tuple[Dot, ...]
    line: str
    start_y: float
    target_y: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def draw(measure: MeasureLine) -> Drawing | None:
    """None before anything was counted: an empty chart says less than a sentence."""
    if not measure.values:
        return None
    known = [measure.start, measure.target, *(v.value for v in measure.values)]
    low, high = min(known), max(known)
    room = (high - low) * Decimal("0.08")
    low, high = low - room, high + room
    first, last = measure.since.toordinal(), measure.values[-1].on.toordinal()
    days = max(last - first, 1)

    def height_of(value: Decimal) -> float:
        share = float((value - low) / (high - low))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    dots = tuple(
        Dot(
            value,
            round(LEFT + max(value.on.toordinal() - first, 0) / days * (WIDTH - LEFT - RIGHT), 1),
            height_of(value.value),
            value is measure.values[-1],
        )
        for value in measure.values
    )
    begin = height_of(measure.start)
    return Drawing(
        measure,
        dots,
        " ".join([f"{LEFT},{begin}", *(f"{dot.x},{dot.y}" for dot in dots)]),
        begin,
        height_of(measure.target),
    )
