"""事实记录: what happened, written down when it happened, by the manager, the employee and HR; for the own log, the own
team or, for HR, by person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.queries.evidence_log import (
    LogPage,
    file_of,
    log_page,
    note_of,
    people,
    subject,
)
from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.evidence import actions
from huitan.evidence.forms import AmendForm, NoteForm, TellForm, WithdrawForm
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.web.downloads import as_download
from huitan.web.formats import short_day
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen


@screen()
def logs(request: HttpRequest) -> HttpResponse:
    """The own log; without one (HR without a roster entry), whoever is looked for."""
    search = request.GET.get("q", "")
    if request.actor.employee_id is None or search:
        context = {"people": people(request.actor, search), "search": search, "log": None}
        return page(request, "screens/evidence_people.html", context, current="evidence")
    return log(request, pk=request.actor.employee_id)


@screen("GET", "POST")
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's log, and the quick entry of a note."""
    person = _person(request, pk)
    seen = _seen(request, person)
    today = timezone.localdate(request.at)
    form = NoteForm(
        request.POST or None,
        request.FILES or None,
        may_tell=seen.may_tell,
        results=seen.results,
        today=today,
        initial={"kind": "signal" if seen.may_tell else "achievement", "occurred_on": today},
    )

    def act(sent: dict[str, Any]) -> None:
        note = actions.add(
            person,
            kind=sent["kind"],
            occurred_on=sent["occurred_on"],
            statement=sent["statement"],
            effect=sent["effect"],
            source=sent["source"],
            about=sent.get("about", ""),
            told_on=sent.get("told_on"),
            attachments=[(upload.name, upload.read()) for upload in sent["attachments"]],
            actor=request.actor,
            at=request.at,
        )
        said(request, _noted(note, seen))

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return _back(person.pk)
    return _page(request, person, seen, status, note_form=form)


@screen("POST")
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request, pk)
    form = AmendForm(request.POST, auto_id=f"amend-{pk}-%s")
    stored: list[Evidence] = []

    def act(sent: dict[str, Any]) -> None:
        try:
            actions.amend(note, sent, sent["version"] or 0, actor=request.actor, at=request.at)
        except Refused as refusal:
            if refusal.kind == "stale":
                stored.append(refusal.current)
            raise
        said(request, _("改好了，原来的写法留在历史里。"))

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return _back(note.employee_id, pk)
    return _again(request, note, status, amend=form, stored=stored[0] if stored else None)


@screen("POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request, pk)
    form = WithdrawForm(request.POST, auto_id=f"withdraw-{pk}-%s")

    def act(sent: dict[str, Any]) -> None:
        actions.withdraw(note, sent["reason"], actor=request.actor, at=request.at)
        said(request, _("撤回了 %(ref)s，原因留在这里。") % {"ref": note.ref})

    status = attempt(request, form, act)
    return (
        _back(note.employee_id, pk) if status == SEE_OTHER else _again(request, note, status, withdraw=form)
    )


@screen("POST")
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request, pk)
    form = TellForm(request.POST, auto_id=f"tell-{pk}-%s")

    def act(sent: dict[str, Any]) -> None:
        actions.tell(note, sent["told_on"], actor=request.actor, at=request.at)
        said(
            request,
            _("记下了：%(day)s告知。%(name)s现在看得到 %(ref)s。")
            % {"day": short_day(sent["told_on"]), "name": note.employee.name, "ref": note.ref},
        )

    status = attempt(request, form, act)
    return _back(note.employee_id, pk) if status == SEE_OTHER else _again(request, note, status, tell=form)


@screen()
def download(request: HttpRequest, pk: int, file_id: int) -> HttpResponse:
    kept = file_of(request.actor, pk, file_id)
    if kept is None:
        raise Http404
    return as_download(kept)


def _page(
    request: HttpRequest, person: Employee, seen: LogPage, status: int = 200, **sent: Any
) -> HttpResponse:
    today = timezone.localdate(request.at)
    context = {
        "log": seen,
        "people": people(request.actor),
        "search": "",
        "today": today,
        "tell_form": TellForm(initial={"told_on": today}, auto_id="tell-%s"),
        "opened": None,
        **sent,
    }
    return page(request, "screens/evidence.html", context, current="evidence", status=status)


def _again(request: HttpRequest, note: Evidence, status: int, **opened: Any) -> HttpResponse:
    """The log once more, open at the note with what was typed and why it was not done."""
    person = _person(request, note.employee_id)
    seen = _seen(request, person)
    today = timezone.localdate(request.at)
    form = NoteForm(
        may_tell=seen.may_tell,
        results=seen.results,
        today=today,
        initial={"kind": "achievement", "occurred_on": today},
    )
    return _page(request, person, seen, status, note_form=form, opened={"id": note.pk, **opened})


def _person(request: HttpRequest, pk: int) -> Employee:
    person = subject(request.actor, pk)
    if person is None:
        raise Http404
    return person


def _note(request: HttpRequest, pk: int) -> Evidence:
    note = note_of(request.actor, pk)
    if note is None:
        raise Http404
    return note


def _seen(request: HttpRequest, person: Employee) -> LogPage:
    return log_page(person, request.actor, request.at, _older_than(request.GET.get("older", "")))


def _older_than(text: str) -> tuple[date, int] | None:
    """「2026-03-14.217」, the day and id of the last note of the page before; anything else is the first page."""
    on, _dot, pk = text.partition(".")
    number = whole_number(pk)
    try:
        return (date.fromisoformat(on), number) if number is not None else None
    except ValueError:
        return None


def _back(person: int, note: int | None = None) -> HttpResponse:
    anchor = f"#note-{note}" if note else ""
    return HttpResponseRedirect(reverse("evidence-person", args=[person]) + anchor)


def _noted(note: Evidence, seen: LogPage) -> str:
    words = {"ref": note.ref, "name": seen.person}
    if note.shared_at:
        return _("记下了 %(ref)s，%(name)s现在就看得到。") % words
    if seen.is_own:
        return _("记下了 %(ref)s，你的直接上级和 HR 看得到。") % words
    return _("记下了 %(ref)s。告知%(name)s或共享资料包之前，只有直接上级和 HR 看得到。") % words


urls = [
    path("evidence/", logs, name="evidence"),
    path("evidence/<int:pk>/", log, name="evidence-person"),
    path("evidence/notes/<int:pk>/amend/", amend, name="evidence-amend"),
    path("evidence/notes/<int:pk>/withdraw/", withdraw, name="evidence-withdraw"),
    path("evidence/notes/<int:pk>/tell/", tell, name="evidence-tell"),
    path("evidence/notes/<int:pk>/files/<int:file_id>/", download, name="evidence-download"),
]
