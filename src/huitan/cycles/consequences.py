"""What a cycle's policy means in plain words and dates: shown while HR sets it, and to read later. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from huitan.core.days import month_day
from huitan.core.sentences import Sentence, say
from huitan.cycles.working_days import (
    REMINDED_AHEAD,
    after,
    before,
    between,
    is_working,
    sharing_day,
    unknown_years,
)

# A calendar longer than this is a slip of the pen in a date field.
MONTHS_SHOWN = 8

# The month as a word: a bare number in Chinese, a name in English.


@dataclass(frozen=True)
class Policy:
    """The dates and rules of a cycle, saved or just being typed; None where nothing usable has been typed yet."""

    starts_on: date | None = None
    ends_on: date | None = None
    talks_from: date | None = None
    talks_until: date | None = None
    notice_days: int | None = None
    notice_rule: str | None = None
    share_by_itself: str | None = None
    record_days: int | None = None
    signing_days: int | None = None
    dispute_days: int | None = None
    dispute_accept_days: int | None = None
    dispute_answer_days: int | None = None
    dispute_further_days: int | None = None
    check_in_rhythm: str | None = None
    check_in_grace_days: int | None = None
    talk_minutes: int | None = None


def policy_of(source: Any) -> Policy:
    """From a cycle, or from the cleaned data of a form."""
    get = source.get if isinstance(source, Mapping) else lambda name: getattr(source, name)
    return Policy(**{f.name: get(f.name) for f in fields(Policy)})


@dataclass(frozen=True)
class Milestone:
    """`phase` names its colour in the calendar; `until` is set for a span of days."""

    phase: str
    on: date
    until: date | None
    what: Sentence
    detail: Sentence | None = None


@dataclass(frozen=True)
class Day:
    on: date
    phase: str
    is_working: bool
    is_own: bool
    marks: tuple[Sentence, ...]


@dataclass(frozen=True)
class Month:
    """`before` empty cells stand in front of the first day; weeks begin on Monday."""

    year: int
    number: int
    before: int
    days: tuple[Day, ...]


@dataclass(frozen=True)
class Preview:
    milestones: tuple[Milestone, ...]
    months: tuple[Month, ...]
    warning: Sentence | None
    working_days: int


def consequences(policy: Policy, own: Mapping[date, bool]) -> dict[str, Sentence]:
    """Field → what it means, with the cycle's own last day of talks as the example."""
    example = policy.talks_until
    said: dict[str, Sentence] = {}
    if policy.starts_on and policy.ends_on and policy.starts_on <= policy.ends_on:
        days = (policy.ends_on - policy.starts_on).days + 1
        said["period"] = say("这 %(n)s 天里的 KPI 结果和事实，属于这个周期的资料包。", n=days)
    if policy.talks_from and policy.talks_until and policy.talks_from <= policy.talks_until:
        n = between(policy.talks_from - timedelta(days=1), policy.talks_until, own)
        said["talks"] = say("%(n)s 个工作日里谈完。周末和假日不算。", n=n)
    if example is None:
        return said
    if policy.notice_days is not None:
        said["notice_days"] = _notice(policy, example)
        said["share_by_itself"] = _sharing(policy, example, own)
    record_by = example
    if policy.record_days is not None:
        record_by = after(example, policy.record_days, own)
        said["record_days"] = say(
            "%(talk)s谈完，最晚 %(by)s形成记录；晚了会标在记录上。",
            talk=month_day(example),
            by=month_day(record_by),
        )
    if policy.signing_days is not None:
        by = after(record_by, policy.signing_days, own)
        said["signing_days"] = say(
            "%(record)s成文的记录，最晚 %(by)s签字。过期不算同意，HR 会看到并去了解原因。",
            record=month_day(record_by),
            by=month_day(by),
        )
    steps = (policy.dispute_days, policy.dispute_accept_days, policy.dispute_answer_days)
    if None not in steps and policy.dispute_further_days is not None:
        said["dispute_days"] = say(
            "签字后 %(n)s 个工作日内可以申诉：%(accept)s 天内受理，受理后 %(answer)s 天内逐点答复；"
            "不服结果的，%(further)s 天内可以申请一次复核。都按工作日算，期间评级不生效。",
            n=policy.dispute_days,
            accept=policy.dispute_accept_days,
            answer=policy.dispute_answer_days,
            further=policy.dispute_further_days,
        )
    if policy.check_in_rhythm and policy.check_in_grace_days is not None:
        rhythm = say("每月跟进一次") if policy.check_in_rhythm == "monthly" else say("每季度跟进一次")
        said["check_in_rhythm"] = say(
            "计划生效后%(rhythm)s，直到最后一项到期；到期 %(n)s 个工作日还没跟进，记为错过，双方和 HR 都看得到。",
            rhythm=rhythm,
            n=policy.check_in_grace_days,
        )
    if policy.talk_minutes:
        said["talk_minutes"] = say(
            "新面谈先排 %(n)s 分钟，按亮点、改进、计划、支持四段分；经理可以改。", n=policy.talk_minutes
        )
    return said


