"""Proving to be oneself: password, hand-over PIN, one-time or recovery code, passkey; guesses count like log-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say
from huitan.people import second_factor
from huitan.people.actions import Proof
from huitan.people.models import Account
from huitan.people.pin import pin_works_again, prove_by_pin


def ways_to_prove(request: HttpRequest) -> tuple[str, ...]:
    """How whoever acts can prove to be themselves here, the handiest first. Keys that lie on the owner's own device
    are not asked for on somebody else's."""
    factors = second_factor.factors_of(request.user)
    codes = ("code",) if factors.any else ()
    if request.handed is not None:
        return (*(("pin",) if request.user.pin else ()), "password", *codes)
    return ("password", *codes, *(("passkey",) if factors.passkeys else ()))


def prove_again(request: HttpRequest, way: str, given: Mapping[str, Any]) -> Proof:
    """Fresh authentication of whoever acts, one of `ways_to_prove`."""
    account = request.user
    if way == "pin" and request.handed is not None:
        proof = prove_by_pin(account, given["pin"], request.at)
    elif way == "code":
        proof = by_code(request, account, given["code"])
    elif way == "passkey":
        proof = by_passkey(request, account, given["passkey"])
    else:
        proof = by_password(request, account, given["password"])
    if way != "pin":
        pin_works_again(account)
    return replace(proof, taken_by=request.handed.taken_by) if request.handed is not None else proof


def by_password(request: HttpRequest, account: Account, password: str) -> Proof:
    named = {"login_name": account.login_name}
    _require_unlocked(request, account, "password")
    if authenticate(request, **named, password=password) is None:
        _wrong(request, "password", say("密码不对。再试一次；忘了密码请联系 HR。"))
    return Proof(account.pk, "password", request.at)


def by_code(request: HttpRequest, account: Account, code: str) -> Proof:
    _require_unlocked(request, account, "code")
    method = second_factor.check_code(account, code, request.at)
    if method is None:
        _count(request, account)
        _wrong(request, "code", say("动态码不对，或已经用过。等下一个码再试，也可以用一个恢复码。"))
    return Proof(account.pk, method, request.at)


def by_passkey(request: HttpRequest, account: Account, answer: str) -> Proof:
    _require_unlocked(request, account, "passkey")
    if second_factor.check_passkey(account, answer, request.at) is None:
        _count(request, account)
        _wrong(request, "passkey", say("通行密钥没有确认成功。再试一次，或换一种方式。"))
    return Proof(account.pk, "passkey", request.at)


def in_full(request: HttpRequest, account: Account, given: Mapping[str, Any]) -> Proof:
    """As at a log-in: a passkey alone, or the password and, where there is a second factor, a code."""
    if given.get("passkey"):
        return by_passkey(request, account, given["passkey"])
    proof = by_password(request, account, given["password"])
    if not second_factor.has_second_factor(account):
        return proof
    if not given.get("code"):
        raise Refused("invalid", Shortfall(say("还要一个动态码或恢复码。"), "code"))
    second = by_code(request, account, given["code"])
    return replace(proof, method=f"password+{second.method}")


def _require_unlocked(request: HttpRequest, account: Account, field: str) -> None:
    if AxesProxyHandler.is_locked(request, {"login_name": account.login_name}):
        _locked_out(request, field)


def _count(request: HttpRequest, account: Account) -> None:
    """A wrong code is a failed log-in like a wrong password."""
    named = {"login_name": account.login_name}
    user_login_failed.send(sender=__name__, credentials=named, request=request)


def _wrong(request: HttpRequest, field: str, sentence: Sentence) -> NoReturn:
    if getattr(request, "axes_locked_out", False):
        _locked_out(request, field)
    raise Refused("invalid", Shortfall(sentence, field))


def _locked_out(request: HttpRequest, field: str) -> NoReturn:
    # The page that asked answers, with what was typed on it; not the log-in page.
    request.axes_locked_out = False
    raise Refused("forbidden", Shortfall(say("试错次数太多，15 分钟后再试。着急的话请联系 HR。"), field))
