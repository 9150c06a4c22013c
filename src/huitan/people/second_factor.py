"""One-time codes, passkeys and recovery codes: what an account adds to its password.

The cryptography and the rows are django-allauth's; pages, limits and history are ours. A one-time code is good once: the
counter it belongs to is kept under a lock, so that neither another process nor the tolerance for slow clocks lets it in
again. The challenge of a passkey lies in the session of the request, where allauth puts it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from huitan.core import events
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people.actions import require_office
from huitan.people.logins import end_all
from huitan.people.models import Account
from huitan.people.relations import Actor

ISSUER = "Huitan 会谈"
PERIOD = 30
# A phone's clock may be one period early or late.
TOLERANCE = 1
MOST_PASSKEYS = 10
LONGEST_NAME = 40
TOTP, PASSKEY, CODES = "totp", "webauthn", "recovery_codes"


class Adapter(DefaultMFAAdapter):
    """Secrets rest encrypted with a key made from the installation's own: a copy of the database alone is no factor."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return ISSUER

    def _get_site_name(self) -> str:
        return ISSUER


def _cipher() -> Fernet:
    key = hashlib.sha256(b"huitan.second_factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


@dataclass(frozen=True)
class Passkey:
    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What an account has beside its password. `codes_left` is None without recovery codes."""

    totp_since: datetime | None
    passkeys: tuple[Passkey, ...]
    codes_left: int | None

    @property
    def any(self) -> bool:
        return self.totp_since is not None or bool(self.passkeys)


def factors_of(account: Account) -> Factors:
    """One query."""
    rows = list(Authenticator.objects.filter(user=account).order_by("id"))
    codes = next((row for row in rows if row.type == CODES), None)
    return Factors(
        totp_since=next((row.created_at for row in rows if row.type == TOTP), None),
        passkeys=tuple(
            Passkey(row.pk, row.data["name"], row.created_at, row.last_used_at)
            for row in rows
            if row.type == PASSKEY
        ),
        codes_left=len(RecoveryCodes(codes).get_unused_codes()) if codes else None,
    )


def has_second_factor(account: Account) -> bool:
    return Authenticator.objects.filter(user=account, type__in=[TOTP, PASSKEY]).exists()


# ── One-time codes ──


def picture_of(account: Account, secret: str) -> str:
    """The QR code as a data address, drawn here: the secret goes to nobody who draws QR codes for others."""
    adapter = Adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(account, secret))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def add_totp(account: Account, secret: str, code: str, *, actor: Actor, at: datetime) -> None:
    """The app shows it has the secret by a code of now."""
    _require_own(account, actor)
    counter = _counter_of(secret, code, at)
    if counter is None:
        raise Refused("invalid", Shortfall(say("动态码不对。看看手机时间准不准，再输一次新的。"), "code"))
    with transaction.atomic():
        if Authenticator.objects.filter(user=account, type=TOTP).exists():
            raise Refused("not_now", say("已经有一个验证器应用了。先移除，再加新的。"))
        made = totp.TOTP.activate(account, secret).instance
        made.data["last_counter"] = counter
        made.save(update_fields=["data"])
        _tell(account, "account.second_factor_added", {"kind": TOTP}, actor, at)


def _counter_of(secret: str, code: str, at: datetime) -> int | None:
    now = int(at.timestamp()) // PERIOD
    for counter in range(now - TOLERANCE, now + TOLERANCE + 1):
        if compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))):
            return counter
    return None


def check_code(account: Account, code: str, at: datetime) -> str | None:
    """How the code proved its owner: "totp", "recovery_code", or None when it does not."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user=account, type=TOTP).first()
        if row is not None:
            try:
                secret = Adapter().decrypt(row.data["secret"])
            except InvalidToken:
                secret = ""
            counter = _counter_of(secret, code, at) if secret else None
            if counter is not None:
                if counter <= row.data.get("last_counter", -1):
                    return None
                row.data["last_counter"] = counter
                row.last_used_at = at
                row.save(update_fields=["data", "last_used_at"])
                return "totp"
        return _check_recovery_code(account, code, at)


# ── Recovery codes ──


def make_recovery_codes(account: Account, *, actor: Actor, at: datetime) -> list[str]:
    """New ones; the old ones are worth nothing from now on. They are shown once."""
    _require_own(account, actor)
    if not has_second_factor(account):
        raise Refused("not_now", say("先加一个验证器应用或通行密钥。"))
    with transaction.atomic():
        Authenticator.objects.filter(user=account, type=CODES).delete()
        codes: list[str] = RecoveryCodes.activate(account).get_unused_codes()
        _tell(account, "account.recovery_codes_made", {}, actor, at)
    return codes


def _check_recovery_code(account: Account, code: str, at: datetime) -> str | None:
    row = Authenticator.objects.filter(user=account, type=CODES).first()
    if row is None:
        return None
    codes = RecoveryCodes(row)
    if not codes.validate_code(code):
        return None
    left = len(codes.get_unused_codes())
    key = f"account:{account.pk}"
    events.append(key, "account.recovery_code_used", actor=Actor(key=key), at=at, payload={"left": left})
    return "recovery_code"


# ── Passkeys ──


def options_to_add(account: Account) -> dict[str, Any]:
    """What the browser is asked to make: a key that lies on the device and asks for its owner."""
    return _as_json(webauthn.begin_registration(account, passwordless=True))


def add_passkey(account: Account, name: str, answer: str, *, actor: Actor, at: datetime) -> None:
    _require_own(account, actor)
    if Authenticator.objects.filter(user=account, type=PASSKEY).count() >= MOST_PASSKEYS:
        raise Refused("not_now", say("通行密钥最多 %(n)s 个。先移除不用的。", n=MOST_PASSKEYS))
    given = _read(answer)
    try:
        webauthn.parse_registration_response(given)
        webauthn.complete_registration(given)
    except (ValidationError, ValueError, TypeError, KeyError) as wrong:
        raise Refused("invalid", say("这台设备没有完成添加。再试一次。")) from wrong
    with transaction.atomic():
        webauthn.WebAuthn.add(account, name.strip()[:LONGEST_NAME], given)
        _tell(account, "account.second_factor_added", {"kind": PASSKEY}, actor, at)


def options_to_prove(account: Account | None) -> dict[str, Any]:
    """A challenge for one of this account's keys, or for whoever holds a key of anybody's."""
    return _as_json(webauthn.begin_authentication(account))


def check_passkey(account: Account | None, answer: str, at: datetime) -> Account | None:
    """Whose key answered; None when it is nobody's or, where an account is named, not theirs."""
    given = _read(answer)
    try:
        owner = account or webauthn.extract_user_from_response(given)
        row = webauthn.complete_authentication(owner, given)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=at)
    return owner if owner.is_active else None


