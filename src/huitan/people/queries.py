from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from huitan.core.bulk import among
from huitan.people.models import Account, Employee


def with_reports() -> QuerySet[Employee]:
    """People with `manages`: whether anybody at work reports to them."""
    reports = Employee.objects.filter(manager=OuterRef("pk")).exclude(status="left")
    return Employee.objects.annotate(manages=Exists(reports))


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
    return _on_roster(Employee.objects.filter(staff_number__in=among(numbers)))


def _on_roster(people: QuerySet[Employee]) -> list[OnRoster]:
    columns = ("pk", "staff_number", "name", "email", "position", "hired_on", "status")
    beside = ("department__full_name", "manager__staff_number", "line")
    return [OnRoster._make(row) for row in people.values_list(*columns, *beside)]
