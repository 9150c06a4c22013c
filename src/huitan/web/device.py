"""A device that was handed over: what its session is, and what it may ask for.

Handing over ends the manager's session for good and begins one that belongs to nobody. Whoever is at the device
acts only inside it: the employee once confirmed, for this one talk. Every step begins another session, so what an
earlier one still had under way can neither be saved nor go on. A session that says nothing is nobody's: the state is
safe by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from huitan.people.actions import actor_for
from huitan.people.models import Account
from huitan.people.queries import account_in_use
from huitan.people.relations import Actor

KEPT_AS = "handed"
# Own pack, own words, questions, record and signature; the rest of the product does not exist here.
FOR_THE_EMPLOYEE = frozenset(
    {
        "pack",
        "pack-question",
        "pack-contest",
        "room",
        "room-changes",
        "room-text",
        "room-topic-new",
        "room-ask",
        "room-fact",
        "record",
        "record-fact",
        "sign",
    }
)
FOR_BOTH = frozenset(
    {
        "device",
        "device-take",
        "device-back",
        "device-leave",
        "device-here",
        "device-drafts",
        "drafts",
        "passkey-challenge",
    }
)
# A page that asks by itself is no sign of anybody being there.
BY_ITSELF = frozenset({"room-changes"})
NOTED_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Handed:
    """`taken_by` is how the employee confirmed to be themselves, "" while nobody has the device."""

    talk_id: int
    handover: str
    manager_id: int
    manager_name: str
    employee_id: int
    employee_name: str
    language: str
    time_zone: str
    taken_by: str = ""
    was_taken: bool = False
    seen_at: str = ""

    def is_taken(self, at: datetime) -> bool:
        return bool(self.taken_by) and at - datetime.fromisoformat(self.seen_at) < idle_limit()


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.HUITAN_HANDED_IDLE_MINUTES)


def handed(request: HttpRequest) -> Handed | None:
    """What this session says; None on everybody's own device."""
    kept: Mapping[str, Any] | None = request.session.get(KEPT_AS)
    return Handed(**kept) if kept else None


def begin(request: HttpRequest, state: Handed) -> None:
    """Another session, which knows nothing but this; what was said to whoever had the last one goes with it."""
    list(messages.get_messages(request))
    logout(request)
    request.session[KEPT_AS] = asdict(state)
    rotate_token(request)
    request.handed = state
    request.actor = None


def taken(state: Handed, method: str, at: datetime) -> Handed:
    return replace(state, taken_by=method, was_taken=True, seen_at=at.isoformat())


def put_down(state: Handed) -> Handed:
    return replace(state, taken_by="", seen_at="")


def who_is_there(state: Handed, at: datetime) -> Account | None:
    """The employee's account while they have the device."""
    return account_in_use(state.employee_id) if state.is_taken(at) else None


def narrowed(account: Account) -> Actor:
    """The employee as themselves only: no office they may hold comes along."""
    return replace(actor_for(account), is_hr_admin=False, is_auditor=False, served=())


def turned_away(request: HttpRequest) -> HttpResponse | None:
    """The answer to whatever a handed-over device may not ask for; None for what it may."""
    state: Handed = request.handed
    try:
        match = resolve(request.path_info)
    except Resolver404:
        match = None
    name = match.url_name if match else ""
    if name in FOR_BOTH:
        return None
    if request.actor is None:
        return _locked(request)
    if match is None or name not in FOR_THE_EMPLOYEE or match.kwargs.get("pk") != state.talk_id:
        return _only_this_talk(request)
    if name not in BY_ITSELF:
        note_presence(request, state)
    return None


def note_presence(request: HttpRequest, state: Handed) -> None:
    if request.at - datetime.fromisoformat(state.seen_at) >= NOTED_EVERY:
        request.handed = replace(state, seen_at=request.at.isoformat())
        request.session[KEPT_AS] = asdict(request.handed)


def _locked(request: HttpRequest) -> HttpResponse:
    sentence = _("这台设备已交给另一个人，这一步没有做。")
    if _by_script(request):
        answer: HttpResponse = JsonResponse({"error": sentence, "said": sentence}, status=403)
        answer["HX-Redirect"] = reverse("device")
        return answer
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(reverse("device"))
    return render(
        request, "screens/device_only.html", {"said": sentence, "back": reverse("device")}, status=403
    )


def _only_this_talk(request: HttpRequest) -> HttpResponse:
    sentence = _("在这台设备上，你现在只能看和写这一次面谈。")
    if _by_script(request):
        return JsonResponse({"error": sentence, "said": sentence}, status=403)
    return render(
        request, "screens/device_only.html", {"said": sentence, "back": reverse("device")}, status=403
    )


def _by_script(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) or request.headers.get("X-Requested-With") == "fetch"
