"""Numbers by department without pointing at anybody: only groups of five or more people, and no hidden group can be
computed as what is missing from the total. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 5


@dataclass(frozen=True)
class Group:
    """`people` could have disputed; `raised` did, of which `corrected` and `explained` are answered, `open` are not."""

    name: str
    people: int
    raised: int
    corrected: int
    explained: int
    open: int

    def __add__(self, other: Group) -> Group:
        return Group(
            self.name,
            self.people + other.people,
            self.raised + other.raised,
            self.corrected + other.corrected,
            self.explained + other.explained,
            self.open + other.open,
        )


@dataclass(frozen=True)
class Shown:
    """`rest` are at least two departments with at least LEAST people together; `total` is shown only when nothing
    small can be taken out of it. `hidden` counts the departments in the rest, or all of them when nothing is shown."""

    groups: tuple[Group, ...]
    rest: Group | None
    total: Group | None
    hidden: int


def shown(groups: Sequence[Group], least: int = LEAST) -> Shown:
    """Small departments go into one rest; if that is still too small, or a single one, the next smallest joins it."""
    visible = sorted((g for g in groups if g.people >= least), key=lambda g: (g.people, g.name))
    hidden = [g for g in groups if g.people < least]
    while hidden and visible and (len(hidden) < 2 or _people(hidden) < least):
        hidden.append(visible.pop(0))
    if hidden and _people(hidden) < least:
        return Shown((), None, None, len(hidden))
    rest = _sum("", hidden) if hidden else None
    total = _sum("", [*visible, *hidden]) if groups else None
    return Shown(tuple(sorted(visible, key=lambda g: g.name)), rest, total, len(hidden))


def _people(groups: Sequence[Group]) -> int:
    return sum(g.people for g in groups)


def _sum(name: str, groups: Sequence[Group]) -> Group:
    found = Group(name, 0, 0, 0, 0, 0)
    for group in groups:
        found = found + group
    return found
