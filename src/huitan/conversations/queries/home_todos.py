"""What somebody has to do, what comes, and what to keep an eye on. Pure over rows already loaded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from huitan.conversations.queries.home_rows import Coming, Notice, TeamLine, ToDo
from huitan.conversations.queries.numbers import NumberLine
from huitan.conversations.queries.talks import TalkRow
from huitan.core.days import near_day
from huitan.core.sentences import N_, Sentence, say
from huitan.people.relations import Actor
from huitan.plans.models import CheckIn, DateChange, PlanItem, SupportRequest

SOON = timedelta(days=14)
CHECK_IN_AHEAD = timedelta(days=7)
QUIET_DAYS = 21
SHOWN = 6
# Once a plan runs, its items and check-ins are the errands, not the talk.
CONCLUDING = "talk-close"


def talk_todos(rows: list[TalkRow], at: datetime) -> list[ToDo]:
    """What a talk itself asks of the viewer: an errand, not a waiting and not the appointment."""
    found = []
    for row in rows:
        step = row.step
        if row.side not in ("manager", "employee") or step.waits or step.meets or row.is_over:
            continue
        if row.state == "signed" and step.page != CONCLUDING:
            continue
        found.append(
            ToDo(
                _kind_of(row),
                step.text,
                _why(row),
                step.by,
                step.page,
                () if step.page == "ledger" else (row.id,),
                step.button,
                step.anchor,
            )
        )
    return found


def _kind_of(row: TalkRow) -> str:
    by_anchor = {"schedule": "schedule", "purpose": "topics", "share": "share", "questions": "question"}
    by_page = {
        "survey": "survey",
        "pack": "pack",
        "sign": "sign",
        "talk-close": "accept",
        "room": "talk",
        "slots": "schedule",
    }
    return by_anchor.get(row.step.anchor) or by_page.get(row.step.page, "topics")


def _why(row: TalkRow) -> Sentence:
    """The reason behind a step, from the facts it was computed from."""
    facts = row.facts
    if row.step.page == "slots":
        return say("定下时间，双方才好准备")
    if row.state == "preparing":
        if facts.scheduled_at is None:
            return say("%(cycle)s还没有定面谈时间", cycle=row.cycle)
        if not facts.notice_days:
            return say("后续面谈，带着上次没谈到的话题")
        return say("面谈前至少 %(n)s 天让员工看到数据", n=facts.notice_days)
    if row.state == "shared":
        if row.side == "employee":
            return (
                say("让%(name)s先听到你的想法", name=row.manager)
                if facts.opened_at
                else say("数字有疑问，面谈前提出来")
            )
        if row.step.anchor == "schedule":
            return say("约好的时间已经过去，还没有开始")
        return say("员工的提问要有答复") if facts.open_questions else say("根据数据和双方看法，已有建议")
    if row.state == "talking":
        return say("面谈还没有结束")
    if row.state == "recorded":
        return say("双方签同一份记录；不同意也可以写明保留")
    return say("计划都有了结果")


def item_todos(items: list[PlanItem], actor: Actor, today: date) -> list[ToDo]:
    found = []
    for item in items:
        person = item.plan.review.employee
        mine = item.owner_id == actor.employee_id
        owner = item.owner.name if item.owner else ""
        if item.state == "submitted" and not mine and actor.employee_id in (person.pk, person.manager_id):
            what = (
                say("验收%(name)s兑现的支持 %(ref)s", name=owner, ref=item.ref)
                if item.kind == "support"
                else say("验收%(name)s的行动项 %(ref)s", name=owner, ref=item.ref)
            )
            found.append(
                ToDo(
                    "accept",
                    what,
                    say("%(what)s", what=item.what),
                    item.due_on,
                    "item",
                    (item.pk,),
                    N_("去验收"),
                )
            )
        if item.offered_to_id is not None and item.offered_to_id == actor.employee_id and item.is_running:
            found.append(
                ToDo(
                    "promise",
                    say("前任上级答应%(name)s的：%(what)s", name=person.name, what=item.what),
                    say("接下它，或写明原因取消"),
                    item.due_on,
                    "item",
                    (item.pk,),
                    N_("去处理"),
                )
            )
        near = item.due_on is not None and item.due_on <= today + SOON
        if mine and (item.state == "returned" or (item.state == "active" and near)):
            if item.state == "returned":
                why = say("退回了：%(reason)s", reason=item.return_reason)
            else:
                why = say("验收标准：%(criterion)s", criterion=item.criterion)
            promised = item.kind == "support" and person.pk != actor.employee_id
            title = (
                say("你答应%(name)s的：%(what)s", name=person.name, what=item.what)
                if promised
                else say("完成行动项：%(what)s", what=item.what)
            )
            found.append(
                ToDo(
                    "promise" if promised else "action",
                    title,
                    why,
                    item.due_on,
                    "item",
                    (item.pk,),
                    N_("去处理"),
                )
            )
    return found


def check_in_todos(check_ins: list[CheckIn], actor: Actor, today: date) -> list[ToDo]:
    """One errand per plan: its oldest check-in that is due; further missed ones are counted in the reason.

    Who has written the employee's part waits for the manager, who ends it."""
    due: dict[int, list[CheckIn]] = {}
    for check_in in check_ins:
        written = check_in.employee_said_at and check_in.plan.review.employee_id == actor.employee_id
        if check_in.due_on <= today + CHECK_IN_AHEAD and not written:
            due.setdefault(check_in.plan_id, []).append(check_in)
    found = []
    for check_in, *more in due.values():
        why = say("看看做到哪里、卡在哪里")
        if more:
            why = say("看看做到哪里、卡在哪里；还有 %(n)s 次没有进行", n=len(more))
        person = check_in.plan.review.employee
        manager = person.manager_at_work
        boss = manager.name if manager else ""
        other = boss if person.pk == actor.employee_id else person.name
        found.append(
            ToDo(
                "check_in",
                say("与%(name)s跟进一次改进计划", name=other) if other else say("跟进一次改进计划"),
                why,
                check_in.due_on,
                "check-in",
                (check_in.pk,),
                N_("去跟进"),
            )
        )
    return found


