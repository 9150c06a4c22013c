"""The record to read and print, its signatures, a witnessed refusal, and reopening it."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

import huitan
from huitan.conversations.actions import record as actions
from huitan.conversations.forms.record import RefusalForm, ReviseForm, SignForm
from huitan.conversations.models import Conversation, Refusal
from huitan.conversations.queries.record import (
    RecordPage,
    contents_of,
    hr_names,
    load_records,
    record_page,
    seen_with_people,
)
from huitan.conversations.queries.record_difference import differences
from huitan.core.moves import Refused, require
from huitan.core.numbers import whole_number
from huitan.core.sentences import say
from huitan.cycles.working_days import own_days
from huitan.disputes.queries.annex import record_annex
from huitan.documents.issuing import Issued, issue_plan, issue_record
from huitan.insights.queries.pulse import asks
from huitan.web.proving import prove_again, ways_to_prove
from huitan.web.screen import SEE_OTHER, attempt, form_problems, page, said, screen, seen_or_404


@screen(live=True)
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest version, or `?version=N`; `?compare=N` lists what differs from version N."""
    talk = _talk(request, pk)
    asked = _number(request, "version")
    load_records(talk)
    actions.read_record(talk, asked, actor=request.actor, at=request.at)
    own = own_days()
    shown = record_page(talk, request.actor, request.at, asked, own=own)
    if shown is None:
        return _none_yet(request, talk, asked)
    context = {
        **_context(shown),
        "asks_pulse": talk.review.employee_id == request.actor.employee_id
        and asks(talk)
        and not request.handed,
        "has_plan": talk.plan and talk.plan.state != "draft",
        "annex": record_annex(talk, request.actor, request.at, own),
    }
    compared = _number(request, "compare")
    if compared:
        contents = contents_of(talk, request.actor)
        if compared not in contents or compared >= shown.version:
            raise Http404
        context |= {
            "compared": compared,
            "differences": differences(contents[compared], contents[shown.version]),
        }
    return page(request, "screens/record.html", context, current="talks")


@screen()
def record_fact(request: HttpRequest, pk: int, version: int, ref: str) -> HttpResponse:
    """A fact as it stood in that version, in place."""
    talk = _talk(request, pk)
    shown = record_page(talk, request.actor, request.at, version)
    found = shown.sheet.fact(ref) if shown else None
    if found is None:
        raise Http404
    actions.read_record(talk, version, actor=request.actor, at=request.at)
    if request.headers.get("HX-Request"):
        return render(request, "screens/record_fact.html", {"fact": found, "version": version})
    context = {"fact": found, "version": version, "talk": talk}
    return page(request, "screens/record_fact_page.html", context, current="talks")


@screen("GET")
def record_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The sealed copy of the newest version, or of `?version=N`, to keep."""
    talk = _talk(request, pk)
    issued = issue_record(talk, _number(request, "version"), actor=request.actor, at=request.at)
    return _file(issued)


@screen("GET")
def plan_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan as it stands, sealed; there is none before it binds."""
    return _file(issue_plan(_talk(request, pk), actor=request.actor, at=request.at))


