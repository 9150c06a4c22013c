"""Who is who to whom. This module alone knows self, manager, line, HRBP, HR admin and auditor.

Said twice for two uses, and a test holds the two equal over the whole cast: `related` builds a condition for
lists, `relations_to` answers for one row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Manager, Model, Q, QuerySet

if TYPE_CHECKING:
    from huitan.people.models import Employee

R = TypeVar("R", bound=Model)

SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM = (
    "self",
    "manager",
    "line",
    "hrbp",
    "hr_admin",
    "auditor",
    "system",
)


@dataclass(frozen=True)
class Actor:
    """Somebody (or the system itself) acting now, with what the door learned about them once.

    `line` is their own reporting line, "/1/7/23/"; `served` holds the department paths an HRBP serves, `answers_for` the
    sources whose numbers a data owner checks.
    """

    key: str
    account_id: int | None = None
    employee_id: int | None = None
    line: str = ""
    name: str = ""
    is_hr_admin: bool = False
    is_auditor: bool = False
    is_system: bool = False
    served: tuple[str, ...] = field(default=())
    answers_for: tuple[str, ...] = field(default=())

    @property
    def is_hrbp(self) -> bool:
        return bool(self.served)


def system(name: str) -> Actor:
    """The system as actor: "system:worker", "system:cli". It may do what no person has to decide."""
    return Actor(key=f"system:{name}", name=name, is_system=True)


def relations_to(actor: Actor, employee: Employee) -> frozenset[str]:
    """All relations of `actor` to `employee`. Oneself is only ever oneself: no office over one's own case."""
    if actor.employee_id is not None and employee.pk == actor.employee_id:
        return frozenset({SELF})
    found = set()
    if actor.employee_id is not None:
        if employee.manager_id == actor.employee_id:
            found.add(MANAGER)
        elif f"/{actor.employee_id}/" in employee.line:
            found.add(LINE)
    if any(employee.department.path.startswith(path) for path in actor.served):
        found.add(HRBP)
    if actor.is_hr_admin:
        found.add(HR_ADMIN)
    if actor.is_auditor:
        found.add(AUDITOR)
    if actor.is_system:
        found.add(SYSTEM)
    return frozenset(found)


def related(actor: Actor, wanted: Collection[str], path: str = "") -> Q:
    """Rows whose employee stands in one of the `wanted` relations to `actor`.

    `path` is the lookup from the row to its employee, "" for employees themselves, "review__employee" for a talk. Oneself is
    told by one's line, which no other has: all conditions stand on one table then, and a database finds whom they name by
    three indexes.
    """
    if actor.employee_id is not None and frozenset(wanted) == {SELF}:
        return Q(**{path or "pk": actor.employee_id})

    def on(lookup: str, value: Any) -> Q:
        return Q(**{f"{path}__{lookup}" if path else lookup: value})

    nobody = Q(pk__in=[])
    found = nobody
    myself = nobody
    if actor.employee_id is not None:
        myself = on("line", actor.line) if actor.line else on("id", actor.employee_id)
    if covers_all(actor, wanted):
        # Said without the employee, so that a list of everything is read without looking at who each row is about.
        everybody = Q(pk__isnull=False)
        return everybody if SELF in wanted or actor.employee_id is None else everybody & ~myself
    if SELF in wanted:
        found |= myself
    office = nobody
    if actor.employee_id is not None:
        if MANAGER in wanted:
            office |= on("manager_id", actor.employee_id)
        if LINE in wanted and actor.line:
            office |= on("line__under", actor.line) & ~(
                on("manager_id", actor.employee_id) & on("manager__isnull", False)
            )
    if HRBP in wanted:
        for served in actor.served:
            office |= on("department__path__under", served)
    if actor.employee_id is not None:
        office &= ~myself
    return found | office


def one_by_one(rows: QuerySet[R], ways: Sequence[Q]) -> QuerySet[R]:
    """The rows any of these conditions lets somebody see, each way gone on its own, so that a list starts from the few people
    one has to do with. For a row already at hand the conditions in one are quicker: `visible_to` says those."""
    manager: Manager[R] = rows.model._default_manager
    found = [manager.filter(way).order_by().values("pk") for way in ways]
    return rows.filter(pk__in=found[0].union(*found[1:], all=True))


def covers_all(actor: Actor, wanted: Collection[str]) -> bool:
    """Whether one of the wanted relations is an office over the whole company."""
    return (
        (HR_ADMIN in wanted and actor.is_hr_admin)
        or (AUDITOR in wanted and actor.is_auditor)
        or (SYSTEM in wanted and actor.is_system)
    )
