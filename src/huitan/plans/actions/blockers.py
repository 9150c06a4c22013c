"""What is in the way of an item: said by its owner, resolved with a sentence by owner or other side."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from huitan.core import events
from huitan.core.days import near_day
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.people.relations import Actor
from huitan.plans.models import Blocker, PlanItem


def block(item: PlanItem, what: str, since: date, *, actor: Actor, at: datetime) -> Blocker:
    """Written down once: the same one sent again while it is open is the one there is."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "block", actor)
        if not stored.is_running:
            raise Refused("not_now", say("这一项现在没有在进行，不用写卡点。"))
        what = what.strip()
        if not what:
            raise Refused("invalid", Shortfall(say("写明卡在哪里，对方才知道怎么帮。"), "id_blocker"))
        if since > timezone.localdate(at):
            raise Refused("invalid", Shortfall(say("卡住的日期在将来。选卡住的那一天。"), "id_since"))
        began = timezone.localdate(stored.plan.activated_at) if stored.plan.activated_at else since
        if since < began:
            why = say("这一项 %(day)s才定下。选那天或以后卡住的日子。", day=near_day(began, at))
            raise Refused("invalid", Shortfall(why, "id_since"))
        there = stored.blockers.filter(state="open", what=what, since=since).first()
        if there is not None:
            return there
        blocker = Blocker.objects.create(item=stored, what=what, since=since, by_id=actor.employee_id, at=at)
        events.append(
            stored.stream,
            "blocker.raised",
            actor=actor,
            at=at,
            payload={"id": blocker.pk, "item": stored.pk, "what": what, "since": plain(since)},
        )
    return blocker


def resolve(blocker: Blocker, resolution: str, *, actor: Actor, at: datetime) -> Blocker:
    return move(
        blocker,
        "resolve",
        actor=actor,
        at=at,
        payload={"item": blocker.item_id},
        resolution=resolution.strip(),
        resolved_by_id=actor.employee_id,
        resolved_at=at,
    )
