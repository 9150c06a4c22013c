"""A new manager learns what came with the person (S7): running talks and plans, and promises of the one before.

The reporting line decides at once who leads; here the history says so, once, and the messages follow from it. A duty
of the worker, safe to repeat.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from huitan.conversations.models import Conversation
from huitan.core import events
from huitan.core.moves import locked
from huitan.people.relations import Actor
from huitan.plans import actions as plan_actions
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import Plan

RUNNING = ("preparing", "shared", "talking", "recorded")


def hand_on(*, actor: Actor, at: datetime) -> int:
    """Every plan whose manager is not the one who knows of it. Returns how many were handed on."""
    manager = "review__employee__manager"
    elsewhere = (
        Q(led_by__isnull=True, **{f"{manager}__isnull": False})
        | Q(led_by__isnull=False, **{f"{manager}__isnull": True})
        | (Q(led_by__isnull=False, **{f"{manager}__isnull": False}) & ~Q(led_by=F(manager)))
    )
    going_on = Q(state__in=["draft", "active"]) | Q(
        pk__in=Plan.objects.filter(state="concluded", items__state__in=UNSETTLED).values("pk")
    )
    plans = Plan.objects.filter(elsewhere, going_on).select_related("review__employee__manager")
    handed = 0
    for plan in plans.order_by("pk"):
        handed += _hand_on(plan, actor, at)
    return handed


def _hand_on(plan: Plan, actor: Actor, at: datetime) -> int:
    to = plan.review.employee.manager
    if plan.state != "draft":
        plan_actions.hand_on(plan, to, actor=actor, at=at)
        return 1
    with transaction.atomic():
        stored = locked(plan)
        before, stored.led_by = stored.led_by_id, to
        stored.save(update_fields=["led_by"])
        talk = Conversation.objects.filter(plan=plan, state__in=RUNNING).first()
        if talk is None:
            return 0
        payload = {"from": before, "to": to.pk if to else None, "held": talk.held_by_id is not None}
        events.append(talk.stream, "conversation.handed_on", actor=actor, at=at, payload=payload)
    return 1
