"""How far ahead, how long and on what may be written: asked by every action that takes words or a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from huitan.conversations.models import Conversation, Topic
from huitan.core.days import local_day
from huitan.core.moves import Refused, locked
from huitan.core.sentences import say
from huitan.plans.actions import check_due

SCHEDULED_WITHIN = timedelta(days=2 * 366)
# More than anybody says about one thing; a page pasted by mistake is refused, not kept in the history for good.
TEXT_AT_MOST = 10_000
NOTE_AT_MOST = 16_000


def check_when(when: datetime, at: datetime) -> None:
    if when > at + SCHEDULED_WITHIN:
        raise Refused("invalid", say("面谈时间太远了。选两年以内的时间。"))


def check_promise_day(due_on: date | None, topic: Topic, at: datetime) -> None:
    """A day newly promised lies ahead; one already there stays while the record is revised."""
    if due_on is None or due_on == topic.support_due_on:
        return
    if due_on < local_day(at):
        raise Refused("invalid", say("截止日期已经过去了。选一个今天或以后的日期。"))
    check_due(due_on, at)


def check_length(text: str, limit: int) -> None:
    if len(text) > limit:
        raise Refused("invalid", say("最多 %(n)s 个字。", n=limit))


def check_field(model: type[Topic] | type[Conversation], field: str, text: str) -> None:
    check_length(text, getattr(model._meta.get_field(field), "max_length", None) or TEXT_AT_MOST)


def on_the_list(topic: Topic) -> Topic:
    """The stored topic, locked. What was taken off the list is not written on: nobody would ever read it."""
    stored = locked(topic)
    if stored.state == "removed":
        raise Refused("not_now", say("这个话题已经拿掉了。刷新页面看看最新进展。"))
    return stored
