"""Whom the ledger one sees is about. Where they are few, the list starts from them instead of from all items."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from huitan.cycles.models import Cycle
from huitan.people import relations
from huitan.people.models import Department, Employee
from huitan.people.prepared import Among, prepared
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem
from huitan.plans.policy import PLAN

FEW = 300
OFFERED = 100
UNITS = 300
Choices = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Person:
    """`is_read`: their whole plan is open to the viewer, not only what the viewer promised them."""

    pk: int
    is_read: bool
    path: str
    manager_id: int | None
    manager: str


@dataclass(frozen=True)
class Scope:
    """`people` are those whose items one sees, or whose promise one owns; None for more than `FEW`."""

    actor: Actor
    people: tuple[Person, ...] | None

    @cached_property
    def read(self) -> Among:
        """Of few people those whose whole plan is open to the viewer."""
        return None if self.people is None else tuple(p.pk for p in self.people if p.is_read)

    @property
    def items(self) -> QuerySet[PlanItem]:
        return items_of(self.actor, self.read)


def items_of(actor: Actor, read: Among) -> QuerySet[PlanItem]:
    """What `visible_to` says, held equal by a test. For few people it is put so that both databases begin with them."""
    if read is None:
        return PlanItem.objects.visible_to(actor)
    ids = PlanItem.objects.filter(plan__review__employee__id__among=read).order_by().values("pk")
    if actor.employee_id is not None:
        owned = PlanItem.objects.filter(owner=actor.employee_id).order_by().values("pk")
        ids = ids.union(owned, all=True)
    return PlanItem.objects.filter(pk__in=ids).exclude(state="draft")


def scope_of(actor: Actor) -> Scope:
    """Two queries, one for many people, none for whoever sees the whole company."""
    return Scope(actor, None) if relations.covers_all(actor, PLAN.may["read"]) else _scope(actor, None, None)


def within(scope: Scope, *, department: int | None, manager: int | None) -> Scope:
    """The scope as far as a unit or a manager narrows it to few people; two queries at most where they were many."""
    if scope.people is not None or (department is None and manager is None):
        return scope
    return _scope(scope.actor, department, manager)


def about(path: str, department: int | None, manager: int | None) -> Q:
    """Persons of a unit or one below it, and persons of a manager; `path` leads to the person."""
    found = Q()
    if department is not None:
        # A unit's path lists the ids from the root, "/1/4/".
        found &= Q(**{f"{path}department__path__contains": f"/{department}/"})
    if manager is not None:
        found &= Q(**{f"{path}manager": manager})
    return found


@prepared
def _people(
    actor: Actor, _among: None, department: int | None, manager: int | None, at_most: int
) -> QuerySet[Employee, tuple[Any, ...]]:
    """Those with items whose whole plan is open to the viewer, no more than tell that they are many."""
    binding = PlanItem.objects.exclude(state="draft").order_by().filter(plan__review__employee=OuterRef("pk"))
    found = Employee.objects.filter(relations.related(actor, PLAN.may["read"])).filter(Exists(binding))
    return _described(found.filter(about("", department, manager)), at_most)


@prepared
def _promised(
    actor: Actor, _among: None, department: int | None, manager: int | None, at_most: int
) -> QuerySet[Employee, tuple[Any, ...]]:
    """Those in whose plans the viewer owns something."""
    owned = PlanItem.objects.exclude(state="draft").order_by().filter(owner=actor.employee_id)
    found = Employee.objects.filter(pk__in=owned.values("plan__review__employee"))
    return _described(found.filter(about("", department, manager)), at_most)


def _described(people: QuerySet[Employee], at_most: int) -> QuerySet[Employee, tuple[Any, ...]]:
    return people.values_list("pk", "department__path", "manager", "manager__name")[:at_most]


def _scope(actor: Actor, department: int | None, manager: int | None) -> Scope:
    read = _people(actor, None, department, manager, FEW + 1)
    if len(read) > FEW:
        return Scope(actor, None)
    found = {row[0]: Person(row[0], True, *row[1:]) for row in read}
    if actor.employee_id is not None:
        for row in _promised(actor, None, department, manager, FEW + 1):
            found.setdefault(row[0], Person(row[0], False, *row[1:]))
    return Scope(actor, None if len(found) > FEW else tuple(found.values()))


@dataclass(frozen=True)
class FilterOptions:
    """(value, label) pairs that occur among the items one may see; `cut` names the fields with too many for a list."""

    departments: Choices
    managers: Choices
    owners: Choices
    cycles: tuple[tuple[str, str], ...]
    cut: frozenset[str] = frozenset()


def filter_options(
    scope: Scope, *, department: int | None = None, manager: int | None = None, owner: int | None = None
) -> FilterOptions:
    """Three queries for few people, four or five for many, one more for a unit chosen further down. Whoever is already
    chosen is always among those offered."""
    departments, owners = _departments(scope, department), tuple(_owners(scope.actor, scope.read, owner))
    managers = _managers(scope, manager)
    return FilterOptions(
        departments=departments[:UNITS],
        managers=managers[:OFFERED],
        owners=owners[:OFFERED],
        cycles=tuple(_cycles(scope.actor, scope.read)),
        cut=frozenset(
            name
            for name, rows, at_most in (
                ("manager", managers, OFFERED),
                ("owner", owners, OFFERED),
                ("department", departments, UNITS),
            )
            if len(rows) > at_most
        ),
    )


@prepared
def _owners(actor: Actor, read: Among, chosen: int | None) -> QuerySet[Employee, tuple[int, str]]:
    if read is not None:
        return _first(
            Employee.objects.filter(pk__in=items_of(actor, read).order_by().values("owner")), chosen
        )
    # Among many, owners are looked for where the plans are; others are found by searching for their name.
    binding = PlanItem.objects.exclude(state="draft").order_by()
    owning = Q(Exists(binding.filter(owner=OuterRef("pk"))))
    return _first(Employee.objects.filter(owning & relations.related(actor, PLAN.may["read"])), chosen)


@prepared
def _cycles(actor: Actor, read: Among) -> QuerySet[Cycle, tuple[str, str]]:
    """Those the items of few people come from; among many, all that have been opened."""
    found = Cycle.objects.visible_to(actor).exclude(state="draft")
    if read is not None:
        items = items_of(actor, read).order_by()
        found = found.filter(pk__in=items.values("plan__review__cycle"))
    return found.order_by("-starts_on").values_list("key", "name")


def _departments(scope: Scope, chosen: int | None) -> Choices:
    """The units of few people and those above them; of a whole line those of the two levels below its head; of the whole
    company those of the upper levels."""
    if scope.people is not None:
        units = {int(part) for p in scope.people for part in p.path.split("/") if part}
        return tuple(_units(scope.actor, tuple(units)))
    found = tuple(
        (_upper_units if relations.covers_all(scope.actor, PLAN.may["read"]) else _near_units)(
            scope.actor, None, UNITS + 1
        )
    )
    if chosen is None or any(pk == chosen for pk, _name in found):
        return found
    return (*_units(scope.actor, (chosen,)), *found)


@prepared
def _units(_actor: Actor, among: tuple[int, ...]) -> QuerySet[Department, tuple[int, str]]:
    return Department.objects.filter(id__among=among).order_by("full_name").values_list("pk", "full_name")


@prepared
def _upper_units(_actor: Actor, _among: None, at_most: int) -> QuerySet[Department, tuple[int, str]]:
    return Department.objects.order_by("depth", "full_name").values_list("pk", "full_name")[:at_most]


@prepared
def _near_units(actor: Actor, _among: None, at_most: int) -> QuerySet[Department, tuple[int, str]]:
    """Of the units an HRBP serves, and of those where one's reports and their reports are."""
    units = Q()
    for served in actor.served:
        units |= Q(path__under=served)
    if actor.employee_id is not None:
        reports = Employee.objects.filter(manager=actor.employee_id).order_by()
        theirs = Employee.objects.filter(manager__in=reports.values("pk")).order_by()
        units |= Q(pk__in=reports.values("department").union(theirs.values("department")))
    found = Department.objects.filter(units).order_by("depth", "full_name")
    return found.values_list("pk", "full_name")[:at_most]


