"""How a person of the roster comes to an account: a secret only they get, good once and for some days.

HR asks; letters go out through the worker (`notifications.actions.inviting`). On paper the secret is a short code that
goes with the staff number, for people without a mail address.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import normalize

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac

from huitan.core import events
from huitan.core.bulk import AT_ONCE, in_parts
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people.actions import require_office
from huitan.people.models import Account, Employee, Invitation
from huitan.people.passwords import require_good
from huitan.people.relations import Actor

LASTS = {"mail": timedelta(days=7), "paper": timedelta(days=14), "link": timedelta(days=1)}
# Asked for again sooner, the person keeps what is under way.
AGAIN_AFTER = timedelta(minutes=10)
# Letters and digits nobody mistakes for others; ten of them are 48 bits, tried against the lock on guessing log-ins.
ALPHABET = "ABCDEFGHJKMNPQRTUVWXYZ346789"
CODE_LENGTH = 10
RENEWED = (
    "way", "secret_hash", "asked_at", "expires_at", "opened_at", "accepted_at", "delivery", "attempts", "next_at",
    "error",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """How many will get a letter; who has no address; who was asked a moment ago."""

    invited: int
    without_address: int
    too_soon: int


@dataclass(frozen=True)
class PaperCode:
    employee: Employee
    code: str
    expires_at: datetime


def hash_of(secret: str) -> str:
    """Keyed with the installation's secret: a copy of the database alone lets nobody try codes."""
    return salted_hmac("huitan.invitation", secret, algorithm="sha256").hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def invite(people: Sequence[Employee], *, actor: Actor, at: datetime) -> Asked:
    """A letter for each who has an address and no account yet; the worker sends them."""
    require_office(actor, "invite")
    waiting = _without_account(people)
    reachable = [person for person in waiting if person.email]
    recent = _asked_since(reachable, at - AGAIN_AFTER)
    chosen = [person for person in reachable if person.pk not in recent]
    rows = [
        Invitation(employee=person, way="mail", asked_at=at, delivery="planned", next_at=at)
        for person in chosen
    ]
    _begin(rows, actor, at)
    return Asked(len(chosen), len(waiting) - len(reachable), len(reachable) - len(chosen))


def print_codes(
    people: Sequence[Employee], *, actor: Actor, at: datetime, also_by_address: bool = False
) -> list[PaperCode]:
    """New one-time codes for people without an account, shown this once. Who has an address is written to instead,
    unless it is `also_by_address`."""
    require_office(actor, "invite")
    codes = [
        PaperCode(person, _new_code(), at + LASTS["paper"])
        for person in _without_account(people)
        if also_by_address or not person.email
    ]
    rows = [
        Invitation(
            employee=one.employee,
            way="paper",
            asked_at=at,
            expires_at=one.expires_at,
            secret_hash=hash_of(_paper_secret(one.employee.staff_number, one.code)),
        )
        for one in codes
    ]
    _begin(rows, actor, at)
    return codes


def link_for(account: Account, *, actor: Actor, at: datetime) -> str:
    """The secret of a link that sets the password of an account; only the console asks for one."""
    if not actor.is_system:
        raise Refused("forbidden", say("这样的链接只能由系统管理员在服务器上生成。"))
    secret = new_secret()
    row = Invitation(
        account=account, way="link", asked_at=at, expires_at=at + LASTS["link"], secret_hash=hash_of(secret)
    )
    _begin([row], actor, at)
    return secret


def found(secret: str, at: datetime) -> Invitation | None:
    """The invitation a link belongs to, as long as it is good."""
    return _good(Invitation.objects.filter(secret_hash=hash_of(secret)).exclude(way="paper"), at)


def found_on_paper(staff_number: str, code: str, at: datetime) -> Invitation | None:
    """As typed from the slip: in whatever case and width, as logging in takes the staff number."""
    number, typed = (normalize("NFKC", text).strip() for text in (staff_number, code))
    typed = "".join(letter for letter in typed.upper() if letter.isalnum())
    row = _good(Invitation.objects.filter(way="paper", employee__staff_number__iexact=number), at)
    if row is None or row.employee is None:
        return None
    wanted = hash_of(_paper_secret(row.employee.staff_number, typed))
    return row if constant_time_compare(row.secret_hash, wanted) else None


