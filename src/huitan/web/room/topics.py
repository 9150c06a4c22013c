"""Choosing on a topic, adding one, leaving one for later, or off."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from huitan.conversations.actions import preparation
from huitan.conversations.actions import room as actions
from huitan.conversations.forms.room import ChoiceForm, ReasonForm, TopicForm
from huitan.core.moves import Refused, require
from huitan.core.sentences import Sentence
from huitan.web.room.door import back_to_room, beside, not_done, seen_version, talk_for, topic_for
from huitan.web.screen import screen

REASON = "screens/room/reason_form.html"


@screen("POST")
def choose(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    """Causes (with the marker field `choosing=causes`), consensus, first_raised, support_due_on: whichever was sent."""
    talk = talk_for(request, pk)
    topic = topic_for(request, talk, topic_pk)
    form = ChoiceForm(request.POST)
    chosen: dict[str, Any] = {}
    choosing = request.POST.get("choosing", "")
    try:
        if not form.is_valid():
            sentences = [str(error) for errors in form.errors.values() for error in errors]
            raise Refused("invalid", *[Sentence(sentence) for sentence in sentences])
        if choosing == "causes":
            chosen["causes"] = request.POST.getlist("causes")
        if choosing == "first_raised":
            chosen["first_raised"] = "first_raised" in request.POST
        for name in ("consensus", "support_due_on"):
            if name in request.POST:
                chosen[name] = form.cleaned_data[name]
        actions.choose(
            topic, actor=request.actor, at=request.at, seen_version=seen_version(request), **chosen
        )
    except Refused as refusal:
        return not_done(request, talk, refusal)
    return back_to_room(request, talk, topic=topic.pk)


@screen("GET", "POST")
def add(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    form = TopicForm(request.POST or None, initial={"kind": request.GET.get("kind", "improvement")})

    def act(given: dict[str, Any]) -> HttpResponse:
        topic = preparation.add_topic(talk, given["kind"], given["title"], actor=request.actor, at=request.at)
        message = _("加上了「%(title)s」。") % {"title": topic.title}
        return back_to_room(request, talk, message, topic=topic.pk)

    return beside(request, talk, form, act, "screens/room/topic_form.html", _("加一个话题"), {})


@screen("POST")
def carry(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    """R16: to the follow-up talk, or (with `back`) onto today's list again."""
    talk = talk_for(request, pk)
    topic = topic_for(request, talk, topic_pk)
    back = "back" in request.POST
    try:
        actions.carry_over(topic, actor=request.actor, at=request.at, back=back)
    except Refused as refusal:
        return not_done(request, talk, refusal)
    if back:
        return back_to_room(
            request, talk, _("「%(title)s」回到今天。") % {"title": topic.title}, topic=topic.pk
        )
    message = _("「%(title)s」留到后续面谈，不会丢。给后续面谈定个时间。") % {"title": topic.title}
    return back_to_room(request, talk, message, anchor="follow-up")


@screen("GET", "POST")
def remove(request: HttpRequest, pk: int, topic_pk: int) -> HttpResponse:
    """Not talked about; what the employee asked for needs a reason, which the history keeps."""
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    topic = topic_for(request, talk, topic_pk)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].required = topic.wanted_by_employee

    def act(given: dict[str, Any]) -> HttpResponse:
        preparation.remove_topic(topic, given["reason"], actor=request.actor, at=request.at)
        return back_to_room(request, talk, _("「%(title)s」这次不谈。") % {"title": topic.title})

    context = {"topic": topic, "action": _("这次不谈")}
    return beside(request, talk, form, act, REASON, _("这个话题不谈"), context)


@screen("GET", "POST")
def skip_highlights(request: HttpRequest, pk: int) -> HttpResponse:
    """R10: no highlight this time, for a reason that the record shows."""
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    form = ReasonForm(request.POST or None, initial={"reason": talk.highlight_skip_reason})

    def act(given: dict[str, Any]) -> HttpResponse:
        actions.write_on_talk(
            talk, "highlight_skip_reason", given["reason"], actor=request.actor, at=request.at
        )
        return back_to_room(request, talk, _("跳过了亮点，原因会写进记录。"))

    context = {
        "note": _("先肯定一件具体的事，对方才听得进后面的话。确实没有时，写明原因，记录里双方都看得到。"),
        "action": _("写明原因并跳过"),
    }
    return beside(request, talk, form, act, REASON, _("这次没有亮点"), context)
