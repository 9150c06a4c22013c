from __future__ import annotations

from huitan.people.models import Employee


def is_manager(employee_id: int) -> bool:
    """Whether anybody at work reports to this person."""
    return Employee.objects.filter(manager_id=employee_id).exclude(status="left").exists()
