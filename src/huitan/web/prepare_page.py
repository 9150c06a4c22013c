"""The prepare page as it stands, and how each of its forms is carried out or shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from huitan.conversations.forms import prepare as forms
from huitan.conversations.forms.templates import SituationForm
from huitan.conversations.models import Conversation
from huitan.conversations.queries import prepare as reads
from huitan.conversations.queries.prepare_rows import Preparation
from huitan.conversations.queries.talks import row_of
from huitan.core.moves import Refused, require
from huitan.web.screen import form_problems, page, said
from huitan.web.talks import step_view
from huitan.web.trend_chart import drawings

INCOMPLETE = 422


def talk_to_prepare(request: HttpRequest, pk: int) -> Any:
    talks = reads.for_preparation(Conversation.objects.visible_to(request.actor), request.actor)
    return get_object_or_404(talks, pk=pk)


def my_talk(request: HttpRequest, pk: int) -> Any:
    """The talk, for the one who prepares it; refused for everybody else who may see it."""
    talk = talk_to_prepare(request, pk)
    require(talk, "prepare", request.actor)
    return talk


def back_to(talk: Conversation, anchor: str = "") -> HttpResponse:
    address = reverse("prepare", args=[talk.pk])
    return HttpResponseRedirect(f"{address}#{anchor}" if anchor else address)


def citable(prepared: Preparation) -> list[tuple[int, str]]:
    return [(row.id, f"{row.ref} {row.title}") for row in prepared.citable]


def show(request: HttpRequest, talk: Any, status: int = 200, **sent: Any) -> HttpResponse:
    """The page as it stands; `sent` puts a form with its errors and what was typed in its slot, `open` names it."""
    prepared = reads.preparation(talk, request.actor, request.at)
    row = row_of(talk, request.actor, request.at)
    scored = {
        line.row.id: forms.ScoreForm(
            initial={"score": line.manager, "reason": line.reason}, auto_id=f"score-{line.row.id}-%s"
        )
        for line in prepared.kpis
    }
    answers = {
        line.id: forms.AnswerForm(auto_id=f"answer-{line.id}-%s") for line in prepared.questions if line.moves
    }
    scored.update(sent.pop("scores", {}))
    answers.update(sent.pop("answers", {}))
    rating = prepared.rating
    levels = [(level.id, level.label) for level in prepared.levels]
    current = next((level.id for level in prepared.levels if rating and level.label == rating.level), None)
    context = {
        "row": row,
        "step": step_view(row, request.at),
        "prepared": prepared,
        "drawings": drawings(prepared.trends),
        "can_edit": prepared.closed is None,
        "can_order": prepared.closed is None or row.state == "talking",
        "survey_open": row.state in ("shared", "preparing"),
        "scores": scored,
        "answers": answers,
        "removals": {},
        "citations": {},
        "schedule_form": forms.ScheduleForm.of(talk),
        "purpose_form": forms.PurposeForm(initial={"purpose": talk.purpose}),
        "talk_situations": Conversation.SITUATIONS,
        "situation_form": SituationForm(initial={"situation": talk.situation}),
        "topic_form": forms.TopicForm(citable(prepared), auto_id="topic-%s"),
        "fact_form": forms.FactForm(auto_id="fact-%s", initial={"kind": "incident"}),
        "informal_form": forms.InformalNoteForm(auto_id="informal-%s", initial={"text": talk.informal_note}),
        "rating_form": forms.RatingForm(
            levels, auto_id="rating-%s", initial={"level": current, "reason": rating.reason if rating else ""}
        ),
        "note_form": forms.PrivateNoteForm(
            auto_id="note-%s", initial={"text": prepared.note.text, "version": prepared.note.version}
        ),
        **sent,
    }
    return page(request, "screens/prepare.html", context, current="talks", status=status)


def carry_out(
    request: HttpRequest,
    talk: Any,
    form: Any,
    act: Callable[[dict[str, Any]], Any],
    message: Callable[[Any], str],
    anchor: str,
    **slot: Any,
) -> HttpResponse:
    """Do what the form asks and go back to its place; or show the page again with what was typed and what is wrong."""
    status = INCOMPLETE
    if form.is_valid():
        try:
            done = act(form.cleaned_data)
        except Refused as refusal:
            form_problems(form, refusal)
            status = refusal.status
        else:
            said(request, message(done))
            return back_to(talk, anchor)
    return show(request, talk_to_prepare(request, talk.pk), status=status, **slot)
