"""Who is who to whom: the builder for lists and the answer for one row say the same, over the whole cast."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from tests.cast import NAMES, SYSTEM

from huitan.people import relations
from huitan.people.models import Employee
from huitan.people.relations import related, relations_to

ALL = (
    relations.SELF,
    relations.MANAGER,
    relations.LINE,
    relations.HRBP,
    relations.HR_ADMIN,
    relations.AUDITOR,
    relations.SYSTEM,
)


@pytest.mark.parametrize("wanted", [(r,) for r in ALL] + [("self", "manager"), ("line", "auditor"), ALL, ()])
def test_list_and_row_agree_for_everybody_and_everyone(cast, wanted) -> None:
    actors = {name: cast.actor(name) for name in NAMES} | {"system": SYSTEM}
    people = list(Employee.objects.select_related("department", "manager"))
    for name, actor in actors.items():
        listed = set(Employee.objects.filter(related(actor, wanted)).values_list("pk", flat=True))
        single = {p.pk for p in people if relations_to(actor, p) & set(wanted)}
        assert listed == single, (name, wanted)


@pytest.mark.parametrize(
    ("who", "whom", "expected"),
    [
        ("lin", "lin", {"self"}),
        ("shen", "lin", {"manager"}),
        ("zhao", "lin", {"line"}),
        ("wang", "lin", {"line"}),
        ("zhao", "shen", {"manager"}),
        ("gu", "lin", {"hrbp"}),
        ("gu", "sun", set()),
        ("he", "lin", {"hr_admin"}),
        ("he", "he", {"self"}),
        ("he", "gu", {"manager", "hr_admin"}),
        ("tao", "lin", {"auditor"}),
        ("sun", "lin", set()),
        ("chen", "lin", set()),
        ("lin", "shen", set()),
    ],
)
def test_relations_in_the_cast(cast, who, whom, expected) -> None:
    assert relations_to(cast.actor(who), cast.people[whom]) == expected


def test_nobody_holds_an_office_over_their_own_case(cast) -> None:
    for name in NAMES:
        assert relations_to(cast.actor(name), cast.people[name]) == {"self"}


def test_visible_to_is_the_read_row_of_the_policy(cast) -> None:
    seen = {
        name: set(Employee.objects.visible_to(cast.actor(name)).values_list("staff_number", flat=True))
        for name in NAMES
    }
    everybody = set(NAMES.values())
    assert seen["he"] == seen["tao"] == seen["wang"] == everybody
    assert seen["lin"] == {NAMES["lin"]}
    assert seen["shen"] == {NAMES["shen"], NAMES["lin"], NAMES["chen"]}
    for a, b in itertools.permutations(("lin", "chen", "sun"), 2):
        assert NAMES[b] not in seen[a]


def test_somebody_whose_line_is_not_drawn_has_nobody_below_them_but_their_own_people(cast) -> None:
    undrawn = replace(cast.actor("zhao"), line="")
    found = {e.name for e in Employee.objects.filter(related(undrawn, ("self", "manager", "line")))}
    assert found == {cast.zhao.name, cast.shen.name}
