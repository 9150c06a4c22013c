"""Letters that lead to an account. Claimed before they are sent, like every delivery; the secret is made with the claim, so
that the database never held it, and whoever gets the letter twice uses the newer one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.notifications import timing
from huitan.notifications.mail import Letter, Line, email_to, is_for_good
from huitan.notifications.words import day, in_the_words_of
from huitan.people.invitations import LASTS, hash_of, new_secret
from huitan.people.models import Invitation

ROWS_AT_ONCE = 200


def send_invitations(at: datetime) -> dict[str, int]:
    """One round: {"sent", "failed"}; what is left over goes out in the next."""
    counts = {"sent": 0, "failed": 0}
    claimed = _claim(at)
    if not claimed:
        return counts
    line = Line()
    try:
        line.open()
    except OSError as problem:
        for row, _secret in claimed:
            _went_wrong(row, problem, at)
        return {"sent": 0, "failed": len(claimed)}
    try:
        for row, secret in claimed:
            if line.is_dead:
                _still(row).update(attempts=row.attempts - 1, next_at=at + timing.FIRST_RETRY)
                continue
            if not _still(row).exists():
                continue
            try:
                with in_the_words_of(None):
                    mail = letter_for(row, secret, at)
                line.send(mail)
            except (OSError, ValueError) as problem:
                _went_wrong(row, problem, at)
                counts["failed"] += 1
            else:
                _still(row).update(delivery="sent", error="")
                counts["sent"] += 1
    finally:
        line.close()
    return counts


def _claim(at: datetime) -> list[tuple[Invitation, str]]:
    with transaction.atomic():
        due = Invitation.objects.filter(delivery="planned", next_at__lte=at)
        due.filter(employee__account__isnull=False).update(delivery="sent")
        due.filter(employee__status="left").update(delivery="failed")
        due.filter(employee__email="").update(delivery="failed")
        rows = list(
            due.filter(delivery="planned")
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("employee")
            .order_by("next_at", "id")[:ROWS_AT_ONCE]
        )
        claimed = [(row, new_secret()) for row in rows]
        for row, secret in claimed:
            row.attempts += 1
            row.next_at = at + timing.LEASE
            row.expires_at = at + LASTS["mail"]
            row.secret_hash = hash_of(secret)
        Invitation.objects.bulk_update(
            rows, ["attempts", "next_at", "expires_at", "secret_hash"], batch_size=100
        )
    return claimed


def letter_for(row: Invitation, secret: str, at: datetime) -> EmailMultiAlternatives:
    person: Any = row.employee
    letter = Letter(
        title=_("开通你的会谈账号"),
        text=_(
            "%(name)s，你好。公司用会谈做绩效面谈。打开链接设一个密码，以后用工号 %(number)s 登录。链接到 %(day)s 前有效，只能用一次。"
        )
        % {
            "name": person.name,
            "number": person.staff_number,
            "day": day(timezone.localdate(row.expires_at), at),
        },
        button=_("设密码"),
        url=settings.HUITAN_URL + reverse("welcome", args=[secret]),
    )
    note = _("这个链接只给你一个人，不要转发。不是你要的，请告诉 HR。")
    return email_to(person.name, person.email, letter, f"invitation-{row.pk}-{row.secret_hash[:12]}", note)


def _went_wrong(row: Invitation, problem: Exception, at: datetime) -> None:
    gives_up = is_for_good(problem) or row.attempts >= timing.ATTEMPTS
    _still(row).update(
        delivery="failed" if gives_up else "planned",
        next_at=at + timing.retry_after(row.attempts),
        error=f"{type(problem).__name__}: {problem}"[:255],
    )


def _still(row: Invitation) -> QuerySet[Invitation]:
    """The row, unless it was asked for again while it was being sent."""
    return Invitation.objects.filter(pk=row.pk, delivery="planned", secret_hash=row.secret_hash)
