"""Who could handle a dispute about an employee, and who is proposed: the offices that may, and the rule that excludes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from huitan.core.sentences import Sentence
from huitan.disputes.independence import OFFICES, Case, Person, part_in
from huitan.disputes.lifecycle import OPEN
from huitan.people.models import Duty, Employee


@dataclass(frozen=True)
class Candidate:
    """`part` says in words why not; `busy` counts the open disputes this person handles already."""

    id: int
    name: str
    staff_number: str
    position: str
    offices: tuple[str, ...]
    busy: int
    part: Sentence | None

    @property
    def office_words(self) -> tuple[str, ...]:
        return tuple(OFFICES[office] for office in self.offices)


def candidates(employee: Employee, case: Case) -> tuple[Candidate, ...]:
    """HRBPs of the unit, HR admins, and the line above the manager, the free ones first; one query."""
    line = _ids(employee.line) - {employee.pk}
    people = (
        _with_offices(employee)
        .annotate(busy=Count("disputes_handled", filter=Q(disputes_handled__state__in=OPEN), distinct=True))
        .filter(Q(is_admin=True) | Q(is_hrbp=True) | Q(pk__in=line))
        .filter(account__is_active=True)
        .exclude(status="left")
    )
    found = []
    for one in people:
        person = _person(one, line)
        part = part_in(case, person)
        found.append(
            Candidate(one.pk, one.name, one.staff_number, one.position, person.offices, one.busy, part)
        )
    order = list(OFFICES)
    found.sort(key=lambda c: (c.part is not None, order.index(c.offices[0]), c.busy, c.staff_number))
    return tuple(found)


def proposed(among: Iterable[Candidate]) -> Candidate | None:
    """The first without a part: HRBP before HR admin before the line, the least busy first."""
    return next((one for one in among if one.part is None), None)


def person_named(employee: Employee, pk: int) -> Person | None:
    """Somebody as the rule sees them, with the offices they hold towards this employee; one query."""
    one = _with_offices(employee).filter(pk=pk).first()
    return _person(one, _ids(employee.line) - {employee.pk}) if one else None


def _with_offices(employee: Employee) -> QuerySet[Employee, Any]:
    """Everybody, with whether they are an HR admin, and an HRBP of this employee's unit."""
    units = [int(part) for part in employee.department.path.split("/") if part]
    duties = Duty.objects.filter(account=OuterRef("account"))
    return Employee.objects.annotate(
        is_admin=Exists(duties.filter(kind="hr_admin")),
        is_hrbp=Exists(duties.filter(kind="hrbp", department_id__in=units)),
    )


def _person(one: Any, above: Collection[int]) -> Person:
    """`above` is the line above the employee concerned."""
    held = {"hrbp": one.is_hrbp, "hr_admin": one.is_admin, "line": one.pk in above}
    offices = tuple(office for office in OFFICES if held[office])
    return Person(one.pk, one.account_id, frozenset(_ids(one.line) - {one.pk}), offices, one.status != "left")


def _ids(line: str) -> set[int]:
    return {int(part) for part in line.split("/") if part}