def remove(account: Account, kind: str, key: int | None = None, *, actor: Actor, at: datetime) -> None:
    """Take a factor off. With the last one the recovery codes go, too; who must have one keeps it."""
    _require_own(account, actor)
    with transaction.atomic():
        mine = Authenticator.objects.select_for_update().filter(user=account)
        gone = mine.filter(type=kind, **({"pk": key} if key is not None else {}))
        if kind not in (TOTP, PASSKEY) or not gone.exists():
            raise Refused("not_now", say("这一项已经不在了。"))
        others = mine.filter(type__in=[TOTP, PASSKEY]).exclude(pk__in=gone.values("pk")).exists()
        if not others and is_required(actor):
            raise Refused("not_now", say("公司要求你有第二步验证。先加一个别的，再移除这一个。"))
        gone.delete()
        if not others:
            mine.filter(type=CODES).delete()
        _tell(account, "account.second_factor_removed", {"kind": kind}, actor, at)


def reset(account: Account, reason: str, *, actor: Actor, at: datetime) -> None:
    """Somebody lost phone and recovery codes: HR takes everything off, ends every session, and the person is told.

    Never one's own: whoever has an HR admin's open screen must not get rid of that admin's second factor."""
    require_may_reset(account, actor)
    if not reason.strip():
        raise Refused("invalid", Shortfall(say("写明为什么重置、怎么确认是本人。"), "reason"))
    with transaction.atomic():
        mine = Authenticator.objects.select_for_update().filter(user=account)
        kinds = sorted(set(mine.values_list("type", flat=True)))
        if not kinds:
            raise Refused("not_now", say("这个账号没有第二步验证。"))
        mine.delete()
        end_all(account)
        payload = {"kinds": kinds, "reason": reason.strip()}
        events.append(
            f"account:{account.pk}", "account.second_factor_reset", actor=actor, at=at, payload=payload
        )


def require_may_reset(account: Account, actor: Actor) -> None:
    require_office(actor, "reset_second_factor")
    if actor.account_id == account.pk:
        raise Refused("forbidden", say("自己的第二步验证不能自己重置。请另一位 HR 管理员来做。"))


def is_required(actor: Actor) -> bool:
    """Whether the installation's policy asks this person for a second factor."""
    wanted = settings.HUITAN_SECOND_FACTOR_FOR
    return wanted == "everybody" or (wanted == "hr_admin" and actor.is_hr_admin)


def _as_json(options: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(options, default=dict))
    return plain


def _read(answer: str) -> Any:
    """What the browser's key said; an object, whatever was sent."""
    try:
        given = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _tell(account: Account, verb: str, payload: dict[str, Any], actor: Actor, at: datetime) -> None:
    events.append(f"account:{account.pk}", verb, actor=actor, at=at, payload=payload)


def _require_own(account: Account, actor: Actor) -> None:
    if actor.account_id != account.pk:
        raise Refused("forbidden", say("只有本人能改自己的登录方式。"))
