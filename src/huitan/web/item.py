"""One item from its evidence to its acceptance (R19, R22): each step is a form, refused with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.queries.thread import ItemThread, item_thread
from huitan.core.moves import Refused
from huitan.plans import actions
from huitan.plans.forms import (
    AcceptForm,
    AskSupportForm,
    BlockForm,
    DateAnswerForm,
    DateRequestForm,
    DropForm,
    FileForm,
    MeasureForm,
    ProgressForm,
    ResolveForm,
    ReturnForm,
    SubmitForm,
    SupportAnswerForm,
)
from huitan.plans.models import DateChange, PlanItem
from huitan.web import formats
from huitan.web.downloads import as_download
from huitan.web.measure_chart import draw
from huitan.web.screen import form_problems, page, said, screen, typed_words

Act = Callable[[PlanItem, dict[str, Any], HttpRequest], str]


@screen(live=True)
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page, or with ?panel=1 the part that stands beside the ledger."""
    return item_page(request, item_of(request, pk))


@screen("POST")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.update_progress(
            found,
            form.reached,
            sent["note"],
            value=sent.get("value"),
            actor=request.actor,
            at=request.at,
        )
        return _("%(ref)s 更新到 %(n)s%%，对方马上就能看到。") % {"ref": found.ref, "n": form.reached}

    found = item_of(request, pk)
    form = ProgressForm(request.POST, now=found.progress, measure=getattr(found, "measure", None))
    return step(request, found, "progress", form, act)


@screen("POST")
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        upload = sent["file"]
        kept = actions.attach(found, upload.name, upload.read(), actor=request.actor, at=request.at)
        return _("附上了「%(name)s」。") % {"name": kept.name}

    return step(request, item_of(request, pk), "file", FileForm(request.POST, request.FILES), act)


@screen("POST")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.submit(found, sent["submitted_evidence"], actor=request.actor, at=request.at)
        return _("%(ref)s 已提交，等对方验收。") % {"ref": found.ref}

    return step(request, item_of(request, pk), "submit", SubmitForm(request.POST), act)


@screen("POST")
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.accept(found, sent["acceptance_note"], actor=request.actor, at=request.at)
        return _("%(ref)s 验收通过，下一次面谈会带上这个结果。") % {"ref": found.ref}

    return step(request, item_of(request, pk), "accept", AcceptForm(request.POST), act)


@screen("POST")
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.send_back(found, sent["return_reason"], actor=request.actor, at=request.at)
        return _("%(ref)s 已退回，原因已告诉负责人。") % {"ref": found.ref}

    return step(request, item_of(request, pk), "return", ReturnForm(request.POST), act)


@screen("POST")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        actions.drop(found, sent["drop_reason"], actor=request.actor, at=request.at)
        return _("%(ref)s 已取消，原因留在台账里。") % {"ref": found.ref}

    return step(request, item_of(request, pk), "drop", DropForm(request.POST), act)


