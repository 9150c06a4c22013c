"""The employee's survey before the talk (R07), on a phone in at most three minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import voice
from huitan.conversations.forms.voice import STEPS, SurveyForm, score_name
from huitan.conversations.models import Conversation
from huitan.conversations.queries.survey import SurveyPage, seen_at, survey_page, version_of
from huitan.core.moves import Refused
from huitan.web import formats
from huitan.web.screen import form_problems, page, said, screen


@screen("GET", "POST")
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """Read or fill; POST hands in, or keeps the draft when the button `later` was pressed."""
    talk = _talk(request, pk)
    seen = survey_page(talk, request.actor)
    if request.method != "POST":
        return _page(request, seen, SurveyForm.filled(seen) if seen.is_open else None)
    form = SurveyForm(request.POST, results=seen.results, asks=seen.asks)
    if not form.is_valid():
        return _page(request, seen, form, 422)
    by = {"actor": request.actor, "at": request.at, "seen_at": seen_at(request.POST.get("version", ""))}
    try:
        if "later" in request.POST:
            voice.save_survey(talk, form.answers, form.scores, **by)
            said(request, _("草稿留下了，只有你能看到。想好了再回来交。"))
        else:
            voice.hand_in_survey(talk, form.answers, form.scores, form.question_list, asked=form.asked, **by)
            said(request, _("已交给%(name)s，面谈会从你写的谈起。") % {"name": seen.manager or _("直接上级")})
    except Refused as refusal:
        if not seen.is_open:
            raise
        stale = refusal.kind == "stale"
        shown = SurveyForm(_merged(request, seen), results=seen.results, asks=seen.asks) if stale else form
        shown.is_valid()
        form_problems(shown, refusal)
        return _page(request, seen, shown, refusal.status, _both_wrote(form, seen) if stale else ())
    return HttpResponseRedirect(reverse("survey", args=[talk.pk]))


@screen("POST")
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft while typing. The questions travel only when the survey is handed in."""
    talk = _talk(request, pk)
    seen = survey_page(talk, request.actor)
    form = SurveyForm(request.POST, results=seen.results, asks=seen.asks)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        kept = voice.save_survey(
            talk,
            form.answers,
            form.scores,
            actor=request.actor,
            at=request.at,
            seen_at=seen_at(request.POST.get("version", "")),
        )
    except Refused as refusal:
        if refusal.kind != "stale":
            raise
        return JsonResponse(_other_device(survey_page(talk, request.actor)), status=412)
    return JsonResponse({"version": version_of(kept), "saved_at": formats.stamp(kept.saved_at)[-8:]})


def _other_device(stored: SurveyPage) -> dict[str, Any]:
    values: dict[str, Any] = {
        "own_view": stored.own_view,
        "difficulties": stored.difficulties,
        "growth": stored.growth,
    }
    for result in stored.results:
        given = "" if result.score is None else formats.score(result.score)
        values[score_name(result.row.id)] = [given]
    return {
        "version": stored.version,
        "values": values,
        "changed_by": _("你自己（另一台设备）"),
        "changed_at": formats.clock_time(stored.saved_at),
    }


def _merged(request: HttpRequest, stored: SurveyPage) -> dict[str, Any]:
    """What this device sent, with the other device's words where this one sent none."""
    kept = {name: value for name, value in SurveyForm.filled(stored).initial.items() if value}
    return {**kept, **{name: value for name, value in request.POST.items() if value}}


def _both_wrote(sent: SurveyForm, stored: SurveyPage) -> list[tuple[str, str]]:
    """(label, stored text) of each text that both devices wrote differently."""
    return [
        (str(sent.fields[name].label), getattr(stored, name))
        for name, text in sent.answers.items()
        if text and getattr(stored, name) and text != getattr(stored, name)
    ]


def _page(
    request: HttpRequest,
    seen: SurveyPage,
    form: SurveyForm | None,
    status: int = 200,
    other_device: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    context = {
        "other_device": other_device,
        "survey": seen,
        "form": form if seen.is_open else None,
        "steps": [format(step, ".1f") for step in STEPS],
    }
    return page(request, "screens/survey.html", context, current="talks", status=status)


def _talk(request: HttpRequest, pk: int) -> Conversation:
    seen = Conversation.objects.visible_to(request.actor).select_related(
        "review__employee__department", "review__employee__manager", "review__cycle", "template"
    )
    return get_object_or_404(seen, pk=pk)


urls = [
    path("talks/<int:pk>/survey/", survey, name="survey"),
    path("talks/<int:pk>/survey/save/", save, name="survey-save"),
]
