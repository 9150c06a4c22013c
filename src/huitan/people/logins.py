"""Where an account is logged in: one row for each session, so that its owner can see them and end the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from huitan.core import events
from huitan.people.models import Account, Login
from huitan.people.relations import Actor


@dataclass(frozen=True)
class Device:
    id: int
    agent: str
    address: str
    method: str
    at: datetime
    seen_at: datetime
    is_this: bool


def logged_in(
    account: Account, session_key: str, *, agent: str, address: str, method: str, at: datetime
) -> int:
    Login.objects.filter(account=account).exclude(session_key__in=_live(at)).delete()
    login = Login.objects.create(
        account=account,
        session_key=session_key,
        agent=agent[:255],
        address=address[:64],
        method=method,
        at=at,
        seen_at=at,
    )
    return login.pk


def seen(login_id: int, at: datetime) -> None:
    Login.objects.filter(pk=login_id).update(seen_at=at)


def devices_of(account: Account, session_key: str, at: datetime) -> list[Device]:
    """This one first, then the one seen last. One query."""
    rows = Login.objects.filter(account=account, session_key__in=_live(at)).order_by("-seen_at", "-id")
    found = [
        Device(r.pk, r.agent, r.address, r.method, r.at, r.seen_at, r.session_key == session_key)
        for r in rows
    ]
    return sorted(found, key=lambda device: not device.is_this)


def sign_out(
    account: Account, session_key: str, login_id: int | None = None, *, actor: Actor, at: datetime
) -> int:
    """End one other session of this account, or all but this one; returns how many."""
    rows = Login.objects.filter(account=account).exclude(session_key=session_key)
    if login_id is not None:
        rows = rows.filter(pk=login_id)
    with transaction.atomic():
        ended = list(rows)
        for login in ended:
            SessionStore(login.session_key).delete()
        rows.delete()
        if ended:
            payload = {"sessions": len(ended)}
            events.append(
                f"account:{account.pk}", "account.signed_out_elsewhere", actor=actor, at=at, payload=payload
            )
    return len(ended)


def end_all(account: Account) -> int:
    """Wherever the account is logged in: no longer. Returns how many sessions ended."""
    rows = Login.objects.filter(account=account)
    keys = list(rows.values_list("session_key", flat=True))
    for key in keys:
        SessionStore(key).delete()
    rows.delete()
    return len(keys)


def _live(at: datetime) -> QuerySet[Session, str]:
    return Session.objects.filter(expire_date__gt=at).values("session_key")
