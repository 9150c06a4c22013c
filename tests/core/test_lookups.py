"""The conditions of our own, on the database at hand."""

from __future__ import annotations

import pytest

from huitan.people.models import Department

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/1/", {"/1/", "/1/7/", "/1/7/23/", "/1/70/"}),
        ("/1/7/", {"/1/7/", "/1/7/23/"}),
        ("/1/70/", {"/1/70/"}),
        ("/7/", set()),
    ],
)
def test_under_finds_a_place_and_all_below_it_and_no_neighbour_whose_number_begins_alike(path, found) -> None:
    for at in ("/1/", "/1/7/", "/1/7/23/", "/1/70/", "/17/", "/10/7/"):
        Department.objects.create(name=at, path=at, full_name=at)
    assert set(Department.objects.filter(path__under=path).values_list("path", flat=True)) == found
    rest = Department.objects.exclude(path__under=path).values_list("path", flat=True)
    assert set(rest) == {"/1/", "/1/7/", "/1/7/23/", "/1/70/", "/17/", "/10/7/"} - found


def test_an_empty_path_is_refused_rather_than_being_everything() -> None:
    for path in ("", "1", "/1"):
        with pytest.raises(ValueError, match="not a path"):
            Department.objects.filter(path__under=path)
