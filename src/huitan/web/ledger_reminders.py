"""Reminding the owners of the items picked in the ledger: first who will hear, then the press that sends it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _

from huitan.core.numbers import whole_number
from huitan.plans.actions import ledger as actions
from huitan.plans.actions.ledger import Sent
from huitan.plans.ledger_forms import RemindForm
from huitan.plans.queries.reminders import Preview, preview_of, preview_of_all
from huitan.plans.reminders import AT_MOST
from huitan.web.ledger_address import Address, address_of
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen


@screen("GET", "POST")
def remind(request: HttpRequest) -> HttpResponse:
    """GET shows who would hear of what was picked; POST sends exactly what was shown."""
    here = address_of(request, request.POST if request.method == "POST" else None)
    if request.method == "GET":
        if "all" in request.GET:
            preview = preview_of_all(here.wanted, here.scope, request.at)
        else:
            numbers = [whole_number(text) for text in request.GET.getlist("item")[:AT_MOST]]
            preview = preview_of([n for n in numbers if n is not None], request.actor, request.at)
        return _page(request, here, preview, RemindForm(initial={"items": _joined(preview.ids)}))
    form = RemindForm(request.POST)

    def send(sent: dict[str, tuple[int, ...]]) -> None:
        said(request, _words(actions.remind(sent["items"], actor=request.actor, at=request.at)))

    status = attempt(request, form, send)
    if status == SEE_OTHER:
        return HttpResponseRedirect(here.url())
    ids = form.cleaned_data.get("items", ())
    return _page(request, here, preview_of(ids[:AT_MOST], request.actor, request.at), form, status)


def _page(
    request: HttpRequest, here: Address, preview: Preview, form: RemindForm, status: int = 200
) -> HttpResponse:
    context = {
        "preview": preview,
        "form": form,
        "items": _joined(preview.ids),
        "here": here,
        "back": here.url(),
        "at_most": AT_MOST,
    }
    return page(request, "screens/ledger_remind.html", context, current="ledger", status=status)


def _joined(ids: tuple[int, ...]) -> str:
    return ",".join(str(pk) for pk in ids)


def _words(sent: Sent) -> str:
    done = _("已提醒 %(people)s 位负责人，共 %(items)s 项。") % {"people": sent.people, "items": sent.items}
    left = [_("%(n)s 项没有提醒：%(why)s。") % {"n": n, "why": why} for why, n in sent.skipped.items()]
    return "".join([done, *left])


urls = [path("ledger/remind/", remind, name="ledger-remind")]
