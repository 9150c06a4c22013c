"""改进计划台账 (R21): every action and every promise of support until it is accepted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huitan.documents.ledger import write_ledger
from huitan.plans.ledger_columns import COLUMNS
from huitan.plans.ledger_forms import ColumnsForm, ViewForm
from huitan.plans.queries import ledger_figures as counting
from huitan.plans.queries.ledger import LedgerRow, ledger_page, ledger_rows
from huitan.plans.queries.ledger_figures import LedgerFigures, ledger_figures
from huitan.plans.queries.ledger_views import own_views, ready_made
from huitan.plans.reminders import AT_MOST
from huitan.web.ledger_address import Address, address_of, view_url
from huitan.web.screen import page, screen

# Empty as everybody finds them.
COLUMNS_FORM, VIEW_FORM = ColumnsForm(), ViewForm()
FRESH_FOR = timedelta(minutes=10)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Figure:
    value: counting.Figure
    label: str
    url: str
    tone: str
    current: bool


@dataclass(frozen=True)
class ViewLink:
    name: str
    url: str
    current: bool
    is_default: bool = False


@screen(live=True)
def ledger(request: HttpRequest) -> HttpResponse:
    views = own_views(request.actor)
    if not request.GET and views.default:
        return HttpResponseRedirect(view_url(views.default))
    here = address_of(request, views=views)
    after = request.GET.get("after", "")
    found = ledger_page(
        here.wanted, here.scope, request.at, order=here.order, after=after, columns=here.columns
    )
    figures = ledger_figures(here.wanted, here.scope, request.at)
    context = {
        "here": here,
        "form": here.form,
        "rows": found.rows,
        "fresh": {row.pk for row in found.rows if _is_fresh(row, request)},
        "columns": here.columns,
        "column_words": COLUMNS,
        "columns_form": COLUMNS_FORM,
        "view_form": VIEW_FORM,
        "ready_made": [
            ViewLink(_(v.name), here.address(v.query), not here.view and here.query == v.query)
            for v in ready_made(request.actor)
        ],
        "own_views": [ViewLink(v.name, view_url(v), v == here.view, v.is_default) for v in here.views.named],
        "plain_url": here.address({}),
        "view_word": _view_word(here, request),
        "figures": _figures(figures, here),
        "running_here": figures.running_here,
        "remind_at_most": AT_MOST,
        "may_remind": any(row.may_remind for row in found.rows),
        "title": _title(figures),
        "is_filtered": bool(here.filters),
        "next_url": here.url(after=found.next_key) if found.next_key else "",
        "first_url": here.url() if after else "",
        "export_url": here.url("ledger-export"),
        "cut": here.form.options.cut,
    }
    return page(request, "screens/ledger.html", context, current="ledger")


@screen()
def export(request: HttpRequest) -> HttpResponse:
    """The list with its filters, order and columns as a workbook, written to a file so that memory stays small."""
    here = address_of(request)
    conditions = [(label, value) for label, value, _without in here.words]
    if here.view:
        conditions.insert(0, (_("视图"), here.view.name))
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    write_ledger(
        ledger_rows(here.wanted, request.actor, request.at, order=here.order, columns=here.columns),
        file,
        at=request.at,
        by=request.actor.name,
        conditions=[*conditions, (_("排序"), here.word("order"))],
        columns=here.columns,
    )
    file.seek(0)
    name = _("改进计划台账-%(day)s.xlsx") % {"day": timezone.localdate(request.at).isoformat()}
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _is_fresh(row: LedgerRow, request: HttpRequest) -> bool:
    return row.updated_at is not None and timedelta(0) <= request.at - row.updated_at < FRESH_FOR


def _view_word(here: Address, request: HttpRequest) -> str:
    if here.view:
        return _("%(name)s（改过）") % {"name": here.view.name} if here.is_changed else here.view.name
    names = [_(v.name) for v in ready_made(request.actor) if v.query == here.query]
    return names[0] if names else _("自选条件") if here.filters else _("全部未了结")


def _figures(counted: LedgerFigures, here: Address) -> Iterable[Figure]:
    asked = {name: here.query.get(name, "") for name in ("state", "due", "kind", "mine")}

    def figure(value: counting.Figure, label: str, tone: str = "", **wish: str) -> Figure:
        wished = {"state": "", "due": "", **wish}
        current = all(asked[name] == value for name, value in wished.items())
        return Figure(value, label, here.url(**wished), tone, current)

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
        return ngettext("%(n)s 项逾期", "%(n)s 项逾期", late.n) % {"n": late}
    if mine:
        return ngettext("%(n)s 项等你验收", "%(n)s 项等你验收", mine.n) % {"n": mine}
    if soon := counted.due_soon:
        return ngettext("%(n)s 项 7 天内到期", "%(n)s 项 7 天内到期", soon.n) % {"n": soon}
    return _("没有逾期，也没有等你验收的")


urls = [
    path("ledger/", ledger, name="ledger"),
    path("ledger/export.xlsx", export, name="ledger-export"),
]
