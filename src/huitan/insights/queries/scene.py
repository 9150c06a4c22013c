"""One cycle's roll-ups over the departments a viewer may meet, and which of them may be shown. Three queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from huitan.cycles.models import Cycle
from huitan.insights.figures import Counts
from huitan.insights.models import COMPANY, Rollup
from huitan.insights.small_groups import OWN_LEVEL, Cells, cells, may_be_shown, own_level
from huitan.people.models import Department
from huitan.people.relations import Actor

EMPTY: Counts = {}


@dataclass(frozen=True)
class Tree:
    """The departments a viewer may meet, and the one chosen: `way` leads from the top down to it."""

    departments: Mapping[int, Department]
    tops: tuple[int, ...]
    way: tuple[int, ...]
    sees_all: bool

    def below(self, node: int) -> list[int]:
        if node == COMPANY:
            return list(self.tops)
        return [pk for pk, department in self.departments.items() if department.parent_id == node]


@dataclass(frozen=True)
class Scene:
    """One cycle's roll-ups over a tree."""

    tree: Tree
    rows: Mapping[int, Counts]

    def of(self, node: int) -> Counts:
        """All below the top are the viewer's own departments together, unless the whole company is."""
        if node == COMPANY and not self.tree.sees_all:
            return total([self.rows.get(top, EMPTY) for top in self.tree.tops])
        return self.rows.get(node, EMPTY)

    def groups(self, node: int) -> dict[int, Counts]:
        """What stands below a node, its own level included."""
        found: dict[int, Counts] = {pk: self.rows.get(pk, EMPTY) for pk in self.tree.below(node)}
        found[OWN_LEVEL] = own_level(self.of(node), found.values())
        return found

    def split(self, node: int, base: str) -> Cells:
        return cells({pk: counts.get(base, 0) for pk, counts in self.groups(node).items()})

    def shows(self, base: str) -> bool:
        """Whether the chosen department may be shown by this base: on every level, and never by difference."""
        way = self.tree.way
        if not way:
            return self.split(COMPANY, base).is_shown
        levels = [
            ({pk: counts.get(base, 0) for pk, counts in self.groups(above).items()}, node)
            for above, node in zip((COMPANY, *way), way, strict=False)
        ]
        return may_be_shown(levels)

    @property
    def chosen(self) -> int:
        return self.tree.way[-1] if self.tree.way else COMPANY


def tree_of(actor: Actor, department: str) -> Tree | None:
    """None when the department is not one of the viewer's."""
    sees_all = actor.is_hr_admin or actor.is_auditor or actor.is_system
    served = () if sees_all else _outermost(actor.served)
    chosen = None
    if department:
        chosen = Department.objects.visible_to(actor).filter(full_name=department).first()
        if chosen is None or not (sees_all or any(chosen.path.startswith(path) for path in served)):
            return None
    tops = tuple(_ids(path)[-1] for path in served)
    way = _ids(chosen.path) if chosen else ()
    if not sees_all:
        way = tuple(pk for number, pk in enumerate(way) if set(way[: number + 1]) & set(tops))
    wanted = Q(parent__in=way) | Q(pk__in=way)
    wanted |= Q(parent__isnull=True) if sees_all else Q(pk__in=tops)
    found = {d.pk: d for d in Department.objects.visible_to(actor).filter(wanted)}
    if sees_all:
        tops = tuple(pk for pk, d in found.items() if d.parent_id is None)
    return Tree(found, tops, way, sees_all)


def scenes(tree: Tree, cycle: Cycle, previous: Cycle | None) -> tuple[Scene, Scene | None]:
    """Roll-ups of both cycles for the departments of the tree; one query."""
    cycles = [cycle.pk, previous.pk] if previous else [cycle.pk]
    nodes = [COMPANY, *tree.departments] if tree.sees_all else list(tree.departments)
    rows: dict[int, dict[int, Counts]] = {pk: {} for pk in cycles}
    found = Rollup.objects.filter(cycle__in=cycles, node__in=nodes)
    for one, node, counts in found.values_list("cycle_id", "node", "counts"):
        rows[one][node] = counts
    return Scene(tree, rows[cycle.pk]), Scene(tree, rows[previous.pk]) if previous else None


def total(found: Sequence[Counts]) -> Counts:
    added: Counter[str] = Counter()
    for counts in found:
        added.update(counts)
    return added


def _ids(path: str) -> tuple[int, ...]:
    return tuple(int(part) for part in path.strip("/").split("/"))


def _outermost(paths: Sequence[str]) -> tuple[str, ...]:
    """Without those that lie inside another one of them."""
    return tuple(sorted({p for p in paths if not any(p != other and p.startswith(other) for other in paths)}))
