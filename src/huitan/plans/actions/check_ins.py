"""A check-in (R19): both have their say, before or there; the manager writes down what comes of it; or it is missed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from huitan.core import events
from huitan.core.days import near_day
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, move, not_now, plain, require
from huitan.core.sentences import say
from huitan.cycles.working_days import after, is_working, on_or_after, own_days
from huitan.people.models import Employee
from huitan.people.relations import SELF, Actor
from huitan.plans.actions.dates import check_due
from huitan.plans.actions.items import update_progress
from huitan.plans.models import Blocker, CheckIn, NextTime, PlanItem, SupportRequest


def side_of(check_in: CheckIn, actor: Actor) -> str:
    """Whose part somebody who may speak writes."""
    return "employee" if SELF in check_in.relations_of(actor) else "manager"


@dataclass(frozen=True)
class Update:
    """The progress of one of the speaker's own items, said in the same breath."""

    item: PlanItem
    percent: int
    note: str
    value: Decimal | None = None


def say_part(
    check_in: CheckIn,
    said: Mapping[str, str],
    updates: Collection[Update] = (),
    *,
    actor: Actor,
    at: datetime,
) -> CheckIn:
    """One side's own words, before the check-in or there, and again until it is held; the history keeps every wording."""
    with transaction.atomic():
        stored = _open(check_in, actor)
        for update in updates:
            if update.item.plan_id != stored.plan_id:
                raise Refused("invalid", say("这一项不属于这份计划。"))
            update_progress(update.item, update.percent, update.note, value=update.value, actor=actor, at=at)
        side = side_of(stored, actor)
        words = {name: said.get(name, "").strip() for name in CheckIn.PARTS[side]}
        again = words == {name: getattr(stored, name) for name in words} and _is_own(stored, side, actor)
        if again and (updates or any(words.values())):
            return stored
        if not any(words.values()):
            raise Refused(
                "invalid", Shortfall(say("至少写一句，对方才知道你怎么看。"), f"id_{next(iter(words))}")
            )
        for name, text in words.items():
            setattr(stored, name, text)
        setattr(stored, f"{side}_said_at", at)
        changed = [*words, f"{side}_said_at"]
        if side == "manager":
            stored.manager_said_by_id = actor.employee_id
            changed.append("manager_said_by")
        stored.save(update_fields=changed)
        events.append(
            stored.stream,
            "check_in.said",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "side": side, **words},
        )
    return stored


def _is_own(check_in: CheckIn, side: str, actor: Actor) -> bool:
    """Whether a part stands in the actor's own words: not in those of the manager before (S7)."""
    return side == "employee" or check_in.manager_said_by_id == actor.employee_id


def leave_for_next(check_in: CheckIn, what: str, *, actor: Actor, at: datetime) -> NextTime:
    """A point to come back to: the next check-in carries it by itself."""
    with transaction.atomic():
        stored = _open(check_in, actor)
        what = what.strip()
        if not what:
            raise Refused("invalid", Shortfall(say("写下下次再谈什么。"), "id_left"))
        point = NextTime.objects.create(check_in=stored, what=what, by_id=actor.employee_id, at=at)
        payload = {"id": point.pk, "check_in": stored.pk, "what": what}
        events.append(stored.stream, "next_time.raised", actor=actor, at=at, payload=payload)
    return point


def settle_point(point: NextTime, check_in: CheckIn, result: str, *, actor: Actor, at: datetime) -> NextTime:
    """What came of a point, at the check-in where it was talked about."""
    with transaction.atomic():
        stored = _open(check_in, actor)
        if point.check_in.plan_id != stored.plan_id:
            raise Refused("invalid", say("这一点不属于这份计划。"))
        return move(
            point,
            "settle",
            actor=actor,
            at=at,
            result=result.strip(),
            settled_by_id=actor.employee_id,
            settled_at=at,
            settled_in_id=stored.pk,
        )


def _open(check_in: CheckIn, actor: Actor) -> CheckIn:
    stored = locked(check_in)
    require(stored, "say", actor)
    if not stored.is_open:
        raise Refused("not_now", not_now(stored, stored.lifecycle.by_name["hold"]))
    return stored


