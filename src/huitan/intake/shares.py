"""0.985 or 98.5, 0.4 or 40: which bare numbers are fractions of one and which are percent points."""

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from huitan.intake.numbers import Amount, tidy

_LARGEST_FRACTION = 1.5


def percent_points(
    groups: Sequence[str], targets: Sequence[Amount | None], actuals: Sequence[Amount | None]
) -> tuple[list[float | None], list[float | None]]:
    """Targets and actuals in percent points. ``groups`` names the KPI of each row: rows of one KPI explain each
    other (98.5% in one row says that 0.97 in the next is 97%)."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    found_targets: list[float | None] = [None] * len(groups)
    found_actuals: list[float | None] = [None] * len(groups)
    for rows in members.values():
        reference = _reference([targets[i] for i in rows]) or _reference([actuals[i] for i in rows])
        for i in rows:
            target, actual = targets[i], actuals[i]
            points = _target(target, reference)
            found_targets[i] = points
            found_actuals[i] = _actual(actual, target, points, reference)
    return found_targets, found_actuals


def _reference(amounts: Sequence[Amount | None]) -> float:
    """The usual size, in points, of the amounts that leave no doubt; 0 when none does."""
    sure = [
        abs(a.number) for a in amounts if a and a.number and (a.percent or abs(a.number) > _LARGEST_FRACTION)
    ]
    return median(sure) if sure else 0.0


def _target(target: Amount | None, reference: float) -> float | None:
    if target is None:
        return None
    number = target.number
    if target.percent or abs(number) > _LARGEST_FRACTION or not number:
        return number
    return _nearest(number, reference) if reference else tidy(number * 100)


def _actual(
    actual: Amount | None, target: Amount | None, points: float | None, reference: float
) -> float | None:
    if actual is None:
        return None
    number = actual.number
    if actual.percent or not number:
        return number
    if target is not None and points and not target.percent:
        written_as_fraction = abs(points) > abs(target.number)
        if written_as_fraction:
            return tidy(number * 100) if abs(number) <= _LARGEST_FRACTION else _nearest(number, abs(points))
        slipped = 0 < abs(number) < 1 and abs(points) >= 20
        return _nearest(number, abs(points)) if slipped else number
    if abs(number) > _LARGEST_FRACTION:
        return number
    nearby = abs(points) if points else reference
    return _nearest(number, nearby) if nearby else tidy(number * 100)


def _nearest(number: float, reference: float) -> float:
    as_points = abs(math.log(abs(number) / reference))
    as_fraction = abs(math.log(abs(number) * 100 / reference))
    return tidy(number * 100) if as_fraction < as_points else number


def weight_points(people: Sequence[str], weights: Sequence[Amount | None]) -> list[float | None]:
    """Weights in percent points. Those of one person add up to 100: the reading that comes to it is the right one.
    Where none does, a number up to 1 is a fraction unless the other people of the file say otherwise."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, person in enumerate(people):
        members[person].append(index)
    found: list[float | None] = [None if w is None else w.number for w in weights]
    undecided: list[int] = []
    fractions = points = 0
    for rows in members.values():
        sure = sum(w.number for i in rows if (w := weights[i]) is not None and w.percent)
        bare = [(i, w.number) for i in rows if (w := weights[i]) is not None and not w.percent]
        if not bare:
            continue
        scales = _fitting(sure, [number for _, number in bare])
        if scales is None:
            undecided += [i for i, _ in bare]
            continue
        for (i, number), scale in zip(bare, scales, strict=True):
            found[i] = tidy(number * scale)
            fractions, points = fractions + (scale == 100), points + (scale == 1)
    for i in undecided:
        number = found[i] or 0.0
        if abs(number) <= 1 and not points > 20 * fractions:
            found[i] = tidy(number * 100)
    return found


def _fitting(sure: float, bare: Sequence[float]) -> list[int] | None:
    small = [100 if abs(number) <= 1 else 1 for number in bare]
    for scales in ([100] * len(bare), [1] * len(bare), small):
        if abs(sure + sum(n * s for n, s in zip(bare, scales, strict=True)) - 100) <= 1.0:
            return scales
    return None
