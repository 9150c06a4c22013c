"""Who is behind a log-in session, for many sessions at once: live streams outlast the request that opened them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Prefetch
from django.utils.crypto import constant_time_compare

from huitan.people.actions import actor_with
from huitan.people.models import Account, Duty
from huitan.people.queries import Held
from huitan.people.relations import Actor

AT_ONCE = 500


def actors_of(sessions: Collection[str], at: datetime) -> dict[str, Actor]:
    """Each session key that still stands for somebody, with who that is now. Three queries per 500 sessions.

    Logged out, expired, switched off, or with another password since: not in the answer.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    model = store.get_model_class()
    found: dict[str, Actor] = {}
    wanted = sorted(sessions)
    for start in range(0, len(wanted), AT_ONCE):
        rows = model.objects.filter(session_key__in=wanted[start : start + AT_ONCE], expire_date__gt=at)
        known = {row.session_key: row.get_decoded() for row in rows}
        ids = {int(kept[SESSION_KEY]) for kept in known.values() if str(kept.get(SESSION_KEY, "")).isdigit()}
        served = Prefetch("duties", Duty.objects.select_related("department"))
        active = Account.objects.filter(is_active=True).select_related("employee").prefetch_related(served)
        accounts = active.in_bulk(ids)
        for key, kept in known.items():
            account = accounts.get(int(kept[SESSION_KEY])) if SESSION_KEY in kept else None
            if account is not None and _holds(kept, account):
                duties = [
                    Held(d.kind, d.department and d.department.path, d.source) for d in account.duties.all()
                ]
                found[key] = actor_with(account, duties)
    return found


def _holds(kept: dict[str, Any], account: Account) -> bool:
    """What Django asks of a session at every request."""
    return kept.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and constant_time_compare(
        kept.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash()
    )