def _managers(scope: Scope, chosen: int | None) -> Choices:
    if scope.people is not None:
        found = {p.manager_id: p.manager for p in scope.people if p.manager_id is not None}
        first = sorted(found.items(), key=lambda row: (row[0] != chosen, row[1], row[0]))
        return tuple(first)
    return tuple(_managers_of_many(scope.actor, None, chosen))


@prepared
def _managers_of_many(actor: Actor, _among: None, chosen: int | None) -> QuerySet[Employee, tuple[int, str]]:
    reports = Employee.objects.filter(manager=OuterRef("pk"))
    if relations.covers_all(actor, PLAN.may["read"]):
        return _first(Employee.objects.filter(Exists(reports)), chosen)
    if actor.served:
        # Whoever manages people of a unit may stand outside it.
        reports = reports.filter(relations.related(actor, PLAN.may["read"]))
        return _first(Employee.objects.filter(Exists(reports)), chosen)
    line = Q(pk=actor.employee_id) | relations.related(actor, PLAN.may["read"])
    return _first(Employee.objects.filter(line & Exists(reports)), chosen)


def _first(people: QuerySet[Employee], chosen: int | None) -> QuerySet[Employee, tuple[int, str]]:
    """By name, the chosen one before all."""
    if chosen is not None:
        people = people.annotate(later=Case(When(pk=chosen, then=Value(0)), default=Value(1)))
        people = people.order_by("later", "name", "pk")
    else:
        people = people.order_by("name", "pk")
    return people.values_list("pk", "name")[: OFFERED + 1]
