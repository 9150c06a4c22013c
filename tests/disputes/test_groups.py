"""Figures by department: never a group under five, and never one that can be computed from the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huitan.disputes.groups import LEAST, Group, shown


def group(name: str, people: int, raised: int = 0) -> Group:
    return Group(name, people, raised, 0, 0, raised)


def test_departments_of_five_and_more_are_shown_with_their_total():
    found = shown([group("甲", 5, 1), group("乙", 40, 3)])
    assert [g.name for g in found.groups] == ["乙", "甲"] or [g.name for g in found.groups] == ["甲", "乙"]
    assert found.rest is None and found.total.raised == 4 and found.hidden == 0


def test_a_single_small_department_takes_the_smallest_other_with_it():
    found = shown([group("甲", 3, 1), group("乙", 8, 2), group("丙", 40, 3)])
    assert [g.name for g in found.groups] == ["丙"]
    assert (found.rest.people, found.rest.raised, found.hidden) == (11, 3, 2)
    assert found.total.raised == 6


def test_several_small_departments_together_make_a_rest():
    found = shown([group("甲", 3, 1), group("乙", 2), group("丙", 40, 3)])
    assert [g.name for g in found.groups] == ["丙"] and found.rest.people == 5 and found.hidden == 2


def test_too_few_people_in_all_show_nothing_not_even_a_total():
    found = shown([group("甲", 3, 1), group("乙", 1)])
    assert found.groups == () and found.rest is None and found.total is None and found.hidden == 2
    assert shown([]).total is None


GROUPS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5)), max_size=9)


@given(GROUPS)
def test_no_small_group_is_shown_or_left_as_a_difference(drawn):
    groups = [group(f"部门{n}", people, min(raised, people)) for n, (people, raised) in enumerate(drawn)]
    found = shown(groups)
    names = {g.name for g in found.groups}
    assert all(g.people >= LEAST for g in found.groups)
    left = [g for g in groups if g.name not in names]
    if found.total is None:
        assert not found.groups and found.rest is None
        return
    assert found.total.raised == sum(g.raised for g in groups)
    assert sum(g.raised for g in left) == (found.rest.raised if found.rest else 0)
    if left:
        assert len(left) == found.hidden
        assert found.rest.people >= LEAST
        # One department alone could be computed; unless it is large enough to stand by itself.
        assert len(left) >= 2 or left[0].people >= LEAST
