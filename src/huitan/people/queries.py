from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from huitan.people.models import Employee


def with_reports() -> QuerySet[Employee]:
    """People with `manages`: whether anybody at work reports to them."""
    reports = Employee.objects.filter(manager=OuterRef("pk")).exclude(status="left")
    return Employee.objects.annotate(manages=Exists(reports))
