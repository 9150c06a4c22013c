"""A plan while it is drafted in the room, and how it becomes binding."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from huitan.core import events
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.cycles.models import Review
from huitan.cycles.working_days import own_days
from huitan.people.relations import Actor
from huitan.plans.actions.dates import check_due
from huitan.plans.models import CAUSES, CheckIn, Plan, PlanItem
from huitan.plans.schedule import check_in_dates

ITEM_FIELDS = ("kind", "what", "owner", "due_on", "criterion", "causes")


def draft(review: Review) -> Plan:
    """The empty plan a talk writes into."""
    return Plan.objects.create(review=review, led_by_id=review.employee.manager_id)


def put_item(
    plan: Plan, fields: dict[str, Any], *, actor: Actor, at: datetime, item: PlanItem | None = None
) -> PlanItem:
    """Write an item of a draft plan, or change one. May be incomplete: activation asks for all four parts."""
    with transaction.atomic():
        plan = locked(plan)
        require(plan, "edit", actor)
        if plan.state != "draft":
            raise Refused(
                "not_now", say("计划已经签字生效。要改期请提出改期申请；要加一项，在下一次面谈里定。")
            )
        if item is None:
            item = PlanItem(plan=plan)
        elif item.plan_id != plan.pk:
            raise Refused("invalid", say("这一项不属于这份计划。"))
        for name in ITEM_FIELDS:
            if name in fields:
                setattr(item, name, fields[name])
        if not item.what.strip():
            raise Refused("invalid", say("写下要做什么。"))
        if set(item.causes) - set(CAUSES):
            raise Refused("invalid", say("原因不在列表里。"))
        if item.due_on is not None:
            check_due(item.due_on, at)
        verb = "item.changed" if item.pk else "item.drafted"
        item.save()
        content = {name: plain(getattr(item, name)) for name in ITEM_FIELDS}
        events.append(item.stream, verb, actor=actor, at=at, payload={"id": item.pk, **content})
    return item


def remove_draft(item: PlanItem, *, actor: Actor, at: datetime) -> None:
    """Take an item out of a plan that binds nobody yet; its words stay in the history."""
    with transaction.atomic():
        plan = locked(item.plan)
        require(plan, "edit", actor)
        if plan.state != "draft":
            raise Refused("not_now", say("计划已经生效，不能删除；可以取消并写明原因。"))
        content = {name: plain(getattr(item, name)) for name in ITEM_FIELDS}
        events.append(item.stream, "item.removed", actor=actor, at=at, payload={"id": item.pk, **content})
        item.delete()


def state_no_action(plan: Plan, reason: str, *, actor: Actor, at: datetime) -> Plan:
    with transaction.atomic():
        plan = locked(plan)
        require(plan, "edit", actor)
        if plan.state != "draft":
            raise Refused("not_now", say("计划已经生效。"))
        if plan.no_action_reason != reason:
            plan.no_action_reason = reason
            plan.save(update_fields=["no_action_reason"])
            events.append(
                plan.stream, "plan.no_action_reason", actor=actor, at=at, payload={"reason": reason}
            )
    return plan


def activate(plan: Plan, *, actor: Actor, at: datetime) -> Plan:
    """Make a plan binding: every item active, check-ins in the calendar. Part of the last signature."""
    with transaction.atomic():
        stored = move(plan, "activate", actor=actor, at=at, activated_at=at)
        items = list(stored.items.all())
        for item in items:
            move(item, "activate", actor=actor, at=at)
        if items:
            cycle = stored.review.cycle
            last = max(item.due_on for item in items if item.due_on)
            dates = check_in_dates(timezone.localdate(at), last, cycle.check_in_rhythm, own_days())
            CheckIn.objects.bulk_create([CheckIn(plan=stored, due_on=due) for due in dates])
            events.append(
                stored.stream,
                "plan.check_ins_set",
                actor=actor,
                at=at,
                payload={"rhythm": cycle.check_in_rhythm, "dates": plain(dates)},
            )
    return stored
