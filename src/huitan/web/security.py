"""How somebody proves to be themselves: password, second factor, hand-over PIN, and the devices they are logged in on.

Every change asks for a proof of the last minutes: an unlocked screen is not enough to change what locks it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.people import logins, pin, second_factor
from huitan.people.actions import change_password
from huitan.people.forms import CodeForm, PasskeyForm, PasswordChangeForm, PinForm, ProofForm
from huitan.people.passwords import rules
from huitan.people.queries import account_in_use
from huitan.web.accounts import PROVED_AT, half_way, next_page
from huitan.web.proving import by_password, prove_again, ways_to_prove
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen

FRESH_FOR = timedelta(minutes=10)
# What a browser calls itself, in the order in which one name hides in another.
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Lark", "Feishu"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


@dataclass(frozen=True)
class DeviceLine:
    device: logins.Device
    words: str


def is_fresh(request: HttpRequest) -> bool:
    proved = request.session.get(PROVED_AT)
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
    factors = second_factor.factors_of(request.user)
    devices = logins.devices_of(request.user, request.session.session_key or "", request.at)
    context = {
        "has_pin": bool(request.user.pin),
        "factors": factors,
        "devices": [DeviceLine(device, _words_of(device.agent)) for device in devices],
        "must_add": second_factor.is_required(request.actor) and not factors.any,
    }
    return page(request, "screens/security.html", context)


@sensitive_post_parameters("password", "code", "passkey")
@screen("GET", "POST")
def confirm(request: HttpRequest) -> HttpResponse:
    """Proving again before something about security is changed."""
    form = ProofForm(request.POST or None, offered=ways_to_prove(request))
    status = attempt(request, form, lambda given: prove_again(request, form.way, given))
    if status == SEE_OTHER:
        request.session[PROVED_AT] = request.at.isoformat()
        return HttpResponseRedirect(next_page(request, reverse("security")))
    context = {"form": form, "next": next_page(request, reverse("security"))}
    return page(request, "screens/security_confirm.html", context, status=status)


@sensitive_post_parameters("current", "password", "again")
@screen("GET", "POST")
def password(request: HttpRequest) -> HttpResponse:
    """The one change that asks for the password itself. All other sessions end with the old one."""
    form = PasswordChangeForm(request.POST or None)

    def change(given: dict[str, Any]) -> None:
        try:
            by_password(request, request.user, given["current"])
        except Refused as wrong:
            form.add_error("current", str(wrong))
            raise Refused(wrong.kind) from wrong
        change_password(request.user, given["password"], actor=request.actor, at=request.at)

    status = attempt(request, form, change)
    if status == SEE_OTHER:
        update_session_auth_hash(request, request.user)
        said(request, _("密码改好了。别的设备上都已退出。"))
        return HttpResponseRedirect(reverse("security"))
    context = {"form": form, "rules": rules()}
    return page(request, "screens/security_password.html", context, status=status)


@sensitive_variables("secret")
@screen("GET", "POST")
@fresh
def totp(request: HttpRequest) -> HttpResponse:
    """An authenticator app: the secret as a picture, and a code of it as the proof that it arrived."""
    if second_factor.factors_of(request.user).totp_since:
        return HttpResponseRedirect(reverse("security"))
    secret = get_totp_secret()
    form = CodeForm(request.POST or None)
    status = attempt(
        request,
        form,
        lambda given: second_factor.add_totp(
            request.user, secret, given["code"], actor=request.actor, at=request.at
        ),
    )
    if status == SEE_OTHER:
        clear_totp_secret(request)
        return _after_adding(request, _("验证器应用加好了。以后登录多一步动态码。"))
    context = {"form": form, "secret": secret, "picture": second_factor.picture_of(request.user, secret)}
    return page(request, "screens/security_totp.html", context, status=status)


@screen("GET", "POST")
@fresh
def passkey(request: HttpRequest) -> HttpResponse:
    """A key that lies on this device and asks for its owner."""
    form = PasskeyForm(request.POST or None)
    status = attempt(
        request,
        form,
        lambda given: second_factor.add_passkey(
            request.user, given["name"], given["passkey"], actor=request.actor, at=request.at
        ),
    )
    if status == SEE_OTHER:
        return _after_adding(request, _("通行密钥加好了。登录和签字时可以用它。"))
    return page(request, "screens/security_passkey.html", {"form": form}, status=status)


@screen("POST")
@fresh
def passkey_options(request: HttpRequest) -> HttpResponse:
    return JsonResponse(second_factor.options_to_add(request.user))


@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """For whoever is logged in, or between the two steps of a log-in, or the manager of a locked device; else for
    the holder of any key."""
    account = request.user if request.actor is not None else half_way(request)
    if request.handed is not None and request.actor is None:
        account = account_in_use(request.handed.manager_id)
    return JsonResponse(second_factor.options_to_prove(account))


@screen("POST")
@fresh
def remove_factor(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    key = whole_number(request.POST.get("key", ""))
    second_factor.remove(request.user, kind, key, actor=request.actor, at=request.at)
    said(request, _("已移除。"))
    return HttpResponseRedirect(reverse("security"))


@screen("GET", "POST")
@fresh
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shown once, when they are made."""
    codes: list[str] = []
    if request.method == "POST":
        codes = second_factor.make_recovery_codes(request.user, actor=request.actor, at=request.at)
    context = {"codes": codes, "factors": second_factor.factors_of(request.user)}
    return page(request, "screens/security_codes.html", context)


@screen("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """One other device, or all others. No proof is asked: ending a session opens nothing."""
    ended = logins.sign_out(
        request.user,
        request.session.session_key or "",
        whole_number(request.POST.get("device", "")),
        actor=request.actor,
        at=request.at,
    )
    said(request, _("已在 %(n)s 台设备上退出。") % {"n": ended})
    return HttpResponseRedirect(reverse("security"))


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


def _after_adding(request: HttpRequest, words: str) -> HttpResponse:
    """With the first factor come recovery codes: without them a lost phone locks its owner out."""
    said(request, words)
    has_codes = second_factor.factors_of(request.user).codes_left is not None
    return HttpResponseRedirect(reverse("security" if has_codes else "security-codes"))


def _words_of(agent: str) -> str:
    names = [next((word for mark, word in table if mark in agent), "") for table in (SYSTEMS, BROWSERS)]
    return " · ".join(name for name in names if name) or _("不认得的浏览器")


urls = [
    path("security/", security, name="security"),
    path("security/confirm/", confirm, name="security-confirm"),
    path("security/password/", password, name="security-password"),
    path("security/pin/", hand_over_pin, name="security-pin"),
    path("security/totp/", totp, name="security-totp"),
    path("security/passkey/", passkey, name="security-passkey"),
    path("security/passkey/options/", passkey_options, name="security-passkey-options"),
    path("security/factor/remove/", remove_factor, name="security-factor-remove"),
    path("security/codes/", recovery_codes, name="security-codes"),
    path("security/sign-out/", sign_out, name="security-sign-out"),
    path("passkey/challenge/", passkey_challenge, name="passkey-challenge"),
]
