"""The way to one's account: a link from a letter, or a code from a printed list, and a password of one's own."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people import invitations
from huitan.people.forms import NewPasswordForm, PaperCodeForm
from huitan.people.models import Account, Invitation
from huitan.people.passwords import rules
from huitan.web.accounts import finish_log_in
from huitan.web.screen import SEE_OTHER, attempt


@sensitive_variables("secret")
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Looking uses nothing up: mail programs open links on their own."""
    invitation = invitations.found(secret, request.at)
    if invitation is None:
        return render(request, "screens/welcome_over.html", status=404)
    form = NewPasswordForm(request.POST or None)
    made: list[Account] = []

    def act(given: dict[str, Any]) -> None:
        made.append(invitations.accept(invitation, given["password"], request.at))

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return _in(request, made[0])
    if request.method == "GET":
        invitations.opened(invitation, request.at)
    context = {"form": form, "rules": rules(), **_whose(invitation)}
    return render(request, "screens/welcome.html", context, status=status)


@sensitive_post_parameters("code", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def by_code(request: HttpRequest) -> HttpResponse:
    """Guessing is locked out like guessing a password."""
    form = PaperCodeForm(request.POST or None)
    made: list[Account] = []

    def act(given: dict[str, Any]) -> None:
        named = {"login_name": given["staff_number"]}
        if AxesProxyHandler.is_locked(request, named):
            raise _locked(request)
        invitation = invitations.found_on_paper(given["staff_number"], given["code"], request.at)
        if invitation is None:
            user_login_failed.send(sender=__name__, credentials=named, request=request)
            if getattr(request, "axes_locked_out", False):
                raise _locked(request)
            wrong = say("工号和一次性密码对不上，或者已经用过、过期了。再试一次，不行请找 HR 要一个新的。")
            raise Refused("invalid", Shortfall(wrong, "code"))
        made.append(invitations.accept(invitation, given["password"], request.at))

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return _in(request, made[0])
    return render(request, "screens/welcome_code.html", {"form": form, "rules": rules()}, status=status)


def _in(request: HttpRequest, account: Account) -> HttpResponse:
    """Logged in with the password just set; whoever has a second factor still owes it."""
    return finish_log_in(request, account, "password", reverse("home"))


def _whose(invitation: Invitation) -> dict[str, str]:
    if invitation.employee is not None:
        return {"name": invitation.employee.name, "login_name": invitation.employee.staff_number}
    account = invitation.account
    person = getattr(account, "employee", None)
    login_name = account.login_name if account else ""
    return {
        "name": person.name if person else (account.name if account else "") or login_name,
        "login_name": login_name,
    }


def _locked(request: HttpRequest) -> Refused:
    # The page that asked answers, with what was typed on it; not the log-in page.
    request.axes_locked_out = False
    return Refused("forbidden", Shortfall(say("试错次数太多，15 分钟后再试。着急的话请联系 HR。"), "code"))


urls = [
    path("welcome/", by_code, name="welcome-code"),
    path("welcome/<str:secret>/", by_link, name="welcome"),
]
