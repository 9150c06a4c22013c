"""The end of a plan (R03): its outcome, and what becomes of every item that is not settled; nothing is left to itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import transaction
from django.utils import timezone

from huitan.core import events
from huitan.core.access import judge
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.cycles.working_days import on_or_after, own_days
from huitan.people.relations import Actor
from huitan.plans.actions.ending import cancel_check_ins
from huitan.plans.actions.items import drop
from huitan.plans.lifecycle import UNSETTLED, has_outcome
from huitan.plans.models import CheckIn, Plan, PlanItem
from huitan.plans.schedule import STEP_MONTHS, months_after


@dataclass(frozen=True)
class Fate:
    """What becomes of an item that is not settled: it goes on as it is, or is dropped for a reason."""

    goes_on: bool
    reason: str = ""


GOES_ON = Fate(goes_on=True)


def conclude(
    plan: Plan,
    outcome: str,
    reason: str,
    fates: Mapping[int, Fate] | None = None,
    *,
    actor: Actor,
    at: datetime,
) -> Plan:
    """End a plan with its outcome. `fates` says for each unsettled item, by its number, whether it goes on.

    What goes on keeps its date, which moves by request and consent only (R22), and is followed up.
    """
    fates = fates or {}
    with transaction.atomic():
        stored = locked(plan)
        require(stored, "conclude", actor)
        stored.outcome, stored.outcome_reason = outcome, reason
        missing = [*has_outcome(stored, at), *_undecided(stored, fates, actor)]
        if missing and stored.state == "active":
            raise Refused("incomplete", *missing)
        dropped = [
            drop(item, fates[item.pk].reason, actor=actor, at=at).pk
            for item in _unsettled(stored)
            if item.pk in fates and not fates[item.pk].goes_on
        ]
        going_on = [item.pk for item in _unsettled(stored)]
        concluded = move(
            plan,
            "conclude",
            actor=actor,
            at=at,
            payload={"going_on": going_on, "dropped": dropped},
            outcome=outcome,
            outcome_reason=reason,
            concluded_at=at,
        )
        if going_on:
            _keep_following_up(concluded, actor, at)
        else:
            cancel_check_ins(concluded, actor=actor, at=at)
    return concluded


def _unsettled(plan: Plan) -> list[PlanItem]:
    items = PlanItem.objects.select_related(*PlanItem.judged_with)
    return list(items.filter(plan=plan, state__in=UNSETTLED).order_by("pk"))


def _undecided(plan: Plan, fates: Mapping[int, Fate], actor: Actor) -> Iterator[Shortfall]:
    """Whatever nobody decided about; and what was handed in and waits for an answer, before its plan is called missed."""
    for item in _unsettled(plan):
        fate = fates.get(item.pk)
        if plan.outcome == "met" and (fate is None or fate.goes_on):
            continue  # The move itself refuses these, with its own words.
        if fate is None:
            yield Shortfall(
                say("%(ref)s 还没有了结：选「接着做」，或「取消这一项」并写明原因。", ref=item.ref),
                f"id_fate_{item.pk}",
            )
        elif not fate.goes_on and not fate.reason.strip():
            yield Shortfall(say("取消一项要写明原因，台账里会保留。"), f"id_why_{item.pk}")
        elif (
            plan.outcome in ("partly", "not_met")
            and item.state == "submitted"
            and judge(item, "accept", actor)
        ):
            yield Shortfall(
                say("%(ref)s 已经提交验收。先验收或退回，再给计划定结果。", ref=item.ref),
                f"id_fate_{item.pk}",
            )


def _keep_following_up(plan: Plan, actor: Actor, at: datetime) -> None:
    """What goes on has a check-in ahead: those there are, else one a step of the rhythm from now."""
    if plan.check_ins.filter(state__in=["planned", "missed"]).exists():
        return
    step, own = STEP_MONTHS[plan.review.cycle.check_in_rhythm], own_days()
    taken = set(plan.check_ins.values_list("due_on", flat=True))
    days = (on_or_after(months_after(timezone.localdate(at), n), own) for n in count(step))
    due = next(day for day in days if day not in taken)
    CheckIn.objects.create(plan=plan, due_on=due)
    payload = {"rhythm": "", "dates": [plain(due)]}
    events.append(plan.stream, "plan.check_ins_set", actor=actor, at=at, payload=payload)
