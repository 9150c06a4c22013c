"""What helps an item on: blockers, requests for support, how it is measured, and promises that change hands (R19, S7)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _

from huitan.conversations.actions import supporting
from huitan.conversations.queries.thread import item_thread
from huitan.plans import actions
from huitan.plans.forms import AskSupportForm, BlockForm, MeasureForm, ResolveForm, SupportAnswerForm
from huitan.plans.models import PlanItem
from huitan.plans.queries.item import request_on
from huitan.web.item import item_of, step
from huitan.web.screen import screen


@screen("POST")
def block(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.block(found, sent["blocker"], sent["since"], actor=request.actor, at=request.at)
        return _("卡点记下了，对方马上就能看到。")

    return step(request, item_of(request, pk), "block", BlockForm(request.POST), act)


@screen("POST")
def resolve(request: HttpRequest, pk: int, blocker_id: int) -> HttpResponse:
    found = item_of(request, pk)
    blocker = get_object_or_404(found.blockers, pk=blocker_id)

    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.resolve(blocker, sent["resolution"], actor=request.actor, at=request.at)
        return _("卡点解决了，怎么解决的也留着。")

    return step(request, found, "resolve", ResolveForm(request.POST), act, about=blocker_id)


@screen("POST")
def ask_support(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        asked = supporting.ask(found, sent["request"], actor=request.actor, at=request.at)
        return _("已请%(name)s支持，答复会告诉你。") % {"name": asked.asked_of.name}

    return step(request, item_of(request, pk), "support", AskSupportForm(request.POST), act)


@screen("POST")
def answer_support(request: HttpRequest, pk: int, request_id: int) -> HttpResponse:
    """Yes or no; `pk` is the action, or the promise through which somebody was asked."""
    found = item_of(request, pk)
    asked = request_on(found, request_id)
    if asked is None:
        raise Http404
    refuses = "refuse" in request.POST
    thread = item_thread(found, request.actor, request.at)
    form = SupportAnswerForm(request.POST, covering=thread.covering)

    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        who, owner = {"actor": request.actor, "at": request.at}, asked.item.owner
        name = owner.name if owner else ""
        if refuses:
            actions.refuse(asked, sent["support_reply"], **who)
            return _("没有答应，原因已告诉%(name)s。") % {"name": name}
        covered = sent.get("covered")
        given: actions.Promise | PlanItem = (
            get_object_or_404(PlanItem.objects.visible_to(request.actor), pk=covered)
            if covered
            else actions.Promise(sent["promised"], sent["promised_on"], sent["promised_criterion"])
        )
        done = actions.grant(asked, given, reply=sent["support_reply"], **who)
        return _("答应了，%(ref)s 会和别的承诺一样跟进。") % {"ref": done.promise.ref if done.promise else ""}

    if form.is_valid() and not refuses and not form.cleaned_data.get("covered"):
        form.check_promise()
    return step(request, found, "support-answer", form, act, about=request_id)


@screen("POST")
def set_measure(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.set_measure(
            found,
            name=sent["name"],
            unit=sent["unit"],
            start=sent["start"],
            target=sent["target"],
            actor=request.actor,
            at=request.at,
        )
        return _("定下了怎么衡量，双方都看得到；填过数以后不再改。")

    return step(request, item_of(request, pk), "measure", MeasureForm(request.POST), act)


@screen("POST")
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.take_over(found, actor=request.actor, at=request.at)
        return _("%(ref)s 由你接下了。") % {"ref": found.ref}

    return step(request, item_of(request, pk), "take-over", forms.Form(request.POST), act)


urls = [
    path("items/<int:pk>/block/", block, name="item-block"),
    path("items/<int:pk>/blockers/<int:blocker_id>/", resolve, name="item-resolve"),
    path("items/<int:pk>/support/", ask_support, name="item-support"),
    path("items/<int:pk>/support/<int:request_id>/", answer_support, name="item-support-answer"),
    path("items/<int:pk>/measure/", set_measure, name="item-measure"),
    path("items/<int:pk>/take-over/", take_over, name="item-take-over"),
]
