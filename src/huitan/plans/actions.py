from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from huitan.core import events, files
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.cycles.models import Review
from huitan.cycles.working_days import after, own_days
from huitan.people.models import Employee
from huitan.people.relations import Actor
from huitan.plans.models import CAUSES, CheckIn, DateChange, ItemFile, Plan, PlanItem, Progress
from huitan.plans.schedule import check_in_dates

DUE_WITHIN = timedelta(days=5 * 366)

ITEM_FIELDS = ("kind", "what", "owner", "due_on", "criterion", "causes")


def draft(review: Review) -> Plan:
    """The empty plan a talk writes into."""
    return Plan.objects.create(review=review)


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


def check_due(due_on: date, at: datetime) -> None:
    """A plan is for years, not for centuries: a check-in falls due every month until its last date."""
    if due_on > timezone.localdate(at) + DUE_WITHIN:
        raise Refused("invalid", say("截止日期太远了。选五年以内的日期。"))


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


def update_progress(item: PlanItem, percent: int, note: str, *, actor: Actor, at: datetime) -> PlanItem:
    """The owner says how far it is (0 to 100) and one sentence."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "update", actor)
        if stored.state not in ("active", "returned"):
            raise Refused(
                "not_now",
                say(
                    "这一项现在是「%(state)s」，不能再更新进展。",
                    state=say(stored.lifecycle.states[stored.state]),
                ),
            )
        if not 0 <= percent <= 100:
            raise Refused("invalid", say("进度是 0 到 100 之间的数。"))
        stored.progress, stored.latest_note, stored.updated_at = percent, note.strip(), at
        stored.save(update_fields=["progress", "latest_note", "updated_at"])
        Progress.objects.create(
            item=stored, percent=percent, note=note.strip(), by_id=actor.employee_id, at=at
        )
        events.append(
            stored.stream,
            "item.progressed",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "percent": percent, "note": note.strip()},
        )
    return stored


def attach(item: PlanItem, name: str, content: bytes, *, actor: Actor, at: datetime) -> ItemFile:
    """Hand in a file as evidence; type checked by content, at most 20 MB."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "update", actor)
        if stored.state not in ("active", "returned"):
            raise Refused("not_now", say("这一项现在不能再附文件。"))
        files.check(name, content)
        digest = files.keep(content)
        kept = ItemFile.objects.create(
            item=stored,
            name=files.bare_name(name),
            size=len(content),
            sha256=digest,
            by_id=actor.employee_id,
            at=at,
        )
        events.append(
            stored.stream,
            "item.file_attached",
            actor=actor,
            at=at,
            payload={"id": stored.pk, "name": kept.name, "size": kept.size, "sha256": digest},
        )
    return kept


def submit(item: PlanItem, evidence: str, *, actor: Actor, at: datetime) -> PlanItem:
    return move(
        item, "submit", actor=actor, at=at, submitted_evidence=evidence, submitted_at=at, progress=100
    )


def accept(item: PlanItem, note: str = "", *, actor: Actor, at: datetime) -> PlanItem:
    return move(item, "accept", actor=actor, at=at, acceptance_note=note, accepted_at=at)


def send_back(item: PlanItem, reason: str, *, actor: Actor, at: datetime) -> PlanItem:
    return move(item, "return", actor=actor, at=at, return_reason=reason)


def drop(item: PlanItem, reason: str, *, actor: Actor, at: datetime) -> PlanItem:
    return move(item, "drop", actor=actor, at=at, drop_reason=reason)


def request_date(item: PlanItem, to_on: date, reason: str, *, actor: Actor, at: datetime) -> DateChange:
    """The owner asks to move the due date; it moves only when the other side consents."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "request_date", actor)
        if stored.state not in ("active", "returned") or stored.due_on is None:
            raise Refused("not_now", say("这一项现在不能改期。"))
        if to_on <= timezone.localdate(at):
            raise Refused("invalid", say("新的日期要在今天之后。"))
        check_due(to_on, at)
        if not reason.strip():
            raise Refused("invalid", say("写明为什么要改期，对方才能决定。"))
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
        if item.state not in ("active", "returned"):
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


def hold_check_in(check_in: CheckIn, note: str, *, actor: Actor, at: datetime) -> CheckIn:
    held_by = Employee.objects.visible_to(actor).filter(pk=actor.employee_id).first()
    return move(check_in, "hold", actor=actor, at=at, note=note, held_at=at, held_by=held_by)


def miss_check_ins(*, actor: Actor, at: datetime) -> int:
    """Mark check-ins as missed whose grace (working days, per cycle) has passed. Returns how many."""
    own, today = own_days(), timezone.localdate(at)
    overdue = CheckIn.objects.filter(state="planned", due_on__lt=today).select_related("plan__review__cycle")
    missed = 0
    for check_in in overdue:
        if after(check_in.due_on, check_in.plan.review.cycle.check_in_grace_days, own) < today:
            move(check_in, "miss", actor=actor, at=at)
            missed += 1
    return missed


def conclude(plan: Plan, outcome: str, reason: str, *, actor: Actor, at: datetime) -> Plan:
    """End a plan with its outcome; check-ins still planned fall away."""
    with transaction.atomic():
        stored = move(
            plan, "conclude", actor=actor, at=at, outcome=outcome, outcome_reason=reason, concluded_at=at
        )
        for check_in in stored.check_ins.filter(state__in=["planned", "missed"]):
            move(check_in, "cancel", actor=actor, at=at)
    return stored
