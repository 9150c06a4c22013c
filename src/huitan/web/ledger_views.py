"""Views of the ledger one keeps for oneself: named, opened, changed, renamed, deleted; and which columns are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.core.numbers import whole_number
from huitan.plans.actions import ledger as actions
from huitan.plans.ledger_forms import ColumnsForm, ViewForm
from huitan.plans.models.ledger import LedgerView
from huitan.plans.queries.ledger_views import own_views
from huitan.web.ledger_address import address_of, view_url
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen


@dataclass(frozen=True)
class Shelf:
    """A kept view with its address and the form of its name."""

    view: LedgerView
    url: str
    form: ViewForm


@screen("GET", "POST")
def views(request: HttpRequest) -> HttpResponse:
    """One's views in a list; a POST keeps the list that was open, whose address comes with the form, under a name."""
    form = ViewForm(request.POST or None)
    status = 200
    if request.method == "POST":
        here = address_of(request, request.POST)
        kept: list[LedgerView] = []

        def keep(sent: dict[str, Any]) -> None:
            kept.append(
                actions.keep_view(**sent, query=here.query, columns=here.columns, actor=request.actor)
            )

        status = attempt(request, form, keep)
        if kept:
            said(request, _("存好了视图「%(name)s」，只有你能看到。") % {"name": kept[0].name})
            return HttpResponseRedirect(view_url(kept[0]))
    return _page(request, form, status, dict(request.POST.items()))


@screen("POST")
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """What is done to one view; the button pressed says what."""
    found = get_object_or_404(LedgerView.objects.visible_to(request.actor).exclude(name=""), pk=pk)
    if "rename" in request.POST:
        form = ViewForm(request.POST)
        status = attempt(
            request, form, lambda sent: actions.rename_view(found, sent["name"], actor=request.actor)
        )
        if status != SEE_OTHER:
            return _page(request, ViewForm(), status, {}, {found.pk: form})
        said(request, _("视图改名为「%(name)s」。") % {"name": form.cleaned_data["name"]})
    elif "forget" in request.POST:
        actions.forget_view(found, actor=request.actor)
        said(request, _("删掉了视图「%(name)s」，台账里的事项没有变。") % {"name": found.name})
    elif "change" in request.POST:
        changed = actions.change_view(found, address_of(request, request.POST).query, actor=request.actor)
        said(request, _("视图「%(name)s」改成了现在的条件和排序。") % {"name": found.name})
        return HttpResponseRedirect(view_url(changed))
    elif "first" in request.POST or "not_first" in request.POST:
        first = "first" in request.POST
        actions.open_with(found, first, actor=request.actor)
        words = _("以后打开台账先看「%(name)s」。") if first else _("以后打开台账看全部未了结的。")
        said(request, words % {"name": found.name})
    return HttpResponseRedirect(reverse("ledger-views"))


@screen("POST")
def columns(request: HttpRequest) -> HttpResponse:
    """Which columns are shown; kept with the view that is open, else for the plain ledger."""
    chosen = own_views(request.actor).get(whole_number(request.POST.get("view", "")))
    form = ColumnsForm(request.POST)
    back = address_of(request, request.POST).url()
    status = attempt(
        request,
        form,
        lambda sent: actions.choose_columns(chosen, sent["columns"], actor=request.actor),
    )
    if status == SEE_OTHER:
        said(request, _("换了显示的列，导出的文件也是这些列。"))
        return HttpResponseRedirect(back)
    context = {"form": form, "back": back, "sent": request.POST}
    return page(request, "screens/ledger_columns.html", context, current="ledger", status=status)


def _page(
    request: HttpRequest,
    form: ViewForm,
    status: int,
    sent: dict[str, str],
    renaming: dict[int, ViewForm] | None = None,
) -> HttpResponse:
    shelves = [
        Shelf(kept, view_url(kept), (renaming or {}).get(kept.pk) or ViewForm(initial={"name": kept.name}))
        for kept in own_views(request.actor).named
    ]
    context = {"shelves": shelves, "form": form, "sent": sent, "renaming": renaming or {}}
    return page(request, "screens/ledger_views.html", context, current="ledger", status=status)


urls = [
    path("ledger/views/", views, name="ledger-views"),
    path("ledger/views/<int:pk>/", view, name="ledger-view"),
    path("ledger/columns/", columns, name="ledger-columns"),
]
