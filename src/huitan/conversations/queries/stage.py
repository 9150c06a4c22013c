"""Which of the seven stages a talk has reached, and what each side does next and by when. Pure: `TalkFacts` in,
sentences out; no database, no clock. `queries.talks` gathers the facts in one query for a whole list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from huitan.core.sentences import N_, Sentence, say

PACK, SURVEY, PREPARE, TALK, SIGN, FOLLOW_UP, ACCEPTANCE, DONE = range(8)
STAGES = (
    N_("资料包"),
    N_("预调研"),
    N_("准备"),
    N_("面谈"),
    N_("签字"),
    N_("跟进"),
    N_("验收"),
)
SIDES = ("manager", "employee", "hr")
# After this long past its time, a talk that nobody began stands out.
MISSED_AFTER = timedelta(hours=4)


@dataclass(frozen=True)
class TalkFacts:
    """What decides the stage. Counts are of open things; `signed` holds the sides that signed the newest record.

    `slots` is the state of the newest offer of times. `employee_due_on` is the earliest due date among running items the employee owns, `manager_due_on` among the
    others; `employee_submitted_on` and `others_submitted_on` the same among those waiting for acceptance.
    """

    state: str
    employee: str
    manager: str = ""
    notice_days: int = 7
    talks_until: date | None = None
    scheduled_at: datetime | None = None
    slots: str = ""
    purpose: str = ""
    shared_at: datetime | None = None
    opened_at: datetime | None = None
    survey_in: bool = False
    informal_note: bool = False
    topics: int = 0
    open_questions: int = 0
    open_contests: int = 0
    signing_due_on: date | None = None
    signing_lapsed: bool = False
    signed: frozenset[str] = frozenset()
    declined: bool = False
    refusal: bool = False
    items: int = 0
    running: int = 0
    submitted_by_employee: int = 0
    submitted_by_others: int = 0
    employee_due_on: date | None = None
    manager_due_on: date | None = None
    employee_submitted_on: date | None = None
    others_submitted_on: date | None = None
    check_in_on: date | None = None
    cycle_closed: bool = False

    @property
    def submitted(self) -> int:
        return self.submitted_by_employee + self.submitted_by_others

    @property
    def next_due_on(self) -> date | None:
        return min((d for d in (self.employee_due_on, self.manager_due_on) if d), default=None)

    @property
    def share_by(self) -> date | None:
        """The last day on which sharing still keeps the notice (R08)."""
        if self.scheduled_at is None:
            return None
        return timezone.localdate(self.scheduled_at) - timedelta(days=self.notice_days)

    @property
    def heard(self) -> bool:
        """R07: the employee's voice is in, as a survey or as the note of an informal talk."""
        return self.survey_in or self.informal_note


@dataclass(frozen=True)
class NextStep:
    """`page` is the screen where it is done, `anchor` the place on it, `button` its word; a step with `waits` belongs
    to somebody else and has a reason instead of a button; `meets` is the talk itself, an appointment and no errand."""

    text: Sentence
    by: datetime | date | None = None
    page: str = "talk"
    anchor: str = ""
    button: str = N_("查看")
    waits: bool = False
    meets: bool = False

    @property
    def latest(self) -> datetime | None:
        return latest_instant(self.by)

    def is_overdue(self, at: datetime) -> bool:
        return self.latest is not None and self.latest < at


@dataclass(frozen=True)
class Stage:
    """`number` 0 to 6, 7 when all is done. `hold` says that somebody outside the two has to act first."""

    number: int
    hold: bool
    steps: Mapping[str, NextStep] = field(default_factory=dict)

    @property
    def word(self) -> str:
        return STAGES[self.number] if self.number < DONE else N_("已结束")

    def next_for(self, side: str) -> NextStep:
        return self.steps[side]


def latest_instant(by: datetime | date | None) -> datetime | None:
    """A latest day lasts until its end; an instant is itself."""
    if by is None or isinstance(by, datetime):
        return by
    return timezone.make_aware(datetime.combine(by, time(23, 59, 59)))


def stage_of(facts: TalkFacts, at: datetime) -> Stage:
    steps = {"manager": for_manager(facts, at), "employee": for_employee(facts, at), "hr": for_hr(facts, at)}
    return Stage(number(facts, at), is_held_up(facts), steps)


