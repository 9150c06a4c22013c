"""Disputes (R23): the list of those one has a part in or watches, and one dispute as the viewer's part in it allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.core.moves import Refused, require
from huitan.core.numbers import whole_number
from huitan.core.sentences import say
from huitan.cycles.queries import current_cycle
from huitan.disputes.actions import handling, outcome
from huitan.disputes.candidates import candidates
from huitan.disputes.forms import (
    AnswerForm,
    AskForm,
    FurtherForm,
    HandlerForm,
    OutcomeForm,
    RecuseForm,
    StatementForm,
    WithdrawForm,
    answer_values,
    seen_version,
)
from huitan.disputes.groups import LEAST
from huitan.disputes.models import Dispute, Point
from huitan.disputes.queries.contested import contested, for_page
from huitan.disputes.queries.outcome import preview
from huitan.disputes.queries.page import dispute_view
from huitan.disputes.queries.rows import figures, page_of_disputes
from huitan.web import formats
from huitan.web.downloads import as_download
from huitan.web.screen import SEE_OTHER, attempt, form_problems, page, said, screen

STATES = ("open", "over", "all")
NOT_HANDLED = say("申诉不在核对中，现在不能写答复。刷新页面看看最新进展。")


@screen()
def disputes(request: HttpRequest) -> HttpResponse:
    """What needs somebody first. The figures by department are HR's."""
    state = request.GET.get("state", "")
    state = state if state in STATES else "open"
    before = whole_number(request.GET.get("before", ""))
    found = page_of_disputes(request.actor, request.at, state=state, before=before)
    is_hr = request.actor.is_hr_admin or request.actor.is_hrbp
    cycle = current_cycle(request.actor) if is_hr else None
    context = {
        "found": found,
        "state": state,
        "before": before,
        "cycle": cycle,
        "figures": figures(cycle, request.actor) if cycle else None,
        "least": LEAST,
    }
    return page(request, "screens/disputes.html", context, current="disputes")


@screen()
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    found = _dispute(request, pk)
    if found.state == "draft":
        return HttpResponseRedirect(reverse("talk-dispute", args=[found.conversation_id]))
    return _page(request, found)


@screen("POST")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it to somebody, or to somebody else with a reason."""
    found = _dispute(request, pk)
    again = found.state != "submitted"
    require(found, "reassign" if again else "assign", request.actor)
    form = HandlerForm(request.POST, candidates=candidates(found.employee, found.case()))
    by: dict[str, Any] = {"actor": request.actor, "at": request.at}

    def act(given: dict[str, Any]) -> str:
        if again:
            done = handling.reassign(found, given["handler"], given["change_reason"], **by)
        else:
            done = handling.assign(found, given["handler"], **by)
        name = done.handler.name if done.handler else ""
        return _("交给%(name)s处理，%(day)s前受理。") % {
            "name": name,
            "day": formats.short_day(done.accept_due_on),
        }

    return _step(request, found, "handler", form, act)


@screen("POST")
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    def act(given: dict[str, Any]) -> str:
        done = handling.accept(found, actor=request.actor, at=request.at)
        return _("已受理，双方都收到了自己的说明栏。%(day)s前答复。") % {
            "day": formats.short_day(done.answer_due_on)
        }

    found = _dispute(request, pk)
    return _step(request, found, "accept", forms.Form(request.POST), act)


@screen("POST")
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever recuses gives up the dispute with it, and does not see it any more."""
    found = _dispute(request, pk)

    def act(given: dict[str, Any]) -> str:
        handling.recuse(found, given["change_reason"], actor=request.actor, at=request.at)
        return _("已记下你要回避，HR 会另选一个人。")

    return _step(request, found, "recuse", RecuseForm(request.POST), act, "disputes")


@screen("POST")
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    found = _dispute(request, pk)

    def act(given: dict[str, Any]) -> str:
        handling.ask(found, given["side"], given["question"], actor=request.actor, at=request.at)
        return _("问题发出了，对方有一个新的说明栏。")

    return _step(request, found, "ask", AskForm(request.POST), act)


@screen("POST")
def state(request: HttpRequest, pk: int, statement: int) -> HttpResponse:
    """One side's own box, sent once."""
    found = _dispute(request, pk)
    box = get_object_or_404(found.statements.select_related("dispute"), pk=statement)

    def act(given: dict[str, Any]) -> str:
        handling.state(box, given["text"], actor=request.actor, at=request.at)
        return _("说明发出了，不能再改。处理人已经能看到。")

    form = StatementForm(request.POST, auto_id=f"id_%s-{box.pk}")
    return _step(request, found, f"statement-{box.pk}", form, act)