def change_todos(changes: list[DateChange], at: datetime) -> list[ToDo]:
    return [
        ToDo(
            "date",
            say("答复%(name)s的改期申请", name=c.item.owner.name if c.item.owner else ""),
            say("%(ref)s 想改到 %(to)s：%(why)s", ref=c.item.ref, to=near_day(c.to_on, at), why=c.reason),
            c.from_on,
            "item",
            (c.item_id,),
            N_("去答复"),
        )
        for c in changes
    ]


def request_todos(requests: list[SupportRequest]) -> list[ToDo]:
    """A request made through somebody's promise is answered there: they may not see the action it is for."""
    return [
        ToDo(
            "promise",
            say("答复%(name)s的支持请求", name=r.item.owner.name if r.item.owner else ""),
            say("%(ref)s 需要：%(what)s", ref=r.item.ref, what=r.what),
            r.item.due_on,
            "item",
            (r.linked_id or r.item_id,),
            N_("去答复"),
        )
        for r in requests
    ]


def number_todos(lines: Iterable[NumberLine]) -> list[ToDo]:
    """Doubted numbers, not yet answered, of a source the viewer answers for."""
    return [
        ToDo(
            "number",
            say("核对%(name)s有疑问的「%(kpi)s」", name=line.employee, kpi=line.name),
            say("%(name)s说：%(reason)s", name=line.employee, reason=line.reason),
            line.by,
            "number",
            (line.id,),
            N_("去核对"),
        )
        for line in lines
    ]


def coming(rows: list[TalkRow], check_ins: list[CheckIn], actor: Actor, today: date) -> list[Coming]:
    """Talks and check-ins of the next two weeks, in order."""
    found = []
    for row in rows:
        if row.scheduled_at is None or row.state not in ("preparing", "shared"):
            continue
        on = timezone.localdate(row.scheduled_at)
        if today <= on <= today + SOON:
            who = row.manager if row.side == "employee" else row.employee
            title = say("%(name)s · 面谈", name=who) if who else say("面谈")
            found.append(Coming(on, row.scheduled_at, title, row.place, row.minutes, "talk", (row.id,)))
    for check_in in check_ins:
        if check_in.due_on >= today:
            person = check_in.plan.review.employee
            boss = person.manager.name if person.manager else ""
            who = boss if person.pk == actor.employee_id else person.name
            found.append(
                Coming(
                    check_in.due_on,
                    None,
                    say("%(name)s · 跟进", name=who) if who else say("跟进"),
                    "",
                    None,
                    "check-in",
                    (check_in.pk,),
                )
            )
    found.sort(key=lambda c: (c.on, c.at.timestamp() if c.at else float("inf")))
    return found[:SHOWN]


def notices(team: list[TeamLine], items: list[PlanItem], actor: Actor, at: datetime) -> list[Notice]:
    """What may go wrong without anybody being asked to act today."""
    today = timezone.localdate(at)
    found = []
    for item in items:
        if item.owner_id == actor.employee_id or item.plan.review.employee_id == actor.employee_id:
            continue
        owner = item.owner.name if item.owner else ""
        reached = say("进度 %(n)s%%", n=item.progress)
        if item.is_overdue(today):
            title = say("%(name)s的 %(ref)s 已经逾期", name=owner, ref=item.ref)
            found.append(Notice("late", True, title, reached, "item", (item.pk,), item.due_on))
        elif item.state == "active":
            since = item.updated_at or item.plan.activated_at
            days = (at - since).days if since else 0
            if days >= QUIET_DAYS:
                title = say("%(name)s的 %(ref)s 已经 %(n)s 天没有更新", name=owner, ref=item.ref, n=days)
                found.append(Notice("quiet", False, title, reached, "item", (item.pk,), item.due_on))
    for talk in (t.row for t in team):
        facts = talk.facts
        if talk.state == "shared" and facts.scheduled_at and not facts.heard:
            days = (timezone.localdate(facts.scheduled_at) - today).days
            if 0 <= days <= 3:
                title = say("%(name)s还没填预调研", name=talk.employee)
                detail = say("今天面谈") if days == 0 else say("面谈在 %(n)s 天后", n=days)
                found.append(Notice("survey", False, title, detail, "prepare", (talk.id,)))
        if talk.is_late and talk.state == "shared":
            title = say("%(name)s的资料包共享晚了", name=talk.employee)
            detail = say("规定至少提前 %(n)s 天，HR 会看到", n=facts.notice_days)
            found.append(Notice("late", False, title, detail, "prepare", (talk.id,)))
        if talk.stage.hold:
            title = say("%(name)s的签字停住了", name=talk.employee)
            detail = say("HR 会来了解，沉默不等于同意")
            found.append(Notice("hold", True, title, detail, "record", (talk.id,)))
    found.sort(key=lambda n: not n.grave)
    return found[:SHOWN]
