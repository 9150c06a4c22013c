"""What is drawn of a figure, said once for the screen and for paper. Everything in a drawing stands in its table, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils.translation import gettext as _

from huitan.insights.models import PulseCount
from huitan.insights.queries.cockpit import Cockpit, FigureView
from huitan.insights.words import unit_name
from huitan.plans.models import CAUSES

# Figures whose few whole numbers a table says better than a drawing.
WITHOUT_DRAWING = frozenset({"disputes", "outcomes"})


@dataclass(frozen=True)
class Series:
    name: str
    values: Sequence[int | None]


@dataclass(frozen=True)
class Drawing:
    """`series` have a value for each of `labels`: for bars this cycle and, if there is one, the cycle before; for a
    stack its parts; for weeks one count a week."""

    kind: Literal["bars", "stack", "weeks"]
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""


def drawing_of(figure: FigureView, shown: Cockpit, day: Callable[[date], str]) -> Drawing | None:
    """None where nothing is shown, or a table alone says it better. `day` puts a Sunday into words."""
    if figure.hidden or figure.is_empty or figure.key in WITHOUT_DRAWING:
        return None
    if figure.key == "causes" and shown.causes:
        return _causes(shown)
    if len(figure.weeks) > 1:
        counts = Series("", [week.n for week in figure.weeks])
        return Drawing("weeks", [day(week.on) for week in figure.weeks], [counts])
    if figure.parts:
        return Drawing(
            "stack",
            [_(question) for question, *_shares in figure.parts],
            [
                Series(_(word), shares)
                for word, *shares in zip(
                    PulseCount.ANSWERS.values(), *(part[1:] for part in figure.parts), strict=True
                )
            ],
            "%",
        )
    lines = [line for line in figure.lines if line.share or line.before]
    if not lines:
        return None
    series = [Series(shown.cycle.name, [line.share or 0 for line in lines])]
    if shown.previous and any(line.before is not None for line in lines):
        series.append(Series(shown.previous.name, [line.before for line in lines]))
    return Drawing("bars", [_(line.label) for line in lines], series, "%" if lines[0].unit == "%" else "")


def _causes(shown: Cockpit) -> Drawing:
    return Drawing(
        "stack",
        [unit_name(row.name, row.is_own_level, row.merged) for row in shown.causes],
        [
            Series(_(word), [row.counts[number] for row in shown.causes])
            for number, word in enumerate(CAUSES.values())
        ],
    )