@screen("POST")
def request_date(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        change = actions.request_date(
            found, sent["to_on"], sent["reason"], actor=request.actor, at=request.at
        )
        return _("已申请改到%(day)s。对方同意前，截止日期不变。") % {"day": formats.day(change.to_on)}

    return step(request, item_of(request, pk), "date", DateRequestForm(request.POST), act)


@screen("POST")
def answer_date(request: HttpRequest, pk: int, change_id: int) -> HttpResponse:
    """Consent, or decline with a reason: the button pressed says which."""
    found = item_of(request, pk)
    change: DateChange = get_object_or_404(found.date_changes.select_related("item"), pk=change_id)
    consents = "consent" in request.POST

    def act(found: PlanItem, sent: dict[str, Any], request: HttpRequest) -> str:
        if consents:
            actions.consent(change, actor=request.actor, at=request.at)
            return _("%(ref)s 改到%(day)s，原来的日期也留着。") % {
                "ref": found.ref,
                "day": formats.day(change.to_on),
            }
        actions.decline(change, sent["reply"], actor=request.actor, at=request.at)
        return _("没有同意改期，截止日期仍是%(day)s。") % {"day": formats.day(change.from_on)}

    return step(request, found, "answer", DateAnswerForm(request.POST), act)


@screen()
def download(request: HttpRequest, pk: int, file_id: int) -> HttpResponse:
    """For those who see the item; always a download, never shown as a page of ours."""
    kept = get_object_or_404(item_of(request, pk).files, pk=file_id)
    return as_download(kept)


def step(
    request: HttpRequest, found: PlanItem, name: str, form: forms.Form, act: Act, *, about: int | None = None
) -> HttpResponse:
    """One step of an item: carry it out and say so, or show the item again with what was typed. `about` is the id of
    what the step is about where the page has several of its kind."""
    if not form.is_valid():
        return item_page(request, found, {name: form}, name, 422, about)
    try:
        done = act(found, form.cleaned_data, request)
    except Refused as refusal:
        form_problems(form, refusal)
        return item_page(request, item_of(request, found.pk), {name: form}, name, refusal.status, about)
    said(request, done)
    return HttpResponseRedirect(reverse("item", args=[found.pk]))


def item_page(
    request: HttpRequest,
    found: PlanItem,
    sent: dict[str, forms.Form] | None = None,
    opened: str = "",
    status: int = 200,
    about: int | None = None,
) -> HttpResponse:
    thread = item_thread(found, request.actor, request.at)
    today = timezone.localdate(request.at)
    filled: dict[str, Any] = {
        "progress": ProgressForm(
            now=found.progress,
            measure=getattr(found, "measure", None),
        ),
        "file": FileForm(),
        "submit": SubmitForm(initial={"submitted_evidence": found.submitted_evidence}),
        "accept": AcceptForm(),
        "return": ReturnForm(),
        "drop": DropForm(),
        "date": DateRequestForm(after=today),
        "answer": DateAnswerForm(),
        "block": BlockForm(until=today, initial={"since": today}),
        "resolve": ResolveForm(),
        "support": AskSupportForm(),
        "support-answer": SupportAnswerForm(covering=thread.covering, after=today),
        "measure": MeasureForm(initial=_measured(thread)),
        "take-over": forms.Form(),
        **(sent or {}),
    }
    context = {
        "thread": thread,
        "item": found,
        "forms": filled,
        "opened": opened,
        "about": about,
        "today": today,
        "lead": _lead(thread),
        "drawing": draw(thread.measure) if thread.measure else None,
        "unsent": "" if not opened or _offers(thread, opened) else typed_words(filled[opened]),
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
        "block": doors.can_block,
        "resolve": doors.can_resolve,
        "support": doors.can_ask,
        "support-answer": doors.can_answer_request,
        "measure": doors.can_measure,
        "take-over": doors.can_take_over,
    }
    return beyond.get(step, step in doors.moves)


def _measured(thread: ItemThread) -> dict[str, Any]:
    stated = thread.measure
    if stated is None:
        return {}
    return {name: getattr(stated, name) for name in ("name", "unit", "start", "target")}


def _lead(thread: ItemThread) -> str:
    """What this viewer does next, in one sentence."""
    state, found = thread.state, thread.item
    if thread.doors.can_answer_date and thread.requested:
        return _("%(name)s想改到%(day)s，等你答复") % {
            "name": thread.owner,
            "day": formats.day(thread.requested.to_on),
        }
    if "accept" in thread.doors.moves:
        return _("对着验收标准看依据，验收或退回")
    if thread.doors.can_take_over:
        return _("前任上级的承诺：接下它，或写明原因取消")
    asked = next((r for r in thread.requests if r.can_answer), None)
    if asked is not None:
        return _("%(name)s请求支持，等你答复") % {"name": asked.by}
    if thread.is_owner and found.state == "returned":
        return _("补上还差的，再提交一次")
    if thread.open_blockers and thread.doors.can_resolve and not thread.is_owner:
        return _("%(name)s卡住了，看看能帮什么") % {"name": thread.owner}
    if thread.is_owner and found.is_running:
        return (
            _("已经过了截止日期：更新进展，或申请改期")
            if state == "overdue"
            else _("随时更新进展，做完提交验收")
        )
    if state == "submitted" and thread.other_side == thread.who_left != "":
        return _("%(name)s已经离职，等新的直接上级验收") % {"name": thread.who_left}
    if state == "submitted":
        return _("等%(name)s验收") % {"name": thread.other_side or _("另一方")}
    if state == "accepted":
        return _("已经验收，下一次面谈会带上这个结果")
    if state == "kept":
        return _("承诺已经兑现")
    if state == "cancelled":
        return _("这一项已经取消，原因留在这里")
    if thread.owner == thread.who_left:
        if found.offered_to_id and thread.goes_to:
            return _("%(name)s已经离职，等%(now)s接下或取消") % {"name": thread.owner, "now": thread.goes_to}
        return _("%(name)s已经离职，这一项没有人负责了") % {"name": thread.owner}
    return _("由%(name)s推进，这里会看到进展") % {"name": thread.owner}


def item_of(request: HttpRequest, pk: int) -> PlanItem:
    seen = PlanItem.objects.visible_to(request.actor).select_related(
        "owner",
        "measure",
        "evidence",
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
]
