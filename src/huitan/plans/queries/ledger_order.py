"""The ledger's orders, each with the key its next page starts after. Items that bind always have a due date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from django.db.models import Q, QuerySet

from huitan.core.numbers import whole_number
from huitan.plans.models import PlanItem

Items: TypeAlias = "QuerySet[PlanItem]"
# One part of an order, starting after the key; nobody's items once the key lies beyond it.
Part = Callable[[Items, str], Items]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = "never"


def _by_due(found: Items, after: str) -> Items:
    """ "2026-07-24.15": the due date and the item."""
    day, _, number = after.rpartition(".")
    due_on, pk = _day(day), whole_number(number)
    if due_on is not None and pk is not None:
        found = found.filter(Q(due_on__gt=due_on) | Q(due_on=due_on, pk__gt=pk), due_on__gte=due_on)
    return found.order_by("due_on", "pk")


def _by_update(found: Items, after: str) -> Items:
    """ "1784512800000000.15": microseconds and the item; then, "never.15", what nobody has updated yet."""
    when, _, number = after.rpartition(".")
    micros, pk = whole_number(when), whole_number(number)
    if when == NEVER and pk is not None:
        return found.none()
    updated = found.filter(updated_at__isnull=False)
    if micros is not None and pk is not None and micros < 10**16:
        at = EPOCH + timedelta(microseconds=micros)
        updated = updated.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=pk), updated_at__lte=at)
    return updated.order_by("-updated_at", "-pk")


def _never_updated(found: Items, after: str) -> Items:
    when, _, number = after.rpartition(".")
    pk = whole_number(number) if when == NEVER else None
    never = found.filter(updated_at__isnull=True)
    return (never if pk is None else never.filter(pk__lt=pk)).order_by("-pk")


def _by_person(found: Items, after: str) -> Items:
    """ "00004.2026-07-24.15": the staff number, the due date and the item."""
    rest, _, number = after.rpartition(".")
    person, _, day = rest.rpartition(".")
    due_on, pk = _day(day), whole_number(number)
    if person and due_on is not None and pk is not None:
        later = Q(due_on__gt=due_on) | Q(due_on=due_on, pk__gt=pk)
        field = "plan__review__employee__staff_number"
        found = found.filter(Q(**{f"{field}__gt": person}) | Q(**{field: person}) & later)
        found = found.filter(**{f"{field}__gte": person})
    return found.order_by("plan__review__employee__staff_number", "due_on", "pk")


def _update_key(item: PlanItem) -> str:
    if item.updated_at is None:
        return f"{NEVER}.{item.pk}"
    return f"{(item.updated_at - EPOCH) // timedelta(microseconds=1)}.{item.pk}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# The parts of each order, to be read one after the other.
ORDERINGS: Mapping[str, tuple[Part, ...]] = {
    "due": (_by_due,),
    "updated": (_by_update, _never_updated),
    "person": (_by_person,),
}
KEYS: Mapping[str, Callable[[PlanItem], str]] = {
    "due": lambda item: f"{item.due_on}.{item.pk}",
    "updated": _update_key,
    "person": lambda item: f"{item.plan.review.employee.staff_number}.{item.due_on}.{item.pk}",
}
