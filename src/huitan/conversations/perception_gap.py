"""Where the two sides see a result differently (R09): self score against manager score, both 1.0 to 5.0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from huitan.core.sentences import Sentence, say

WIDE = Decimal("1.0")


@dataclass(frozen=True)
class Gap:
    evidence_id: int
    name: str
    own: Decimal | None
    manager: Decimal | None

    @property
    def size(self) -> Decimal | None:
        return None if self.own is None or self.manager is None else abs(self.own - self.manager)

    @property
    def is_wide(self) -> bool:
        return self.size is not None and self.size >= WIDE


def widest(gaps: Iterable[Gap]) -> Gap | None:
    measured = [g for g in gaps if g.size]
    return max(measured, key=lambda g: g.size or 0, default=None)


def headline(gaps: Iterable[Gap]) -> Sentence:
    """The finding in one sentence."""
    gaps = list(gaps)
    found = widest(gaps)
    if found is not None:
        return say("「%(name)s」上看法差得最远", name=found.name)
    if any(g.size is not None for g in gaps):
        return say("双方的看法一致")
    if any(g.own is not None for g in gaps):
        return say("给出你的评分后，这里会显示双方看法的差距")
    return say("等员工交了调研，这里会显示双方看法的差距")
