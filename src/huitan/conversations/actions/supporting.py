"""Whom a request for support goes to: whoever promised the support of the topic the action came from (R13, R19)."""

from __future__ import annotations

from datetime import datetime

from huitan.conversations.queries.thread import linked_promise
from huitan.people.relations import Actor
from huitan.plans import actions as plan_actions
from huitan.plans.models import PlanItem, SupportRequest


def ask(item: PlanItem, what: str, *, actor: Actor, at: datetime) -> SupportRequest:
    return plan_actions.ask(item, what, linked=linked_promise(item), actor=actor, at=at)
