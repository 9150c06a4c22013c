"""An item from its first update to its acceptance (R19, R22)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from huitan.core import events, files
from huitan.core.moves import Refused, locked, move, plain, require
from huitan.core.sentences import say
from huitan.evidence import actions as evidence
from huitan.evidence.actions.log import STATEMENT_AT_MOST
from huitan.people.relations import Actor, system
from huitan.plans.actions.ending import cancel_check_ins
from huitan.plans.actions.measuring import check_value
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import ItemFile, Measure, PlanItem, Progress

EFFECT_AT_MOST = 400
# The same words once more so soon are the answer that got lost, not news.
SENT_AGAIN_WITHIN = timedelta(hours=1)


def update_progress(
    item: PlanItem,
    percent: int,
    note: str,
    *,
    actor: Actor,
    at: datetime,
    value: Decimal | None = None,
) -> PlanItem:
    """The owner says how far it is (0 to 100), one sentence, and where the measure stands, if there is one.

    The same said twice in a row, as after an answer that got lost on the way, is said once.
    """
    with transaction.atomic():
        stored = locked(item)
        require(stored, "update", actor)
        if not stored.is_running:
            raise Refused(
                "not_now",
                say(
                    "这一项现在是「%(state)s」，不能再更新进展。",
                    state=say(stored.lifecycle.states[stored.state]),
                ),
            )
        if not 0 <= percent <= 100:
            raise Refused("invalid", say("进度是 0 到 100 之间的数。"))
        if value is not None:
            check_value(Measure.objects.filter(item=stored).first(), value)
        note = note.strip()
        if _said_already(stored, percent, note, value, actor, at):
            return stored
        stored.progress, stored.latest_note, stored.updated_at = percent, note, at
        stored.save(update_fields=["progress", "latest_note", "updated_at"])
        Progress.objects.create(
            item=stored, percent=percent, value=value, note=note, by_id=actor.employee_id, at=at
        )
        payload = {"id": stored.pk, "percent": percent, "note": note}
        if value is not None:
            payload["value"] = plain(value)
        events.append(stored.stream, "item.progressed", actor=actor, at=at, payload=payload)
    return stored


def _said_already(
    item: PlanItem, percent: int, note: str, value: Decimal | None, actor: Actor, at: datetime
) -> bool:
    last = item.updates.last()
    if last is None or item.progress != percent or not timedelta(0) <= at - last.at < SENT_AGAIN_WITHIN:
        return False
    return (last.percent, last.note, last.value, last.by_id) == (percent, note, value, actor.employee_id)


def attach(item: PlanItem, name: str, content: bytes, *, actor: Actor, at: datetime) -> ItemFile:
    """Hand in a file as evidence; type checked by content, at most 20 MB. The one already there stays one."""
    with transaction.atomic():
        stored = locked(item)
        require(stored, "update", actor)
        if not stored.is_running:
            raise Refused("not_now", say("这一项现在不能再附文件。"))
        files.check(name, content)
        digest = files.keep(content)
        there = stored.files.filter(sha256=digest, name=files.bare_name(name)).first()
        if there is not None:
            return there
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
    """The other side finds the criterion met. An action of the employee's own becomes evidence in their dossier."""
    with transaction.atomic():
        stored = move(item, "accept", actor=actor, at=at, acceptance_note=note, accepted_at=at)
        if stored.owner_id == stored.plan.review.employee_id:
            stored.evidence = evidence.add(
                stored.plan.review.employee,
                kind="achievement",
                occurred_on=timezone.localdate(at),
                # The number makes it a fact of its own beside another item with the same words.
                statement=_at_most(f"{stored.ref} {stored.what}（{stored.criterion}）", STATEMENT_AT_MOST),
                effect=_at_most(note.strip() or stored.submitted_evidence.strip(), EFFECT_AT_MOST),
                source=stored.ref,
                shared=True,
                actor=actor,
                at=at,
            )
            stored.save(update_fields=["evidence"])
        _settle_open(stored, actor=actor, at=at)
    return stored


def send_back(item: PlanItem, reason: str, *, actor: Actor, at: datetime) -> PlanItem:
    return move(item, "return", actor=actor, at=at, return_reason=reason)


def drop(item: PlanItem, reason: str, *, actor: Actor, at: datetime) -> PlanItem:
    with transaction.atomic():
        stored = move(item, "drop", actor=actor, at=at, drop_reason=reason)
        _settle_open(stored, actor=actor, at=at)
    return stored


def _settle_open(item: PlanItem, *, actor: Actor, at: datetime) -> None:
    """What was still open about an item ends with it; so do the check-ins of a plan that went on for its sake."""
    for beside in (
        *item.blockers.filter(state="open"),
        *item.support_requests.filter(state="asked"),
        *item.date_changes.filter(state="requested"),
    ):
        move(beside, "settle", actor=actor, at=at, payload={"item": item.pk})
    plan = item.plan
    if plan.state == "concluded" and not plan.items.filter(state__in=UNSETTLED).exists():
        cancel_check_ins(plan, actor=system("plans"), at=at)


def _at_most(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
