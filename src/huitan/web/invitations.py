"""账号: who has one, who was invited and how far that got; letters, printed codes, and a lost second factor."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.core.sentences import say
from huitan.notifications.queries import in_words
from huitan.people import second_factor
from huitan.people.account_list import STATES, account_list, people_of, waiting
from huitan.people.forms import InviteForm, ResetForm
from huitan.people.invitations import invite, print_codes
from huitan.people.models import Employee
from huitan.people.second_factor import factors_of
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen
from huitan.web.security import fresh, is_fresh


@screen()
def accounts(request: HttpRequest) -> HttpResponse:
    department = whole_number(request.GET.get("department", ""))
    state, query = request.GET.get("state", ""), request.GET.get("q", "").strip()[:64]
    after = request.GET.get("after", "")[:32]
    found = account_list(
        request.actor, request.at, department=department, state=state, query=query, after=after
    )
    kept = {"department": department or "", "q": query, "state": state if state in STATES else ""}
    context = {
        "found": found,
        "department": department,
        "query": query,
        "states": [
            (key, word, found.counts.get(key, 0), "?" + urlencode({**kept, "state": key}))
            for key, word in STATES.items()
            if found.counts.get(key)
        ],
        "state": kept["state"],
        "in_words": in_words,
        "all_url": "?" + urlencode({**kept, "state": ""}),
        "total": sum(found.counts.values()),
        "next_url": "?" + urlencode({**kept, "after": found.next_key}) if found.next_key else "",
        "paged": bool(after),
    }
    return page(request, "screens/accounts.html", context, current="accounts")


@screen("POST")
def send(request: HttpRequest) -> HttpResponse:
    """Letters to one person, or to all without an account in a department."""
    asked = invite(_chosen(request, unless_under_way=True), actor=request.actor, at=request.at)
    words = [_("%(n)s 封邀请排进了发送队列。") % {"n": asked.invited}]
    if asked.too_soon:
        words.append(_("%(n)s 人十分钟内刚邀请过，没有再发。") % {"n": asked.too_soon})
    if asked.without_address:
        words.append(_("%(n)s 人没有邮箱，用一次性密码单。") % {"n": asked.without_address})
    said(request, " ".join(words))
    return HttpResponseRedirect(_back(request))


@screen("POST")
def codes(request: HttpRequest) -> HttpResponse:
    """Codes for people without an address, on paper: shown this once. Of many, whoever holds a slip that is still good
    keeps it; one person's former code is worth nothing from here on."""
    if not is_fresh(request):
        return HttpResponseRedirect(f"{reverse('security-confirm')}?next={quote(_back(request))}")
    made = print_codes(_chosen(request, unless_under_way=True), actor=request.actor, at=request.at)
    if not made:
        raise Refused("not_now", say("这里没有要发一次性密码的人：都有账号或邮箱了。"))
    context = {
        "codes": [(one, f"{one.code[:5]} {one.code[5:]}") for one in made],
        "address": request.build_absolute_uri(reverse("welcome-code")),
        "until": made[0].expires_at,
    }
    return page(request, "screens/accounts_codes.html", context, current="accounts")


@screen("GET", "POST")
@fresh
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a lost second factor off somebody else's account."""
    people = Employee.objects.visible_to(request.actor).filter(account__isnull=False)
    person = get_object_or_404(people.select_related("account", "department"), pk=pk)
    second_factor.require_may_reset(person.account, request.actor)
    form = ResetForm(request.POST or None)

    def act(given: dict[str, Any]) -> None:
        second_factor.reset(person.account, given["reason"], actor=request.actor, at=request.at)

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        said(request, _("已重置%(name)s的第二步验证，本人会收到通知。") % {"name": person.name})
        return HttpResponseRedirect(reverse("accounts"))
    context = {"form": form, "person": person, "factors": factors_of(person.account)}
    return page(request, "screens/accounts_reset.html", context, current="accounts", status=status)


def _chosen(request: HttpRequest, *, unless_under_way: bool = False) -> list[Employee]:
    """One person, or all the page counted: of a department, and as searched for. Of many those are left out whose
    invitation is still good."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        raise Refused("invalid", say("没有看懂要邀请谁。回到「账号」再选一次。"))
    department, person = form.cleaned_data["department"], form.cleaned_data["person"]
    query = form.cleaned_data["q"]
    people = people_of(request.actor, department, query)
    if person:
        people = people.filter(pk=person)
    elif unless_under_way and not form.cleaned_data["again"]:
        people = waiting(request.actor, request.at, department, query)
    return list(people.select_related("department").order_by("department__full_name", "staff_number"))


def _back(request: HttpRequest) -> str:
    department = whole_number(request.POST.get("department", ""))
    kept = {"department": department or "", "q": request.POST.get("q", "").strip()[:64]}
    kept = {name: value for name, value in kept.items() if value}
    return reverse("accounts") + (f"?{urlencode(kept)}" if kept else "")


urls = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/invite/", send, name="accounts-invite"),
    path("accounts/codes/", codes, name="accounts-codes"),
    path("accounts/<int:pk>/reset/", reset, name="accounts-reset"),
]
