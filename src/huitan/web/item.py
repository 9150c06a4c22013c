"""One item from its evidence to its acceptance (R19, R22), the check-in form, and the end of plan and conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.actions import record
from huitan.conversations.models import Conversation
from huitan.conversations.queries.thread import Closing, ItemThread, closing, item_thread
from huitan.core.moves import Refused
from huitan.plans import actions
from huitan.plans.forms import (
    AcceptForm,
    CheckInForm,
    DateAnswerForm,
    DateRequestForm,
    DropForm,
    FileForm,
    OutcomeForm,
    ProgressForm,
    ReturnForm,
    SubmitForm,
)
from huitan.plans.models import DateChange, PlanItem
from huitan.plans.queries.item import CheckInPage, check_in_page
from huitan.web import formats
from huitan.web.downloads import as_download
from huitan.web.screen import form_problems, page, said, screen

Act = Callable[[PlanItem, dict[str, Any], HttpRequest], str]


@screen(live=True)
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page, or with ?panel=1 the part that stands beside the ledger."""
    return _item_page(request, _item(request, pk))


@screen("POST")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.update_progress(found, sent["percent"], sent["note"], actor=request.actor, at=request.at)
        return _("%(ref)s 更新到 %(n)s%%，对方马上就能看到。") % {"ref": found.ref, "n": sent["percent"]}

    found = _item(request, pk)
    return _step(request, found, "progress", ProgressForm(request.POST, now=found.progress), act)


@screen("POST")
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        upload = sent["file"]
        kept = actions.attach(found, upload.name, upload.read(), actor=request.actor, at=request.at)
        return _("附上了「%(name)s」。") % {"name": kept.name}

    return _step(request, _item(request, pk), "file", FileForm(request.POST, request.FILES), act)


@screen("POST")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.submit(found, sent["submitted_evidence"], actor=request.actor, at=request.at)
        return _("%(ref)s 已提交，等对方验收。") % {"ref": found.ref}

    return _step(request, _item(request, pk), "submit", SubmitForm(request.POST), act)


@screen("POST")
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.accept(found, sent["acceptance_note"], actor=request.actor, at=request.at)
        return _("%(ref)s 验收通过，下一次面谈会带上这个结果。") % {"ref": found.ref}

    return _step(request, _item(request, pk), "accept", AcceptForm(request.POST), act)


@screen("POST")
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.send_back(found, sent["return_reason"], actor=request.actor, at=request.at)
        return _("%(ref)s 已退回，原因已告诉负责人。") % {"ref": found.ref}

    return _step(request, _item(request, pk), "return", ReturnForm(request.POST), act)


@screen("POST")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.drop(found, sent["drop_reason"], actor=request.actor, at=request.at)
        return _("%(ref)s 已取消，原因留在台账里。") % {"ref": found.ref}

    return _step(request, _item(request, pk), "drop", DropForm(request.POST), act)


