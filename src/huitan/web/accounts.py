"""Logging in and out, and one's own language, time zone and theme."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

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
from huitan.people import demo_cast
from huitan.people.actions import set_preferences
from huitan.people.drafts import waiting_for
from huitan.people.forms import LoginForm, PreferencesForm, ProofForm
from huitan.people.logins import logged_in
from huitan.people.models import Account
from huitan.people.queries import account_in_use
from huitan.people.second_factor import check_passkey, factors_of, has_second_factor
from huitan.web.proving import by_code, by_passkey
from huitan.web.screen import form_problems, page, said, screen

BACKEND = "huitan.people.backend.Accounts"
# What a session keeps: its row among the owner's devices, the last proof, and a log-in between its two steps.
KNOWN_AS, PROVED_AT, HALF_WAY = "login", "proved_at", "half_way"
HALF_WAY_LASTS = timedelta(minutes=10)


@sensitive_post_parameters("password", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """By password, with a second step for whoever has one; or by a passkey, which is both steps at once."""
    if request.actor is not None:
        return HttpResponseRedirect(next_page(request, reverse("home")))
    if request.POST.get("passkey"):
        return _log_in_by_passkey(request)
    form = LoginForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        account = authenticate(
            request, login_name=form.cleaned_data["login_name"], password=form.cleaned_data["password"]
        )
        if account is not None:
            return finish_log_in(request, account, "password", next_page(request, reverse("home")))
        form.add_error(None, _("工号（或邮箱）和密码对不上。再试一次；忘了密码请联系 HR。"))
    if form.errors:
        status = 422
    return _log_in_page(request, form, status)


@sensitive_post_parameters("code", "passkey")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in_second(request: HttpRequest) -> HttpResponse:
    """The second step: a one-time code, a recovery code or a passkey."""
    half = request.session.get(HALF_WAY)
    account = half_way(request)
    if account is None:
        return HttpResponseRedirect(reverse("login"))
    factors = factors_of(account)
    form = ProofForm(request.POST or None, offered=("code", *(("passkey",) if factors.passkeys else ())))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if form.way == "passkey":
                    proof = by_passkey(request, account, form.cleaned_data["passkey"])
                else:
                    proof = by_code(request, account, form.cleaned_data["code"])
            except Refused as refusal:
                form_problems(form, refusal)
                status = refusal.status
            else:
                request.session.flush()
                begin_session(request, account, f"{half.get('method', 'password')}+{proof.method}")
                return HttpResponseRedirect(half["next"])
    return render(request, "screens/login_second.html", {"form": form}, status=status)


def finish_log_in(request: HttpRequest, account: Account, method: str, wish: str) -> HttpResponse:
    """One step is done: in, or on to the second one for whoever has it. Nobody of before stays logged in."""
    if not has_second_factor(account):
        begin_session(request, account, method)
        return HttpResponseRedirect(wish)
    logout(request)
    half = {"account": account.pk, "at": request.at.isoformat(), "next": wish, "method": method}
    request.session[HALF_WAY] = half
    return HttpResponseRedirect(reverse("login-second"))


def half_way(request: HttpRequest) -> Account | None:
    """Who has given the right password and owes the second step."""
    half = request.session.get(HALF_WAY)
    if not half or not timedelta(0) <= request.at - datetime.fromisoformat(half["at"]) <= HALF_WAY_LASTS:
        return None
    return account_in_use(half["account"])


def _log_in_by_passkey(request: HttpRequest) -> HttpResponse:
    account = check_passkey(None, request.POST["passkey"], request.at)
    if account is None:
        form = LoginForm({"login_name": request.POST.get("login_name", "")})
        form.errors.clear()
        form.add_error(None, _("通行密钥没有确认成功。再试一次，或用密码登录。"))
        return _log_in_page(request, form, 422)
    begin_session(request, account, "passkey")
    return HttpResponseRedirect(next_page(request, reverse("home")))


@require_POST
def log_in_as(request: HttpRequest) -> HttpResponse:
    """The demo's door: one tap on a member of the cast. A real installation has no such door."""
    account = demo_cast.account(request.POST.get("as", "")) if settings.HUITAN_DEMO else None
    if account is None:
        return _log_in_page(request, LoginForm(), 404)
    begin_session(request, account, "")
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


def begin_session(request: HttpRequest, account: Account, method: str) -> None:
    """Log somebody in who proved by `method` ("" where nothing was proved: the demo's door)."""
    login(request, account, backend=BACKEND)
    request.session[KNOWN_AS] = logged_in(
        account,
        request.session.session_key or "",
        agent=request.headers.get("User-Agent", ""),
        address=request.META.get("REMOTE_ADDR", ""),
        method=method,
        at=request.at,
    )
    if method:
        request.session[PROVED_AT] = request.at.isoformat()
    remember_drafts(request, account)


def remember_drafts(request: HttpRequest, account: Account) -> None:
    """Unsent words taken off another device wait for their author."""
    if waiting_for(account):
        request.session["drafts"] = True


def log_in_page(request: HttpRequest, problem: str, status: int, wish: str = "") -> HttpResponse:
    """The page with a sentence about what went wrong elsewhere; `wish` is where somebody still wants to go."""
    form = LoginForm({"login_name": ""})
    form.errors.clear()
    form.add_error(None, problem)
    return _log_in_page(request, form, status, wish)


def _log_in_page(request: HttpRequest, form: LoginForm, status: int, wish: str = "") -> HttpResponse:
    cast = demo_cast.offered() if settings.HUITAN_DEMO else []
    wish = wish or request.GET.get("next") or request.POST.get("next") or ""
    context = {"form": form, "cast": cast, "next": wish, "company_logins": company_logins()}
    return render(request, "screens/login.html", context, status=status)


def company_logins() -> list[tuple[str, str]]:
    """The company's own accounts one can log in with: (provider, word on the button)."""
    names = {"feishu": _("飞书"), "dingtalk": _("钉钉"), "wecom": _("企业微信")}
    return [
        (key, names.get(key) or given["APPS"][0]["name"])
        for key, given in settings.SOCIALACCOUNT_PROVIDERS.items()
    ]


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
    path("login/second/", log_in_second, name="login-second"),
    path("login/as/", log_in_as, name="login-as"),
    path("logout/", log_out, name="logout"),
    path("preferences/", preferences, name="preferences"),
]
