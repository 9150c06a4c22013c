"""How somebody proves to be themselves: password, second factor, hand-over PIN, and the devices they are logged in on.

Every change asks for a proof of the last minutes: an unlocked screen is not enough to change what locks it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from huitan.core.moves import Refused
from huitan.people import pin
from huitan.people.forms import PinForm, ProofForm
from huitan.web.accounts import next_page, prove_again, ways_to_prove
from huitan.web.screen import SEE_OTHER, attempt, form_problems, page, said, screen

FRESH_FOR = timedelta(minutes=10)
FRESH_AS = "proved_at"


def is_fresh(request: HttpRequest) -> bool:
    proved = request.session.get(FRESH_AS)
    return bool(proved) and timedelta(0) <= request.at - datetime.fromisoformat(proved) <= FRESH_FOR


def fresh(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only after a proof of the last minutes; otherwise that is asked first, and the way leads back here."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        here = request.get_full_path() if request.method == "GET" else reverse("security")
        return HttpResponseRedirect(f"{reverse('security-confirm')}?next={quote(here)}")

    return guarded


@screen()
def security(request: HttpRequest) -> HttpResponse:
    return page(request, "screens/security.html", {"has_pin": bool(request.user.pin)})


@sensitive_post_parameters("password", "code")
@screen("GET", "POST")
def confirm(request: HttpRequest) -> HttpResponse:
    """Proving again before something about security is changed."""
    form = ProofForm(request.POST or None, offered=ways_to_prove(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                prove_again(request, form.way, form.cleaned_data)
            except Refused as refusal:
                form_problems(form, refusal)
                status = refusal.status
            else:
                request.session[FRESH_AS] = request.at.isoformat()
                return HttpResponseRedirect(next_page(request, reverse("security")))
    context = {"form": form, "next": next_page(request, reverse("security"))}
    return page(request, "screens/security_confirm.html", context, status=status)


@sensitive_post_parameters("pin", "again")
@screen("GET", "POST")
@fresh
def hand_over_pin(request: HttpRequest) -> HttpResponse:
    """The six digits for a device somebody hands over."""
    if "remove" in request.POST:
        pin.remove_pin(request.user, actor=request.actor, at=request.at)
        said(request, _("交接 PIN 已取消。在交来的设备上用密码确认。"))
        return HttpResponseRedirect(reverse("security"))
    form = PinForm(request.POST or None)
    status = attempt(
        request,
        form,
        lambda given: pin.set_pin(request.user, given["pin"], actor=request.actor, at=request.at),
    )
    if status == SEE_OTHER:
        said(request, _("交接 PIN 设好了。只在上级把设备交给你时用。"))
        return HttpResponseRedirect(reverse("security"))
    context = {"form": form, "has_pin": bool(request.user.pin)}
    return page(request, "screens/security_pin.html", context, status=status)


urls = [
    path("security/", security, name="security"),
    path("security/confirm/", confirm, name="security-confirm"),
    path("security/pin/", hand_over_pin, name="security-pin"),
]