def number(facts: TalkFacts, at: datetime) -> int:
    if facts.state == "preparing":
        return PACK
    if facts.state == "shared":
        if is_talk_day(facts, at):
            return TALK
        if not facts.heard:
            return SURVEY
        return PREPARE if is_unprepared(facts) else TALK
    if facts.state == "signed":
        return FOLLOW_UP if facts.running else ACCEPTANCE
    if facts.state == "cancelled":
        return SURVEY if facts.shared_at else PACK
    return {"talking": TALK, "recorded": SIGN, "closed": DONE}[facts.state]


def is_talk_day(facts: TalkFacts, at: datetime) -> bool:
    return facts.scheduled_at is not None and timezone.localdate(facts.scheduled_at) <= timezone.localdate(at)


def is_unprepared(facts: TalkFacts) -> bool:
    return not facts.topics or bool(facts.open_questions or facts.open_contests)


def never_held(facts: TalkFacts) -> bool:
    """The cycle was closed over a talk that had not begun."""
    return facts.cycle_closed and facts.state in ("preparing", "shared")


def is_held_up(facts: TalkFacts) -> bool:
    if facts.state == "cancelled":
        return True
    awaited = facts.state == "recorded" and "employee" not in facts.signed and not facts.refusal
    return awaited and (facts.declined or facts.signing_lapsed)


def for_manager(facts: TalkFacts, at: datetime) -> NextStep:
    who = facts.employee
    if never_held(facts):
        return _over(facts)
    if facts.state == "preparing":
        if facts.scheduled_at is None and facts.slots == "open":
            return NextStep(say("等%(name)s选面谈时间", name=who), None, "slots", waits=True)
        if facts.scheduled_at is None and facts.slots == "turned_down":
            return NextStep(say("%(name)s想换时间，再给几个", name=who), None, "slots", "", N_("去看看"))
        if facts.scheduled_at is None:
            until = facts.talks_until
            by = until - timedelta(days=facts.notice_days) if until else None
            return NextStep(
                say("定下与%(name)s面谈的时间", name=who), by, "prepare", "schedule", N_("去安排")
            )
        if not facts.purpose:
            return NextStep(
                say("选定和%(name)s谈什么", name=who), facts.share_by, "prepare", "purpose", N_("去选")
            )
        return NextStep(
            say("共享%(name)s的资料包", name=who), facts.share_by, "prepare", "share", N_("去共享")
        )
    if facts.state == "shared":
        return _manager_before(facts, at)
    if facts.state == "talking":
        return NextStep(say("继续与%(name)s的面谈", name=who), page="room", button=N_("回到面谈室"))
    if facts.state == "recorded":
        if "manager" not in facts.signed:
            return NextStep(say("签字"), facts.signing_due_on, "sign", "", N_("去签字"))
        if facts.declined:
            return NextStep(
                say("%(name)s不签字，等 HR 见证", name=who), facts.signing_due_on, "record", waits=True
            )
        return NextStep(say("等%(name)s签字", name=who), facts.signing_due_on, "record", waits=True)
    if facts.state == "signed":
        return _manager_after(facts)
    return _over(facts)


def _manager_before(facts: TalkFacts, at: datetime) -> NextStep:
    who, when = facts.employee, facts.scheduled_at
    if when is not None and when + MISSED_AFTER < at:
        return NextStep(say("面谈时间已过：开始面谈，或改期"), when, "prepare", "schedule", N_("去处理"))
    if is_talk_day(facts, at):
        return NextStep(say("与%(name)s面谈", name=who), when, "prepare", "begin", N_("去面谈"), meets=True)
    if facts.open_questions:
        return NextStep(
            say("回答%(name)s的 %(n)s 个提问", name=who, n=facts.open_questions),
            when,
            "prepare",
            "questions",
            N_("去回答"),
        )
    if not facts.heard:
        return NextStep(say("等%(name)s交预调研", name=who), when, "prepare", waits=True)
    if not facts.topics:
        return NextStep(say("选定与%(name)s谈的焦点话题", name=who), when, "prepare", "topics", N_("去确认"))
    if facts.open_contests:
        return NextStep(
            say("等 HR 核对 %(n)s 个有疑问的数字", n=facts.open_contests), when, "prepare", waits=True
        )
    return NextStep(say("与%(name)s面谈", name=who), when, "prepare", "", N_("看准备"), meets=True)


