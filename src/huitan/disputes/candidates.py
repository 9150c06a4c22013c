"""Who could handle a dispute about an employee, and who is proposed: the offices that may, and the rule that excludes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

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
    units = [int(part) for part in employee.department.path.split("/") if part]
    duties = Duty.objects.filter(account=OuterRef("account"))
    people = (
        Employee.objects.annotate(
            is_admin=Exists(duties.filter(kind="hr_admin")),
            is_hrbp=Exists(duties.filter(kind="hrbp", department_id__in=units)),
            busy=Count("disputes_handled", filter=Q(disputes_handled__state__in=OPEN), distinct=True),
        )
        .filter(Q(is_admin=True) | Q(is_hrbp=True) | Q(pk__in=line))
        .filter(account__is_active=True)
        .exclude(status="left")
    )
    found = []
    for one in people:
        held = {"hrbp": one.is_hrbp, "hr_admin": one.is_admin, "line": one.pk in line}
        offices = tuple(office for office in OFFICES if held[office])
        part = part_in(case, _person(one, offices))
        found.append(Candidate(one.pk, one.name, one.staff_number, one.position, offices, one.busy, part))
    order = list(OFFICES)
    found.sort(key=lambda c: (c.part is not None, order.index(c.offices[0]), c.busy, c.staff_number))
    return tuple(found)


def proposed(among: Iterable[Candidate]) -> Candidate | None:
    """The first without a part: HRBP before HR admin before the line, the least busy first."""
    return next((one for one in among if one.part is None), None)


def person_named(employee: Employee, pk: int) -> Person | None:
    """Somebody as the rule sees them, with the offices they hold towards this employee; two queries."""
    one = Employee.objects.filter(pk=pk).first()
    if one is None:
        return None
    units = [int(part) for part in employee.department.path.split("/") if part]
    duties = Duty.objects.filter(account=one.account_id).values_list("kind", "department_id")
    held = {
        "hr_admin" if kind == "hr_admin" else "hrbp"
        for kind, unit in duties
        if kind == "hr_admin" or unit in units
    }
    if pk in _ids(employee.line) - {employee.pk}:
        held.add("line")
    return _person(one, tuple(office for office in OFFICES if office in held))


def _person(one: Employee, offices: tuple[str, ...]) -> Person:
    return Person(one.pk, one.account_id, frozenset(_ids(one.line) - {one.pk}), offices, one.status != "left")


def _ids(line: str) -> set[int]:
    return {int(part) for part in line.split("/") if part}
