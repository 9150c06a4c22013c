"""Which departments may be shown without pointing at a few people, on every level of the tree at once. Pure.

`disputes.groups.shown` decides on one level: what is small goes into a rest that holds at least two groups and five
people. A department counts here only if it was shown on every level above it, so that no filter leads to a hidden one
and none is left over when what is shown is taken from what stands above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from huitan.disputes.groups import LEAST as LEAST
from huitan.disputes.groups import Group, shown

# Stands among the departments below one for the people who belong to that one itself.
OWN_LEVEL = -1


@dataclass(frozen=True)
class Cells:
    """What may be shown below one department: these, and the `rest` as one (empty when there is none).

    `is_shown` is false when not even all of them together may be shown.
    """

    shown: frozenset[int]
    rest: tuple[int, ...]
    is_shown: bool


def cells(people: Mapping[int, int]) -> Cells:
    """The split of the groups on one level, {node: people}; groups without anybody are left out."""
    groups = [Group(str(node), n, 0, 0, 0, 0) for node, n in sorted(people.items()) if n > 0]
    found = shown(groups)
    kept = frozenset(int(group.name) for group in found.groups)
    rest = tuple(int(group.name) for group in groups if int(group.name) not in kept)
    return Cells(kept, rest if found.rest else (), found.total is not None)


def may_be_shown(levels: Sequence[tuple[Mapping[int, int], int]]) -> bool:
    """Whether a department may be: for each level from the top, {node: people} and the node the way leads on to."""
    return all(node in cells(people).shown for people, node in levels)


def own_level(total: Mapping[str, int], below: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """What remains of a department's counts for its own level when those below are taken out."""
    left = dict(total)
    for counts in below:
        for key, n in counts.items():
            left[key] = left.get(key, 0) - n
    return {key: n for key, n in left.items() if n}
