"""HR 驾驶舱: how the talks of a cycle go, from roll-ups only; every figure with its definition, its date and its list."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from huitan.conversations.models import Conversation
from huitan.conversations.queries.marks import MARKS
from huitan.insights.actions import pulse as pulse_actions
from huitan.insights.drawings import drawing_of
from huitan.insights.figures import COLUMNS
from huitan.insights.forms import PulseForm
from huitan.insights.measures import CHECKS
from huitan.insights.queries.cockpit import Cockpit, FigureView, cockpit, may_read, opened_cycles
from huitan.insights.queries.pulse import Asked, asked
from huitan.insights.report import print_report
from huitan.insights.words import place_name, unit_name
from huitan.insights.workbook import write_workbook
from huitan.plans.models import CAUSES
from huitan.web.formats import short_day
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Card:
    """A figure with what is drawn of it (none for a table alone) and the lists behind it and behind its lines, if the
    viewer has them."""

    figure: FigureView
    chart: dict[str, Any] | None
    list_url: str
    list_words: str
    line_urls: Mapping[str, str]


@dataclass(frozen=True)
class Headline:
    """One share at the top of the page, with the way to its figure."""

    value: str
    label: str
    url: str


@screen()
def page_of_figures(request: HttpRequest) -> HttpResponse:
    if not may_read(request.actor):
        raise Http404
    shown = _shown(request)
    if shown is None:
        if opened_cycles(request.actor) or request.GET.get("cycle") or request.GET.get("department"):
            raise Http404
        return page(request, "screens/cockpit.html", {"shown": None}, current="cockpit")
    query = _query(shown)
    context = {
        "shown": shown,
        "cards": [_card(figure, shown, request) for figure in shown.figures],
        "strip": [
            Headline(f"{figure.headline}%", _(figure.column), f"#{figure.key}")
            for figure in shown.figures
            if figure.column and figure.headline is not None
        ],
        "columns": [_(figure.column) for figure in COLUMNS],
        "unit_name": unit_name,
        "place": place_name(shown),
        "units": [(unit, _url(query, department=unit.full_name)) for unit in shown.units],
        "causes": [_(word) for word in CAUSES.values()],
        "trail": _trail(shown, query),
        "choices": [(place.full_name, place.full_name) for place in (*shown.trail, *shown.departments)],
        "export_url": f"{reverse('cockpit-export')}?{urlencode(query)}",
        "report_url": f"{reverse('cockpit-report')}?{urlencode(query)}",
    }
    return page(request, "screens/cockpit.html", context, current="cockpit")


@screen()
def export(request: HttpRequest) -> HttpResponse:
    """One sheet a figure, with its definition and date."""
    shown = _readable(request)
    book = io.BytesIO()
    write_workbook(shown, book, at=request.at, by=request.actor.name)
    return _file(book.getvalue(), XLSX, _("驾驶舱-%(cycle)s.xlsx") % {"cycle": shown.cycle.name})


@screen()
def report(request: HttpRequest) -> HttpResponse:
    """The same on paper."""
    shown = _readable(request)
    pdf = print_report(shown, at=request.at, by=request.actor.name)
    return _file(pdf, "application/pdf", _("驾驶舱-%(cycle)s.pdf") % {"cycle": shown.cycle.name})


@screen("GET", "POST")
def pulse(request: HttpRequest, pk: int) -> HttpResponse:
    """The employee's three questions afterwards; only for the one whose talk it was."""
    talk = get_object_or_404(
        Conversation.objects.visible_to(request.actor).select_related(
            "review__cycle", "review__employee__department", "review__employee__manager", "held_by"
        ),
        pk=pk,
    )
    if talk.review.employee_id != request.actor.employee_id:
        raise Http404
    found: Asked = asked(talk)
    form = PulseForm(request.POST or None)
    status = attempt(
        request,
        form,
        lambda given: pulse_actions.give(talk, given, actor=request.actor, at=request.at),
    )
    if status == SEE_OTHER:
        said(request, _("收到了。只加进了部门的计数里，你选了什么没有和你的名字放在一起。"))
        return HttpResponseRedirect(reverse("record", args=[talk.pk]))
    context = {"talk": talk, "asked": found, "form": form}
    return page(request, "screens/pulse.html", context, current="talks", status=status)


def _shown(request: HttpRequest) -> Cockpit | None:
    given = request.GET
    return cockpit(request.actor, given.get("cycle", "")[:32], given.get("department", "").strip()[:512])


def _readable(request: HttpRequest) -> Cockpit:
    shown = _shown(request) if may_read(request.actor) else None
    if shown is None:
        raise Http404
    return shown


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _query(shown: Cockpit) -> dict[str, str]:
    given = {"cycle": shown.cycle.key, "department": shown.department}
    return {name: value for name, value in given.items() if value}


def _url(query: dict[str, str], **changes: str) -> str:
    chosen = {name: value for name, value in {**query, **changes}.items() if value}
    return f"{reverse('cockpit')}?{urlencode(chosen)}"


