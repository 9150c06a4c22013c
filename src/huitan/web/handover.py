"""One device for two: handing over, confirming to be oneself, putting down, handing back."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huitan.conversations.actions import handover as actions
from huitan.conversations.models import Conversation
from huitan.conversations.queries.room import WITH_PEOPLE
from huitan.core.moves import Refused, require
from huitan.people import drafts, pin
from huitan.people.actions import Proof, actor_for
from huitan.people.forms import DevicePasswordForm, DevicePinForm
from huitan.people.models import Account
from huitan.people.queries import account_in_use
from huitan.people.second_factor import factors_of
from huitan.web import device
from huitan.web.accounts import begin_session, remember_drafts
from huitan.web.device import Handed
from huitan.web.proving import in_full
from huitan.web.room.door import side_page
from huitan.web.screen import form_problems, page, screen

# Where the employee begins, by the talk's state; a talk called off meanwhile leaves what was shared.
FIRST_PAGE = {"talking": "room", "recorded": "sign", "signed": "record", "closed": "record"}


@screen("GET", "POST")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The manager reads what will happen, and lets go."""
    talk = _talk(request, pk)
    require(talk, "hand_over", request.actor)
    if request.method == "POST":
        name, account = actions.hand_over(talk, actor=request.actor, at=request.at)
        state = Handed(
            talk_id=talk.pk,
            handover=name,
            manager_id=request.user.pk,
            manager_name=request.actor.name,
            employee_id=account.pk,
            employee_name=talk.review.employee.name,
            language=account.language,
            time_zone=account.time_zone,
        )
        device.begin(request, state)
        return HttpResponseRedirect(reverse("device") + "?who=employee")
    title = _("把设备交给%(name)s") % {"name": talk.review.employee.name}
    context = {"employee": talk.review.employee, "offered": talk.state in actions.STATES}
    return side_page(request, talk, "screens/hand_over.html", title, context)


@require_http_methods(["GET", "HEAD"])
def locked(request: HttpRequest) -> HttpResponse:
    """Nobody has the device: the two it may belong to. `?who=` shows one of the two forms, `?by=password` the other
    way of the employee."""
    state = request.handed
    if state is None:
        return HttpResponseRedirect(reverse("home"))
    if request.actor is not None:
        return HttpResponseRedirect(_first_page(_talk_of(state, request.actor)))
    # Just handed over, the employee is next, by whichever way this page was reached.
    who = request.GET.get("who", "" if state.was_taken else "employee")
    return _locked_page(request, state, who, _form_for(state, who, request.GET.get("by", "")))


@sensitive_post_parameters("pin", "password")
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """The employee confirms, by PIN or by password."""
    state = _state(request)
    if request.actor is not None:
        return HttpResponseRedirect(_first_page(_talk_of(state, request.actor)))
    account = account_in_use(state.employee_id)
    by = request.POST.get("by", "pin")
    form = _form_for(state, "employee", by, request.POST)
    if form.is_valid() and account is not None:
        try:
            proof = _proof_of(request, account, by, form)
            actor = device.narrowed(account)
            talk = _talk_of(state, actor)
            actions.take(talk, state.handover, proof, actor=actor, at=request.at)
        except Refused as refusal:
            form_problems(form, refusal)
            return _locked_page(request, state, "employee", form, refusal.status)
        device.begin(request, device.taken(state, proof.method, request.at))
        remember_drafts(request, account)
        return HttpResponseRedirect(_first_page(talk))
    return _locked_page(request, state, "employee", _closed(form, account), 422)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The employee puts the device down; from now on it is nobody's again."""
    state = _state(request)
    if request.actor is not None:
        talk = _talk_of(state, request.actor)
        actions.put_down(talk, state.handover, actor=request.actor, at=request.at)
    device.begin(request, device.put_down(state))
    return HttpResponseRedirect(reverse("device") + "?who=manager")


@sensitive_post_parameters("password")
@require_POST
def back(request: HttpRequest) -> HttpResponse:
    """The manager proves to be themselves and has a session of their own again."""
    state = _state(request)
    if request.actor is not None:
        return HttpResponseRedirect(_first_page(_talk_of(state, request.actor)))
    account = account_in_use(state.manager_id)
    form = _form_for(state, "manager", "", request.POST)
    if not form.is_valid() or account is None:
        return _locked_page(request, state, "manager", _closed(form, account), 422)
    try:
        proof = in_full(request, account, form.cleaned_data)
        actor = actor_for(account)
        actions.hand_back(state.talk_id, state.handover, proof, actor=actor, at=request.at)
    except Refused as refusal:
        form_problems(form, refusal)
        return _locked_page(request, state, "manager", form, refusal.status)
    request.session.flush()
    begin_session(request, account, proof.method)
    still_theirs = Conversation.objects.visible_to(actor).filter(pk=state.talk_id).exists()
    return HttpResponseRedirect(reverse("talk", args=[state.talk_id]) if still_theirs else reverse("home"))


