"""模板库: the templates talks are prepared with, edited by HR; and a talk's own situation and version (R25)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import templates as acts
from huitan.conversations.forms.templates import SituationForm, TemplateForm
from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.queries import templates as reads
from huitan.conversations.template_library import LANGUAGES, PARTS, SURVEY, ready_made
from huitan.web.prepare_page import back_to, carry_out, my_talk
from huitan.web.screen import SEE_OTHER, attempt, page, said, screen


@screen()
def templates(request: HttpRequest) -> HttpResponse:
    acts.require_library(request.actor)
    context = {"library": reads.library(request.actor), **_words()}
    return page(request, "screens/templates.html", context, current="templates")


@screen("GET", "POST")
def template(request: HttpRequest, purpose: str, situation: str, minutes: int) -> HttpResponse:
    """Read, and for HR admins change: what is saved holds for talks prepared from now on."""
    acts.require_library(request.actor)
    _known(purpose, situation, minutes)
    shown = reads.template_page(purpose, situation, minutes, request.actor)
    form = (
        TemplateForm(request.POST)
        if request.method == "POST"
        else TemplateForm.of(shown.content, shown.cell.version)
    )

    def act(sent: dict[str, Any]) -> None:
        saved = acts.edit(
            purpose,
            situation,
            minutes,
            form.content,
            seen_version=sent["version"],
            note=sent["note"],
            actor=request.actor,
            at=request.at,
        )
        _told(request, saved)

    status = attempt(request, form, act)
    if status == SEE_OTHER:
        return _there(purpose, situation, minutes)
    context = {
        "shown": shown,
        "form": form,
        "may_edit": request.actor.is_hr_admin,
        "lengths": [n for n in Conversation.LENGTHS if n != minutes],
        **_words(),
    }
    return page(request, "screens/template.html", context, current="templates", status=status)


@screen("POST")
def restore(request: HttpRequest, purpose: str, situation: str, minutes: int) -> HttpResponse:
    """The ready-made content once more, as a new version; the edited ones stay in the list."""
    _known(purpose, situation, minutes)
    acts.require_library(request.actor, "edit_templates")
    shown = reads.template_page(purpose, situation, minutes, request.actor)
    saved = acts.edit(
        purpose,
        situation,
        minutes,
        ready_made(purpose, situation, minutes),
        seen_version=shown.cell.version,
        note=_("恢复现成的内容"),
        actor=request.actor,
        at=request.at,
    )
    _told(request, saved)
    return _there(purpose, situation, minutes)


@screen("POST")
def situation(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    form = SituationForm(request.POST)
    return carry_out(
        request,
        talk,
        form,
        lambda sent: acts.choose_situation(talk, sent["situation"], actor=request.actor, at=request.at),
        lambda done: (
            _("按「%(word)s」准备，提示和议程已换") % {"word": _(Conversation.SITUATIONS[done.situation])}
        ),
        "script",
        situation_form=form,
    )


@screen("POST")
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    talk = my_talk(request, pk)
    renewed = acts.renew(talk, actor=request.actor, at=request.at)
    version = renewed.template.version if renewed.template else 0
    said(request, _("这场面谈改用模板第 %(n)s 版") % {"n": version})
    return back_to(talk, "script")


def _told(request: HttpRequest, saved: Any) -> None:
    said(request, _("模板现在是第 %(n)s 版。已经开始准备的面谈还用原来的，可以自己换") % {"n": saved.version})


def _known(purpose: str, situation: str, minutes: int) -> None:
    if (
        purpose not in Conversation.PURPOSES
        or situation not in Conversation.SITUATIONS
        or minutes not in Conversation.LENGTHS
    ):
        raise Http404


def _there(purpose: str, situation: str, minutes: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("template", args=[purpose, situation, minutes]))


def _words() -> dict[str, Any]:
    return {
        "purposes": Conversation.PURPOSES,
        "situations": Conversation.SITUATIONS,
        "sections": SECTIONS,
        "parts": PARTS,
        "survey": SURVEY,
        "survey_words": reads.SURVEY_WORDS,
        "languages": LANGUAGES,
    }


_ONE = "templates/<slug:purpose>/<slug:situation>/<int:minutes>/"
urls = [
    path("templates/", templates, name="templates"),
    path(_ONE, template, name="template"),
    path(f"{_ONE}restore/", restore, name="template-restore"),
    path("talks/<int:pk>/prepare/situation/", situation, name="prepare-situation"),
    path("talks/<int:pk>/prepare/template/", renew, name="prepare-template"),
]
