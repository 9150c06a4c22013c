"""One device for two: the manager hands it over, the employee takes it, puts it down, and the manager has it back.

What a session may do on such a device is the door's business (web/device.py); here every step becomes history.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import Conversation
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused, require
from huitan.core.sentences import say
from huitan.people.actions import Proof
from huitan.people.models import Account
from huitan.people.relations import Actor

# From the shared pack until the end of the signatures; after that everybody has their own time and place.
STATES = ("shared", "talking", "recorded", "signed")


def hand_over(talk: Conversation, *, actor: Actor, at: datetime) -> tuple[str, Account]:
    """Returns the name of this hand-over in the history, and the account that may take the device."""
    with transaction.atomic():
        stored = locked_talk(talk, *STATES)
        require(stored, "hand_over", actor)
        employee = stored.review.employee
        account = employee.account
        if account is None or not account.is_active:
            raise Refused("not_now", say("%(name)s 还没有账号，请 HR 开通后再交接。", name=employee.name))
        handover = secrets.token_hex(8)
        events.append(
            stored.stream,
            "device.handed_over",
            actor=actor,
            at=at,
            payload={"handover": handover, "to": account.pk},
        )
    return handover, account


def take(talk: Conversation, handover: str, proof: Proof, *, actor: Actor, at: datetime) -> None:
    """The employee is here: `proof` is theirs and of this moment."""
    with transaction.atomic():
        stored = locked_talk(talk, *STATES, "closed")
        require(stored, "speak", actor)
        if proof.account_id != actor.account_id or proof.at != at:
            raise Refused("forbidden", say("先确认是你本人。"))
        _require_begun(stored, handover)
        events.append(
            stored.stream,
            "device.taken",
            actor=actor,
            at=at,
            payload={"handover": handover, "method": proof.method},
        )


def put_down(talk: Conversation, handover: str, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        stored = locked_talk(talk)
        require(stored, "speak", actor)
        _require_begun(stored, handover)
        events.append(stored.stream, "device.put_down", actor=actor, at=at, payload={"handover": handover})


def hand_back(talk: int, handover: str, proof: Proof, *, actor: Actor, at: datetime) -> None:
    """Whoever handed it over has it again, also when the reporting line has moved meanwhile and the talk, named by its
    id, is no longer theirs to see."""
    with transaction.atomic():
        stored = locked_talk(Conversation(pk=talk))
        begun = _require_begun(stored, handover)
        if begun.actor != actor.key or proof.account_id != actor.account_id or proof.at != at:
            raise Refused("forbidden", say("这台设备由交出它的人拿回。"))
        events.append(
            stored.stream,
            "device.handed_back",
            actor=actor,
            at=at,
            payload={"handover": handover, "method": proof.method},
        )


def _require_begun(talk: Conversation, handover: str) -> Event:
    begun = Event.objects.filter(
        stream=talk.stream, verb="device.handed_over", payload__handover=handover
    ).first()
    if begun is None:
        raise Refused("not_now", say("这次交接没有记录。请拿回设备，重新交接。"))
    return begun