@screen("POST")
def answer(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """Keep the handler's answer to one point; with another tab's text beside one's own when both wrote."""
    found, answered, form = _answering(request, pk, point)
    if found.state != "handling":
        form.errors.clear()  # what was chosen is no longer offered
        form.add_error(None, str(NOT_HANDLED))
        return _page(request, found, {f"answer-{point}": form}, 409)
    if form.is_valid():
        try:
            _keep(request, answered, form)
        except Refused as refusal:
            if refusal.kind == "forbidden":
                raise
            form_problems(form, refusal)
            other = refusal.current if refusal.kind == "stale" else None
            return _page(request, found, {f"answer-{point}": form}, refusal.status, other=other)
        said(request, _("这一点的答复存下了。发出结果之前只有你能看到。"))
        return HttpResponseRedirect(reverse("dispute", args=[pk]) + f"#point-{point}")
    return _page(request, found, {f"answer-{point}": form}, 422)


@screen("POST")
def answer_save(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """The same while typing."""
    found, answered, form = _answering(request, pk, point)
    if found.state != "handling":
        return JsonResponse({"error": str(NOT_HANDLED), "said": str(NOT_HANDLED)}, status=409)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        kept = _keep(request, answered, form)
    except Refused as refusal:
        if refusal.kind != "stale":
            return JsonResponse({"error": str(refusal), "said": str(refusal)}, status=refusal.status)
        stored = refusal.current
        return JsonResponse(
            {
                "version": stored.version,
                "values": _as_fields(answer_values(stored, answered.kind)),
                "changed_by": _("你自己（另一个窗口）"),
                "changed_at": formats.clock_time(stored.saved_at),
            },
            status=412,
        )
    return JsonResponse({"version": kept.version, "saved_at": formats.stamp(kept.saved_at)[-8:]})


@screen("GET", "POST")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Read once more what will be sent, with everything still missing named; then send it."""
    found = _dispute(request, pk)
    name = "decide" if found.level == 1 else "decide_finally"
    require(found, name, request.actor)
    if found.state != "handling":
        if request.method == "POST":
            raise Refused("not_now", say("现在没有要发出的结果。刷新页面看看最新进展。"))
        return HttpResponseRedirect(reverse("dispute", args=[pk]))
    form = OutcomeForm(request.POST or None)
    status = attempt(
        request,
        form,
        lambda given: outcome.decide(found, seen_hash=given["seen_hash"], actor=request.actor, at=request.at),
    )
    if status == SEE_OTHER:
        said(request, _("结果发出了。更正已经生效，原来的评级和数字都留在旁边。"))
        return HttpResponseRedirect(reverse("dispute", args=[pk]))
    context = {
        "view": contested(found, request.actor),
        "dispute": found,
        "preview": preview(found, request.actor, request.at),
        "form": form,
    }
    return page(request, "screens/dispute_outcome.html", context, current="disputes", status=status)


@screen("POST")
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    found = _dispute(request, pk)

    def act(given: dict[str, Any]) -> str:
        outcome.acknowledge(found, actor=request.actor, at=request.at)
        return _("记下了：你已知悉结果。这不表示你同意。")

    return _step(request, found, "acknowledge", forms.Form(request.POST), act)


@screen("POST")
def further(request: HttpRequest, pk: int) -> HttpResponse:
    found = _dispute(request, pk)

    def act(given: dict[str, Any]) -> str:
        done = outcome.raise_further(found, given["further_reason"], actor=request.actor, at=request.at)
        day = formats.short_day(done.accept_due_on)
        return _("已申请复核，由另一个人处理，%(day)s前受理。") % {"day": day}

    return _step(request, found, "further", FurtherForm(request.POST), act)


@screen("POST")
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    found = _dispute(request, pk)

    def act(given: dict[str, Any]) -> str:
        outcome.finish(found, actor=request.actor, at=request.at)
        return _("申诉结束了，评级从现在起生效。")

    return _step(request, found, "finish", forms.Form(request.POST), act)


@screen("POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _dispute(request, pk)

    def act(given: dict[str, Any]) -> str:
        outcome.withdraw(found, given["withdraw_reason"], actor=request.actor, at=request.at)
        return _("申诉撤回了，写下的都留着。")

    return _step(request, found, "withdraw", WithdrawForm(request.POST), act)


@screen()
def download(request: HttpRequest, pk: int, file_id: int) -> HttpResponse:
    """For those who see the dispute."""
    found = _dispute(request, pk)
    points = found.points.prefetch_related("files")
    kept = next((f for p in points for f in p.files.all() if f.pk == file_id), None)
    if kept is None:
        raise Http404
    return as_download(kept)


def _answering(request: HttpRequest, pk: int, point: int) -> tuple[Dispute, Point, AnswerForm]:
    found = _dispute(request, pk)
    answered = get_object_or_404(found.points.select_related("dispute"), pk=point)
    require(found, "answer", request.actor)
    view = contested(found, request.actor)
    return found, answered, AnswerForm(request.POST, view=view, point=view.point(point))


def _keep(request: HttpRequest, point: Point, form: AnswerForm) -> Any:
    return handling.answer(
        point, form.given, seen=seen_version(request.POST), actor=request.actor, at=request.at
    )


def _as_fields(values: dict[str, Any]) -> dict[str, Any]:
    """As the page's script reads a form: what is chosen among radios is a list."""
    return {
        k: [v] if k in ("verdict", "new_level") and v else v or [] if k in ("verdict", "new_level") else v
        for k, v in values.items()
    }


def _step(
    request: HttpRequest,
    found: Dispute,
    name: str,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    after: str = "",
) -> HttpResponse:
    """One step: carry it out and say so, or show the dispute again with what was typed."""
    if not form.is_valid():
        return _page(request, found, {name: form}, 422)
    try:
        done = act(form.cleaned_data)
    except Refused as refusal:
        if refusal.kind == "forbidden":
            raise
        form_problems(form, refusal)
        return _page(request, _dispute(request, found.pk), {name: form}, refusal.status)
    said(request, done)
    return HttpResponseRedirect(reverse(after) if after else reverse("dispute", args=[found.pk]))


def _page(
    request: HttpRequest,
    found: Dispute,
    sent: Mapping[str, forms.Form] | None = None,
    status: int = 200,
    other: Any = None,
) -> HttpResponse:
    view = dispute_view(found, request.actor, request.at)
    # The forms this page shows; one that was sent and is no longer among them has its words shown by themselves.
    filled: dict[str, forms.Form] = {
        f"statement-{s.id}": StatementForm(auto_id=f"id_%s-{s.id}") for s in view.mine_to_write
    }
    if view.may & {"assign", "reassign"}:
        first = view.proposed.id if view.proposed else ""
        filled["handler"] = HandlerForm(candidates=view.candidates, initial={"handler": first})
    for name, form in (("recuse", RecuseForm), ("ask", AskForm), ("withdraw", WithdrawForm)):
        if name in view.may:
            filled[name] = form()
    if view.may_further:
        filled["further"] = FurtherForm()
    if "answer" in view.may:
        filled |= {f"answer-{p.id}": AnswerForm.filled(view, p) for p in view.points}
    context = {
        "view": view,
        "dispute": found,
        "forms": {**filled, **(sent or {})},
        "sent": next(iter(sent or {}), ""),
        "unsent": next((f for name, f in (sent or {}).items() if name not in filled), None),
        "other": other,
    }
    template = "screens/dispute_own.html" if view.role == "employee" else "screens/dispute.html"
    current = "talks" if view.role == "employee" else "disputes"
    return page(request, template, context, current=current, status=status)


def _dispute(request: HttpRequest, pk: int) -> Dispute:
    found: Dispute = get_object_or_404(for_page(request.actor), pk=pk)
    return found


urls = [
    path("disputes/", disputes, name="disputes"),
    path("disputes/<int:pk>/", dispute, name="dispute"),
    path("disputes/<int:pk>/assign/", assign, name="dispute-assign"),
    path("disputes/<int:pk>/accept/", accept, name="dispute-accept"),
    path("disputes/<int:pk>/recuse/", recuse, name="dispute-recuse"),
    path("disputes/<int:pk>/ask/", ask, name="dispute-ask"),
    path("disputes/<int:pk>/statements/<int:statement>/", state, name="dispute-state"),
    path("disputes/<int:pk>/points/<int:point>/answer/", answer, name="dispute-answer"),
    path("disputes/<int:pk>/points/<int:point>/answer/save/", answer_save, name="dispute-answer-save"),
    path("disputes/<int:pk>/outcome/", decide, name="dispute-outcome"),
    path("disputes/<int:pk>/acknowledge/", acknowledge, name="dispute-acknowledge"),
    path("disputes/<int:pk>/further/", further, name="dispute-further"),
    path("disputes/<int:pk>/finish/", finish, name="dispute-finish"),
    path("disputes/<int:pk>/withdraw/", withdraw, name="dispute-withdraw"),
    path("disputes/<int:pk>/files/<int:file_id>/", download, name="dispute-file"),
]
