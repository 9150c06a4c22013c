"""What happens to the roster: people, departments and the reporting line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import transaction

from huitan.core import events
from huitan.core.bulk import Table, in_parts, save_again
from huitan.core.moves import plain
from huitan.people.actions.accounts import last_admin, require_office
from huitan.people.actions.lines import circle, redraw_lines
from huitan.people.models import Account, Department, Employee, stream_of
from huitan.people.queries import OnRoster, numbered
from huitan.people.relations import Actor

ROSTER_FIELDS = ("name", "email", "position", "hired_on", "status")
_fields = attrgetter(*ROSTER_FIELDS)
# Who has a place in the reporting line: key and line by staff number.
Places = dict[str, tuple[int, str]]


class RosterEntry(NamedTuple):
    """One clean roster row. `department` is a path of names, `manager` a staff number; None leaves as it is."""

    staff_number: str
    name: str
    department: str
    position: str = ""
    manager: str | None = None
    hired_on: date | None = None
    email: str = ""
    status: str = "active"


def department_named(full_name: str) -> Department:
    """The department with this path of names ("制造中心/装配一部"), made with its parents if new."""
    with transaction.atomic():
        return Department.objects.get(pk=_departments({full_name})[full_name])


def roster_changes(person: OnRoster | None, entry: RosterEntry) -> dict[str, list[Any]] | None:
    """What enrolling `entry` would change: {field: [before, after]}, empty for nothing, None for a new person.

    Empty values and a manager of None leave what is known.
    """
    if person is None:
        return None
    changed = {}
    known, wanted = _fields(person), _fields(entry)
    if known != wanted:
        for name, before, after in zip(ROSTER_FIELDS, known, wanted, strict=True):
            if after not in (None, "") and before != after:
                changed[name] = [plain(before), plain(after)]
    if person.department != entry.department:
        changed["department"] = [person.department, entry.department]
    if entry.manager is not None and entry.manager != person.manager:
        changed["manager"] = [person.manager, entry.manager]
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
        numbers = {e.staff_number for e in entries} | {e.manager for e in entries if e.manager}
        known = {person.staff_number: person for person in numbered(numbers)}
        changes: dict[str, dict[str, list[Any]]] = {}
        fresh: list[RosterEntry] = []
        differing: list[RosterEntry] = []
        for entry in entries:
            changed = roster_changes(known.get(entry.staff_number), entry)
            if changed is None:
                fresh.append(entry)
                outcome[entry.staff_number] = "created"
            elif changed:
                differing.append(entry)
                changes[entry.staff_number] = changed
                outcome[entry.staff_number] = "updated"
            else:
                outcome[entry.staff_number] = "unchanged"
        places = {number: (person.pk, person.line) for number, person in known.items()}
        _add_people(fresh, places, departments)
        touched = _change_people(differing, changes, places, departments)
        told = [
            _history_of(entry, places[entry.staff_number][0], changes.get(entry.staff_number))
            for entry in (*fresh, *differing)
        ]
        events.append_all([*told, *_logins_follow(touched)], actor=actor, at=at)
    return outcome


def _logins_follow(people: Iterable[Employee]) -> list[events.Entry]:
    """Who has left logs in no longer, open sessions included; who is back does again. The last HR admin stays."""
    by_account = {person.account_id: person for person in people if person.account_id is not None}
    told, last = [], last_admin()
    for some in in_parts(by_account):
        for account in Account.objects.filter(pk__in=some):
            person = by_account[account.pk]
            works_here = person.status != "left"
            if account.is_active == works_here or (not works_here and account.pk == last):
                continue
            account.is_active = works_here
            account.save(update_fields=["is_active"])
            verb = "employee.account_reopened" if works_here else "employee.account_closed"
            told.append(events.Entry(person.stream, verb, {"account": account.pk}))
    return told


def _departments(names: set[str]) -> dict[str, int]:
    """The keys of these departments; those not there yet are made, with their parents."""
    wanted = {name[:end] for name in names for end in (*_slashes(name), len(name))}
    stored = Department.objects.filter(full_name__among=wanted)
    places = {name: (pk, path) for name, pk, path in stored.values_list("full_name", "pk", "path")}
    # In this order everything stands behind what is above it.
    fresh = sorted(wanted - places.keys())
    made = Table(Department, "name", "full_name", "parent_id", "path")
    for pk, full_name in zip(made.reserve(len(fresh)), fresh, strict=True):
        above, _, name = full_name.rpartition("/")
        parent, path = places[above] if above else (None, "/")
        places[full_name] = pk, f"{path}{pk}/"
        made.put(pk, name, full_name, parent, f"{path}{pk}/")
    made.write()
    return {name: places[name][0] for name in names}


def _slashes(name: str) -> list[int]:
    return [at for at, letter in enumerate(name) if letter == "/"]


def _change_people(
    entries: list[RosterEntry],
    changes: Mapping[str, dict[str, list[Any]]],
    places: Places,
    departments: Mapping[str, int],
) -> list[Employee]:
    """Store what differs; the lines follow their managers."""
    wanted = {entry.staff_number: entry for entry in entries}
    touched = list(Employee.objects.filter(staff_number__among=wanted).order_by("pk")) if wanted else []
    moved = []
    for person in touched:
        entry, changed = wanted[person.staff_number], changes[person.staff_number]
        for name in changed.keys() & set(ROSTER_FIELDS):
            setattr(person, name, getattr(entry, name))
        if "department" in changed:
            person.department_id = departments[entry.department]
        if "manager" in changed and entry.manager is not None:
            person.manager_id, _ = places[entry.manager]
            moved.append(person)
    save_again(touched, [*ROSTER_FIELDS, "department", "manager"])
    redraw_lines(moved)
    return touched


def _add_people(entries: list[RosterEntry], places: Places, departments: Mapping[str, int]) -> None:
    """Managers before those who report to them, so that everybody is stored with manager and line at once."""
    people = Table(Employee, "staff_number", *ROSTER_FIELDS, "department_id", "manager_id", "line")
    numbers = iter(people.reserve(len(entries)))
    for entry in _from_the_top(entries):
        pk = next(numbers)
        manager, above = places[entry.manager] if entry.manager else (None, "/")
        line = f"{above}{pk}/"
        places[entry.staff_number] = pk, line
        people.put(pk, entry.staff_number, *_fields(entry), departments[entry.department], manager, line)
    people.write()


def _from_the_top(entries: Iterable[RosterEntry]) -> Iterator[RosterEntry]:
    """New people level by level: first those whose manager is not new."""
    waiting = {entry.staff_number: entry for entry in entries}
    while waiting:
        level = [entry for entry in waiting.values() if entry.manager not in waiting]
        if not level:
            raise circle(next(iter(waiting.values())).name)
        for entry in level:
            del waiting[entry.staff_number]
        yield from level


def _history_of(entry: RosterEntry, pk: int, changes: dict[str, list[Any]] | None) -> events.Entry:
    if changes is not None:
        return events.Entry(stream_of(pk), "employee.changed", {"changes": changes})
    content = entry._asdict()
    content["hired_on"] = entry.hired_on.isoformat() if entry.hired_on else None
    return events.Entry(stream_of(pk), "employee.enrolled", content)
