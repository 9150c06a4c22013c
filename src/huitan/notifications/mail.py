"""E-mail: a text and an HTML part in the reader's words, and a calendar entry where the message invites."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.utils import formataddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from jinja2 import Environment, FileSystemLoader

from huitan.core.sentences import is_english
from huitan.notifications.words import Words
from huitan.people.models import Account

# What a server says that is there and answers.
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
# So many mails in a row may end in silence before the others are kept for the next round.
LOST_AT_MOST = 2

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_pages.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Letter:
    """What a mail says: one message, or several `lines` under one title. `calendar` is (text, method)."""

    title: str
    text: str
    button: str
    url: str
    lines: tuple[Words, ...] = ()
    calendar: tuple[str, str] | None = None


def address_of(account: Account) -> str:
    person = getattr(account, "employee", None)
    return account.email or (person.email if person else "")


def email_for(account: Account, letter: Letter, key: str) -> EmailMultiAlternatives:
    """Call it with the reader's language active. `key` names the message for ever: sent twice, it is one mail."""
    person = getattr(account, "employee", None)
    name = person.name if person else account.name or account.login_name
    note = _("邮件里没有面谈内容，打开链接登录后再看。")
    preferences = settings.HUITAN_URL + reverse("message-preferences")
    return email_to(name, address_of(account), letter, key, note, preferences)


def email_to(
    name: str, address: str, letter: Letter, key: str, note: str, preferences: str = ""
) -> EmailMultiAlternatives:
    """The same for somebody who has no account, and so no preferences."""
    parts = [letter.text, *(f"{line.title}\n{line.text}\n{line.url}" for line in letter.lines)]
    closing = f"{letter.button}: {letter.url}"
    change = [f"{_('改收消息的方式')}: {preferences}"] if preferences else []
    text = "\n\n".join([letter.title, *(p for p in parts if p), closing, note, *change])
    host = urlsplit(settings.HUITAN_URL).hostname or "localhost"
    mail = EmailMultiAlternatives(
        subject=" ".join(letter.title.split()),
        body=text + "\n",
        from_email=formataddr((_("会谈"), settings.DEFAULT_FROM_EMAIL)),
        to=[formataddr((name, address))],
        headers={"Message-ID": f"<{key}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(_html(letter, note, preferences), "text/html")
    if letter.calendar:
        content, method = letter.calendar
        mail.attach_alternative(content, f"text/calendar; method={method}")
        mail.attach("invite.ics", content, f'application/ics; name="invite.ics"; method={method}')
    return mail


def _html(letter: Letter, note: str, preferences: str) -> str:
    values: dict[str, Any] = {
        "title": letter.title,
        "text": letter.text,
        "lines": letter.lines,
        "button": letter.button,
        "url": letter.url,
        "note": note,
        "preferences_url": preferences,
        "language": "en" if is_english() else "zh-CN",
    }
    return _pages.get_template("mail.html").render(values)


class Line:
    """The connection to the mail server for one round. Some servers hang up on an address they refuse, some fall silent: the
    next mail gets a new connection, and `is_dead` says when it is no use to go on."""

    def __init__(self) -> None:
        self._connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
        self._lost = 0
        self.is_dead = False

    def open(self) -> None:
        self._connection.open()

    def close(self) -> None:
        self._connection.close()

    def send(self, mail: EmailMultiAlternatives) -> None:
        mail.connection = self._connection
        try:
            mail.send()
        except OSError as problem:
            self._again(is_lost=not isinstance(problem, REFUSALS))
            raise
        self._lost = 0

    def _again(self, *, is_lost: bool) -> None:
        self._lost += is_lost
        self.is_dead = self._lost >= LOST_AT_MOST
        try:
            self.close()
            if not self.is_dead:
                self.open()
        except OSError:
            self.is_dead = True


def is_for_good(problem: Exception) -> bool:
    """Whether the server said that this mail will never be taken: another attempt would say the same."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _reason in problem.recipients.values())
    return isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= 500
