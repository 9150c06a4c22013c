from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Cast, Substr

from huitan.people.models import Account, Employee
from huitan.people.prepared import prepared
from huitan.people.relations import Actor

SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Held(NamedTuple):
    """A duty as whoever acts needs it: its kind, the path of the unit it serves, the source it answers for."""

    kind: str
    unit: str | None
    source: str


def with_person(account: Account) -> list[Held]:
    """The account's duties; leaves behind who it is at work (`employee`, with `manages`: whether anybody at work reports to
    them), and `has_factor`: whether it has a second factor. One query, a row for each duty."""
    return _told_of(account, _with_person(Actor(key=f"account:{account.pk}", account_id=account.pk), None))


def account_with_person(pk: int) -> Account | None:
    """An account with all of that, its duties as `held`; the same one query."""
    rows = _with_person(Actor(key=f"account:{pk}", account_id=pk), None)
    if not rows:
        return None
    account: Account = rows[0]
    account.held = _told_of(account, rows)
    return account


def _told_of(account: Account, rows: Sequence[Any]) -> list[Held]:
    employee = getattr(rows[0], "employee", None) if rows else None
    if employee is not None:
        employee.manages = rows[0].manages
    account._state.fields_cache["employee"] = employee
    account.has_factor = any(row.has_factor for row in rows)
    return [Held(row.duty, row.unit, row.source) for row in rows if row.duty]


@prepared
def _with_person(oneself: Actor, _among: None) -> QuerySet[Account]:
    reports = Employee.objects.filter(manager=OuterRef("employee")).exclude(status="left")
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND)
    return (
        Account.objects.filter(pk=oneself.account_id)
        .select_related("employee")
        .annotate(
            manages=Exists(reports),
            has_factor=Exists(factors),
            duty=F("duties__kind"),
            unit=F("duties__department__path"),
            source=F("duties__source"),
        )
        .order_by("duties")
    )


def with_names(events: QuerySet[Any]) -> QuerySet[Any, Any]:
    """Events with `who_id` and `who_name`, the person who acted, and `who_login`, the account; None for the system. All
    in the query of the events."""
    number = Cast(Substr("actor", 9), BigIntegerField())
    person = Employee.objects.filter(account=OuterRef("who_account"))
    account = Account.objects.filter(pk=OuterRef("who_account"))
    return events.annotate(
        who_account=Case(When(actor__startswith="account:", then=number), default=None)
    ).annotate(
        who_id=Subquery(person.values("pk")[:1]),
        who_name=Subquery(person.values("name")[:1]),
        who_login=Subquery(account.values("login_name")[:1]),
    )


def account_in_use(account_id: int) -> Account | None:
    """The account with its employee, unless it was closed."""
    return Account.objects.select_related("employee").filter(pk=account_id, is_active=True).first()


class OnRoster(NamedTuple):
    """Somebody as a roster says it: the department by its full name, the manager by the staff number."""

    pk: int
    staff_number: str
    name: str
    email: str
    position: str
    hired_on: date | None
    status: str
    department: str
    manager: str | None
    line: str


def everybody() -> list[OnRoster]:
    """The whole roster; one query."""
    return _on_roster(Employee.objects.order_by("pk"))


def numbered(numbers: Collection[str]) -> list[OnRoster]:
    """Those of these staff numbers who are in the roster; one query."""
    return _on_roster(Employee.objects.filter(staff_number__among=numbers))


def _on_roster(people: QuerySet[Employee]) -> list[OnRoster]:
    columns = ("pk", "staff_number", "name", "email", "position", "hired_on", "status")
    beside = ("department__full_name", "manager__staff_number", "line")
    return [OnRoster._make(row) for row in people.values_list(*columns, *beside)]