def hold_check_in(
    check_in: CheckIn,
    note: str,
    *,
    actor: Actor,
    at: datetime,
    next_on: date | None = None,
    missing_reason: str = "",
) -> CheckIn:
    """What came of it, and when the next one is: the planned one, or an earlier day of the two's own choice."""
    with transaction.atomic():
        stored = locked(check_in)
        require(stored, "hold", actor)
        if not stored.is_open:
            raise Refused("not_now", not_now(stored, stored.lifecycle.by_name["hold"]))
        following = next_planned(stored, timezone.localdate(at))
        chosen = _next_day(stored, next_on, following, at) if next_on else following
        held = move(
            stored,
            "hold",
            actor=actor,
            at=at,
            note=note.strip(),
            missing_reason=missing_reason.strip(),
            next_on=chosen,
            carried=_still_open(stored),
            held_at=at,
            held_by=Employee.objects.visible_to(actor).filter(pk=actor.employee_id).first(),
        )
        if chosen is not None and chosen != following:
            CheckIn.objects.create(plan=stored.plan, due_on=chosen)
            payload = {"rhythm": "", "dates": [plain(chosen)]}
            events.append(stored.stream, "plan.check_ins_set", actor=actor, at=at, payload=payload)
    return held


def next_planned(check_in: CheckIn, today: date) -> date | None:
    """The date of the plan's next check-in after this one."""
    later = CheckIn.objects.filter(plan=check_in.plan_id, state="planned", due_on__gt=today)
    return later.exclude(pk=check_in.pk).order_by("due_on").values_list("due_on", flat=True).first()


def _next_day(check_in: CheckIn, wanted: date, following: date | None, at: datetime) -> date:
    """A working day; the rhythm both signed may be made closer, not wider."""
    if wanted <= timezone.localdate(at):
        raise Refused("invalid", Shortfall(say("下一次跟进要在今天之后。"), "id_next_on"))
    check_due(wanted, at, "id_next_on")
    day = on_or_after(wanted, own_days())
    if following is not None and day > following:
        raise Refused(
            "invalid",
            Shortfall(
                say("计划里 %(day)s就有一次跟进，只能约得更早。", day=near_day(following, at)), "id_next_on"
            ),
        )
    taken = CheckIn.objects.filter(plan=check_in.plan_id, due_on=day).exclude(state="planned").exists()
    if taken or day == check_in.due_on:
        raise Refused(
            "invalid",
            Shortfall(say("%(day)s已经有一次跟进，换一天。", day=near_day(day, at)), "id_next_on"),
        )
    return day


def _still_open(check_in: CheckIn) -> list[dict[str, Any]]:
    """What the next check-in carries on, in the order of its age: kind, id, words and since when."""
    plan = check_in.plan_id
    return [
        *(
            {"kind": "blocker", "id": b.pk, "item": b.item.ref, "what": b.what, "since": plain(b.since)}
            for b in Blocker.objects.filter(item__plan=plan, state="open").select_related("item")
        ),
        *(
            {
                "kind": "request",
                "id": r.pk,
                "item": r.item.ref,
                "what": r.what,
                "since": plain(timezone.localdate(r.asked_at)),
            }
            for r in SupportRequest.objects.filter(item__plan=plan, state="asked").select_related("item")
        ),
        *(
            {
                "kind": "point",
                "id": p.pk,
                "item": "",
                "what": p.what,
                "since": plain(timezone.localdate(p.at)),
            }
            for p in NextTime.objects.filter(check_in__plan=plan, state="open")
        ),
    ]


def miss_check_ins(*, actor: Actor, at: datetime) -> int:
    """Mark check-ins as missed whose grace (working days, per cycle) has passed. Returns how many.

    Who hears of it is a manager above and HR: never on a day nobody works.
    """
    own, today = own_days(), timezone.localdate(at)
    if not is_working(today, own):
        return 0
    overdue = CheckIn.objects.filter(state="planned", due_on__lt=today).select_related("plan__review__cycle")
    missed = 0
    for check_in in overdue:
        if after(check_in.due_on, check_in.plan.review.cycle.check_in_grace_days, own) < today:
            move(check_in, "miss", actor=actor, at=at, payload={"due_on": plain(check_in.due_on)})
            missed += 1
    return missed
