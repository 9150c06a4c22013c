"""A check-in on the phone (R19): one's own part with the progress of one's items, what is open, and the end of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.core.moves import Refused
from huitan.plans import actions
from huitan.plans.forms import HoldForm, LeaveForm, PartForm, SettleForm
from huitan.plans.queries.check_in import CheckInPage, check_in_page, point_of
from huitan.web import formats
from huitan.web.screen import form_problems, page, said, screen, typed_words

Act = Callable[[dict[str, Any]], str]


@screen(live=True)
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _seen(request, pk))


@screen("POST")
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """The viewer's own part, and how their items stand."""
    seen = _seen(request, pk)
    form = _part(seen, request.POST)

    def act(sent: dict[str, Any]) -> str:
        words = {name: sent[name] for name in form.words}
        actions.say_part(seen.check_in, words, form.updates, actor=request.actor, at=request.at)
        other = seen.manager if seen.side == "employee" else seen.employee
        if not other:
            return _("写下了。还没有直接上级，接手的人会看到。")
        return _("写下了，%(name)s马上就能看到。") % {"name": other}

    return _step(request, seen, "part", form, act)


@screen("POST")
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    seen = _seen(request, pk)

    def act(sent: dict[str, Any]) -> str:
        actions.leave_for_next(seen.check_in, sent["left"], actor=request.actor, at=request.at)
        return _("记下了，下一次跟进会带上。")

    return _step(request, seen, "leave", LeaveForm(request.POST), act)


@screen("POST")
def settle(request: HttpRequest, pk: int, point_id: int) -> HttpResponse:
    seen = _seen(request, pk)
    point = point_of(seen.plan, point_id)
    if point is None:
        raise Http404

    def act(sent: dict[str, Any]) -> str:
        actions.settle_point(point, seen.check_in, sent["result"], actor=request.actor, at=request.at)
        return _("这一点谈过了，结果留着。")

    return _step(request, seen, "settle", SettleForm(request.POST), act, about=point_id)


@screen("POST")
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    seen = _seen(request, pk)

    def act(sent: dict[str, Any]) -> str:
        held = actions.hold_check_in(
            seen.check_in,
            sent["note"],
            next_on=sent["next_on"],
            missing_reason=sent["missing_reason"],
            actor=request.actor,
            at=request.at,
        )
        if held.next_on is None:
            return _("这次跟进记下了，双方都看得到。")
        return _("这次跟进记下了，下一次在%(day)s。") % {"day": formats.day(held.next_on)}

    return _step(request, seen, "hold", HoldForm(request.POST), act)


def _step(
    request: HttpRequest,
    seen: CheckInPage,
    name: str,
    form: forms.Form,
    act: Act,
    *,
    about: int | None = None,
) -> HttpResponse:
    """Carry one step out and say so, or show the page again with what was typed."""
    if not form.is_valid():
        return _page(request, seen, {name: form}, name, 422, about)
    try:
        done = act(form.cleaned_data)
    except Refused as refusal:
        form_problems(form, refusal)
        return _page(request, _seen(request, seen.check_in.pk), {name: form}, name, refusal.status, about)
    said(request, done)
    return HttpResponseRedirect(reverse("check-in", args=[seen.check_in.pk]))


def _page(
    request: HttpRequest,
    seen: CheckInPage,
    sent: dict[str, forms.Form] | None = None,
    opened: str = "",
    status: int = 200,
    about: int | None = None,
) -> HttpResponse:
    filled: dict[str, forms.Form] = {
        "part": _part(seen),
        "leave": LeaveForm(),
        "settle": SettleForm(),
        "hold": HoldForm(),
        **(sent or {}),
    }
    offered = {"hold": seen.can_hold}.get(opened, bool(seen.side))
    context = {
        "seen": seen,
        "check_in": seen.check_in,
        "forms": filled,
        "opened": opened,
        "about": about,
        "labels": PartForm.LABELS,
        "unsent": "" if not opened or offered else typed_words(filled[opened]),
    }
    return page(request, "screens/check_in.html", context, current="ledger", status=status)


def _part(seen: CheckInPage, data: Any = None) -> PartForm:
    """Who only reads is shown no form; what they send all the same is judged by the action."""
    side = seen.side or "employee"
    said = next((dict(part.words) for part in seen.parts if part.is_own), {})
    return PartForm(data, said=said, side=side, items=seen.own_items)


def _seen(request: HttpRequest, pk: int) -> CheckInPage:
    seen = check_in_page(pk, request.actor, request.at)
    if seen is None:
        raise Http404
    return seen


urls = [
    path("check-ins/<int:pk>/", check_in, name="check-in"),
    path("check-ins/<int:pk>/say/", say, name="check-in-say"),
    path("check-ins/<int:pk>/leave/", leave, name="check-in-leave"),
    path("check-ins/<int:pk>/points/<int:point_id>/", settle, name="check-in-point"),
    path("check-ins/<int:pk>/hold/", hold, name="check-in-hold"),
]
