"""While signatures are missing: reminders, and the end of the window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import Conversation, Record, Signature, SigningReminder
from huitan.core import events
from huitan.core.moves import require
from huitan.cycles.working_days import after, between, is_working, own_days
from huitan.people.relations import Actor

REMINDED_FROM = time(8, 30)


def lapse_signing(*, actor: Actor, at: datetime) -> int:
    """Note, once each, where the signing window passed without the employee's answer. Never called agreement."""
    today = timezone.localdate(at)
    late = Conversation.objects.filter(
        state="recorded", signing_due_on__lt=today, signing_lapsed_at__isnull=True
    )
    lapsed = 0
    for talk in late:
        with transaction.atomic():
            stored = locked_talk(talk)
            require(stored, "lapse", actor)
            if stored.state != "recorded" or stored.signing_lapsed_at is not None:
                continue
            stored.signing_lapsed_at = at
            stored.save(update_fields=["signing_lapsed_at"])
            events.append(
                stored.stream,
                "conversation.signing_lapsed",
                actor=actor,
                at=at,
                payload={"due_on": stored.signing_due_on.isoformat() if stored.signing_due_on else None},
            )
            lapsed += 1
    return lapsed


def remind_signing(*, actor: Actor, at: datetime) -> int:
    """Remind, once each, at half of the window and on the working day before its end; of a short window only the end.

    By day and on working days: whoever hears of the event is written to."""
    now, own = timezone.localtime(at), own_days()
    today = now.date()
    if now.time() < REMINDED_FROM or not is_working(today, own):
        return 0
    waiting = Conversation.objects.filter(state="recorded", signing_due_on__gte=today)
    reminded = 0
    for talk in waiting.order_by("pk"):
        with transaction.atomic():
            stored = locked_talk(talk)
            require(stored, "lapse", actor)
            record = stored.current_record()
            if stored.state != "recorded" or record is None or stored.signing_due_on is None:
                continue
            kind = _reminder_due(timezone.localdate(record.composed_at), stored.signing_due_on, today, own)
            sides = sides_to_sign(record)
            if not kind or not sides:
                continue
            _, is_new = SigningReminder.objects.get_or_create(record=record, kind=kind, defaults={"at": at})
            if is_new:
                events.append(
                    stored.stream,
                    "conversation.signing_reminded",
                    actor=actor,
                    at=at,
                    payload={
                        "version": record.version,
                        "kind": kind,
                        "sides": sides,
                        "due_on": stored.signing_due_on.isoformat(),
                    },
                )
                reminded += 1
    return reminded


def sides_to_sign(record: Record) -> list[str]:
    """The sides whose answer is unknown; whoever chose not to sign has answered."""
    answered = {signature.side for signature in record.signatures.all()}
    if record.refusals.exists():
        answered.add("employee")
    return [side for side in Signature.SIDES if side not in answered]


def _reminder_due(frozen_on: date, due_on: date, today: date, own: Mapping[date, bool]) -> str:
    days = between(frozen_on, due_on, own)
    if between(today, due_on, own) <= 1:
        return "last"
    return "half" if today >= after(frozen_on, (days + 1) // 2, own) else ""
