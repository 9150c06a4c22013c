"""What the employee was told before (R11). Pure: a point carries 首次提出 unless an earlier signal is about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from huitan.core.sentences import Sentence


@dataclass(frozen=True)
class Signal:
    """One time the employee was told. `about` holds names of results and titles of topics, `evidence_ids` the facts
    themselves."""

    on: date
    says: Sentence
    about: frozenset[str] = frozenset()
    evidence_ids: frozenset[int] = frozenset()


def heard(
    signals: Iterable[Signal], names: Collection[str], evidence_ids: Collection[int] = ()
) -> tuple[Sentence, ...]:
    """The earlier signals about a point, oldest first; a point is known by its names and by the facts it rests on."""
    wanted, facts = frozenset(names) - {""}, frozenset(evidence_ids)
    about = [s for s in signals if s.about & wanted or s.evidence_ids & facts]
    return tuple(s.says for s in sorted(about, key=lambda s: s.on))