@screen("POST")
def request_date(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        change = actions.request_date(
            found, sent["to_on"], sent["reason"], actor=request.actor, at=request.at
        )
        return _("已申请改到%(day)s。对方同意前，截止日期不变。") % {"day": formats.short_day(change.to_on)}

    return _step(request, _item(request, pk), "date", DateRequestForm(request.POST), act)


@screen("POST")
def answer_date(request: HttpRequest, pk: int, change_id: int) -> HttpResponse:
    """Consent, or decline with a reason: the button pressed says which."""
    found = _item(request, pk)
    change: DateChange = get_object_or_404(found.date_changes.select_related("item"), pk=change_id)
    consents = "consent" in request.POST

    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        if consents:
            actions.consent(change, actor=request.actor, at=request.at)
            return _("%(ref)s 改到%(day)s，原来的日期也留着。") % {
                "ref": found.ref,
                "day": formats.short_day(change.to_on),
            }
        actions.decline(change, sent["reply"], actor=request.actor, at=request.at)
        return _("没有同意改期，截止日期仍是%(day)s。") % {"day": formats.short_day(change.from_on)}

    return _step(request, found, "answer", DateAnswerForm(request.POST), act)


@screen()
def download(request: HttpRequest, pk: int, file_id: int) -> HttpResponse:
    """For those who see the item; always a download, never shown as a page of ours."""
    kept = get_object_or_404(_item(request, pk).files, pk=file_id)
    return as_download(kept)


@screen("GET", "POST")
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    seen = check_in_page(pk, request.actor, request.at)
    if seen is None:
        raise Http404
    form = CheckInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.hold_check_in(
                    seen.check_in, form.cleaned_data["note"], actor=request.actor, at=request.at
                )
            except Refused as refusal:
                if not seen.can_hold:
                    raise
                form_problems(form, refusal)
                status = refusal.status
            else:
                said(request, _("这次跟进记下了，双方都看得到。"))
                return HttpResponseRedirect(reverse("check-in", args=[pk]))
    return _check_in_page(request, seen, form, status)


@screen("GET", "POST")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan's result, and with it the end of the conversation."""
    talks = Conversation.objects.visible_to(request.actor).select_related(
        "plan", "review__employee__department", "review__employee__manager", "review__cycle"
    )
    talk = get_object_or_404(talks, pk=pk)
    seen = closing(talk, request.actor, request.at)
    form = OutcomeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sent = form.cleaned_data
            try:
                record.close(
                    talk, sent["outcome"], sent["outcome_reason"], actor=request.actor, at=request.at
                )
            except Refused as refusal:
                if not seen.may_close:
                    raise
                form_problems(form, refusal)
                status = refusal.status
            else:
                name = talk.review.employee.name
                said(request, _("与%(name)s的这次面谈结束了，下一次从这里的结果谈起。") % {"name": name})
                return HttpResponseRedirect(reverse("talk-close", args=[pk]))
    return _close_page(request, seen, form, status)


def _step(request: HttpRequest, found: PlanItem, name: str, form: forms.Form, act: Act) -> HttpResponse:
    """One step of an item: carry it out and say so, or show the item again with what was typed."""
    if not form.is_valid():
        return _item_page(request, found, {name: form}, name, 422)
    try:
        done = act(found, form.cleaned_data, request)
    except Refused as refusal:
        if refusal.kind == "forbidden":
            raise
        form_problems(form, refusal)
        return _item_page(request, _item(request, found.pk), {name: form}, name, refusal.status)
    said(request, done)
    return HttpResponseRedirect(reverse("item", args=[found.pk]))


def _item_page(
    request: HttpRequest,
    found: PlanItem,
    sent: dict[str, forms.Form] | None = None,
    opened: str = "",
    status: int = 200,
) -> HttpResponse:
    thread = item_thread(found, request.actor, request.at)
    today = timezone.localdate(request.at)
    filled: dict[str, Any] = {
        "progress": ProgressForm(now=found.progress, initial={"percent": str(found.progress)}),
        "file": FileForm(),
        "submit": SubmitForm(initial={"submitted_evidence": found.submitted_evidence}),
        "accept": AcceptForm(),
        "return": ReturnForm(),
        "drop": DropForm(),
        "date": DateRequestForm(after=today),
        "answer": DateAnswerForm(),
        **(sent or {}),
    }
    context = {
        "thread": thread,
        "item": found,
        "forms": filled,
        "opened": opened,
        "today": today,
        "lead": _lead(thread),
        "unsent": "" if not opened or _offers(thread, opened) else _typed(filled[opened]),
    }
    if request.GET.get("panel") and request.headers.get("HX-Request"):
        return page(request, "screens/item_panel.html", context)
    return page(request, "screens/item.html", context, current="ledger", status=status)


def _offers(thread: ItemThread, step: str) -> bool:
    """Whether the page still shows the form of this step; a step that came too late has none."""
    doors = thread.doors
    beyond = {
        "progress": doors.can_update,
        "date": doors.can_request_date,
        "answer": doors.can_answer_date,
        "file": "submit" in doors.moves,
    }
    return beyond.get(step, step in doors.moves)


def _typed(form: forms.Form) -> str:
    return "\n".join(str(form.data[name]) for name in form.fields if form.data.get(name))


def _lead(thread: ItemThread) -> str:
    """What this viewer does next, in one sentence."""
    state, found = thread.state, thread.item
    if thread.doors.can_answer_date and thread.requested:
        return _("%(name)s想改到%(day)s，等你答复") % {
            "name": thread.owner,
            "day": formats.short_day(thread.requested.to_on),
        }
    if "accept" in thread.doors.moves:
        return _("对着验收标准看依据，验收或退回")
    if thread.is_owner and found.state == "returned":
        return _("补上还差的，再提交一次")
    if thread.is_owner and found.state in ("active", "returned"):
        return (
            _("已经过了截止日期：更新进展，或申请改期")
            if state == "overdue"
            else _("随时更新进展，做完提交验收")
        )
    if state == "submitted":
        return _("等%(name)s验收") % {"name": thread.other_side or _("另一方")}
    if state == "accepted":
        return _("已经验收，下一次面谈会带上这个结果")
    if state == "kept":
        return _("承诺已经兑现")
    if state == "cancelled":
        return _("这一项已经取消，原因留在这里")
    return _("由%(name)s推进，这里会看到进展") % {"name": thread.owner}


def _check_in_page(request: HttpRequest, seen: CheckInPage, form: CheckInForm, status: int) -> HttpResponse:
    context = {"seen": seen, "check_in": seen.check_in, "form": form}
    return page(request, "screens/check_in.html", context, current="ledger", status=status)


def _close_page(request: HttpRequest, seen: Closing, form: OutcomeForm, status: int) -> HttpResponse:
    return page(
        request, "screens/item_close.html", {"seen": seen, "form": form}, current="talks", status=status
    )


def _item(request: HttpRequest, pk: int) -> PlanItem:
    seen = PlanItem.objects.visible_to(request.actor).select_related(
        "owner",
        "plan__review__cycle",
        "plan__review__employee__department",
        "plan__review__employee__manager",
    )
    return get_object_or_404(seen, pk=pk)


urls = [
    path("items/<int:pk>/", item, name="item"),
    path("items/<int:pk>/progress/", progress, name="item-progress"),
    path("items/<int:pk>/file/", attach, name="item-file"),
    path("items/<int:pk>/files/<int:file_id>/", download, name="item-download"),
    path("items/<int:pk>/submit/", submit, name="item-submit"),
    path("items/<int:pk>/accept/", accept, name="item-accept"),
    path("items/<int:pk>/return/", send_back, name="item-return"),
    path("items/<int:pk>/drop/", drop, name="item-drop"),
    path("items/<int:pk>/date/", request_date, name="item-date"),
    path("items/<int:pk>/date/<int:change_id>/", answer_date, name="item-date-answer"),
    path("check-ins/<int:pk>/", check_in, name="check-in"),
    path("talks/<int:pk>/close/", close, name="talk-close"),
]
