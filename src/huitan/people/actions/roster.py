"""What happens to the roster: people, departments and the reporting line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from huitan.core import events
from huitan.core.bulk import give_ids, in_parts, save_again, store
from huitan.core.moves import plain
from huitan.people.actions.accounts import require_office
from huitan.people.actions.lines import circle, redraw_lines
from huitan.people.models import Account, Department, Duty, Employee
from huitan.people.relations import Actor

ROSTER_FIELDS = ("name", "email", "position", "hired_on", "status")


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One clean roster row. `department` is a path of names, `manager` a staff number; None leaves as it is."""

    staff_number: str
    name: str
    department: str
    position: str = ""
    manager: str | None = None
    hired_on: Any = None
    email: str = ""
    status: str = "active"


def department_named(full_name: str) -> Department:
    """The department with this path of names ("制造中心/装配一部"), made with its parents if new."""
    found = Department.objects.filter(full_name=full_name).first()
    if found:
        return found
    *above, name = full_name.split("/")
    parent = department_named("/".join(above)) if above else None
    made = Department.objects.create(name=name, parent=parent, full_name=full_name)
    made.path = f"{parent.path if parent else '/'}{made.pk}/"
    made.save(update_fields=["path"])
    return made


def roster_changes(person: Employee | None, entry: RosterEntry) -> dict[str, list[Any]] | None:
    """What enrolling `entry` would change: {field: [before, after]}, empty for nothing, None for a new person.

    Empty values and a manager of None leave what is known. `person` comes with department and manager.
    """
    if person is None:
        return None
    changed = {
        name: [plain(getattr(person, name)), plain(value)]
        for name in ROSTER_FIELDS
        if (value := getattr(entry, name)) not in (None, "") and getattr(person, name) != value
    }
    if person.department.full_name != entry.department:
        changed["department"] = [person.department.full_name, entry.department]
    current = person.manager.staff_number if person.manager else None
    if entry.manager is not None and entry.manager != current:
        changed["manager"] = [current, entry.manager]
    return changed


def enrol(entries: Iterable[RosterEntry], *, actor: Actor, at: datetime) -> dict[str, str]:
    """Write roster rows: new people, changed fields, the reporting line. All or nothing.

    Returns {staff number: "created" | "updated" | "unchanged"}. The caller has made sure that every manager is in
    the roster or among the entries and that no line loops. What it costs depends on the entries and on who stands
    below those that move, not on the size of the company.
    """
    require_office(actor, "import_roster")
    entries = list(entries)
    outcome: dict[str, str] = {}
    with transaction.atomic():
        departments = _departments({entry.department for entry in entries})
        known = _numbered({e.staff_number for e in entries} | {e.manager for e in entries if e.manager})
        changes: dict[str, dict[str, list[Any]]] = {}
        fresh: list[RosterEntry] = []
        for entry in entries:
            person = known.get(entry.staff_number)
            changed = roster_changes(person, entry)
            if person is None or changed is None:
                fresh.append(entry)
                outcome[entry.staff_number] = "created"
                continue
            outcome[entry.staff_number] = "updated" if changed else "unchanged"
            changes[entry.staff_number] = changed
            for name in changed.keys() & set(ROSTER_FIELDS):
                setattr(person, name, getattr(entry, name))
            if "department" in changed:
                person.department = departments[entry.department]
        _add_people(fresh, known, departments)
        touched = [known[number] for number in changes if changes[number]]
        moved = [known[number] for number in changes if "manager" in changes[number]]
        named = {entry.staff_number: entry.manager for entry in entries}
        for person in moved:
            person.manager = known[named[person.staff_number] or ""]
        save_again(touched, [*ROSTER_FIELDS, "department", "manager"])
        redraw_lines(moved)
        told = [
            _history_of(entry, known[entry.staff_number], changes.get(entry.staff_number))
            for entry in entries
            if outcome[entry.staff_number] != "unchanged"
        ]
        events.append_all([*told, *_logins_follow(touched)], actor=actor, at=at)
    return outcome


def _logins_follow(people: Iterable[Employee]) -> list[events.Entry]:
    """Who has left logs in no longer, open sessions included; who is back does again. The last HR admin stays."""
    by_account = {person.account_id: person for person in people if person.account_id is not None}
    told, last_admin = [], _last_admin()
    for some in in_parts(by_account):
        for account in Account.objects.filter(pk__in=some):
            person = by_account[account.pk]
            works_here = person.status != "left"
            if account.is_active == works_here or (not works_here and account.pk == last_admin):
                continue
            account.is_active = works_here
            account.save(update_fields=["is_active"])
            verb = "employee.account_reopened" if works_here else "employee.account_closed"
            told.append(events.Entry(person.stream, verb, {"account": account.pk}))
    return told


def _last_admin() -> int | None:
    """The account without which nobody would be left to correct a mistaken file."""
    admins = Duty.objects.filter(kind="hr_admin", account__is_active=True).values_list(
        "account_id", flat=True
    )
    some = list(admins.distinct()[:2])
    return some[0] if len(some) == 1 else None


def _departments(names: set[str]) -> dict[str, Department]:
    found = {
        d.full_name: d for some in in_parts(names) for d in Department.objects.filter(full_name__in=some)
    }
    for name in sorted(names - found.keys()):
        found[name] = department_named(name)
    return found


def _numbered(numbers: set[str]) -> dict[str, Employee]:
    people = Employee.objects.select_related("department", "manager")
    return {p.staff_number: p for some in in_parts(numbers) for p in people.filter(staff_number__in=some)}


def _add_people(
    entries: Iterable[RosterEntry], known: dict[str, Employee], departments: Mapping[str, Department]
) -> None:
    """Managers before those who report to them, so that everybody is stored with manager and line at once."""
    for level in _from_the_top(entries):
        fresh = [
            Employee(
                staff_number=entry.staff_number,
                department=departments[entry.department],
                manager=known[entry.manager] if entry.manager else None,
                **{name: getattr(entry, name) for name in ROSTER_FIELDS},
            )
            for entry in level
        ]
        give_ids(fresh)
        for person in fresh:
            person.line = f"{person.manager.line if person.manager else '/'}{person.pk}/"
            known[person.staff_number] = person
        store(fresh)


def _from_the_top(entries: Iterable[RosterEntry]) -> Iterator[list[RosterEntry]]:
    """New people level by level: first those whose manager is not new."""
    waiting = {entry.staff_number: entry for entry in entries}
    while waiting:
        level = [entry for entry in waiting.values() if entry.manager not in waiting]
        if not level:
            raise circle(next(iter(waiting.values())).name)
        for entry in level:
            del waiting[entry.staff_number]
        yield level


def _history_of(entry: RosterEntry, person: Employee, changes: dict[str, list[Any]] | None) -> events.Entry:
    if changes is not None:
        return events.Entry(person.stream, "employee.changed", {"changes": changes})
    content = {"department": entry.department, "manager": entry.manager, **_plain_fields(entry)}
    return events.Entry(person.stream, "employee.enrolled", content)


def _plain_fields(entry: RosterEntry) -> dict[str, Any]:
    return {name: plain(getattr(entry, name)) for name in ("staff_number", *ROSTER_FIELDS)}
