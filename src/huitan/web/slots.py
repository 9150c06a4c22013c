"""选面谈时间: the manager proposes, the employee picks one on the phone or says what would fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import scheduling
from huitan.conversations.forms.slots import SlotsForm, WishForm
from huitan.conversations.models import Conversation, SlotOffer
from huitan.conversations.queries.slots import slot_page, what_speaks_against
from huitan.core.moves import Refused, require
from huitan.core.sentences import Sentence
from huitan.web.formats import clock_time, day
from huitan.web.screen import SEE_OTHER, attempt, form_problems, page, said, screen

LOOK_AGAIN = 422
SHOWN_FIRST = 3


@screen()
def slots(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _talk(request, pk))


@screen("POST")
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the times. When something speaks against one of them, it is said first; sent again as is, they go."""
    talk = _talk(request, pk)
    require(talk, "prepare", request.actor)
    form = SlotsForm(request.POST)
    if not form.is_valid():
        return _show(request, talk, LOOK_AGAIN, form)
    starts = form.cleaned_data["starts"]
    told = what_speaks_against(talk, starts.values(), form.cleaned_data["minutes"], request.at)
    seen = " ".join(sorted(f"{when:%Y%m%dT%H%M}" for when, found in told.items() if found))
    if seen and form.cleaned_data["knows"] != seen:
        form.data = {**form.data.dict(), "knows": seen}
        return _show(request, talk, LOOK_AGAIN, form, {n: told[when] for n, when in starts.items()})
    try:
        scheduling.offer_slots(
            talk,
            starts.values(),
            minutes=form.cleaned_data["minutes"],
            place=form.cleaned_data["place"],
            actor=request.actor,
            at=request.at,
        )
    except Refused as refusal:
        form_problems(form, refusal)
        return _show(request, talk, refusal.status, form)
    said(request, _("已发给%(name)s，选好后会告诉你。") % {"name": talk.employee.name})
    return _back(talk)


@screen("POST")
def pick(request: HttpRequest, pk: int, slot: int) -> HttpResponse:
    talk = _talk(request, pk)
    # Of whichever offer the page showed: the answer to one taken back or replaced is a sentence, not a missing page.
    chosen = get_object_or_404(talk.slot_offers, slots=slot)
    done = scheduling.pick(chosen, chosen.slots.get(pk=slot), actor=request.actor, at=request.at)
    said(
        request,
        _("定好了：%(day)s %(time)s。日历邀请会发到邮箱。")
        % {"day": day(done.scheduled_at), "time": clock_time(done.scheduled_at)},
    )
    return _back(talk)


@screen("POST")
def others(request: HttpRequest, pk: int) -> HttpResponse:
    talk = _talk(request, pk)
    form = WishForm(request.POST)

    def act(sent: dict[str, Any]) -> None:
        scheduling.ask_for_others(_newest(talk), sent["wish"], actor=request.actor, at=request.at)

    status = attempt(request, form, act)
    if status != SEE_OTHER:
        return _show(request, talk, status, wish=form)
    said(request, _("已告诉对方，会再给你几个时间。"))
    return _back(talk)


@screen("POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    talk = _talk(request, pk)
    scheduling.withdraw_slots(_newest(talk), actor=request.actor, at=request.at)
    said(request, _("已收回这几个时间。"))
    return _back(talk)


def _talk(request: HttpRequest, pk: int) -> Conversation:
    seen = Conversation.objects.visible_to(request.actor).select_related(
        "review__employee__department",
        "review__employee__account",
        "review__employee__manager",
        "review__cycle",
        "held_by",
    )
    return get_object_or_404(seen, pk=pk)


def _newest(talk: Conversation) -> SlotOffer:
    return get_object_or_404(talk.slot_offers.order_by("-pk")[:1])


def _back(talk: Conversation) -> HttpResponse:
    return HttpResponseRedirect(reverse("slots", args=[talk.pk]))


def _show(
    request: HttpRequest,
    talk: Conversation,
    status: int = 200,
    form: SlotsForm | None = None,
    told: Mapping[int, tuple[Sentence, ...]] | None = None,
    wish: WishForm | None = None,
) -> HttpResponse:
    seen = slot_page(talk, request.actor, request.at)
    form = form or SlotsForm(initial={"minutes": talk.minutes, "place": talk.place})
    rows = [
        (n, form[f"day{n}"], form[f"start{n}"], (told or {}).get(n, ()))
        for n in range(1, SlotOffer.AT_MOST + 1)
    ]
    context = {
        "seen": seen,
        "form": form,
        "rows": rows,
        "more": any(on.value() or start.value() for n, on, start, _told in rows if n > SHOWN_FIRST),
        "warned": any((told or {}).values()),
        "wish": wish or WishForm(),
    }
    return page(request, "screens/slots.html", context, current="talks", status=status)


urls = [
    path("talks/<int:pk>/slots/", slots, name="slots"),
    path("talks/<int:pk>/slots/offer/", offer, name="slots-offer"),
    path("talks/<int:pk>/slots/<int:slot>/pick/", pick, name="slots-pick"),
    path("talks/<int:pk>/slots/others/", others, name="slots-others"),
    path("talks/<int:pk>/slots/withdraw/", withdraw, name="slots-withdraw"),
]
