"""The PIN of six digits with which somebody confirms to be themselves on a device the manager handed over.

Six digits are few: after `WRONG_PINS` wrong ones in a row the PIN is of no use until its owner proves by password.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people.actions import Proof
from huitan.people.models import Account
from huitan.people.relations import Actor

WRONG_PINS = 5
DIGITS = re.compile(r"[0-9]{6}")
RUNS = "0123456789" * 2


def set_pin(account: Account, pin: str, *, actor: Actor, at: datetime) -> None:
    _require_own(account, actor)
    if not DIGITS.fullmatch(pin):
        raise Refused("invalid", Shortfall(say("PIN 是 6 位数字。"), "pin"))
    if len(set(pin)) < 3 or pin in RUNS or pin[::-1] in RUNS:
        sentence = say("这个 PIN 太好猜。不要用连号，也不要反复用一两个数字。")
        raise Refused("invalid", Shortfall(sentence, "pin"))
    _keep(account, make_password(pin), "account.pin_set", actor, at)


def remove_pin(account: Account, *, actor: Actor, at: datetime) -> None:
    _require_own(account, actor)
    _keep(account, "", "account.pin_removed", actor, at)


def prove_by_pin(account: Account, pin: str, at: datetime) -> Proof:
    """Hashing takes its time outside the lock; tries are counted inside, so that many at once are no way around."""
    is_right = bool(account.pin) and check_password(pin, account.pin)
    with transaction.atomic():
        stored = Account.objects.select_for_update().get(pk=account.pk)
        failures = stored.pin_failures
        if stored.pin and stored.pin == account.pin and failures < WRONG_PINS:
            stored.pin_failures = 0 if is_right else failures + 1
            stored.save(update_fields=["pin_failures"])
    if not stored.pin or stored.pin != account.pin:
        raise Refused("not_now", Shortfall(say("还没有设交接 PIN。请用密码确认。"), "pin"))
    if failures >= WRONG_PINS:
        raise Refused(
            "forbidden", Shortfall(say("PIN 试错太多次，已停用。请用密码确认，之后又能用。"), "pin")
        )
    if not is_right:
        left = WRONG_PINS - stored.pin_failures
        sentence = say("PIN 不对，还能试 %(n)s 次。也可以用密码确认。", n=left)
        raise Refused("invalid", Shortfall(sentence, "pin"))
    return Proof(account.pk, "pin", at)


def pin_works_again(account: Account) -> None:
    """Its owner has just proved by password."""
    Account.objects.filter(pk=account.pk, pin_failures__gt=0).update(pin_failures=0)


def _keep(account: Account, encoded: str, verb: str, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        account.pin, account.pin_failures = encoded, 0
        account.save(update_fields=["pin", "pin_failures"])
        events.append(f"account:{account.pk}", verb, actor=actor, at=at)


def _require_own(account: Account, actor: Actor) -> None:
    if actor.account_id != account.pk:
        raise Refused("forbidden", say("PIN 只能由本人设置。"))
