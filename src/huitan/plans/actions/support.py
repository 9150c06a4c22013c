"""The owner of an action asks for help; a yes is a promise with date and criterion, a no has its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.people.models import Employee
from huitan.people.relations import Actor
from huitan.plans.actions.dates import check_due
from huitan.plans.actions.drafting import ITEM_FIELDS
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import PlanItem, SupportRequest


@dataclass(frozen=True)
class Promise:
    """What somebody who says yes commits to."""

    what: str
    due_on: date
    criterion: str


def ask(item: PlanItem, what: str, *, linked: PlanItem | None, actor: Actor, at: datetime) -> SupportRequest:
    """Ask whoever promised `linked`, the support that goes with the action; without one, the manager.

    Nobody is asked for help by themselves, and nobody who has left: it then goes to the manager's manager.
    """
    with transaction.atomic():
        stored = locked(item)
        require(stored, "ask_support", actor)
        if stored.kind != "action" or not stored.is_running:
            raise Refused("not_now", say("支持请求是为进行中的行动项提的。"))
        what = what.strip()
        if not what:
            raise Refused("invalid", Shortfall(say("写明需要什么支持。"), "id_request"))
        if stored.support_requests.filter(state="asked").exists():
            raise Refused("not_now", say("已经有一个支持请求在等答复。"))
        who, through = _asked_of(stored, linked)
        if who is None:
            raise Refused("not_now", say("还没有直接上级，没有人可以请求。请联系 HR。"))
        request = SupportRequest.objects.create(
            item=stored, what=what, asked_of=who, linked=through, asked_at=at
        )
        events.append(
            stored.stream,
            "support_request.asked",
            actor=actor,
            at=at,
            payload={
                "id": request.pk,
                "item": stored.pk,
                "what": what,
                "of": who.pk,
                "linked": through.pk if through else None,
            },
        )
    return request


def _asked_of(item: PlanItem, linked: PlanItem | None) -> tuple[Employee | None, PlanItem | None]:
    if (
        linked is not None
        and linked.plan_id == item.plan_id
        and linked.kind == "support"
        and linked.state in UNSETTLED
        and linked.owner is not None
        and linked.owner_id != item.owner_id
        and linked.owner.status != "left"
    ):
        return linked.owner, linked
    above = item.plan.review.employee.manager
    while above is not None and (above.pk == item.owner_id or above.status == "left"):
        above = above.manager
    return above, None


def grant(
    request: SupportRequest, given: Promise | PlanItem, *, actor: Actor, at: datetime, reply: str = ""
) -> SupportRequest:
    """Yes: with a new promise, or with one already in the plan that covers it."""
    with transaction.atomic():
        stored = locked(request)
        require(stored, "grant", actor)
        item = locked(stored.item)
        if isinstance(given, PlanItem):
            promise = locked(given)
            if (
                promise.plan_id != item.plan_id
                or promise.kind != "support"
                or promise.owner_id != actor.employee_id
                or promise.state not in UNSETTLED
            ):
                raise Refused("invalid", Shortfall(say("选一项你在这份计划里还没了结的承诺。"), "id_covered"))
        else:
            # Not a new item of a signed plan but the answer to a request of one of its items: the table of who may
            # make a plan binding is for signing.
            promise = _promised(item, given, actor=replace(actor, is_system=True), at=at)
        return move(
            stored,
            "grant",
            actor=actor,
            at=at,
            payload={"item": item.pk},
            promise_id=promise.pk,
            reply=reply.strip(),
            answered_by_id=actor.employee_id,
            answered_at=at,
        )


def _promised(item: PlanItem, given: Promise, *, actor: Actor, at: datetime) -> PlanItem:
    if given.due_on <= timezone.localdate(at):
        raise Refused("invalid", Shortfall(say("日期要在今天之后。"), "id_promised_on"))
    check_due(given.due_on, at, "id_promised_on")
    promise = PlanItem.objects.create(
        plan=item.plan,
        kind="support",
        what=given.what.strip(),
        owner_id=actor.employee_id,
        due_on=given.due_on,
        criterion=given.criterion.strip(),
        causes=list(item.causes),
    )
    content: dict[str, Any] = {name: plain(getattr(promise, name)) for name in ITEM_FIELDS}
    events.append(
        item.stream, "item.drafted", actor=actor, at=at, payload={"id": promise.pk, "for": item.pk, **content}
    )
    return move(promise, "activate", actor=actor, at=at)


def refuse(request: SupportRequest, reason: str, *, actor: Actor, at: datetime) -> SupportRequest:
    return move(
        request,
        "refuse",
        actor=actor,
        at=at,
        payload={"item": request.item_id},
        reply=reason.strip(),
        answered_by_id=actor.employee_id,
        answered_at=at,
    )
