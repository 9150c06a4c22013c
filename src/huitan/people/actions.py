"""What happens to accounts, duties and the roster."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, plain
from huitan.core.sentences import Sentence, say
from huitan.people import policy
from huitan.people.models import Account, Department, Duty, Employee
from huitan.people.queries import with_reports
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, SYSTEM, Actor


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


@dataclass(frozen=True)
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
    the roster or among the entries and that no line loops.
    """
    require_office(actor, "import_roster")
    entries = list(entries)
    outcome: dict[str, str] = {}
    with transaction.atomic():
        departments = {d.full_name: d for d in Department.objects.all()}
        for entry in entries:
            if entry.department not in departments:
                departments[entry.department] = department_named(entry.department)
        known = {e.staff_number: e for e in Employee.objects.select_related("department", "manager")}
        changes: dict[str, dict[str, list[Any]]] = {}
        fresh: list[Employee] = []
        for entry in entries:
            person = known.get(entry.staff_number)
            changed = roster_changes(person, entry)
            if person is None or changed is None:
                fresh.append(_new_person(entry, departments[entry.department]))
                known[entry.staff_number] = fresh[-1]
                outcome[entry.staff_number] = "created"
                continue
            outcome[entry.staff_number] = "updated" if changed else "unchanged"
            changes[entry.staff_number] = changed
            for name in changed.keys() & set(ROSTER_FIELDS):
                setattr(person, name, getattr(entry, name))
            if "department" in changed:
                person.department = departments[entry.department]
        Employee.objects.bulk_create(fresh, batch_size=500)
        for entry in entries:
            if entry.manager is not None:
                known[entry.staff_number].manager = known[entry.manager]
        touched = [known[e.staff_number] for e in entries if outcome[e.staff_number] == "updated"]
        _draw_lines(known.values())
        _save_managers(fresh)
        Employee.objects.bulk_update(touched, [*ROSTER_FIELDS, "department", "manager"], batch_size=500)
        _save_lines(known.values())
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


def _new_person(entry: RosterEntry, department: Department) -> Employee:
    fields = {name: getattr(entry, name) for name in ROSTER_FIELDS}
    return Employee(staff_number=entry.staff_number, department=department, **fields)


def _history_of(entry: RosterEntry, person: Employee, changes: dict[str, list[Any]] | None) -> events.Entry:
    if changes is not None:
        return events.Entry(person.stream, "employee.changed", {"changes": changes})
    content = {"department": entry.department, "manager": entry.manager, **_plain_fields(entry)}
    return events.Entry(person.stream, "employee.enrolled", content)


def _plain_fields(entry: RosterEntry) -> dict[str, Any]:
    return {name: plain(getattr(entry, name)) for name in ("staff_number", *ROSTER_FIELDS)}


def _draw_lines(people: Iterable[Employee]) -> None:
    """Set `line` on every person from the managers as they now stand; a loop is refused."""
    by_id = {p.pk: p for p in people}
    done: dict[int, str] = {}

    def line_of(person: Employee) -> str:
        chain: list[Employee] = []
        step: Employee | None = person
        while step is not None and step.pk not in done:
            if step in chain:
                raise Refused("invalid", say("%(name)s 的汇报关系绕成了一圈。", name=person.name))
            chain.append(step)
            step = by_id.get(step.manager_id) if step.manager_id else None
        above = done[step.pk] if step is not None else "/"
        for link in reversed(chain):
            above = done[link.pk] = f"{above}{link.pk}/"
        return done[person.pk]

    for person in by_id.values():
        person.new_line = line_of(person)


def _save_managers(people: Iterable[Employee]) -> None:
    """New people can name a manager only once all of them are stored."""
    Employee.objects.bulk_update([p for p in people if p.manager_id], ["manager"], batch_size=500)


def _save_lines(people: Iterable[Employee]) -> None:
    moved = [p for p in people if p.line != p.new_line]
    for person in moved:
        person.line = person.new_line
    Employee.objects.bulk_update(moved, ["line"], batch_size=500)


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
