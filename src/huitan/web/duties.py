"""职责: HR names HR admins, HRBPs and auditors, and takes a duty away again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say
from huitan.people import actions
from huitan.people.duty_list import duty_list, duty_of_the_company
from huitan.people.forms import DutyForm
from huitan.people.models import Duty, Employee
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen
from huitan.web.security import is_fresh

FIELDS = ("staff_number", "kind", "department")


@screen("GET", "POST")
def duties(request: HttpRequest) -> HttpResponse:
    actions.require_office(request.actor, "grant")
    if request.method == "POST" and not is_fresh(request):
        return _confirm_first({name: request.POST.get(name, "")[:64] for name in FIELDS})
    form = DutyForm(request.POST or None, initial={name: request.GET.get(name, "") for name in FIELDS})

    def act(given: dict[str, Any]) -> None:
        person = _person(request, given["staff_number"].strip())
        duty = actions.grant(
            person.account, given["kind"], department=given["department"], actor=request.actor, at=request.at
        )
        said(request, _("%(name)s现在是%(duty)s。") % {"name": person.name, "duty": _named(duty)})

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return HttpResponseRedirect(reverse("duties"))
    context = {"form": form, "rows": duty_list(request.actor), "of_the_company": Duty.OF_THE_COMPANY}
    return page(request, "screens/duties.html", context, current="accounts", status=status)


@screen("POST")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Gone at once: the next page of whoever had it is already without."""
    duty = duty_of_the_company(request.actor, pk)
    if duty is None:
        raise Http404
    if not is_fresh(request):
        return _confirm_first({})
    actions.take_away(duty, actor=request.actor, at=request.at)
    person = getattr(duty.account, "employee", None)
    name = person.name if person else duty.account.name or duty.account.login_name
    said(request, _("%(name)s不再是%(duty)s。") % {"name": name, "duty": _named(duty)})
    own = duty.account_id == request.actor.account_id
    return HttpResponseRedirect(reverse("home" if own else "duties"))


def _person(request: HttpRequest, staff_number: str) -> Any:
    people = Employee.objects.visible_to(request.actor).exclude(status="left").select_related("account")
    person = people.filter(staff_number=staff_number, account__isnull=False).first()
    if person is None:
        wrong = say("工号 %(n)s 不在花名册里，或还没有账号。核对工号再填。", n=staff_number)
        raise Refused("invalid", Shortfall(wrong, "staff_number"))
    return person


def _named(duty: Duty) -> str:
    word = str(Sentence(Duty.KINDS[duty.kind]))
    return f"{duty.department.full_name} {word}" if duty.department else word


def _confirm_first(typed: dict[str, str]) -> HttpResponse:
    """Whoever gives power away shows first that it is still them; what was typed comes back with them."""
    kept = urlencode({name: value for name, value in typed.items() if value})
    back = reverse("duties") + (f"?{kept}" if kept else "")
    return HttpResponseRedirect(f"{reverse('security-confirm')}?next={quote(back)}")


urls = [
    path("duties/", duties, name="duties"),
    path("duties/<int:pk>/end/", end, name="duty-end"),
]
