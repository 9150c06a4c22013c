"""Sending what is planned: at least once, each try remembered before it is made.

A worker first claims: the row's next try moves a lease ahead and the attempt is counted, in a short transaction. Then
it sends with no transaction open, and says how it went. A worker that dies in between leaves the rows to be taken up
again after the lease; the mail keeps its Message-ID, so the reader's program knows it for the same one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huitan.core.sentences import N_
from huitan.notifications import im, timing
from huitan.notifications.actions.folding import fold
from huitan.notifications.audience import is_reachable
from huitan.notifications.calendars import appointment_of, taken_from
from huitan.notifications.invitation import invitation
from huitan.notifications.mail import Letter, Line, address_of, email_for, is_for_good
from huitan.notifications.models import DIGEST, Delivery, Message, MessageQuerySet, Preference
from huitan.notifications.words import Words, in_the_words_of, words_of
from huitan.people.actions import actor_for
from huitan.people.models import Account

Outcome = Literal["sent", "failed", "withheld"]

PEOPLE_AT_ONCE, ROWS_AT_ONCE = 50, 2000
# With half a second a mail a round ends within its lease.
PARTS_AT_MOST = 20
NO_LONGER = N_("收信人已经离开，或不再能看到这件事")
NO_ADDRESS = N_("收信人现在没有邮箱")
NO_ROBOT = N_("机器人地址已经去掉，或公司不再开放")
READ_BEFORE = N_("都已经在站内读过")


def deliver(at: datetime) -> dict[str, int]:
    """One round: {"sent", "failed"} counts, where failed tries will mostly be made again.

    A whole company's digests fall due at one minute, so a round takes several parts, as long as they are taken."""
    counts = {"sent": 0, "failed": 0}
    for _part in range(PARTS_AT_MOST):
        before = dict(counts)
        rows = claim(at)
        _send_mails([row for row in rows if row.channel == "mail"], at, counts)
        _send_to_robots([row for row in rows if row.channel == "im"], at, counts)
        if counts["sent"] == before["sent"] or counts["failed"] > before["failed"]:
            break
    return counts


def claim(at: datetime) -> list[Delivery]:
    """The deliveries that are due, folded where they are many, with this try counted and leased."""
    with transaction.atomic():
        due = Delivery.objects.filter(state="planned", next_at__lte=at)
        due.filter(attempts__gte=timing.ATTEMPTS).update(state="failed")
        people = list(
            due.filter(message__account__isnull=False)
            .order_by("message__account")
            .values_list("message__account", flat=True)
            .distinct()[:PEOPLE_AT_ONCE]
        )
        rows = list(
            due.filter(Q(message__account__in=people) | Q(message__account__isnull=True))
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("message__account__employee")
            .order_by("message__at", "id")[:ROWS_AT_ONCE]
        )
        rows = fold(_outside_quiet_hours(rows, at), at)
        for row in rows:
            row.attempts += 1
            row.next_at = at + timing.LEASE
        Delivery.objects.bulk_update(rows, ["attempts", "next_at"], batch_size=200)
    return rows


def _outside_quiet_hours(rows: list[Delivery], at: datetime) -> list[Delivery]:
    """What was put off, tried again or left lying by a stopped worker must not fall into somebody's night either."""
    wishes = {
        wish.account_id: wish
        for wish in Preference.objects.filter(
            account__in={row.message.account_id for row in rows} - {None}, quiet_from__isnull=False
        )
    }
    awake, asleep = [], []
    for row in rows:
        account, wish = row.message.account, wishes.get(row.message.account_id or 0)
        until = at
        if account and wish:
            until = timing.after_quiet(at, wish.quiet_from, wish.quiet_until, account.time_zone)
        if until > at:
            row.next_at = until
            asleep.append(row)
        else:
            awake.append(row)
    Delivery.objects.bulk_update(asleep, ["next_at"], batch_size=200)
    return awake


def _send_mails(rows: list[Delivery], at: datetime, counts: dict[str, int]) -> None:
    """Through one connection. When the server is not there, nobody's mail is tried on its own; when it falls silent on
    the way, the rest waits for the next round without having been tried."""
    if not rows:
        return
    line = Line()
    try:
        line.open()
    except OSError as problem:
        for row in rows:
            _count(counts, _went_wrong(row, problem, at))
        return
    try:
        for row in rows:
            if line.is_dead:
                _still_ours(row).update(attempts=row.attempts - 1, next_at=at + timing.FIRST_RETRY)
            elif _still_ours(row).exists():
                _count(counts, _send_mail(row, line, at))
    finally:
        line.close()


def _send_mail(row: Delivery, line: Line, at: datetime) -> Outcome:
    account = row.message.account
    with in_the_words_of(account):
        try:
            # An address nobody can write to is this row's trouble alone.
            mail = letter_for(row, at) if account and is_reachable(account) and address_of(account) else None
            if mail is None:
                return _withheld(row, _why_not(row))
            line.send(mail)
        except (OSError, ValueError) as problem:
            return _went_wrong(row, problem, at)
    return _went_well(row, at)


def letter_for(row: Delivery, at: datetime) -> EmailMultiAlternatives | None:
    """The mail as it reads now, or None when its reader may no longer see what it is about."""
    message, account = row.message, row.message.account
    if account is None:
        return None
    if message.kind == DIGEST:
        lines = _lines_of(message, account)
        letter = digest_letter(lines) if lines else None
    else:
        letter = _letter_of(message, account, at)
    return email_for(account, letter, f"huitan-{message.pk}") if letter else None


