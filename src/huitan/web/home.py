"""工作台: the next step first. One column for an employee, a week on one page for a manager, HR's day for HR."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huitan.conversations.queries.home import HR_SHOWN
from huitan.conversations.queries.home import home as read_home
from huitan.conversations.queries.home_rows import Home, ToDo
from huitan.conversations.queries.talks import TalkRow
from huitan.disputes.queries.rows import todos as dispute_todos
from huitan.web.formats import clock_time, day
from huitan.web.screen import frame, screen, viewer_of
from huitan.web.talks import Due, StepView, due_of, step_view

TODOS_SHOWN = 8
# Up to here before a talk, the greeting counts the minutes.
MINUTES_AHEAD = 90


@dataclass(frozen=True)
class Errand:
    """A to-do as the page shows it."""

    kind: str
    title: str
    why: str
    due: Due
    url: str
    button: str


def errand(todo: ToDo, at: datetime) -> Errand:
    address = reverse(todo.page, args=todo.args)
    return Errand(
        todo.kind,
        str(todo.title),
        str(todo.why),
        due_of(todo.by, at),
        f"{address}#{todo.anchor}" if todo.anchor else address,
        _(todo.button),
    )


@screen(live=True)
def home(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    found = read_home(request.actor, request.at)
    waiting = (*found.todos, *dispute_todos(request.actor, request.at))
    found = replace(found, todos=tuple(sorted(waiting, key=ToDo.order)))
    today = timezone.localdate(request.at)
    errands = [errand(todo, request.at) for todo in found.todos]
    context = {
        "home": found,
        "today": today,
        "errands": errands[:TODOS_SHOWN],
        "more_errands": errands[TODOS_SHOWN:],
        "own": [(row, step_view(row, request.at)) for row in found.own],
        "team": [(line, step_view(line.row, request.at)) for line in found.team],
        "team_size": len({line.row.employee_id for line in found.team}),
        "headline": headline(viewer.name, found, request.at),
        "lead": lead(errands, found),
        "next_step": step_view(found.next_talk.row, request.at) if found.next_talk else None,
        "meeting": meeting_soon(found.own, request.at),
        "undated_count": at_most(found.undated),
        "late_count": at_most(found.late),
    }
    if found.cycle:
        talked = {"n": found.cycle.talked, "total": found.cycle.total}
        context["cycle_summary"] = {
            "name": found.cycle.name,
            "days_left": found.cycle.days_left,
            "percent": round(100 * found.cycle.talked / found.cycle.total),
            "text": _("我的团队已面谈 %(n)s / %(total)s") % talked,
        }
    works_here = viewer.is_manager or viewer.is_hr or viewer.is_auditor
    template = "screens/home.html" if works_here else "screens/home_employee.html"
    return render(request, template, {**frame(request, "home", viewer), **context})


def at_most(rows: Sized) -> str:
    """How many, as far as the page has read them: "20+" where there are more; nothing for none."""
    return f"{HR_SHOWN}+" if len(rows) > HR_SHOWN else str(len(rows) or "")


def meeting_soon(own: tuple[TalkRow, ...], at: datetime) -> tuple[TalkRow, StepView] | None:
    """One's own talk when it is today or tomorrow: then it comes before every errand."""
    today = timezone.localdate(at)
    for row in own:
        if row.step.meets and row.scheduled_at and (timezone.localdate(row.scheduled_at) - today).days <= 1:
            return row, step_view(row, at)
    return None


def headline(name: str, found: Home, at: datetime) -> str:
    """The greeting with the one thing that comes next."""
    hour = timezone.localtime(at).hour
    part = (
        _("早上好") if hour < 11 else _("中午好") if hour < 13 else _("下午好") if hour < 18 else _("晚上好")
    )
    values = {"greeting": part, "name": _given(name)}
    led = [(found.next_talk.row, found.next_talk.row.employee)] if found.next_talk else []
    own = [(row, row.manager) for row in found.own if row.state in ("shared", "talking")]
    for row, other in (*led, *own):
        if when := _when(row, at):
            return _("%(greeting)s，%(name)s。%(when)s与%(other)s面谈") % {
                **values,
                "when": when,
                "other": other,
            }
    if not found.todos:
        return _("%(greeting)s，%(name)s。今天没有必须做的事") % values
    return ngettext(
        "%(greeting)s，%(name)s。有 %(n)s 件事等你",
        "%(greeting)s，%(name)s。有 %(n)s 件事等你",
        len(found.todos),
    ) % {**values, "n": len(found.todos)}


def _when(row: TalkRow, at: datetime) -> str:
    if row.state == "talking":
        return _("正在")
    if row.scheduled_at is None or timezone.localdate(row.scheduled_at) != timezone.localdate(at):
        return ""
    minutes = int((row.scheduled_at - at).total_seconds() // 60)
    if 0 < minutes <= MINUTES_AHEAD:
        return _("%(n)s 分钟后") % {"n": minutes}
    return _("今天 %(time)s ") % {"time": clock_time(row.scheduled_at)}


def lead(errands: list[Errand], found: Home) -> str:
    """The most pressing errand in one sentence, or when the next talk is."""
    late = [e for e in errands if e.due.tone == "risk"]
    if late:
        return _("%(n)s 件事已经过了最晚时间，先做「%(what)s」。") % {"n": len(late), "what": late[0].title}
    if errands and errands[0].due.text:
        return _("最先到期：%(what)s，%(due)s。") % {"what": errands[0].title, "due": errands[0].due.text}
    if found.next_talk and found.next_talk.row.scheduled_at:
        row = found.next_talk.row
        return _("下一场：%(day)s与%(name)s。") % {"day": day(row.scheduled_at), "name": row.employee}
    return ""


def _given(name: str) -> str:
    """How a colleague is greeted: the given name of a Chinese name of three characters, the whole otherwise."""
    return name[1:] if len(name) == 3 and not name.isascii() else name


urls = [path("", home, name="home")]
