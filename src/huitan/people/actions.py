"""What happens to accounts, duties and the roster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from huitan.core import events
from huitan.core.bulk import AT_ONCE, in_parts, save_again
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, plain
from huitan.core.sentences import Sentence, say
from huitan.people import policy
from huitan.people.models import Account, Department, Duty, Employee
from huitan.people.queries import with_reports
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, SYSTEM, Actor, system


def office_of(actor: Actor) -> frozenset[str]:
    """The relations an actor has to the company as a whole."""
    return frozenset(
        name
        for name, holds in (
            (HR_ADMIN, actor.is_hr_admin),
            (HRBP, actor.is_hrbp),
            (AUDITOR, actor.is_auditor),
            (SYSTEM, actor.is_system),
        )
        if holds
    )


def require_office(actor: Actor, action: str) -> None:
    answer = policy.COMPANY.judge(action, office_of(actor))
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))


def actor_for(account: Account) -> Actor:
    """Everything about who `account` is that a request needs; two queries.

    Leaves `account.employee` behind with `manages`: whether anybody at work reports to this person.
    """
    employee = with_reports().filter(account=account).first()
    account._state.fields_cache["employee"] = employee
    return actor_with(account, list(account.duties.select_related("department")))


def actor_with(account: Account, duties: Collection[Duty]) -> Actor:
    """The same for an account whose person and duties, each with its department, are at hand."""
    employee = getattr(account, "employee", None)
    return Actor(
        key=f"account:{account.pk}",
        account_id=account.pk,
        employee_id=employee.pk if employee else None,
        name=employee.name if employee else account.login_name,
        is_hr_admin=any(d.kind == "hr_admin" for d in duties),
        is_auditor=any(d.kind == "auditor" for d in duties),
        served=tuple(d.department.path for d in duties if d.kind == "hrbp" and d.department),
        answers_for=tuple(d.source for d in duties if d.kind == "data_owner"),
    )


def actor_keyed(key: str) -> Actor:
    """Who acts in somebody's name later on, with what they may do by then; `key` is an actor's key."""
    kind, _, name = key.partition(":")
    if kind == "system":
        return system(name)
    account = Account.objects.filter(pk=int(name), is_active=True).select_related("employee").first()
    if account is None:
        raise Refused("forbidden", say("这个账号已经停用。"))
    return actor_for(account)


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


def open_account(
    employee: Employee, *, actor: Actor, at: datetime, password: str | None = None, encoded: str | None = None
) -> Account:
    """Give a person a login named by staff number. `encoded` is an already hashed password (bulk set-up)."""
    require_office(actor, "grant")
    if password is not None:
        _check_password(password)
    with transaction.atomic():
        account = Account.objects.create(
            login_name=employee.staff_number,
            email=employee.email,
            password=encoded or make_password(password),
        )
        employee.account = account
        employee.save(update_fields=["account"])
        events.append(
            employee.stream, "employee.account_opened", actor=actor, at=at, payload={"account": account.pk}
        )
    return account


def grant(
    account: Account, kind: str, *, actor: Actor, at: datetime, department: Department | None = None
) -> Duty:
    require_office(actor, "grant")
    with transaction.atomic():
        duty, made = Duty.objects.get_or_create(account=account, kind=kind, department=department)
        if made:
            events.append(
                f"account:{account.pk}",
                "account.duty_granted",
                actor=actor,
                at=at,
                payload={"kind": kind, "department": department.full_name if department else None},
            )
    return duty


def name_data_owner(source: str, account: Account | None, *, actor: Actor, at: datetime) -> Duty | None:
    """Say who answers for the numbers of a source, or with None that nobody but HR does. One at a time."""
    require_office(actor, "name_data_owner")
    source = source.strip()
    if not source:
        raise Refused("invalid", say("选一个数据来源。"))
    with transaction.atomic():
        before = Duty.objects.select_for_update().filter(kind="data_owner", source=source).first()
        if account is not None and (not account.is_active or getattr(account, "employee", None) is None):
            raise Refused("invalid", say("数据负责人要是一个在用的员工账号。"))
        if before is not None and account is not None and before.account_id == account.pk:
            return before
        if before is not None:
            events.append(
                f"account:{before.account_id}",
                "account.duty_ended",
                actor=actor,
                at=at,
                payload={"kind": "data_owner", "source": source},
            )
            before.delete()
        if account is None:
            return None
        duty = Duty.objects.create(account=account, kind="data_owner", source=source)
        events.append(
            f"account:{account.pk}",
            "account.duty_granted",
            actor=actor,
            at=at,
            payload={"kind": "data_owner", "source": source},
        )
    return duty


@dataclass(frozen=True)
class Proof:
    """That an account's owner was there at `at`: what a signature rests on.

    `taken_by` is how the owner had confirmed to be themselves on a device handed over to them, "" on their own.
    """

    account_id: int
    method: str
    at: datetime
    taken_by: str = ""


def prove(account: Account, password: str, at: datetime) -> Proof:
    """Fresh authentication by password."""
    if not check_password(password, account.password):
        raise Refused("invalid", say("密码不对。再试一次；忘了密码请联系 HR。"))
    return Proof(account.pk, "password", at)


def change_password(account: Account, password: str, *, actor: Actor, at: datetime) -> None:
    """Whoever asks has just proved to be the owner. Every other session of the account ends with the old password."""
    if actor.account_id != account.pk:
        raise Refused("forbidden", say("密码只能由本人改。"))
    _check_password(password, account)
    with transaction.atomic():
        account.password = make_password(password)
        account.save(update_fields=["password"])
        events.append(f"account:{account.pk}", "account.password_changed", actor=actor, at=at)


def set_preferences(account: Account, **chosen: str) -> None:
    """Language, time zone and theme; nobody else's business, so not in the history."""
    allowed = {"language", "time_zone", "theme"}
    fields = {name: value for name, value in chosen.items() if name in allowed and value}
    for name, value in fields.items():
        setattr(account, name, value)
    if fields:
        account.save(update_fields=list(fields))


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
        events.append_all(
            (
                _history_of(entry, known[entry.staff_number], changes.get(entry.staff_number))
                for entry in entries
                if outcome[entry.staff_number] != "unchanged"
            ),
            actor=actor,
            at=at,
        )
    return outcome


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
        for person in fresh:
            person.line = person.manager.line if person.manager else "/"
        Employee.objects.bulk_create(fresh, batch_size=AT_ONCE)
        for some in in_parts([person.pk for person in fresh]):
            below = Concat("line", Cast("pk", CharField()), Value("/"))
            Employee.objects.filter(pk__in=some).update(line=below)
        for person in fresh:
            person.line = f"{person.line}{person.pk}/"
            known[person.staff_number] = person


