"""沈立文's team in the weeks around today: every stage of a talk can be met by logging in as the cast."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from huitan.cli.demo.company import LINE_UNIT
from huitan.cli.demo.log import write_log
from huitan.cli.demo.story import Teller
from huitan.conversations.actions import preparation, voice
from huitan.conversations.models import Conversation
from huitan.cycles.working_days import after, on_or_after

# Name → how far this talk has come, and on which day it is (working days from today).
SCENES = (
    ("林晓岚", "recorded", -1),
    ("陈思远", "surveyed", 0),
    ("周雨桐", "shared", 2),
    ("吴桐", "scheduled", 8),
    ("何建国", "recorded", -3),
    ("马超群", "surveyed", 3),
    ("李佳宁", "signed", -7),
    ("方志远", "signed", -8),
    ("欧阳若曦·阿卜杜拉", "opened", 0),
)


def set_scenes(teller: Teller, now: datetime) -> None:
    talks = Conversation.objects.filter(
        review__employee__department__full_name=LINE_UNIT, review__cycle__state="open", state="preparing"
    ).select_related("review__cycle", "review__employee__manager", "review__employee__department", "plan")
    by_name = {talk.review.employee.name: talk for talk in talks}
    write_log(teller, by_name)
    today = timezone.localdate(now)
    for name, point, away in SCENES:
        on = (
            on_or_after(today, {})
            if away == 0
            else after(today, away, {})
            if away > 0
            else _before(today, -away)
        )
        teller.tell(by_name[name], point, on, hour=14 if away == 0 else 10)
    _pinned_questions(teller, by_name["陈思远"], now)
    _contested_number(teller, by_name["马超群"], now)


def _pinned_questions(teller: Teller, talk: Conversation, now: datetime) -> None:
    me = teller.actor(talk.review.employee)
    result = talk.pack_evidence().filter(kind="kpi").order_by("id").first()
    at = now - timedelta(hours=20)
    voice.ask(talk, "备件平均要等 6 天，我可以在哪一步升级？", evidence=result, actor=me, at=at)
    boss = teller.actor(talk.review.employee.manager)
    preparation.keep_private_note(
        talk, "先肯定点检的改进；备件的事先听他说。", actor=boss, at=now - timedelta(hours=2)
    )


def _contested_number(teller: Teller, talk: Conversation, now: datetime) -> None:
    me = teller.actor(talk.review.employee)
    result = talk.pack_evidence().filter(kind="kpi").order_by("id").first()
    if result is not None and result.actual is not None:
        claim = result.actual + Decimal(3)
        reason = "停机检修的两天算进了分母，按班组日志不应该算。"
        voice.contest(talk, result, reason, claim=f"{claim:f}", actor=me, at=now - timedelta(hours=26))


def _before(today: date, days: int) -> date:
    day = today
    while days > 0:
        day -= timedelta(days=1)
        if on_or_after(day, {}) == day:
            days -= 1
    return day