def _trail(shown: Cockpit, query: dict[str, str]) -> list[dict[str, str]]:
    """The way back up from a department."""
    if not shown.trail:
        return []
    up = [{"label": _("全部部门"), "url": _url(query, department="")}]
    return [*up, *({"label": p.name, "url": _url(query, department=p.full_name)} for p in shown.trail)]


def _card(figure: FigureView, shown: Cockpit, request: HttpRequest) -> Card:
    url, words = _list_of(figure.key, shown, request)
    return Card(figure, _chart(figure, shown), url, words, _lists_of_lines(figure, shown, request))


# Whoever does not have what a quality check asks for; the checks without a list are told in many places of a talk.
LACKING = {f"quality:{check}": f"lacks:{check}" for check in CHECKS}
LACKING_BY_MARK = {mark: key for key, mark in LACKING.items()}


# The ledger shows these as the cockpit counts them; it does not tell what was accepted in time from what was late.
IN_LEDGER = {
    "overdue": {"due": "overdue"},
    "submitted": {"state": "submitted"},
    "dropped": {"state": "dropped"},
}


def _lists_of_lines(figure: FigureView, shown: Cockpit, request: HttpRequest) -> dict[str, str]:
    """Line → the list behind its number. A line of a hidden figure has none, nor have nought talks."""
    watches = request.actor.is_hr_admin or request.actor.is_hrbp
    talks = {"cycle": shown.cycle.key, "department": shown.department}
    items = {"cycle": shown.cycle.key, "department": str(shown.department_id or "")}
    found = {}
    for line in figure.lines:
        mark = LACKING.get(line.key, line.key)
        n = line.of - line.n if line.key in LACKING else line.n
        kind, _colon, state = line.key.partition(":")
        if n and watches and mark in MARKS:
            found[line.key] = _list("progress", {**talks, "mark": mark})
        elif n and kind in ("action", "support") and state in IN_LEDGER:
            found[line.key] = _list("ledger", {**items, "kind": kind, **IN_LEDGER[state]})
    return found


# What somebody may have to look after in a figure: the mark of those talks.
TO_LOOK_AT = {
    "notice": "notice:late",
    "record": "lacks:record",
    "consensus": "consensus:reserved",
    "outcomes": "outcome:not_met",
    "signing": "stage:recorded",
    "answers": "stage:recorded",
}


def _list_of(key: str, shown: Cockpit, request: HttpRequest) -> tuple[str, str]:
    """The list behind a figure: (address, what is in it), or nothing where the viewer has none or nothing is in it."""
    actor = request.actor
    watches = actor.is_hr_admin or actor.is_hrbp
    talks = {"cycle": shown.cycle.key, "department": shown.department}
    items = {"cycle": shown.cycle.key, "department": str(shown.department_id or "")}
    by_item = {
        "actions": {"kind": "action"},
        "support": {"kind": "support"},
        "overdue": {"due": "overdue"},
    }
    if key in ("coverage", "stages") and watches:
        return _list("progress", talks), _("看全部面谈，含取消的")
    mark = TO_LOOK_AT.get(key)
    if mark and watches and _talks_behind(mark, shown):
        return _list("progress", {**talks, "mark": mark}), _("看面谈：%(what)s") % {"what": MARKS[mark].words}
    if key in by_item:
        words = _("在台账里看逾期的") if key == "overdue" else _("在台账里看没有了结的")
        return _list("ledger", {**items, **by_item[key]}), words
    if key == "disputes":
        return reverse("disputes"), _("看申诉")
    return "", ""


def _talks_behind(mark: str, shown: Cockpit) -> int:
    """How many talks the list of a mark holds, as the figures count them."""
    counted = LACKING_BY_MARK.get(mark, mark)
    lines = (line for figure in shown.figures for line in figure.lines if line.key == counted)
    return sum(line.of - line.n if mark in LACKING_BY_MARK else line.n for line in lines)


def _list(name: str, query: dict[str, str]) -> str:
    return f"{reverse(name)}?{urlencode({k: v for k, v in query.items() if v})}"


def _chart(figure: FigureView, shown: Cockpit) -> dict[str, Any] | None:
    """What charts.js draws."""
    drawing = drawing_of(figure, shown, short_day)
    if drawing is None:
        return None
    spec: dict[str, Any] = {"kind": drawing.kind, "labels": list(drawing.labels), "unit": drawing.unit}
    if drawing.kind == "stack":
        return {**spec, "series": [{"name": s.name, "values": list(s.values)} for s in drawing.series]}
    now, *before = drawing.series
    return {**spec, "values": list(now.values), "before": list(before[0].values) if before else []}


urls = [
    path("cockpit/", page_of_figures, name="cockpit"),
    path("cockpit/export.xlsx", export, name="cockpit-export"),
    path("cockpit/report.pdf", report, name="cockpit-report"),
    path("talks/<int:pk>/pulse/", pulse, name="pulse"),
]
