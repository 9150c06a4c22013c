from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from huitan.people.models import Account, Employee


def with_reports() -> QuerySet[Employee]:
    """People with `manages`: whether anybody at work reports to them."""
    reports = Employee.objects.filter(manager=OuterRef("pk")).exclude(status="left")
    return Employee.objects.annotate(manages=Exists(reports))


def account_in_use(account_id: int) -> Account | None:
    """The account with its employee, unless it was closed."""
    return Account.objects.select_related("employee").filter(pk=account_id, is_active=True).first()