@sensitive_post_parameters("password")
@screen("GET", "POST")
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Read, choose one full sentence, prove to be oneself. A wrong password costs no word."""
    talk = _talk(request, pk)
    shown = record_page(talk, request.actor, request.at)
    if shown is None:
        return _none_yet(request, talk, None)
    if not shown.sign_as:
        if request.method == "POST":
            raise Refused("not_now", say("这份记录现在不用你签字。刷新页面看看最新进展。"))
        return HttpResponseRedirect(reverse("record", args=[talk.pk]))
    side = shown.sign_as
    form = SignForm(
        request.POST or None,
        side=side,
        has_refusal=shown.refusal is not None,
        offered=ways_to_prove(request),
        initial={
            "seen_hash": shown.hash,
            "seen_language": request.LANGUAGE_CODE,
            "choice": "agree" if side == "manager" else "",
        },
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            refused = _signed(request, talk, side, form)
            if refused is None:
                said(request, _said_after_signing(talk, side, form.cleaned_data["choice"]))
                return HttpResponseRedirect(reverse("record", args=[talk.pk]))
            status = refused.status
            if refused.kind == "stale":
                form.data = {
                    **form.data.dict(),
                    "seen_hash": shown.hash,
                    "seen_language": request.LANGUAGE_CODE,
                }
                actions.read_record(talk, actor=request.actor, at=request.at)
    else:
        actions.read_record(talk, actor=request.actor, at=request.at)
    context = {**_context(shown), "form": form, "side": side, "hr": hr_names(talk)}
    return page(request, "screens/sign.html", context, current="talks", status=status)


@screen("GET", "POST")
def refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """HR witnesses that the employee does not sign: the reason, and two ways of serving (R18)."""
    talk = _talk(request, pk)
    require(talk, "witness_refusal", request.actor)
    shown = record_page(talk, request.actor, request.at)
    if shown is None:
        return _none_yet(request, talk, None)
    if not shown.may_witness and request.method == "GET":
        return HttpResponseRedirect(reverse("record", args=[talk.pk]))
    form = RefusalForm(request.POST or None, ground=shown.ground)

    def witness(given: dict[str, Any]) -> None:
        actions.witness_refusal(
            talk,
            given["reason"],
            given["served_by"],
            given["note"],
            attempt=None
            if shown.ground
            else actions.Attempt(given["attempted_on"], given["attempted_how"], given["attempted_before"]),
            actor=request.actor,
            at=request.at,
        )

    status = attempt(request, form, witness)
    if status == SEE_OTHER:
        said(request, _("已记录 %(name)s 没有签字和送达方式。不会当作同意。") % {"name": _who(talk)})
        return HttpResponseRedirect(reverse("record", args=[talk.pk]))
    context = {**_context(shown), "form": form, "grounds": Refusal.GROUNDS}
    return page(request, "screens/record_refusal.html", context, current="talks", status=status)


@screen("GET", "POST")
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen the record: a note both sides read; the signatures given stay with their version."""
    talk = _talk(request, pk)
    require(talk, "revise", request.actor)
    shown = record_page(talk, request.actor, request.at)
    if shown is None:
        return _none_yet(request, talk, None)
    form = ReviseForm(request.POST or None)
    status = attempt(
        request,
        form,
        lambda given: actions.revise(talk, given["change_note"], actor=request.actor, at=request.at),
    )
    if status == SEE_OTHER:
        said(request, _("记录重新打开了。改好后结束面谈，就生成新的一版。"))
        return HttpResponseRedirect(reverse("room", args=[talk.pk]))
    if request.method != "POST" and talk.state != "recorded":
        return HttpResponseRedirect(reverse("record", args=[talk.pk]))
    context = {**_context(shown), "form": form}
    return page(request, "screens/record_revise.html", context, current="talks", status=status)


def _talk(request: HttpRequest, pk: int) -> Conversation:
    talk: Conversation = seen_or_404(seen_with_people, request.actor, pk)
    require(talk, "read_record", request.actor)
    return talk


def _file(issued: Issued | None) -> HttpResponse:
    if issued is None:
        raise Http404
    response = HttpResponse(issued.content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, issued.name) or "attachment"
    return response


def _signed(request: HttpRequest, talk: Conversation, side: str, form: SignForm) -> Refused | None:
    """Sign, or put the reason where it belongs on the form and return it."""
    given = form.cleaned_data
    try:
        proof = prove_again(request, form.way, given)
    except Refused as wrong:
        form_problems(form, wrong)
        return wrong
    try:
        actions.sign(
            talk,
            side=side,
            choice=given["choice"],
            statement=given["statement"],
            seen_hash=given["seen_hash"],
            proof=proof,
            actor=request.actor,
            at=request.at,
            shown=actions.Shown(given["seen_language"] or request.LANGUAGE_CODE, page_version()),
        )
    except Refused as refused:
        form_problems(form, refused)
        return refused
    return None


@functools.cache
def page_version() -> str:
    """Which page a signer had before them: the product's version and a fingerprint of the page's own source."""
    source = Path(__file__).with_name("templates") / "screens" / "sign.html"
    return f"{huitan.__version__}/{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}"


def _said_after_signing(talk: Conversation, side: str, choice: str) -> str:
    if choice == "decline":
        return _("记下了：你选择不签字。HR 会联系你，不会当作同意。")
    if side == "manager":
        return _("你签好了。等 %(name)s 阅读后作出选择。") % {"name": _who(talk)}
    if choice == "reserve":
        return _("你签好了，说明和签字一起保存。")
    return _("你签好了。")


def _none_yet(request: HttpRequest, talk: Conversation, asked: int | None) -> HttpResponse:
    """No such version, or none at all: while the talk is open the room is the place."""
    if asked is not None:
        raise Http404
    return page(request, "screens/record_none.html", {"talk": talk}, current="talks")


def _context(shown: RecordPage) -> dict[str, Any]:
    return {"record": shown, "sheet": shown.sheet, "talk": shown.talk, "employee": shown.talk.review.employee}


def _who(talk: Conversation) -> str:
    return talk.review.employee.name


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    number = whole_number(given)
    if given and number is None:
        raise Http404
    return number


urls = [
    path("talks/<int:pk>/record/", record, name="record"),
    path("talks/<int:pk>/record/<int:version>/facts/<slug:ref>/", record_fact, name="record-fact"),
    path("talks/<int:pk>/record.pdf", record_pdf, name="record-pdf"),
    path("talks/<int:pk>/plan.pdf", plan_pdf, name="plan-pdf"),
    path("talks/<int:pk>/sign/", sign, name="sign"),
    path("talks/<int:pk>/record/refusal/", refusal, name="refusal"),
    path("talks/<int:pk>/record/revise/", revise, name="revise"),
]
