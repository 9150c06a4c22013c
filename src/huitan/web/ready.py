"""准备情况: who is ready for the talks of a cycle, who is held up by what, and a reminder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions.reminding import remind
from huitan.conversations.models import Conversation
from huitan.conversations.queries.ready import (
    BY_KEY,
    STEPS,
    WHO,
    Readiness,
    Unit,
    Wanted,
    by_department,
    everybody_held_up,
    held_up,
    manager_named,
    total_of,
)
from huitan.core.numbers import whole_number
from huitan.cycles.models import Cycle
from huitan.cycles.queries import current_cycle, cycle_choices
from huitan.documents.ready import write_ready
from huitan.people.actions import require_office
from huitan.web.screen import page, said, screen

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Figure:
    value: int
    label: str
    url: str
    tone: str
    current: bool


@dataclass(frozen=True)
class Line:
    """A department with what it lacks: (word, how many, where to see them)."""

    name: str
    url: str
    readiness: Readiness
    lacks: tuple[tuple[str, int, str], ...]

    @property
    def ready_percent(self) -> int:
        return round(100 * self.readiness.ready / self.readiness.total) if self.readiness.total else 0


@screen()
def ready(request: HttpRequest) -> HttpResponse:
    require_office(request.actor, "see_progress")
    cycle = _cycle(request)
    if cycle is None:
        return page(request, "screens/ready.html", {"cycle": None}, current="progress")
    wanted = _wanted(request)
    query = _query(cycle, wanted)
    units = by_department(cycle, wanted, request.actor)
    counted = total_of(units)
    found = held_up(cycle, wanted, request.actor, request.at, after=request.GET.get("after", ""))
    context = {
        "cycle": cycle,
        "cycles": cycle_choices(request.actor),
        "wanted": wanted,
        "steps": STEPS,
        "who": WHO,
        "counted": counted,
        "figures": _figures(counted, wanted, query),
        "units": [_line(unit, query, wanted) for unit in units],
        "manager_name": manager_named(cycle, request.actor, wanted.manager),
        "rows": [(row, _url(query, manager=str(row.manager_id or ""))) for row in found.rows],
        "here": _url(query, after=request.GET.get("after", "")),
        "next_url": _url(query, after=found.next_key) if found.next_key else "",
        "first_url": _url(query) if request.GET.get("after") else "",
        "clear_url": _url({"cycle": cycle.key}),
        "export_url": f"{reverse('ready-export')}?{urlencode(query)}",
        "up_url": _url(query, department=wanted.department.rpartition("/")[0]) if wanted.department else "",
    }
    return page(request, "screens/ready.html", context, current="progress")


@screen()
def export(request: HttpRequest) -> HttpResponse:
    require_office(request.actor, "see_progress")
    cycle = _cycle(request)
    if cycle is None:
        return HttpResponseRedirect(reverse("ready"))
    target = tempfile.TemporaryFile()  # noqa: SIM115, the response closes it
    rows = everybody_held_up(cycle, _wanted(request), request.actor)
    write_ready(rows, target, at=request.at, by=request.actor.name, cycle=cycle.name)
    target.seek(0)
    name = quote(_("%(cycle)s-准备情况.xlsx") % {"cycle": cycle.name}, safe="")
    answer = FileResponse(target, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename=\"ready.xlsx\"; filename*=UTF-8''{name}"
    return answer


@screen("POST")
def nudge(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind one side of one talk; back to the list where it was pressed."""
    require_office(request.actor, "see_progress")
    visible = Conversation.objects.visible_to(request.actor).select_related(
        "review__employee__department", "review__employee__manager", "review__cycle"
    )
    talk = get_object_or_404(visible, pk=pk)
    person = remind(talk, request.POST.get("side", ""), actor=request.actor, at=request.at)
    said(request, _("已提醒%(name)s，记在这次面谈的历史里。") % {"name": person.name})
    back = request.POST.get("back", "")
    here = reverse("ready")
    return HttpResponseRedirect(back if back.startswith(f"{here}?") else here)


def _cycle(request: HttpRequest) -> Cycle | None:
    key = request.GET.get("cycle", "")
    if key:
        return get_object_or_404(Cycle.objects.visible_to(request.actor), key=key)
    return current_cycle(request.actor)


def _wanted(request: HttpRequest) -> Wanted:
    given = request.GET
    step = given.get("step", "")
    return Wanted(
        step=step if step in BY_KEY else "",
        department=given.get("department", "").strip()[:512],
        manager=whole_number(given.get("manager", "")),
        name=given.get("name", "").strip()[:64],
    )


def _query(cycle: Cycle, wanted: Wanted) -> dict[str, str]:
    given = {
        "cycle": cycle.key,
        "step": wanted.step,
        "department": wanted.department,
        "manager": str(wanted.manager or ""),
        "name": wanted.name,
    }
    return {name: value for name, value in given.items() if value}


def _url(query: dict[str, str], **changes: str) -> str:
    chosen = {name: value for name, value in {**query, **changes}.items() if value}
    return f"{reverse('ready')}?{urlencode(chosen)}"


def _figures(counted: Readiness, wanted: Wanted, query: dict[str, str]) -> list[Figure]:
    """Each figure narrows the list to its step; pressed again, it widens it."""
    shown = []
    for step in STEPS:
        n, chosen = counted.missing[step.key], wanted.step == step.key
        if n or chosen:
            url = _url(query, step="" if chosen else step.key)
            shown.append(Figure(n, _(step.word), url, "", chosen))
    return shown


def _line(unit: Unit, query: dict[str, str], wanted: Wanted) -> Line:
    name = unit.path.removeprefix(f"{wanted.department}/") if wanted.department else unit.path
    lacks = tuple(
        (_(step.word), n, _url(query, department=unit.path, step=step.key))
        for step in STEPS
        if (n := unit.readiness.missing[step.key])
    )
    return Line(
        name=_("%(name)s（本级）") % {"name": name} if unit.is_own_level else name,
        url="" if unit.path == wanted.department else _url(query, department=unit.path),
        readiness=unit.readiness,
        lacks=lacks,
    )


urls = [
    path("progress/ready/", ready, name="ready"),
    path("progress/ready/export.xlsx", export, name="ready-export"),
    path("progress/ready/<int:pk>/remind/", nudge, name="ready-remind"),
]