def _manager_after(facts: TalkFacts) -> NextStep:
    if facts.submitted_by_employee:
        return NextStep(
            say("验收 %(n)s 项行动", n=facts.submitted_by_employee),
            facts.employee_submitted_on,
            "ledger",
            button=N_("去验收"),
        )
    dates = [d for d in (facts.check_in_on, facts.manager_due_on) if d]
    if facts.check_in_on and facts.check_in_on == min(dates):
        return NextStep(
            say("与%(name)s跟进一次", name=facts.employee), facts.check_in_on, "ledger", button=N_("去跟进")
        )
    if facts.manager_due_on:
        return NextStep(say("兑现答应的支持"), facts.manager_due_on, "ledger", button=N_("去处理"))
    if facts.running:
        return NextStep(
            say("等%(name)s完成行动项", name=facts.employee), facts.next_due_on, "ledger", waits=True
        )
    if facts.submitted:
        return NextStep(say("等%(name)s验收你的支持", name=facts.employee), page="ledger", waits=True)
    return NextStep(say("给计划定结果，结束这次面谈"), page="talk-close", button=N_("去结束"))


def for_employee(facts: TalkFacts, at: datetime) -> NextStep:
    boss = facts.manager
    if never_held(facts):
        return _over(facts)
    if facts.slots == "open" and facts.state in ("preparing", "shared"):
        return NextStep(say("选一个面谈时间"), None, "slots", "", N_("去选"))
    if facts.state == "preparing":
        return NextStep(say("等%(name)s共享资料包", name=boss), facts.share_by, "pack", waits=True)
    if facts.state == "shared":
        when = facts.scheduled_at
        if facts.opened_at is None:
            return NextStep(say("读一读你的资料包"), when, "pack", "", N_("去读"))
        if not facts.survey_in:
            return NextStep(say("填预调研，三分钟"), when, "survey", "", N_("去填"))
        return NextStep(say("与%(name)s面谈", name=boss), when, "pack", "", N_("看资料"), meets=True)
    if facts.state == "talking":
        return NextStep(say("在面谈里写下你自己的话"), page="room", button=N_("去面谈室"))
    if facts.state == "recorded":
        if "employee" not in facts.signed and not facts.refusal:
            return NextStep(say("阅读记录并签字"), facts.signing_due_on, "sign", "", N_("去阅读"))
        return NextStep(say("等%(name)s签字", name=boss), facts.signing_due_on, "record", waits=True)
    if facts.state == "signed":
        if facts.submitted_by_others:
            return NextStep(
                say("验收答应你的 %(n)s 项支持", n=facts.submitted_by_others),
                facts.others_submitted_on,
                "ledger",
                button=N_("去验收"),
            )
        if facts.employee_due_on:
            return NextStep(
                say("做完行动项，随时更新进展"), facts.employee_due_on, "ledger", button=N_("去更新")
            )
        if facts.submitted_by_employee:
            return NextStep(say("等%(name)s验收", name=boss), page="ledger", waits=True)
        if facts.running:
            return NextStep(say("等%(name)s兑现支持", name=boss), facts.manager_due_on, "ledger", waits=True)
        return NextStep(say("等%(name)s给计划定结果", name=boss), page="record", waits=True)
    return _over(facts)


def for_hr(facts: TalkFacts, at: datetime) -> NextStep:
    boss, who = facts.manager, facts.employee
    if never_held(facts):
        return _over(facts)
    if facts.open_contests and facts.state in ("shared", "talking"):
        return NextStep(
            say("核对 %(n)s 个有疑问的数字", n=facts.open_contests),
            facts.scheduled_at,
            "prepare",
            "contests",
            N_("去核对"),
        )
    if facts.state == "recorded" and is_held_up(facts):
        if facts.declined:
            return NextStep(
                say("见证%(name)s不签字", name=who), facts.signing_due_on, "refusal", "", N_("去见证")
            )
        return NextStep(
            say("%(name)s过了签字期限，了解原因", name=who), facts.signing_due_on, "record", "", N_("去了解")
        )
    if facts.state in ("closed", "cancelled"):
        return _over(facts)
    theirs = for_manager(facts, at)
    if theirs.waits:
        return NextStep(theirs.text, theirs.by, "talk", waits=True)
    return NextStep(say("等%(name)s：%(what)s", name=boss, what=theirs.text), theirs.by, "talk", waits=True)


def _over(facts: TalkFacts) -> NextStep:
    if facts.state == "cancelled":
        return NextStep(say("面谈已取消"), page="talk", waits=True)
    if never_held(facts):
        return NextStep(say("周期已关闭，这场面谈没有进行"), page="talk", waits=True)
    return NextStep(say("这次面谈已经走完"), page="record", button=N_("看记录"))
