"""Whether somebody led what they may no longer open. They are told that it was handed over, and nothing else; whoever
never led it is not told that there is anything."""

from __future__ import annotations

from django.db.models import BigIntegerField, Q

from huitan.conversations.models import Conversation
from huitan.conversations.queries.moments import HANDED_ON
from huitan.core.models import Event
from huitan.people.relations import Actor
from huitan.plans.models import CheckIn, Plan, PlanItem


def was_handed_over(actor: Actor, noun: str, pk: int) -> bool:
    """`noun` is what a page is about: "talk", "item" or "check_in". At most four queries."""
    me = actor.employee_id
    if me is None or pk > BigIntegerField.MAX_BIGINT:
        return False
    if noun == "talk":
        about, seen = Q(pk=pk), Conversation.objects.visible_to(actor).filter(pk=pk)
    elif noun == "item":
        items = PlanItem.objects.filter(pk=pk).exclude(state="draft")
        about, seen = Q(plan__items__in=items), PlanItem.objects.visible_to(actor).filter(pk=pk)
    else:
        about = Q(plan__in=CheckIn.objects.filter(pk=pk).values("plan"))
        seen = Plan.objects.visible_to(actor).filter(check_ins=pk)
    talk = Conversation.objects.filter(about).select_related("plan").first()
    if talk is None or seen.exists():
        return False
    plan = talk.plan
    if me in (talk.held_by_id, plan.led_by_id if plan else None):
        return True
    streams = [talk.stream, *([plan.stream] if plan else [])]
    return Event.objects.filter(stream__in=streams, verb__in=HANDED_ON, payload__from=me).exists()
