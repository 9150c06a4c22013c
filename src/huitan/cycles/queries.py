"""Cycles as HR's screens show them: the list, who takes part, and the days HR declared itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from huitan.cycles.actions import participants
from huitan.cycles.models import CalendarDay, Cycle
from huitan.people.models import Department, Employee
from huitan.people.relations import Actor

NAMED = 60


@dataclass(frozen=True)
class CycleRow:
    id: int
    key: str
    name: str
    state: str
    starts_on: date
    ends_on: date
    talks_from: date
    talks_until: date
    reviews: int

    @property
    def state_word(self) -> str:
        return Cycle.lifecycle.states[self.state]


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class DepartmentNode:
    """`people` at work in it and below, `without_manager` among them, who are left out of a cycle."""

    id: int
    name: str
    full_name: str
    depth: int
    people: int
    without_manager: int
    is_chosen: bool


@dataclass(frozen=True)
class Person:
    staff_number: str
    name: str
    department: str


@dataclass(frozen=True)
class Participants:
    """`without_manager` are left out until the roster names a manager; at most NAMED of them are named."""

    count: int
    without_manager: tuple[Person, ...]
    without_count: int


@dataclass(frozen=True)
class Level:
    label: str
    meaning: str


def cycle_rows(actor: Actor) -> tuple[CycleRow, ...]:
    """All cycles the actor may see, newest first; one query."""
    found = Cycle.objects.visible_to(actor).annotate(reviewed=Count("reviews")).order_by("-starts_on", "-pk")
    return tuple(
        CycleRow(
            c.pk,
            c.key,
            c.name,
            c.state,
            c.starts_on,
            c.ends_on,
            c.talks_from,
            c.talks_until,
            c.reviewed,
        )
        for c in found
    )


def cycle_choices(actor: Actor) -> tuple[Choice, ...]:
    """Cycles that have been opened, newest first."""
    opened = Cycle.objects.visible_to(actor).exclude(state="draft").order_by("-starts_on")
    return tuple(Choice(key, name) for key, name in opened.values_list("key", "name"))


def current_cycle(actor: Actor) -> Cycle | None:
    """The newest open cycle, else the newest that has been opened at all."""
    opened = Cycle.objects.visible_to(actor).exclude(state="draft")
    return opened.filter(state="open").order_by("-starts_on").first() or opened.order_by("-starts_on").first()


def department_tree(chosen: Collection[int] = ()) -> tuple[DepartmentNode, ...]:
    """Every department in the order of the tree, with the people of its subtree; two queries."""
    departments = sorted(Department.objects.all(), key=lambda d: d.full_name.split("/"))
    own = {
        pk: (people, without)
        for pk, people, without in Employee.objects.exclude(status="left")
        .order_by()
        .values_list("department")
        .annotate(people=Count("pk"), without=Count("pk", filter=Q(manager__isnull=True)))
    }
    totals: dict[int, list[int]] = {d.pk: [0, 0] for d in departments}
    for department in departments:
        people, without = own.get(department.pk, (0, 0))
        for above in department.path.strip("/").split("/"):
            totals[int(above)][0] += people
            totals[int(above)][1] += without
    return tuple(
        DepartmentNode(
            d.pk,
            d.name,
            d.full_name,
            d.full_name.count("/"),
            totals[d.pk][0],
            totals[d.pk][1],
            d.pk in chosen,
        )
        for d in departments
    )


def who_takes_part(cycle: Cycle) -> Participants:
    """As opening the cycle would count them now."""
    people, without = participants(cycle)
    named = tuple(Person(p.staff_number, p.name, p.department.full_name) for p in without[:NAMED])
    return Participants(len(people), named, len(without))


def levels_of(cycle: Cycle) -> tuple[Level, ...]:
    return tuple(Level(level.label, level.meaning) for level in cycle.levels.all())


def declared_days() -> tuple[CalendarDay, ...]:
    """Days HR declared working or free, latest first."""
    return tuple(CalendarDay.objects.order_by("-on")[:200])
