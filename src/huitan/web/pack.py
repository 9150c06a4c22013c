"""The data pack (R08): the employee reads, asks and doubts; the manager and HR read the same page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import voice
from huitan.conversations.forms.voice import ContestForm, QuestionForm
from huitan.conversations.models import Conversation
from huitan.conversations.queries.pack import load_packs, pack_page
from huitan.conversations.queries.pack_rows import PackPage
from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.evidence.models import Evidence
from huitan.web.screen import form_problems, page, said, screen
from huitan.web.trend_chart import drawings


@screen(live=True)
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """Opening leaves the receipt; an older version is read with ?version=N."""
    talk = _talk(request, pk)
    load_packs(talk)
    version = whole_number(request.GET.get("version", ""))
    if version is None:
        voice.open_pack(talk, actor=request.actor, at=request.at)
    seen = pack_page(talk, request.actor, version)
    if version is not None and seen.version is None:
        raise Http404
    if version is not None and seen.is_newest:
        voice.open_pack(talk, actor=request.actor, at=request.at)
    return _page(request, seen)


@screen("POST")
def question(request: HttpRequest, pk: int) -> HttpResponse:
    talk = _talk(request, pk)
    form = QuestionForm(request.POST)
    if form.is_valid():
        item = _item(request, talk, form.cleaned_data["evidence"])
        try:
            voice.ask(talk, form.cleaned_data["text"], actor=request.actor, at=request.at, evidence=item)
        except Refused as refusal:
            return _again(request, talk, form, "question", refusal)
        said(request, _("问题已让%(name)s看到，面谈前或面谈中会答复。") % {"name": _manager(talk)})
        return _back(talk, item)
    return _again(request, talk, form, "question")


@screen("POST")
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    talk = _talk(request, pk)
    form = ContestForm(request.POST)
    if form.is_valid():
        item = _item(request, talk, form.cleaned_data["evidence"])
        if item is None:
            raise Http404
        fields = form.cleaned_data
        try:
            voice.contest(
                talk, item, fields["reason"], claim=fields["claim"], actor=request.actor, at=request.at
            )
        except Refused as refusal:
            return _again(request, talk, form, "contest", refusal)
        said(
            request,
            _("已请 HR 核对「%(title)s」。核对后两个数字和说明都会留在这里。") % {"title": item.title[:40]},
        )
        return _back(talk, item)
    return _again(request, talk, form, "contest")


def _again(
    request: HttpRequest, talk: Conversation, form: forms.Form, kind: str, refusal: Refused | None = None
) -> HttpResponse:
    """The page once more with what was typed, open at the item it was typed for."""
    seen = pack_page(talk, request.actor)
    if refusal is not None:
        if not seen.is_own:
            raise refusal
        form_problems(form, refusal)
    return _page(request, seen, {"open_form": form, "open_kind": kind}, refusal.status if refusal else 422)


def _page(
    request: HttpRequest, seen: PackPage, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "pack": seen,
        "drawings": drawings(seen.trends),
        "open_form": None,
        "open_kind": "",
        **(extra or {}),
    }
    open_form = context["open_form"]
    wanted = str(open_form.data.get("evidence") or "") if open_form else ""
    survey = reverse("survey", args=[seen.talk_id])
    context["own_list"] = [
        {
            "ok": check.ok,
            "text": str(check.text),
            "detail": str(check.detail or ""),
            "url": survey if check.anchor == "survey" else f"#{check.anchor}",
        }
        for check in seen.own_list
    ]
    context["open_at"] = whole_number(wanted) or 0
    return page(request, "screens/pack.html", context, current="talks", status=status)


def _item(request: HttpRequest, talk: Conversation, evidence_id: int | None) -> Evidence | None:
    """The item named, as far as the viewer sees it; none was named for a question on its own."""
    if evidence_id is None:
        return None
    mine = Evidence.objects.visible_to(request.actor).filter(employee=talk.review.employee_id)
    return get_object_or_404(mine, pk=evidence_id)


def _manager(talk: Conversation) -> str:
    manager = talk.review.employee.manager
    return manager.name if manager else _("直接上级")


def _back(talk: Conversation, item: Evidence | None) -> HttpResponse:
    anchor = f"#item-{item.pk}" if item else "#questions"
    return HttpResponseRedirect(reverse("pack", args=[talk.pk]) + anchor)


def _talk(request: HttpRequest, pk: int) -> Conversation:
    seen = Conversation.objects.visible_to(request.actor).select_related(
        "review__employee__department", "review__employee__manager", "review__cycle", "survey"
    )
    return get_object_or_404(seen, pk=pk)


urls = [
    path("talks/<int:pk>/pack/", pack, name="pack"),
    path("talks/<int:pk>/pack/question/", question, name="pack-question"),
    path("talks/<int:pk>/pack/contest/", contest, name="pack-contest"),
]