@require_POST
def here(request: HttpRequest) -> HttpResponse:
    """Somebody moves at the device without sending anything: reading is being there, too."""
    if request.actor is None:
        return HttpResponse(status=403)
    device.note_presence(request, _state(request))
    return HttpResponse(status=204)


@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """Unsent words leave the device before somebody else looks. The manager's are taken until the employee has had
    it, so that nobody else's come under their name afterwards."""
    state = _state(request)
    try:
        sent: Any = json.loads(request.POST.get("drafts") or "{}")
    except (ValueError, RecursionError):
        sent = {}
    owners = {str(state.employee_id): state.employee_id}
    if not state.was_taken:
        owners[str(state.manager_id)] = state.manager_id
    kept = []
    for reader, account_id in owners.items():
        account = account_in_use(account_id)
        mine = sent.get(reader) if isinstance(sent, dict) else None
        with suppress(Refused):  # what does not fit stays on the device
            if account is not None and isinstance(mine, dict):
                drafts.put_away(account, mine, at=request.at)
            kept.append(reader)
    return JsonResponse({"kept": sorted(kept)})


@screen("GET", "POST")
def own_drafts(request: HttpRequest) -> HttpResponse:
    """One's own unsent words, back in one's own browser; `kept` names those that arrived."""
    if request.method == "POST":
        drafts.given_back(request.user, set(request.POST.getlist("kept")))
        if not drafts.waiting_for(request.user):
            request.session.pop("drafts", None)
        return HttpResponse(status=204)
    return JsonResponse(drafts.waiting_for(request.user))


def _proof_of(request: HttpRequest, account: Account, by: str, form: Any) -> Proof:
    if by == "pin":
        return pin.prove_by_pin(account, form.cleaned_data["pin"], request.at)
    proof = in_full(request, account, form.cleaned_data)
    pin.pin_works_again(account)
    return proof


def _form_for(state: Handed, who: str, by: str, data: Any = None) -> Any:
    if who not in ("manager", "employee"):
        return None
    account = account_in_use(state.manager_id if who == "manager" else state.employee_id)
    factors = factors_of(account) if account is not None else None
    has_pin = account is not None and bool(account.pin)
    if who == "employee" and by != "password" and (has_pin or data is not None):
        return DevicePinForm(data)
    # A passkey lies on its owner's own device: the manager's is this one.
    return DevicePasswordForm(
        data,
        asks_code=factors is not None and factors.any,
        takes_passkey=factors is not None and who == "manager" and bool(factors.passkeys),
    )


def _closed(form: Any, account: Account | None) -> Any:
    """The form, saying so when the account was closed since the device changed hands."""
    if account is None and form.is_valid():
        form.add_error(None, _("这个账号已经停用。"))
    return form


def _locked_page(request: HttpRequest, state: Handed, who: str, form: Any, status: int = 200) -> HttpResponse:
    context = {"state": state, "who": who if form is not None else "", "form": form}
    return page(request, "screens/device.html", context, status=status)


def _state(request: HttpRequest) -> Handed:
    if request.handed is None:
        raise Http404
    state: Handed = request.handed
    return state


def _first_page(talk: Conversation) -> str:
    return reverse(FIRST_PAGE.get(talk.state, "pack"), args=[talk.pk])


def _talk(request: HttpRequest, pk: int) -> Conversation:
    talk: Conversation = get_object_or_404(
        Conversation.objects.visible_to(request.actor).select_related(*WITH_PEOPLE), pk=pk
    )
    return talk


def _talk_of(state: Handed, actor: Any) -> Conversation:
    talk: Conversation = get_object_or_404(
        Conversation.objects.visible_to(actor).select_related(*WITH_PEOPLE), pk=state.talk_id
    )
    return talk


urls = [
    path("talks/<int:pk>/hand-over/", hand_over, name="hand-over"),
    path("device/", locked, name="device"),
    path("device/take/", take, name="device-take"),
    path("device/leave/", leave, name="device-leave"),
    path("device/back/", back, name="device-back"),
    path("device/here/", here, name="device-here"),
    path("device/drafts/", put_away, name="device-drafts"),
    path("drafts/", own_drafts, name="drafts"),
]
