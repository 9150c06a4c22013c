from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from huitan.people.models import Account, Department, Employee


def with_reports() -> QuerySet[Employee]:
    """People with `manages`: whether anybody at work reports to them."""
    reports = Employee.objects.filter(manager=OuterRef("pk")).exclude(status="left")
    return Employee.objects.annotate(manages=Exists(reports))


def account_in_use(account_id: int) -> Account | None:
    """The account with its employee, unless it was closed."""
    return Account.objects.select_related("employee").filter(pk=account_id, is_active=True).first()


def everybody() -> list[Employee]:
    """The whole roster with departments and managers, each stored row in memory once; two queries."""
    departments = Department.objects.in_bulk()
    people = {person.pk: person for person in Employee.objects.iterator(chunk_size=2000)}
    for person in people.values():
        person.department = departments[person.department_id]
        if person.manager_id:
            person.manager = people[person.manager_id]
    return list(people.values())
