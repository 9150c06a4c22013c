"""Which situation a talk is in, proposed from the facts with the reason in words. Pure; the manager decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from huitan.core.sentences import Sentence, say

NEW_FOR = timedelta(days=183)
# Shares of the weighted results, in percent.
STRUGGLING_SHARE = 50
SHORT_BELOW = 95
HIGH_FROM = 100
HIGH_MEAN = 110


@dataclass(frozen=True)
class Reached:
    """One result: its weight in percent (None counts as one) and how far the target was reached, in percent."""

    weight: Decimal | int | None
    completion: Decimal | None


@dataclass(frozen=True)
class Proposed:
    situation: str
    why: Sentence


def propose(
    *, status: str, hired_on: date | None, ratings: Sequence[str], results: Iterable[Reached], on: date
) -> Proposed:
    """`ratings` are the newest label of the cycle before and of this one, as far as there are any."""
    if status == "probation":
        return Proposed("probation", say("花名册里是试用"))
    if hired_on is not None and on - hired_on < NEW_FOR:
        return Proposed("new", say("入职还不到半年"))
    known = [(r.weight or 1, r.completion) for r in results if r.completion is not None]
    if is_struggling(known):
        return Proposed("low", say("按权重，一半以上的指标没到目标"))
    if len(ratings) == 2 and ratings[0] != ratings[1]:
        return Proposed(
            "changed", say("上个周期「%(before)s」，这次「%(now)s」", before=ratings[0], now=ratings[1])
        )
    whole = sum(weight for weight, _ in known)
    if whole and min(done for _, done in known) >= HIGH_FROM:
        mean = sum(weight * done for weight, done in known) / whole
        if mean >= HIGH_MEAN:
            return Proposed("high", say("指标都达到目标，加权完成 %(n)s%%", n=round(mean)))
    return Proposed("usual", say("没有特别的情况"))


def is_struggling(known: Sequence[tuple[Decimal | int, Decimal]]) -> bool:
    """Whether most of the weighted results lie short (R24). Pairs of weight and completion in percent."""
    whole = sum(weight for weight, _ in known)
    short = sum(weight for weight, reached in known if reached < SHORT_BELOW)
    return bool(whole) and 100 * short / whole > STRUGGLING_SHARE
