"""Due dates: how far ahead one may lie, and how one moves (R22)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.people.relations import Actor
from huitan.plans.models import DateChange, PlanItem

DUE_WITHIN = timedelta(days=5 * 366)


def check_due(due_on: date, at: datetime, anchor: str = "") -> None:
    """A plan is for years, not for centuries: a check-in falls due every month until its last date."""
    if due_on > timezone.localdate(at) + DUE_WITHIN:
        raise Refused("invalid", Shortfall(say("截止日期太远了。选五年以内的日期。"), anchor))


def request_date(item: PlanItem, to_on: date, reason: str, *, actor: Actor, at: datetime) -> DateChange:
    """The owner asks to move the due date; it moves only when the other side consents."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "request_date", actor)
        if not stored.is_running or stored.due_on is None:
            raise Refused("not_now", say("这一项现在不能改期。"))
        if to_on <= timezone.localdate(at):
            raise Refused("invalid", Shortfall(say("新的日期要在今天之后。"), "id_to_on"))
        if to_on == stored.due_on:
            raise Refused("invalid", Shortfall(say("这就是现在的截止日期，选另一天。"), "id_to_on"))
        check_due(to_on, at, "id_to_on")
        if not reason.strip():
            raise Refused("invalid", Shortfall(say("写明为什么要改期，对方才能决定。"), "id_reason"))
        if stored.date_changes.filter(state="requested").exists():
            raise Refused("not_now", say("已经有一个改期申请在等答复。"))
        change = DateChange.objects.create(
            item=stored, from_on=stored.due_on, to_on=to_on, reason=reason.strip(), requested_at=at
        )
        events.append(
            stored.stream,
            "item.date_requested",
            actor=actor,
            at=at,
            payload={
                "id": stored.pk,
                "from": plain(change.from_on),
                "to": plain(to_on),
                "reason": change.reason,
            },
        )
    return change


def consent(change: DateChange, *, actor: Actor, at: datetime) -> DateChange:
    with transaction.atomic():
        stored = move(change, "consent", actor=actor, at=at, answered_at=at)
        item = locked(stored.item)
        if not item.is_running:
            raise Refused(
                "not_now",
                say(
                    "这一项现在是「%(state)s」，不能再改期。",
                    state=say(item.lifecycle.states[item.state]),
                ),
            )
        item.due_on = stored.to_on
        item.save(update_fields=["due_on"])
    return stored


def decline(change: DateChange, reply: str, *, actor: Actor, at: datetime) -> DateChange:
    return move(change, "decline", actor=actor, at=at, reply=reply, answered_at=at)
