"""Who hears that something happened in a plan: what `visible_to` says, decided in memory for many listeners at once."""

from __future__ import annotations

from collections.abc import Collection

from huitan.core.events import Told
from huitan.people import relations
from huitan.people.relations import Actor
from huitan.plans import policy
from huitan.plans.models import Plan, PlanItem

# A plan still being drafted is part of a talk between two people.
DRAFTING = frozenset({relations.SELF, relations.MANAGER})


def plans_heard(ids: Collection[int]) -> dict[int, Plan]:
    """The plans with what deciding needs. Three queries."""
    plans = Plan.objects.select_related(*Plan.judged_with).prefetch_related("items__date_changes")
    return plans.in_bulk(ids)


def sees(plan: Plan, actor: Actor) -> bool:
    """Whether any of it is visible: the plan itself, or a binding item this person owns."""
    readers = DRAFTING if plan.state == "draft" else policy.PLAN.may["read"]
    return bool(relations.relations_to(actor, plan.review.employee) & readers) or bool(_owned(plan, actor))


def hears(plan: Plan, told: Told, actor: Actor) -> bool:
    """Somebody from elsewhere who owns one item hears of that item and its dates, not of the rest."""
    readers = DRAFTING if plan.state == "draft" else policy.PLAN.may["read"]
    if relations.relations_to(actor, plan.review.employee) & readers:
        return True
    kind = told.verb.partition(".")[0]
    for item in _owned(plan, actor):
        if kind == "item" and told.thing == item.pk:
            return True
        if kind == "date_change" and told.thing in {change.pk for change in item.date_changes.all()}:
            return True
    return False


def _owned(plan: Plan, actor: Actor) -> list[PlanItem]:
    if actor.employee_id is None:
        return []
    return [i for i in plan.items.all() if i.owner_id == actor.employee_id and i.state != "draft"]
