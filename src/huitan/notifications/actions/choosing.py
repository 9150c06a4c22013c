"""What people do with their messages: read them, choose how they come, renew their calendar's address."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, time
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction

from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.notifications import im, policy
from huitan.notifications.actions import delivering
from huitan.notifications.kinds import ALWAYS_IN_INBOX, GROUPS, MAIL_CHOICES
from huitan.notifications.models import Delivery, Message, Preference
from huitan.people.actions import office_of
from huitan.people.models import Account
from huitan.people.relations import Actor


def mark_read(message: Message, *, actor: Actor, at: datetime) -> None:
    Message.objects.visible_to(actor).filter(pk=message.pk, read_at__isnull=True).update(read_at=at)


def mark_all_read(*, actor: Actor, at: datetime, until: int | None = None) -> int:
    """Everything, or everything up to the message `until`: what came after the page was opened, nobody has seen on it.
    Returns how many were unread."""
    unread = Message.objects.filter(account_id=actor.account_id, in_inbox=True, read_at__isnull=True)
    if until is not None:
        unread = unread.filter(id__lte=until)
    return unread.update(read_at=at) if actor.account_id else 0


def preference_of(account: Account) -> Preference:
    """As stored, or the defaults (not stored until somebody chooses)."""
    return Preference.objects.filter(account=account).first() or Preference(account=account)


def choose(
    account: Account,
    groups: Mapping[str, Mapping[str, Any]],
    *,
    quiet_from: time | None,
    quiet_until: time | None,
    digest_at: time,
    robot: str = "",
) -> Preference:
    """How one wants to be told; nobody else's business, so not in the history. Groups not named stay as they are."""
    if (quiet_from is None) != (quiet_until is None):
        raise Refused("invalid", say("免打扰要写开始和结束，或都空着。"))
    if quiet_from is not None and quiet_from == quiet_until:
        why = say("免打扰的开始和结束是同一个时间，一分钟也没有。换一个结束的时间，或都空着。")
        raise Refused("invalid", Shortfall(why, "id_quiet_until"))
    address = im.robot_address(robot)
    kept = {
        name: {
            "mail": chosen["mail"] if chosen.get("mail") in MAIL_CHOICES else "usual",
            "inbox": name in ALWAYS_IN_INBOX or bool(chosen.get("inbox")),
        }
        for name, chosen in groups.items()
        if name in GROUPS
    }
    for name, chosen in groups.items():
        # Not asked where the company has no robots: what one would have said is not no.
        if name in kept and chosen.get("im") is not None:
            kept[name]["im"] = bool(chosen["im"])
    with transaction.atomic():
        wish, _ = Preference.objects.select_for_update().get_or_create(account=account)
        told = {name: {**wish.groups.get(name, {}), **chosen} for name, chosen in kept.items()}
        wish.groups, wish.robot = {**wish.groups, **told}, address
        wish.quiet_from, wish.quiet_until, wish.digest_at = quiet_from, quiet_until, digest_at
        wish.save(update_fields=["groups", "robot", "quiet_from", "quiet_until", "digest_at"])
    return wish


def renew_feed(account: Account) -> Preference:
    """A new address for the private calendar; the old one answers no more."""
    with transaction.atomic():
        wish, _ = Preference.objects.select_for_update().get_or_create(account=account)
        wish.feed_version += 1
        wish.save(update_fields=["feed_version"])
    return wish


def feed_secret(account: Account, version: int) -> str:
    """Whose calendar and the proof: derived from the installation's key, so the database alone does not give it away."""
    said = f"calendar-feed:{account.pk}:{version}".encode()
    return f"{account.pk}-{hmac.new(settings.SECRET_KEY.encode(), said, sha256).hexdigest()[:48]}"


def owner_of_feed(secret: str) -> Account | None:
    """The account a secret belongs to, if it is the present one of somebody who works here."""
    number = secret.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    account = Account.objects.filter(pk=int(number), is_active=True).select_related("employee").first()
    if account is None:
        return None
    person = getattr(account, "employee", None)
    right = feed_secret(account, preference_of(account).feed_version)
    if not hmac.compare_digest(right.encode(), secret.encode()) or person is None or person.status == "left":
        return None
    return account


def send_all_again(*, actor: Actor, at: datetime) -> int:
    """After a mail server that was away for days: everything given up, once more. Returns how many."""
    _require_may_try(actor)
    return delivering.try_again(Delivery.objects.visible_to(actor), at=at)


def _require_may_try(actor: Actor) -> None:
    answer = policy.NOTIFICATIONS.judge("try_again", office_of(actor))
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))


def send_again(delivery: Delivery, *, actor: Actor, at: datetime) -> None:
    _require_may_try(actor)
    if delivery.state != "failed":
        raise Refused("not_now", say("只有没发出去的才要重新发。"))
    delivering.try_again(Delivery.objects.filter(pk=delivery.pk), at=at)