def _letter_of(message: Message, account: Account, at: datetime) -> Letter | None:
    if not Message.objects.filter(pk=message.pk).about_visible(actor_for(account)).exists():
        return None
    words, entry = words_of(message), None
    if message.what.invites and message.subject_id:
        appointment = appointment_of(message.subject_id)
        if appointment and message.kind == "talk_handed_away":
            appointment = taken_from(appointment, account, message.values.get("when"))
        if appointment and (appointment.starts_at > at or appointment.is_cancelled):
            entry = invitation(appointment, account.time_zone)
    return Letter(words.title, words.text, words.button, words.url, calendar=entry)


def _lines_of(digest: Message, account: Account) -> tuple[Words, ...]:
    unread = _folded(digest).filter(read_at__isnull=True)
    visible = unread.about_visible(actor_for(account)).order_by("at", "id")
    return tuple(words_of(message) for message in visible)


def _folded(digest: Message) -> MessageQuerySet:
    return Message.objects.filter(deliveries__into=digest)


def digest_letter(lines: tuple[Words, ...]) -> Letter:
    count = len(lines)
    title = ngettext("会谈：%(n)s 条消息", "会谈：%(n)s 条消息", count) % {"n": count}
    return Letter(title, "", _("打开消息"), settings.HUITAN_URL + "/inbox/", lines)


def _send_to_robots(rows: list[Delivery], at: datetime, counts: dict[str, int]) -> None:
    robots = im.Robots()
    for row in rows:
        address = _robot_of(row.message)
        if robots.is_dead(address):
            _still_ours(row).update(attempts=row.attempts - 1, next_at=at + timing.FIRST_RETRY)
        elif _still_ours(row).exists():
            _count(counts, _send_to_robot(row, address, robots, at))


def _robot_of(message: Message) -> str:
    """The address as it is now; empty where there is none any more, or none the company allows."""
    if message.account is None:
        mark = message.key.rpartition(":")[2]
        return next((address for address in settings.HUITAN_IM_HR if im.mark_of(address) == mark), "")
    wish = Preference.objects.filter(account=message.account).first()
    return wish.robot if wish and wish.robot and not im.problem_of(wish.robot) else ""


def _send_to_robot(row: Delivery, address: str, robots: im.Robots, at: datetime) -> Outcome:
    message, account = row.message, row.message.account
    if not address:
        return _withheld(row, NO_ROBOT)
    if account is None:
        with in_the_words_of(None):
            title, body = robot_words(message)
    else:
        with in_the_words_of(account):
            letter = _im_letter(message, account, at) if is_reachable(account) else None
            if letter is None:
                return _withheld(row, _why_not(row))
            title, body = letter.title, f"{letter.text}\n{letter.url}".strip()
    try:
        robots.post(address, title, body)
    except (im.Unreachable, OSError) as problem:
        return _went_wrong(row, problem, at)
    return _went_well(row, at)


def _im_letter(message: Message, account: Account, at: datetime) -> Letter | None:
    if message.kind != DIGEST:
        return _letter_of(message, account, at)
    lines = _lines_of(message, account)
    return digest_letter(lines) if lines else None


def robot_words(message: Message) -> tuple[str, str]:
    """HR's group: counts and a link."""
    words = {
        "contests": _("待核对的数字 %(n)s"),
        "lapsed": _("超期没签的记录 %(n)s"),
        "missed": _("错过的跟进 %(n)s"),
        "overdue": _("逾期的行动项 %(n)s"),
    }
    parts = [text % {"n": message.values[name]} for name, text in words.items() if message.values.get(name)]
    return _("会谈：今天要看的"), _("，").join(parts) + f"\n{settings.HUITAN_URL}/progress/"


def _went_well(row: Delivery, at: datetime) -> Outcome:
    _planned(row).update(state="sent", sent_at=at, error="")
    return "sent"


def _went_wrong(row: Delivery, problem: Exception, at: datetime) -> Outcome:
    gives_up = is_for_good(problem) or row.attempts >= timing.ATTEMPTS
    _planned(row).update(
        state="failed" if gives_up else "planned",
        next_at=at + timing.retry_after(row.attempts),
        error=f"{type(problem).__name__}: {problem}"[:255],
    )
    return "failed"


def _withheld(row: Delivery, why: str) -> Outcome:
    _planned(row).update(state="withheld", error=why)
    return "withheld"


def _why_not(row: Delivery) -> str:
    """Why there is nothing to send, as HR reads it."""
    message, account = row.message, row.message.account
    if account is None or not is_reachable(account):
        return NO_LONGER
    if row.channel == "mail" and not address_of(account):
        return NO_ADDRESS
    if message.kind == DIGEST and not _folded(message).filter(read_at__isnull=True).exists():
        return READ_BEFORE
    return NO_LONGER


def _still_ours(row: Delivery) -> QuerySet[Delivery]:
    """The row, unless a round so slow that its lease ended has lost it to another worker."""
    return _planned(row).filter(next_at=row.next_at)


def _planned(row: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=row.pk, state="planned")


def _count(counts: dict[str, int], outcome: Outcome) -> None:
    if outcome in counts:
        counts[outcome] += 1


def try_again(deliveries: QuerySet[Delivery], *, at: datetime) -> int:
    """HR asks for another round of attempts of what was given up. Returns how many."""
    return deliveries.filter(state="failed").update(state="planned", attempts=0, next_at=at, error="")