def opened(invitation: Invitation, at: datetime) -> None:
    """Somebody (or the mail server's scanner) has looked at the page; only setting a password uses a secret up."""
    Invitation.objects.filter(pk=invitation.pk, opened_at__isnull=True).update(opened_at=at)


def accept(invitation: Invitation, password: str, at: datetime) -> Account:
    """The owner sets a password: once."""
    with transaction.atomic():
        held = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if held.secret_hash != invitation.secret_hash or held.accepted_at or not held.secret_hash:
            raise Refused("not_now", say("这个链接已经用过了。"))
        account = _account_of(held, password)
        if held.employee is not None:
            stream, verb = held.employee.stream, "employee.account_opened"
        else:
            stream, verb = f"account:{account.pk}", "account.password_set_by_link"
        own = Actor(key=f"account:{account.pk}", account_id=account.pk)
        events.append(stream, verb, actor=own, at=at, payload={"account": account.pk, "way": held.way})
        held.accepted_at, held.secret_hash = at, ""
        held.save(update_fields=["accepted_at", "secret_hash"])
    return account


def _account_of(held: Invitation, password: str) -> Account:
    if held.account is not None:
        person = getattr(held.account, "employee", None)
        require_good(
            password,
            (held.account.login_name, held.account.email, person.name if person else held.account.name),
        )
        held.account.password = make_password(password)
        held.account.save(update_fields=["password"])
        return held.account
    person = Employee.objects.select_for_update().get(pk=held.employee_id)
    if person.account_id is not None or person.status == "left":
        raise Refused("not_now", say("这个链接已经不能用了。请联系 HR。"))
    require_good(password, (person.name, person.staff_number, person.email))
    taken = Account.objects.filter(
        Q(login_name__iexact=person.staff_number) | (Q(email__iexact=person.email) & ~Q(email=""))
    )
    if taken.exists():
        raise Refused("not_now", say("工号或邮箱已经被另一个账号占用。请联系 HR。"))
    account = Account.objects.create(
        login_name=person.staff_number, email=person.email, password=make_password(password)
    )
    person.account = account
    person.save(update_fields=["account"])
    return account


def _begin(rows: list[Invitation], actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        for_accounts = [row for row in rows if row.account_id]
        for kind, some in (("account", for_accounts), ("employee", [r for r in rows if r.employee_id])):
            Invitation.objects.bulk_create(
                some, update_conflicts=True, unique_fields=[kind], update_fields=RENEWED, batch_size=AT_ONCE
            )
        entries = [_entry(row) for row in rows]
        events.append_all(entries, actor=actor, at=at)


def _entry(row: Invitation) -> events.Entry:
    if row.employee is not None:
        return events.Entry(row.employee.stream, "employee.invited", {"way": row.way})
    return events.Entry(f"account:{row.account_id}", "account.link_made", {"way": row.way})


def _without_account(people: Iterable[Employee]) -> list[Employee]:
    return [person for person in people if person.account_id is None and person.status != "left"]


def _asked_since(people: list[Employee], since: datetime) -> set[int]:
    return {
        pk
        for some in in_parts([person.pk for person in people])
        for pk in Invitation.objects.filter(employee__in=some, asked_at__gt=since, way="mail").values_list(
            "employee", flat=True
        )
        if pk is not None
    }


def _good(rows: object, at: datetime) -> Invitation | None:
    living = rows.filter(accepted_at__isnull=True, expires_at__gt=at).exclude(secret_hash="")  # type: ignore[attr-defined]
    row: Invitation | None = living.select_related("employee", "account__employee").first()
    if row is None or (row.account is not None and not row.account.is_active):
        return None
    if row.employee is not None and (row.employee.account_id is not None or row.employee.status == "left"):
        return None
    return row


def _paper_secret(staff_number: str, code: str) -> str:
    return f"{staff_number}:{code}"


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
