"""The record: frozen in versions, read, taken away, reopened, and the end of the talk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from huitan.conversations import record_text
from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import Conversation, Record, RecordView
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused, move, require
from huitan.core.sentences import say
from huitan.cycles.working_days import after, own_days
from huitan.people.relations import Actor
from huitan.plans import actions as plan_actions

ONE_READING = timedelta(minutes=1)


def freeze_record(
    talk: Conversation, *, actor: Actor, at: datetime, wording: Mapping[str, int] | None = None
) -> Record:
    """Compose and keep the next version. Late when the policy's working days after the talk have passed.

    `wording` counts the findings left per code (R05); the history keeps it, the record does not show it.
    """
    latest = talk.current_record()
    version = latest.version + 1 if latest else 1
    content = record_text.compose(talk, version, at)
    held_on = timezone.localdate(talk.ended_at or at)
    due = after(held_on, talk.review.cycle.record_days, own_days())
    record = Record.objects.create(
        conversation=talk,
        version=version,
        content=content,
        hash=record_text.fingerprint(content),
        composed_at=at,
        composed_by_id=actor.employee_id,
        change_note=talk.change_note if latest else "",
        due_on=due,
        is_late=timezone.localdate(at) > due,
    )
    events.append(
        talk.stream,
        "record.frozen",
        actor=actor,
        at=at,
        payload={
            "version": version,
            "hash": record.hash,
            "is_late": record.is_late,
            "wording": dict(wording or {}),
        },
    )
    return record


def read_record(
    talk: Conversation, version: int | None = None, *, actor: Actor, at: datetime
) -> Record | None:
    """The newest version, or the one asked for; who read it is kept, and the employee can see the list."""
    record = _version(talk, version, actor)
    if record is not None and not _seen_lately(record, actor, at):
        with transaction.atomic():
            view = _viewed(talk, record, actor, at)
        if view is not None and view not in record.views.all():
            record.refresh_from_db(fields=["views"])
    return record


def take_record(talk: Conversation, version: int, sha256: str, *, actor: Actor, at: datetime) -> None:
    """Somebody takes a sealed copy away: kept like reading it, with the file's SHA-256."""
    record = _version(talk, version, actor)
    if record is None:
        raise Refused("not_now", say("还没有面谈记录。"))
    with transaction.atomic():
        view = _viewed(talk, record, actor, at)
        if view is not None:
            view.downloaded_at = at
            view.save(update_fields=["downloaded_at"])
        events.append(
            talk.stream,
            "record.taken",
            actor=actor,
            at=at,
            payload={"version": record.version, "as": _relation(talk, actor), "sha256": sha256, **_by(actor)},
        )


def _version(talk: Conversation, version: int | None, actor: Actor) -> Record | None:
    if version is None:
        return talk.current_record()
    return next((record for record in talk.records_read_by(actor) if record.version == version), None)


def _seen_lately(record: Record, actor: Actor, at: datetime) -> bool:
    """Reading again within a minute is the same reading."""
    return any(
        view.viewer_id == actor.employee_id and at - view.last_at <= ONE_READING
        for view in record.views.all()
    )


def _viewed(talk: Conversation, record: Record, actor: Actor, at: datetime) -> RecordView | None:
    """Note the reading. An account without a person in the roster has no row of its own; the history names it."""
    relation = _relation(talk, actor)
    payload = {"version": record.version, "as": relation, **_by(actor)}
    if actor.employee_id is None:
        seen = Event.objects.filter(
            stream=talk.stream, verb="record.viewed", actor=actor.key, payload__version=record.version
        )
        if not seen.exists():
            events.append(talk.stream, "record.viewed", actor=actor, at=at, payload=payload)
        return None
    known = next((view for view in record.views.all() if view.viewer_id == actor.employee_id), None)
    if known is not None:
        if at - known.last_at > ONE_READING:
            known.last_at = at
            known.save(update_fields=["last_at"])
        return known
    row = {"record": record, "viewer_id": actor.employee_id}
    try:
        with transaction.atomic():
            view = RecordView.objects.create(**row, first_at=at, last_at=at, relation=relation)
    except IntegrityError:
        # Another window of theirs was first and noted it.
        return RecordView.objects.get(**row)
    events.append(talk.stream, "record.viewed", actor=actor, at=at, payload=payload)
    return view


def _relation(talk: Conversation, actor: Actor) -> str:
    return min(talk.relations_of(actor), default="")


def _by(actor: Actor) -> dict[str, str]:
    return {} if actor.employee_id is not None else {"by": actor.name or actor.key}


def revise(talk: Conversation, note: str, *, actor: Actor, at: datetime) -> Conversation:
    """Reopen a record that is not yet concluded. Signatures given stay on their version and no longer count."""
    return move(talk, "revise", actor=actor, at=at, change_note=note.strip())


def close(
    talk: Conversation,
    outcome: str,
    reason: str,
    fates: Mapping[int, plan_actions.Fate] | None = None,
    *,
    actor: Actor,
    at: datetime,
) -> Conversation:
    """The plan's result is stated and the conversation ends; the next cycle's opens with it (R03)."""
    with transaction.atomic():
        stored = locked_talk(talk, "signed")
        require(stored, "close", actor)
        if stored.plan is not None and stored.plan.state == "active":
            plan_actions.conclude(stored.plan, outcome, reason, fates, actor=actor, at=at)
            stored.plan.refresh_from_db()
        return move(stored, "close", actor=actor, at=at, closed_at=at)
