"""Logging in and out, and one's own language, time zone and theme."""

from __future__ import annotations

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

from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people import demo_cast
from huitan.people.actions import Proof, set_preferences
from huitan.people.forms import LoginForm, PreferencesForm
from huitan.web.screen import page, said, screen

BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    if request.actor is not None:
        return HttpResponseRedirect(_next(request))
    form = LoginForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        account = authenticate(
            request, login_name=form.cleaned_data["login_name"], password=form.cleaned_data["password"]
        )
        if account is not None:
            login(request, account)
            return HttpResponseRedirect(_next(request))
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
    return HttpResponseRedirect(_next(request))


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


def prove_again(request: HttpRequest, password: str) -> Proof:
    """Fresh authentication of whoever is logged in, counted and locked out like any other log-in attempt."""
    given = {"login_name": request.user.login_name}
    locked = AxesProxyHandler.is_locked(request, given)
    if locked or authenticate(request, **given, password=password) is None:
        if locked or getattr(request, "axes_locked_out", False):
            # The page that asked answers, with what was typed on it; not the log-in page.
            request.axes_locked_out = False
            raise Refused("forbidden", say("试错次数太多，15 分钟后再试。着急的话请联系 HR。"))
        raise Refused("invalid", say("密码不对。再试一次；忘了密码请联系 HR。"))
    return Proof(request.user.pk, "password", request.at)


def _log_in_page(request: HttpRequest, form: LoginForm, status: int) -> HttpResponse:
    cast = demo_cast.offered() if settings.HUITAN_DEMO else []
    context = {"form": form, "cast": cast, "next": request.GET.get("next") or request.POST.get("next") or ""}
    return render(request, "screens/login.html", context, status=status)


def _now(request: HttpRequest) -> dict[str, str]:
    user = request.user
    return {"language": user.language, "time_zone": user.time_zone, "theme": user.theme}


def _next(request: HttpRequest) -> str:
    wish = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wish, {request.get_host()}, require_https=request.is_secure()):
        return wish
    return reverse("home")


urls = [
    path("login/", log_in, name="login"),
    path("login/as/", log_in_as, name="login-as"),
    path("logout/", log_out, name="logout"),
    path("preferences/", preferences, name="preferences"),
]
