"""When may something happen: a table of moves. Pure; a room fills it, `core.moves` carries it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huitan.core.sentences import Sentence


@dataclass(frozen=True)
class Shortfall:
    """One thing still missing, in words, with the place where it can be mended (an element id or a page key)."""

    sentence: Sentence
    anchor: str = ""


Need = Callable[[Any, datetime], Iterable[Shortfall]]


@dataclass(frozen=True)
class Move:
    """`label` is the button, `done` is what the history says. `changes` names the fields the move may write."""

    name: str
    sources: frozenset[str]
    target: str
    label: str
    done: str
    needs: tuple[Need, ...] = ()
    changes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lifecycle:
    """`states` maps each state to its word on screen; the first one is where everything begins."""

    name: str
    label: str
    states: Mapping[str, str]
    moves: tuple[Move, ...]
    by_name: Mapping[str, Move] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = {move.name: move for move in self.moves}
        if len(table) != len(self.moves):
            raise ValueError(f"lifecycle {self.name}: a move is named twice")
        for move in self.moves:
            unknown = (move.sources | {move.target}) - set(self.states)
            if unknown:
                raise ValueError(f"lifecycle {self.name}: move {move.name} names unknown states {unknown}")
        object.__setattr__(self, "by_name", table)

    @property
    def initial(self) -> str:
        return next(iter(self.states))

    def from_state(self, state: str) -> list[Move]:
        return [move for move in self.moves if state in move.sources]

    def choices(self) -> list[tuple[str, str]]:
        return list(self.states.items())


def shortfalls(move: Move, thing: Any, at: datetime) -> list[Shortfall]:
    return [missing for need in move.needs for missing in need(thing, at)]
