"""What happens to accounts and duties, and who acts with which office."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people import policy
from huitan.people.models import Account, Department, Duty, Employee
from huitan.people.passwords import require_good
from huitan.people.queries import Held, with_person
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, SYSTEM, Actor, system

LOGIN_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
NAME_LENGTH = 128


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
    """Everything about who `account` is that a request needs; one query, none for the account of a request just begun.

    Leaves `account.employee` behind with `manages`, and `account.has_factor`.
    """
    held = getattr(account, "held", None)
    if held is None:
        return actor_with(account, with_person(account))
    # Said once: whoever asks again later on is told how it stands then.
    del account.held
    return actor_with(account, held)


def actor_with(account: Account, duties: Collection[Held]) -> Actor:
    """The same for an account whose person and duties are at hand."""
    employee = getattr(account, "employee", None)
    return Actor(
        key=f"account:{account.pk}",
        account_id=account.pk,
        employee_id=employee.pk if employee else None,
        line=employee.line if employee else "",
        name=employee.name if employee else account.name or account.login_name,
        is_hr_admin=any(d.kind == "hr_admin" for d in duties),
        is_auditor=any(d.kind == "auditor" for d in duties),
        served=tuple(d.unit for d in duties if d.kind == "hrbp" and d.unit),
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


def open_account(
    employee: Employee, *, actor: Actor, at: datetime, password: str | None = None, encoded: str | None = None
) -> Account:
    """Give a person a login named by staff number. `encoded` is an already hashed password (bulk set-up)."""
    require_office(actor, "grant")
    if password is not None:
        require_good(password, (employee.name, employee.staff_number, employee.email))
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
    """Give somebody a duty of the company; who has it already keeps it. An HRBP serves a department."""
    require_office(actor, "grant")
    if (kind == "hrbp") != (department is not None):
        raise Refused("invalid", Shortfall(say("选 HRBP 服务的部门；别的职责不选部门。"), "department"))
    if not account.is_active:
        raise Refused("invalid", say("这个账号已经停用。"))
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


def take_away(duty: Duty, *, actor: Actor, at: datetime) -> None:
    """End a duty of the company; of two windows the second finds it gone. Somebody is always left to give duties."""
    require_office(actor, "grant")
    with transaction.atomic():
        # All of them locked: two HR admins may take the duty away from each other at the same time.
        admins = list(Duty.objects.select_for_update().filter(kind="hr_admin").order_by("pk"))
        held = Duty.objects.select_for_update().filter(pk=duty.pk).first()
        if held is None:
            return
        if held in admins and held.account_id == last_admin():
            raise Refused("not_now", say("这是最后一个 HR 管理员。先指定另一个人，再收回这一个。"))
        events.append(
            f"account:{held.account_id}",
            "account.duty_ended",
            actor=actor,
            at=at,
            payload={"kind": held.kind, "department": held.department.full_name if held.department else None},
        )
        held.delete()


def last_admin() -> int | None:
    """The account without which nobody would be left to correct a mistake."""
    admins = Duty.objects.filter(kind="hr_admin", account__is_active=True).values_list(
        "account_id", flat=True
    )
    some = list(admins.distinct()[:2])
    return some[0] if len(some) == 1 else None


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
    person = getattr(account, "employee", None)
    name = person.name if person else account.name
    require_good(password, (account.login_name, account.email, name))
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


def _require_usable(login_name: str, name: str, email: str) -> None:
    """Two accounts that a log-in could both mean would shut both out."""
    if not LOGIN_NAME.fullmatch(login_name):
        raise Refused("invalid", say("账号名要 1 到 64 个字符，不含空格，例如工号 00107。"))
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise Refused("invalid", say("姓名最多 %(n)s 个字。", n=NAME_LENGTH))
    if email:
        try:
            validate_email(email)
        except ValidationError as wrong:
            raise Refused("invalid", say("%(email)s 不是邮箱地址。", email=email)) from wrong
    for taken in (login_name, email):
        if taken and Account.objects.filter(Q(login_name__iexact=taken) | Q(email__iexact=taken)).exists():
            raise Refused("invalid", say("账号 %(name)s 已经有了。", name=taken))


def create_admin(
    login_name: str, password: str | None, *, name: str = "", email: str = "", actor: Actor, at: datetime
) -> Account:
    """An HR admin for a new installation; the roster's person of that staff number, if there is one. Without a password
    nobody can log in until one is set through a link."""
    require_office(actor, "grant")
    login_name, name, email = login_name.strip(), name.strip(), email.strip().lower()
    _require_usable(login_name, name, email)
    employee = Employee.objects.filter(staff_number=login_name, account__isnull=True).first()
    with transaction.atomic():
        if employee is not None:
            account = open_account(employee, actor=actor, at=at, password=password)
        else:
            if password is not None:
                require_good(password, (login_name, name, email))
            account = Account.objects.create(
                login_name=login_name, name=name, email=email, password=make_password(password)
            )
            events.append(
                f"account:{account.pk}", "account.opened", actor=actor, at=at, payload={"login": login_name}
            )
        grant(account, "hr_admin", actor=actor, at=at)
    return account
