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
    """The plans with what deciding needs. Six queries."""
    plans = Plan.objects.select_related(*Plan.judged_with).prefetch_related(
        "items__date_changes", "items__blockers", "items__support_requests", "items__requests_for_more"
    )
    return plans.in_bulk(ids)


def sees(plan: Plan, actor: Actor) -> bool:
    """Whether any of it is visible: the plan itself, or a binding item this person owns."""
    readers = DRAFTING if plan.state == "draft" else policy.PLAN.may["read"]
    return bool(relations.relations_to(actor, plan.review.employee) & readers) or bool(_owned(plan, actor))


def hears(plan: Plan, told: Told, actor: Actor) -> bool:
    """Somebody from elsewhere who owns one item hears of that item and what stands beside it, not of the rest."""
    readers = DRAFTING if plan.state == "draft" else policy.PLAN.may["read"]
    if relations.relations_to(actor, plan.review.employee) & readers:
        return True
    kind = told.verb.partition(".")[0]
    return any(told.thing in _beside(item, kind) for item in _owned(plan, actor))


def _beside(item: PlanItem, kind: str) -> set[int]:
    """The ids of what belongs to an item's page, by the noun of the verb that tells of it."""
    if kind == "item":
        return {item.pk}
    rows = {
        "date_change": lambda: item.date_changes.all(),
        "blocker": lambda: item.blockers.all(),
        "support_request": lambda: [*item.support_requests.all(), *item.requests_for_more.all()],
    }.get(kind)
    return {row.pk for row in rows()} if rows else set()


def _owned(plan: Plan, actor: Actor) -> list[PlanItem]:
    if actor.employee_id is None:
        return []
    return [i for i in plan.items.all() if i.owner_id == actor.employee_id and i.state != "draft"]
