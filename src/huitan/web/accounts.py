"""Logging in and out, and one's own language, time zone and theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people import demo_cast
from huitan.people.actions import Proof, set_preferences
from huitan.people.drafts import waiting_for
from huitan.people.forms import LoginForm, PreferencesForm
from huitan.people.models import Account
from huitan.people.pin import pin_works_again, prove_by_pin
from huitan.web.screen import page, said, screen

BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    if request.actor is not None:
        return HttpResponseRedirect(next_page(request, reverse("home")))
    form = LoginForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        account = authenticate(
            request, login_name=form.cleaned_data["login_name"], password=form.cleaned_data["password"]
        )
        if account is not None:
            login(request, account)
            welcome(request, account, proved=True)
            return HttpResponseRedirect(next_page(request, reverse("home")))
        form.add_error(None, _("工号（或邮箱）和密码对不上。再试一次；忘了密码请联系 HR。"))
    if form.errors:
        status = 422
    return _log_in_page(request, form, status)


@require_POST
def log_in_as(request: HttpRequest) -> HttpResponse:
    """The demo's door: one tap on a member of the cast. A real installation has no such door."""
    account = demo_cast.account(request.POST.get("as", "")) if settings.HUITAN_DEMO else None
    if account is None:
        return _log_in_page(request, LoginForm(), 404)
    login(request, account, backend=BACKEND)
    welcome(request, account, proved=False)
    return HttpResponseRedirect(next_page(request, reverse("home")))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect(reverse("login"))


@screen("GET", "POST")
def preferences(request: HttpRequest) -> HttpResponse:
    """Language, time zone and theme; the theme also comes alone, from the switch in the top bar."""
    if request.method == "POST" and set(request.POST) <= {"theme", "csrfmiddlewaretoken"}:
        form = PreferencesForm({**_now(request), "theme": request.POST.get("theme", "")})
        if form.is_valid():
            set_preferences(request.user, **form.cleaned_data)
            return HttpResponse(status=204)
        return HttpResponse(status=422)
    form = PreferencesForm(request.POST or _now(request))
    if request.method == "POST" and form.is_valid():
        set_preferences(request.user, **form.cleaned_data)
        said(request, _("已保存，从下一页起生效。"))
        return HttpResponseRedirect(reverse("preferences"))
    return page(request, "screens/preferences.html", {"form": form}, status=422 if form.errors else 200)


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    form = LoginForm({"login_name": request.POST.get("login_name", "")})
    form.add_error(None, _("试错次数太多，15 分钟后再试。着急的话请联系 HR。"))
    return _log_in_page(request, form, 429)


def prove(request: HttpRequest, account: Account, given: Mapping[str, Any]) -> Proof:
    """Fresh authentication of `account`'s owner, counted and locked out like any other log-in attempt."""
    named = {"login_name": account.login_name}
    locked = AxesProxyHandler.is_locked(request, named)
    if locked or authenticate(request, **named, password=given["password"]) is None:
        if locked or getattr(request, "axes_locked_out", False):
            # The page that asked answers, with what was typed on it; not the log-in page.
            request.axes_locked_out = False
            raise Refused(
                "forbidden", Shortfall(say("试错次数太多，15 分钟后再试。着急的话请联系 HR。"), "password")
            )
        raise Refused("invalid", Shortfall(say("密码不对。再试一次；忘了密码请联系 HR。"), "password"))
    return Proof(account.pk, "password", request.at)


def ways_to_prove(request: HttpRequest) -> tuple[str, ...]:
    """How whoever acts can prove to be themselves here, the handiest first."""
    if request.handed is not None and request.user.pin:
        return ("pin", "password")
    return ("password",)


def prove_again(request: HttpRequest, way: str, given: Mapping[str, Any]) -> Proof:
    """Fresh authentication of whoever acts, one of `ways_to_prove`."""
    if request.handed is None:
        return prove(request, request.user, given)
    if way == "pin":
        proof = prove_by_pin(request.user, given["pin"], request.at)
    else:
        proof = prove(request, request.user, given)
        pin_works_again(request.user)
    return replace(proof, taken_by=request.handed.taken_by)


def welcome(request: HttpRequest, account: Account, *, proved: bool) -> None:
    """Somebody's session begins here: unsent words taken off another device wait for them."""
    if proved:
        request.session["proved_at"] = request.at.isoformat()
    if waiting_for(account):
        request.session["drafts"] = True


def _log_in_page(request: HttpRequest, form: LoginForm, status: int) -> HttpResponse:
    cast = demo_cast.offered() if settings.HUITAN_DEMO else []
    context = {"form": form, "cast": cast, "next": request.GET.get("next") or request.POST.get("next") or ""}
    return render(request, "screens/login.html", context, status=status)


def _now(request: HttpRequest) -> dict[str, str]:
    user = request.user
    return {"language": user.language, "time_zone": user.time_zone, "theme": user.theme}


def next_page(request: HttpRequest, otherwise: str) -> str:
    """Where somebody wanted to go, if it is ours."""
    wish = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wish, {request.get_host()}, require_https=request.is_secure()):
        return wish
    return otherwise


urls = [
    path("login/", log_in, name="login"),
    path("login/as/", log_in_as, name="login-as"),
    path("logout/", log_out, name="logout"),
    path("preferences/", preferences, name="preferences"),
]
