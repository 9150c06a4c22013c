"""数字核对: what the owner of a source is asked to check, and HR naming who answers for which source (R08)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import voice
from huitan.conversations.forms.prepare import ContestForm
from huitan.conversations.queries import numbers as reads
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.people import actions
from huitan.people.actions import require_office
from huitan.people.forms import OwnerForm
from huitan.people.models import Employee
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen


@screen()
def numbers(request: HttpRequest) -> HttpResponse:
    if not request.actor.answers_for:
        raise Http404
    context = {
        "lines": reads.numbers(request.actor, request.at),
        "sources": request.actor.answers_for,
    }
    return page(request, "screens/numbers.html", context, current="numbers")


@screen("GET", "POST")
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """One doubted number: it stands, or it is corrected; either way with what was checked."""
    found = reads.number(request.actor, pk, request.at)
    if found is None:
        raise Http404
    contest, line = found
    form = ContestForm(request.POST or None)

    def act(sent: dict[str, Any]) -> None:
        who = {"actor": request.actor, "at": request.at}
        if sent["outcome"] == "correct":
            voice.correct_number(contest, sent["value"], sent["text"], **who)
        else:
            voice.confirm_number(contest, sent["text"], **who)
        said(request, _("「%(name)s」核对好了，双方会看到你的说明。") % {"name": line.name})

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return HttpResponseRedirect(reverse("numbers"))
    context = {"line": line, "form": form}
    return page(request, "screens/number.html", context, current="numbers", status=status)


@screen("GET", "POST")
def sources(request: HttpRequest) -> HttpResponse:
    """Who answers for which source; HR's page."""
    require_office(request.actor, "name_data_owner")
    form = OwnerForm(request.POST or None)

    def act(sent: dict[str, Any]) -> None:
        person = _person(request, sent["staff_number"].strip())
        actions.name_data_owner(
            sent["source"], person.account if person else None, actor=request.actor, at=request.at
        )
        if person:
            words = _("「%(source)s」的数字有疑问时，由%(name)s核对。")
            said(request, words % {"source": sent["source"], "name": person.name})
        else:
            said(request, _("「%(source)s」的数字由 HR 核对。") % {"source": sent["source"]})

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return HttpResponseRedirect(reverse("sources"))
    context = {"lines": reads.sources(request.actor), "form": form}
    return page(request, "screens/sources.html", context, current="imports", status=status)


def _person(request: HttpRequest, staff_number: str) -> Employee | None:
    """The one named, who must have an account; nobody for an empty field."""
    if not staff_number:
        return None
    seen = Employee.objects.visible_to(request.actor).select_related("account")
    person = seen.filter(staff_number=staff_number).first()
    if person is None or person.account is None:
        raise Refused("invalid", say("工号 %(n)s 不在花名册里，或还没有账号。核对工号再填。", n=staff_number))
    return person


urls = [
    path("numbers/", numbers, name="numbers"),
    path("numbers/<int:pk>/", number, name="number"),
    path("sources/", sources, name="sources"),
]