def _from_the_top(entries: Iterable[RosterEntry]) -> Iterator[list[RosterEntry]]:
    """New people level by level: first those whose manager is not new."""
    waiting = {entry.staff_number: entry for entry in entries}
    while waiting:
        level = [entry for entry in waiting.values() if entry.manager not in waiting]
        if not level:
            raise _circle(next(iter(waiting.values())).name)
        for entry in level:
            del waiting[entry.staff_number]
        yield level


def redraw_lines(moved: Iterable[Employee]) -> None:
    """The lines of those who have a new manager and of everybody below them; a loop is refused."""
    below = {person.pk: person for person in moved}
    level = list(below)
    while level:
        found = [
            person
            for some in in_parts(level)
            for person in Employee.objects.filter(manager__in=some)
            if person.pk not in below
        ]
        below.update({person.pk: person for person in found})
        level = [person.pk for person in found]
    beside = {person.manager_id for person in below.values()} - below.keys()
    above = {
        pk: line
        for some in in_parts([pk for pk in beside if pk])
        for pk, line in Employee.objects.filter(pk__in=some).values_list("pk", "line")
    }
    lines: dict[int, str] = {}
    for person in below.values():
        chain: list[Employee] = []
        step: Employee | None = person
        while step is not None and step.pk not in lines:
            if step in chain:
                raise _circle(person.name)
            chain.append(step)
            step = below.get(step.manager_id) if step.manager_id else None
        for link in reversed(chain):
            manager = link.manager_id
            start = lines.get(manager) or above[manager] if manager else "/"
            lines[link.pk] = f"{start}{link.pk}/"
    changed = [person for person in below.values() if person.line != lines[person.pk]]
    for person in changed:
        person.line = lines[person.pk]
    save_again(changed, ["line"])


def _circle(name: str) -> Refused:
    return Refused("invalid", say("%(name)s 的汇报关系绕成了一圈。", name=name))


def _history_of(entry: RosterEntry, person: Employee, changes: dict[str, list[Any]] | None) -> events.Entry:
    if changes is not None:
        return events.Entry(person.stream, "employee.changed", {"changes": changes})
    content = {"department": entry.department, "manager": entry.manager, **_plain_fields(entry)}
    return events.Entry(person.stream, "employee.enrolled", content)


def _plain_fields(entry: RosterEntry) -> dict[str, Any]:
    return {name: plain(getattr(entry, name)) for name in ("staff_number", *ROSTER_FIELDS)}


def create_admin(login_name: str, password: str, *, email: str = "", actor: Actor, at: datetime) -> Account:
    """An HR admin for a new installation; the roster's person of that staff number, if there is one."""
    require_office(actor, "grant")
    employee = Employee.objects.filter(staff_number=login_name, account__isnull=True).first()
    if Account.objects.filter(login_name=login_name).exists():
        raise Refused("invalid", say("账号 %(name)s 已经有了。", name=login_name))
    with transaction.atomic():
        if employee is not None:
            account = open_account(employee, actor=actor, at=at, password=password)
        else:
            _check_password(password)
            account = Account.objects.create(
                login_name=login_name, email=email, password=make_password(password)
            )
            events.append(
                f"account:{account.pk}", "account.opened", actor=actor, at=at, payload={"login": login_name}
            )
        grant(account, "hr_admin", actor=actor, at=at)
    return account


def _check_password(password: str, account: Account | None = None) -> None:
    try:
        validate_password(password, account)
    except ValidationError as weak:
        reasons = [Shortfall(Sentence(message), "password") for message in weak.messages]
        raise Refused("invalid", *reasons) from weak
