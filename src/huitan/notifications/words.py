"""A message in the words of its reader: language, time zone and a link. Made when it is read or sent, not before."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from huitan.core.sentences import is_english
from huitan.notifications.models import Message
from huitan.people.models import Account


@dataclass(frozen=True)
class Words:
    title: str
    text: str
    button: str
    path: str

    @property
    def url(self) -> str:
        return settings.HUITAN_URL + self.path


@contextmanager
def in_the_words_of(account: Account | None) -> Iterator[None]:
    language = account.language if account else settings.LANGUAGE_CODE
    zone = account.time_zone if account else settings.TIME_ZONE
    with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)):
        yield


def words_of(message: Message) -> Words:
    """In the active language and time zone."""
    kind = message.what
    title, text = kind.said_to(_reader(message))
    values = _Values(_shown(message.values, message.at))
    return Words(
        _(title) % values,
        _(text) % values,
        _(kind.button),
        reverse(kind.page, args=[] if message.subject == "account" else [message.subject_id]),
    )


def _reader(message: Message) -> str:
    """Whether it is about the reader's own talk or plan, or about support the reader owes."""
    for reader in ("employee", "supporter"):
        if message.account_id is not None and message.values.get(f"{reader}_account") == message.account_id:
            return reader
    return ""


class _Values(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return _("系统") if name == "who" else _("未定")


def _shown(values: Mapping[str, Any], at: datetime) -> dict[str, str]:
    shown = {name: str(value) for name, value in values.items() if value not in (None, "")}
    if "when" in shown:
        shown["when"] = moment(datetime.fromisoformat(shown["when"]), at)
    for name in ("day", "to_day"):
        if name in shown:
            shown[name] = day(date.fromisoformat(shown[name]), at)
    return shown


def day(on: date, at: datetime) -> str:
    """「7 月 16 日 周四」; with the year when it is not the year of `at`."""
    near = on.year == timezone.localdate(at).year
    if is_english():
        # British English writes 「Sept」; the pages write every month with three letters.
        return format_date(on, "EEE d MMM" if near else "EEE d MMM y", locale="en_US")
    return format_date(on, "M 月 d 日 EEE" if near else "y 年 M 月 d 日 EEE", locale="zh_Hans_CN")


def moment(when: datetime, at: datetime) -> str:
    """The day and the time; with the zone for people who live in another one than the company."""
    here = timezone.localtime(when)
    clock = format_datetime(here, "HH:mm", locale="en_GB")
    zone = timezone.get_current_timezone_name()
    suffix = "" if zone == settings.TIME_ZONE else f" ({zone})"
    return f"{day(here.date(), at)} {clock}{suffix}"
