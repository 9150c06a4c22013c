"""改进计划台账 (R21): every action and every promise of support until it is accepted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huitan.documents.ledger import write_ledger
from huitan.plans.forms import LedgerFilterForm
from huitan.plans.queries.ledger import (
    LedgerFigures,
    LedgerRow,
    filter_options,
    ledger_figures,
    ledger_page,
    ledger_rows,
)
from huitan.web.screen import page, screen

FILTERS = ("department", "owner", "state", "due", "cause", "cycle", "kind", "q")
FRESH_FOR = timedelta(minutes=10)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Line:
    """A row with its addresses, as the templates' ledger row takes it."""

    row: LedgerRow
    url: str
    drawer_url: str
    fresh: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass(frozen=True)
class Figure:
    value: int
    label: str
    url: str
    tone: str
    current: bool


@screen(live=True)
def ledger(request: HttpRequest) -> HttpResponse:
    form = LedgerFilterForm(request.GET, filter_options(request.actor))
    wanted = form.wanted()
    after = request.GET.get("after", "")
    found = ledger_page(wanted, request.actor, request.at, after)
    figures = ledger_figures(wanted, request.actor, request.at)
    query = _query(form)
    context = {
        "form": form,
        "lines": [_line(row, request) for row in found.rows],
        "chosen": [
            (str(form.fields[name].label), _word(form, name), _url(query, **{name: ""})) for name in query
        ],
        "figures": _figures(figures, query),
        "title": _title(figures),
        "is_filtered": bool(query),
        "next_url": _url(query, after=found.next_key) if found.next_key else "",
        "first_url": _url(query) if after else "",
        "export_url": reverse("ledger-export") + (f"?{query.urlencode()}" if query else ""),
        "owners_cut": form.options.owners_cut,
    }
    return page(request, "screens/ledger.html", context, current="ledger")


@screen()
def export(request: HttpRequest) -> HttpResponse:
    """The filtered list as a workbook, written to a file first so that memory stays small."""
    form = LedgerFilterForm(request.GET, filter_options(request.actor))
    wanted = form.wanted()
    conditions = [(str(form.fields[name].label), _word(form, name)) for name in _query(form)]
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    write_ledger(
        ledger_rows(wanted, request.actor, request.at),
        file,
        at=request.at,
        by=request.actor.name,
        conditions=conditions,
    )
    file.seek(0)
    name = _("改进计划台账-%(day)s.xlsx") % {"day": timezone.localdate(request.at).isoformat()}
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _line(row: LedgerRow, request: HttpRequest) -> Line:
    url = reverse("item", args=[row.pk])
    fresh = row.updated_at is not None and timedelta(0) <= request.at - row.updated_at < FRESH_FOR
    return Line(row, url, f"{url}?panel=1", fresh)


def _query(form: LedgerFilterForm) -> QueryDict:
    """The valid part of the address, in one order, so that the same list has one address."""
    query = QueryDict(mutable=True)
    for name in FILTERS:
        value = form.cleaned_data.get(name)
        if value not in (None, ""):
            query[name] = str(value)
    return query


def _url(query: QueryDict, **changes: str) -> str:
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return reverse("ledger") + (f"?{changed.urlencode()}" if changed else "")


def _figures(counted: LedgerFigures, query: QueryDict) -> Iterable[Figure]:
    asked = {name: query.get(name, "") for name in ("state", "due", "kind")}

    def figure(value: int, label: str, tone: str = "", **wish: str) -> Figure:
        wished = {"state": "", "due": "", **wish}
        current = all(asked[name] == value for name, value in wished.items())
        return Figure(value, label, _url(query, **wished), tone, current)

    return [
        figure(counted.running, _("进行中"), state="running"),
        figure(counted.due_soon, _("7 天内到期"), due="7"),
        figure(counted.overdue, _("逾期"), "risk", due="overdue"),
        figure(counted.submitted, _("待验收"), "brand", state="submitted"),
        figure(counted.support, _("待兑现的支持"), "mgr", kind="support"),
    ]


def _title(counted: LedgerFigures) -> str:
    late, mine = counted.overdue, counted.mine_to_accept
    if late and mine:
        return _("%(late)s 项逾期，%(mine)s 项等你验收") % {"late": late, "mine": mine}
    if late:
        return ngettext("%(n)s 项逾期", "%(n)s 项逾期", late) % {"n": late}
    if mine:
        return ngettext("%(n)s 项等你验收", "%(n)s 项等你验收", mine) % {"n": mine}
    if counted.due_soon:
        return ngettext("%(n)s 项 7 天内到期", "%(n)s 项 7 天内到期", counted.due_soon) % {
            "n": counted.due_soon
        }
    return _("没有逾期，也没有等你验收的")


def _word(form: LedgerFilterForm, name: str) -> str:
    """The chosen value as people read it."""
    value = form.cleaned_data[name]
    choices = dict(getattr(form.fields[name], "choices", []))
    return str(choices.get(value, value))


urls = [
    path("ledger/", ledger, name="ledger"),
    path("ledger/export.xlsx", export, name="ledger-export"),
]