def _notice(policy: Policy, example: date) -> Sentence:
    share_by = example - timedelta(days=policy.notice_days or 0)
    rule = (
        say("晚于这一天就不能共享，要先改面谈时间。")
        if policy.notice_rule == "enforce"
        else say("晚了也能共享，但会标出来，HR 看得到。")
    )
    return say(
        "%(talk)s面谈的人，最晚 %(by)s要看到资料包。%(rule)s",
        talk=month_day(example),
        by=month_day(share_by),
        rule=rule,
    )


def _sharing(policy: Policy, example: date, own: Mapping[date, bool]) -> Sentence:
    if policy.share_by_itself != "when_ready":
        return say("上级自己按「共享」。到日子没有共享，系统不会替他共享。")
    on = sharing_day(example, policy.notice_days or 0, own)
    return say(
        "%(talk)s面谈的：时间、目的和数据都齐了，%(on)s早上 9 点由系统共享，双方都看得到是系统共享的。没齐的，%(ahead)s提醒上级缺什么，%(on)s再提醒一次；补齐后马上共享。",
        talk=month_day(example),
        on=month_day(on),
        ahead=month_day(before(on, REMINDED_AHEAD, own)),
    )


def preview(policy: Policy, own: Mapping[date, bool]) -> Preview | None:
    """The calendar of the cycle from the first pack to the last signature; None until the talk dates are usable."""
    if policy.talks_from is None or policy.talks_until is None or policy.talks_from > policy.talks_until:
        return None
    milestones = _milestones(policy, own, policy.talks_from, policy.talks_until)
    first = min(m.on for m in milestones)
    last = max(m.until or m.on for m in milestones)
    n = between(policy.talks_from - timedelta(days=1), policy.talks_until, own)
    months = _months(milestones, first, last, own) if _months_between(first, last) <= MONTHS_SHOWN else ()
    return Preview(tuple(milestones), tuple(months), unknown_years(first, last, own), n)


def _milestones(policy: Policy, own: Mapping[date, bool], begin: date, end: date) -> list[Milestone]:
    notice = timedelta(days=policy.notice_days or 0)
    found = [
        Milestone(
            "share",
            begin - notice,
            end - notice,
            say("共享资料包"),
            say("第一天就面谈的，最晚在这一段的第一天共享"),
        ),
        Milestone("talks", begin, end, say("面谈")),
    ]
    record_by = after(end, policy.record_days or 0, own)
    signed_by = after(record_by, policy.signing_days or 0, own)
    found.append(
        Milestone(
            "record",
            record_by,
            None,
            say("最晚形成记录"),
            say("面谈后 %(n)s 个工作日", n=policy.record_days or 0),
        )
    )
    found.append(
        Milestone(
            "sign", signed_by, None, say("最晚签字"), say("记录后 %(n)s 个工作日", n=policy.signing_days or 0)
        )
    )
    dispute_by = after(signed_by, policy.dispute_days or 0, own)
    found.append(
        Milestone(
            "dispute",
            dispute_by,
            None,
            say("最后一天可以申诉"),
            say("签字后 %(n)s 个工作日，按最后一天签字算", n=policy.dispute_days or 0),
        )
    )
    return found


def _months(milestones: list[Milestone], first: date, last: date, own: Mapping[date, bool]) -> list[Month]:
    months = []
    day = first.replace(day=1)
    while day <= last:
        following = (day + timedelta(days=32)).replace(day=1)
        days = tuple(_day_of(day + timedelta(days=n), milestones, own) for n in range((following - day).days))
        months.append(Month(day.year, day.month, day.weekday(), days))
        day = following
    return months


def _day_of(day: date, milestones: list[Milestone], own: Mapping[date, bool]) -> Day:
    """A deadline outshines a span, and talks outshine the sharing before them."""
    single = [m for m in milestones if m.until is None and m.on == day]
    spans = [m for m in milestones if m.until is not None and m.on <= day <= m.until]
    best = (single or spans[::-1])[:1]
    phase = best[0].phase if best else ""
    return Day(day, phase, is_working(day, own), day in own, tuple(m.what for m in (*single, *spans)))


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1
