"""面谈进度: HR sees where every talk of a cycle stands, and may cancel one that will not be held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.actions import opening
from huitan.conversations.forms.cancel import CancelForm
from huitan.conversations.models import Conversation
from huitan.conversations.queries.marks import MARKS
from huitan.conversations.queries.progress import (
    CANCELLED,
    WORDS,
    Figures,
    Filter,
    Group,
    by_department,
    page_of_progress,
    total_of,
)
from huitan.conversations.queries.stage import DONE
from huitan.core.moves import offer
from huitan.core.numbers import whole_number
from huitan.cycles.models import Cycle
from huitan.cycles.queries import current_cycle, cycle_choices
from huitan.people.actions import require_office
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen
from huitan.web.talks import step_view

# What readiness asks for in the same words.
KEPT = ("cycle", "department", "name")
OPEN_STATES = ("preparing", "shared")


@dataclass(frozen=True)
class Figure:
    value: int
    label: str
    url: str
    tone: str
    current: bool


@dataclass(frozen=True)
class Part:
    """One stage of a department's bar; `share` in percent of the bar."""

    stage: int
    word: str
    n: int
    share: float


@dataclass(frozen=True)
class Bar:
    name: str
    url: str
    total: int
    held: int
    late: int
    cancelled: int
    parts: tuple[Part, ...]

    @property
    def held_percent(self) -> int:
        return round(100 * self.held / self.total) if self.total else 0


@screen(live=True)
def progress(request: HttpRequest) -> HttpResponse:
    require_office(request.actor, "see_progress")
    key = request.GET.get("cycle", "")
    cycles = cycle_choices(request.actor)
    cycle = (
        get_object_or_404(Cycle.objects.visible_to(request.actor), key=key)
        if key
        else current_cycle(request.actor)
    )
    if cycle is None:
        return page(request, "screens/progress.html", {"cycle": None}, current="progress")
    wanted = _wanted(request)
    groups = by_department(cycle, wanted, request.actor, request.at)
    counted = total_of(groups)
    found = page_of_progress(cycle, wanted, request.actor, request.at, after=request.GET.get("after", ""))
    query = _query(cycle, wanted)
    context = {
        "cycle": cycle,
        "cycles": cycles,
        "wanted": wanted,
        "counted": counted,
        "figures": _figures(counted, wanted, query),
        "bars": [_bar(group, query, wanted) for group in groups],
        "trail": _trail(wanted.department, query),
        "stage_words": [_(word) for word in WORDS],
        "lines": [(row, step_view(row, request.at), row.state in OPEN_STATES) for row in found.rows],
        "next_url": _url(query, after=found.next_key) if found.next_key else "",
        "first_url": _url(query) if request.GET.get("after") else "",
        "clear_url": _url({"cycle": cycle.key}),
        "back": urlencode({"back": _url(query, after=request.GET.get("after", ""))}),
        "ready_url": f"{reverse('ready')}?{urlencode({k: query[k] for k in KEPT if k in query})}",
        "mark": MARKS[wanted.mark].words if wanted.mark else "",
        "all_marks_url": _url(query, mark=""),
        "at": request.at,
        "today": timezone.localdate(request.at),
    }
    return page(request, "screens/progress.html", context, current="progress")


@screen("GET", "POST")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a talk that will not be held, saying why; both sides read the reason."""
    require_office(request.actor, "see_progress")
    visible = Conversation.objects.visible_to(request.actor)
    talk = get_object_or_404(
        visible.select_related("review__employee__department", "review__employee__manager", "review__cycle"),
        pk=pk,
    )
    form = CancelForm(request.POST or None)
    asked = request.GET.get("back", "")
    back = asked if asked.startswith(f"{reverse('progress')}?") else _url({"cycle": talk.review.cycle.key})
    status = attempt(
        request,
        form,
        lambda given: opening.cancel(talk, given["cancel_reason"], actor=request.actor, at=request.at),
    )
    if status == SEE_OTHER:
        said(request, _("已取消与%(name)s的面谈，原因已记下。") % {"name": talk.review.employee.name})
        return HttpResponseRedirect(back)
    possible = offer(talk, "cancel", request.actor, request.at) is not None
    context = {
        "talk": talk,
        "form": form,
        "possible": possible,
        "state_word": talk.lifecycle.states[talk.state],
        "back": back,
    }
    return page(request, "screens/progress_cancel.html", context, current="progress", status=status)


def _wanted(request: HttpRequest) -> Filter:
    given = request.GET
    stage = whole_number(given.get("stage", ""))
    return Filter(
        stage=stage if stage is not None and stage < len(WORDS) else None,
        late=given.get("late") == "1",
        department=given.get("department", "").strip()[:512],
        name=given.get("name", "").strip()[:64],
        mark=given.get("mark", "") if given.get("mark", "") in MARKS else "",
    )


def _query(cycle: Cycle, wanted: Filter) -> dict[str, str]:
    given = {
        "cycle": cycle.key,
        "stage": "" if wanted.stage is None else str(wanted.stage),
        "late": "1" if wanted.late else "",
        "department": wanted.department,
        "name": wanted.name,
        "mark": wanted.mark,
    }
    return {name: value for name, value in given.items() if value}


def _url(query: dict[str, str], **changes: str) -> str:
    chosen = {name: value for name, value in {**query, **changes}.items() if value}
    return f"{reverse('progress')}?{urlencode(chosen)}"


def _figures(counted: Figures, wanted: Filter, query: dict[str, str]) -> list[Figure]:
    """Each figure narrows the list to its stage; pressed again, it widens it."""
    shown = []
    for stage, n in enumerate(counted.stages):
        if stage == CANCELLED and not n:
            continue
        chosen = wanted.stage == stage
        url = _url(query, stage="" if chosen else str(stage))
        shown.append(Figure(n, _(WORDS[stage]), url, "", chosen))
    late_url = _url(query, late="" if wanted.late else "1")
    shown.append(Figure(counted.late, _("提前不足"), late_url, "warn", wanted.late))
    return shown


def _bar(group: Group, query: dict[str, str], wanted: Filter) -> Bar:
    expected = group.figures.expected
    parts = tuple(
        Part(stage, _(WORDS[stage]), n, round(100 * n / expected, 2))
        for stage, n in enumerate(group.figures.stages[: DONE + 1])
        if n
    )
    same = group.path == wanted.department
    name = group.path.removeprefix(f"{wanted.department}/") if wanted.department else group.path
    return Bar(
        name=_("%(name)s（本级）") % {"name": name} if group.is_own_level else name,
        url="" if same else _url(query, department=group.path),
        total=expected,
        held=group.figures.held,
        late=group.figures.late,
        cancelled=group.figures.stages[CANCELLED],
        parts=parts,
    )


def _trail(department: str, query: dict[str, str]) -> list[dict[str, Any]]:
    """The way back up from a department."""
    if not department:
        return []
    parts = department.split("/")
    up = [{"label": _("全部部门"), "url": _url(query, department="")}]
    for depth, name in enumerate(parts, start=1):
        up.append({"label": name, "url": _url(query, department="/".join(parts[:depth]))})
    return up


urls = [
    path("progress/", progress, name="progress"),
    path("progress/<int:pk>/cancel/", cancel, name="progress-cancel"),
]
