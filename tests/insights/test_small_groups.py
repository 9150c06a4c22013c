"""No filter and no difference leads to a few people: checked by linear algebra over everything a viewer can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huitan.insights.small_groups import LEAST, OWN_LEVEL, cells, may_be_shown, own_level

# A department: how many belong to it itself, and the departments below.
TREE = st.recursive(
    st.tuples(st.integers(0, 9), st.just([])),
    lambda below: st.tuples(st.integers(0, 9), st.lists(below, min_size=1, max_size=4)),
    max_leaves=8,
)


class Company:
    """A drawn tree with its atoms (the own levels), and every sum the product would publish of it."""

    def __init__(self, drawn) -> None:
        self.people: list[int] = []
        self.below: dict[int, list[int]] = {}
        self._grow(drawn)

    def _grow(self, drawn) -> int:
        node = len(self.people)
        own, below = drawn
        self.people.append(own)
        self.below[node] = []
        for one in below:
            self.below[node].append(self._grow(one))
        return node

    def atoms(self, node: int) -> frozenset[int]:
        return frozenset({node}).union(*(self.atoms(child) for child in self.below[node]))

    def size(self, atoms: frozenset[int]) -> int:
        return sum(self.people[atom] for atom in atoms)

    def groups(self, node: int) -> dict[int, int]:
        found = {child: self.size(self.atoms(child)) for child in self.below[node]}
        return {**found, OWN_LEVEL: self.people[node]}

    def published(self, node: int = 0, levels: tuple = ()) -> Iterator[frozenset[int]]:
        split = cells(self.groups(node))
        if not (may_be_shown(levels) if levels else split.is_shown):
            return
        yield self.atoms(node)
        for one in split.shown:
            yield self.atoms(one) if one != OWN_LEVEL else frozenset({node})
        if split.rest:
            yield frozenset().union(
                *(self.atoms(one) if one != OWN_LEVEL else frozenset({node}) for one in split.rest)
            )
        for child in self.below[node]:
            yield from self.published(child, (*levels, (self.groups(node), child)))

    def secrets(self) -> list[frozenset[int]]:
        """Every department and own level with fewer than five people, but somebody."""
        wanted = [self.atoms(node) for node in self.below] + [frozenset({node}) for node in self.below]
        return [some for some in wanted if 0 < self.size(some) < LEAST]


def solved(sums: list[frozenset[int]], atoms: list[int]) -> list[list[Fraction]]:
    """A basis of what can be computed, in echelon form. Atoms without anybody add nothing and are left out."""
    rows: list[list[Fraction]] = []
    for some in sums:
        row = reduced([Fraction(int(atom in some)) for atom in atoms], rows)
        if any(row):
            rows.append(row)
    return rows


def reduced(row: list[Fraction], rows: list[list[Fraction]]) -> list[Fraction]:
    for known in rows:
        at = next(i for i, value in enumerate(known) if value)
        if row[at]:
            times = row[at] / known[at]
            row = [a - times * b for a, b in zip(row, known, strict=True)]
    return row


# A busy machine draws slowly; that says nothing of what is shown.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREE)
def test_nothing_small_can_be_computed_from_what_is_shown(drawn) -> None:
    company = Company(drawn)
    atoms = [atom for atom, people in enumerate(company.people) if people]
    sums = list(company.published())
    assert all(company.size(some) >= LEAST for some in sums if company.size(some))
    known = solved(sums, atoms)
    for secret in company.secrets():
        row = [Fraction(int(atom in secret)) for atom in atoms]
        assert any(reduced(row, known)), f"{sorted(secret)} follows from what is shown"


def test_a_small_own_level_takes_the_smallest_department_with_it() -> None:
    split = cells({1: 20, 2: 8, OWN_LEVEL: 1})
    assert (split.shown, set(split.rest), split.is_shown) == (frozenset({1}), {2, OWN_LEVEL}, True)


def test_a_filter_does_not_lead_around_the_rest() -> None:
    levels = [({1: 20, 2: 8, OWN_LEVEL: 1}, 2)]
    assert not may_be_shown(levels)
    assert may_be_shown([({1: 20, 2: 8, OWN_LEVEL: 1}, 1)])
    assert not may_be_shown([({1: 20, 2: 3, 3: 3}, 1), ({4: 16, OWN_LEVEL: 4}, 4)])


def test_four_people_in_all_show_nothing() -> None:
    split = cells({1: 3, 2: 1})
    assert (split.shown, split.rest, split.is_shown) == (frozenset(), (), False)


def test_the_own_level_is_what_the_departments_below_leave() -> None:
    assert own_level({"people": 9, "held": 4}, [{"people": 5, "held": 4}, {"people": 3}]) == {"people": 1}
