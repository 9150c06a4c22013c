"""What people see of their messages, and HR of the deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from huitan.core.moves import Refused
from huitan.core.sentences import N_, say
from huitan.notifications import policy
from huitan.notifications.kinds import GROUPS, KINDS
from huitan.notifications.mail import address_of
from huitan.notifications.models import DIGEST, ROBOT, Delivery, Message
from huitan.notifications.who_hears import ACCOUNT, ADMINS, AUDIENCES, HEARD, HR
from huitan.notifications.words import words_of
from huitan.people.actions import office_of
from huitan.people.models import Account
from huitan.people.prepared import prepared
from huitan.people.relations import Actor

INBOX_PAGE, LOG_PAGE = 50, 100
# The bell says 99+ from here on.
COUNTED = 100
PROBLEMS = (
    ("SMTPRecipientsRefused", N_("邮件服务器不收这个地址，核对花名册里的邮箱。")),
    ("SMTPAuthenticationError", N_("邮件服务器不认发信账号，请管理员检查设置。")),
    ("SMTP", N_("邮件服务器没有收下。")),
    ("Unreachable", N_("机器人没有收下。")),
    ("Silent", N_("机器人没有应答。")),
    ("SSL", N_("和邮件服务器的加密连接没有建立，请管理员检查设置。")),
    ("Connection", N_("连不上邮件服务器。")),
    ("OSError", N_("连不上邮件服务器。")),
    ("TimeoutError", N_("邮件服务器没有应答。")),
    ("gaierror", N_("找不到邮件服务器，请管理员检查设置。")),
)


@dataclass(frozen=True)
class InboxRow:
    id: int
    title: str
    text: str
    button: str
    group: str
    at: datetime
    is_read: bool


@dataclass(frozen=True)
class Inbox:
    rows: tuple[InboxRow, ...]
    next_key: int | None


@dataclass(frozen=True)
class DeliveryRow:
    id: int
    to: str
    address: str
    about: str
    channel: str
    state: str
    state_word: str
    attempts: int
    at: datetime
    sent_at: datetime | None
    next_at: datetime
    problem: str
    error: str


@dataclass(frozen=True)
class DeliveryLog:
    rows: tuple[DeliveryRow, ...]
    counts: Mapping[str, int]
    next_key: int | None


def own_messages(actor: Actor) -> QuerySet[Message]:
    """Whatever one was told, also about what one may no longer see: that is said where the message leads."""
    return Message.objects.to(actor)


def unread(actor: Actor) -> int:
    """How many messages wait to be read, for the bell of every page, counted up to `COUNTED`; one query."""
    return len(_unread(actor, None))


@prepared
def _unread(actor: Actor, _among: None) -> QuerySet[Message, int]:
    waiting = Message.objects.visible_to(actor).filter(read_at__isnull=True)
    return waiting.order_by().values_list("pk", flat=True)[:COUNTED]


def inbox(actor: Actor, before: int | None = None) -> Inbox:
    """One's messages in the active language, newest first, by keyset; one query."""
    found = Message.objects.visible_to(actor).filter(kind__in=list(KINDS)).order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found[: INBOX_PAGE + 1])
    shown = rows[:INBOX_PAGE]
    return Inbox(tuple(_row(m) for m in shown), shown[-1].pk if len(rows) > INBOX_PAGE else None)


def _row(message: Message) -> InboxRow:
    words = words_of(message)
    return InboxRow(
        message.pk,
        words.title,
        words.text,
        words.button,
        GROUPS[message.what.group],
        message.at,
        message.read_at is not None,
    )


def groups_for(actor: Actor) -> tuple[str, ...]:
    """The groups of messages that can reach somebody, by what they are."""
    audiences = {ACCOUNT}
    if actor.employee_id is not None:
        audiences |= AUDIENCES - {HR, ADMINS}
    if actor.is_hr_admin or actor.is_hrbp:
        audiences |= {HR, ADMINS}
    rows = (row for rows in HEARD.values() for row in rows)
    reached = {KINDS[row.kind].group for row in rows if row.audience in audiences}
    return tuple(name for name in GROUPS if name in reached)


def delivery_log(actor: Actor, state: str = "", before: int | None = None, name: str = "") -> DeliveryLog:
    """HR's log: to whom, about which matter, how and when; never about which talk. `name` is a name, staff number or
    mail address, or part of one. Two queries."""
    answer = policy.NOTIFICATIONS.judge("read_deliveries", office_of(actor))
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))
    visible = Delivery.objects.visible_to(actor)
    if name:
        visible = visible.filter(message__account__in=_people_called(name))
    counts = dict(visible.order_by().values_list("state").annotate(n=Count("pk")))
    if state in Delivery.STATES:
        visible = visible.filter(state=state)
    if before is not None:
        visible = visible.filter(id__lt=before)
    rows = list(visible.select_related("message__account__employee").order_by("-id")[: LOG_PAGE + 1])
    shown = rows[:LOG_PAGE]
    return DeliveryLog(
        tuple(_delivery(row) for row in shown), counts, shown[-1].pk if len(rows) > LOG_PAGE else None
    )


def _people_called(name: str) -> QuerySet[Account]:
    parts = ("employee__name", "employee__staff_number", "employee__email", "login_name", "email")
    wanted = Q()
    for part in parts:
        wanted |= Q(**{f"{part}__icontains": name})
    return Account.objects.filter(wanted)


def _delivery(row: Delivery) -> DeliveryRow:
    message, account = row.message, row.message.account
    person = getattr(account, "employee", None)
    special = {DIGEST: N_("汇总"), ROBOT: N_("HR 群的数字")}
    return DeliveryRow(
        row.pk,
        person.name if person else account.login_name if account else "",
        address_of(account) if account and row.channel == "mail" else "",
        special.get(message.kind) or GROUPS[message.what.group],
        Delivery.CHANNELS[row.channel],
        row.state,
        Delivery.STATES[row.state],
        row.attempts,
        message.at,
        row.sent_at,
        row.next_at,
        in_words(row.error),
        row.error,
    )


def in_words(error: str) -> str:
    """What went wrong, for somebody who knows no SMTP; the error itself stands below it."""
    return next((words for start, words in PROBLEMS if error.startswith(start)), "")
