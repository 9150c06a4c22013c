"""A plan passes on to another manager (S7), or has nothing left to follow up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused, locked, move, require
from huitan.core.sentences import say
from huitan.people.models import Employee
from huitan.people.relations import Actor
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import Plan, PlanItem


def cancel_check_ins(plan: Plan, *, actor: Actor, at: datetime) -> None:
    """With nothing left to follow up, the check-ins still ahead fall away."""
    for check_in in plan.check_ins.filter(state__in=["planned", "missed"]):
        move(check_in, "cancel", actor=actor, at=at)


def hand_on(plan: Plan, to: Employee | None, *, actor: Actor, at: datetime) -> Plan:
    """A binding plan has another manager: the history says so. What any manager before still owes is offered to the new
    one; while there is none, to nobody.
    """
    with transaction.atomic():
        stored = locked(plan)
        before = stored.led_by_id
        stored.led_by = to
        stored.save(update_fields=["led_by"])
        promised = stored.items.filter(kind="support", state__in=UNSETTLED)
        promised.filter(offered_to__isnull=False).update(offered_to=None)
        offered: list[int] = []
        if to is not None:
            owed = promised.filter(owner__in=_led_before(stored, before)).exclude(owner=to)
            offered = list(owed.order_by("pk").values_list("pk", flat=True))
            owed.update(offered_to=to)
        payload = {"from": before, "to": to.pk if to else None, "offered": offered}
        events.append(stored.stream, "plan.handed_on", actor=actor, at=at, payload=payload)
    return stored


def _led_before(plan: Plan, last: int | None) -> set[int]:
    """Everybody who led the plan until now, also before a time without a manager."""
    changes = Event.objects.filter(stream=plan.stream, verb="plan.handed_on")
    return {led for led in (last, *(change.payload["from"] for change in changes)) if led is not None}


def take_over(item: PlanItem, *, actor: Actor, at: datetime) -> PlanItem:
    """The new manager makes the promise of the one before their own; from then on they owe it."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "take_over", actor)
        if not stored.is_running:
            raise Refused("not_now", say("这一项现在不能接下：等验收有了结果再说。"))
        before, stored.owner_id, stored.offered_to = stored.owner_id, actor.employee_id, None
        stored.save(update_fields=["owner", "offered_to"])
        payload = {"id": stored.pk, "from": before, "to": actor.employee_id}
        events.append(stored.stream, "item.taken_over", actor=actor, at=at, payload=payload)
    return stored
