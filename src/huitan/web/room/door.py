"""What every step in the room begins and ends with: the talk, and the answer as a page or as the changed regions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from huitan.conversations.models import Conversation, Topic
from huitan.conversations.queries.room import room_of, seen_in_room
from huitan.core import access
from huitan.core.moves import Refused
from huitan.core.numbers import whole_number
from huitan.core.sentences import say
from huitan.people.relations import Actor
from huitan.web.room import regions
from huitan.web.screen import SEE_OTHER, attempt, page, said, seen_or_404


def talk_for(request: HttpRequest, pk: int) -> Any:
    """The talk, unseen 404; what is said in it is for the two people alone."""
    talk = seen_or_404(seen_in_room, request.actor, pk)
    if not access.judge(talk, "read_content", request.actor):
        raise Refused("forbidden", say("谈的内容只有面谈双方能看到。记录签字以后按权限开放。"))
    return talk


def shown_topics(talk: Conversation, actor: Actor) -> bool:
    """Until the pack is shared the topics are the manager's draft; called off, they stay it."""
    return talk.state not in ("preparing", "cancelled") or bool(access.judge(talk, "prepare", actor))


def topic_for(request: HttpRequest, talk: Conversation, pk: int) -> Topic:
    if not shown_topics(talk, request.actor):
        raise Http404
    topic: Topic = get_object_or_404(talk.topics.all(), pk=pk)
    topic.conversation = talk
    return topic


def seen_version(request: HttpRequest) -> int | None:
    """The version the sender started from. What cannot be read is older than anything stored, so nothing is lost."""
    given = request.POST.get("version", "")
    seen = whole_number(given)
    return -1 if given and seen is None else seen


# Looked up without the form that sent the step: another answer may have replaced that form meanwhile.
WHOLE_PAGE = "body"


def by_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def topic_shown(request: HttpRequest) -> int | None:
    """The topic on the sender's screen."""
    return whole_number(request.POST.get("topic") or request.GET.get("topic") or "")


def room_url(talk: Conversation, topic: int | None = None, anchor: str = "") -> str:
    url = reverse("room", args=[talk.pk])
    return f"{url}{'?' + urlencode({'topic': topic}) if topic else ''}{'#' + anchor if anchor else ''}"


def back_to_room(
    request: HttpRequest, talk: Conversation, message: str = "", *, topic: int | None = None, anchor: str = ""
) -> HttpResponse:
    """After a step: the regions that changed for a script, the room for everybody else."""
    shown = topic or topic_shown(request)
    if by_htmx(request):
        answer = regions.changed(request, room_of(talk, request.actor, request.at, shown), message)
        answer["HX-Retarget"] = WHOLE_PAGE
        answer["HX-Reswap"] = "none"
        answer["HX-Trigger-After-Swap"] = "huitan:step-done"
        return answer
    if message:
        said(request, message)
    return HttpResponseRedirect(room_url(talk, shown, anchor))


def not_done(request: HttpRequest, talk: Conversation, refusal: Refused) -> HttpResponse:
    """A choice in the room that was refused: the reason is said and the control goes back to what is stored."""
    if not by_htmx(request):
        raise refusal
    room = room_of(talk, request.actor, request.at, topic_shown(request))
    answer = regions.changed(request, room, str(refusal), tone="warning", all_of_them=True)
    answer.status_code = refusal.status if refusal.status in (409, 412, 422) else 422
    answer["HX-Retarget"] = WHOLE_PAGE
    answer["HX-Reswap"] = "none"
    return answer


def beside(
    request: HttpRequest,
    talk: Conversation,
    form: Any,
    act: Callable[[dict[str, Any]], HttpResponse],
    template: str,
    title: str,
    context: Mapping[str, Any],
) -> HttpResponse:
    """A form beside the talk: `act` does what it asks and answers; a form with problems is shown again."""
    answers: list[HttpResponse] = []
    status = attempt(request, form, lambda given: answers.append(act(given)))
    if status == SEE_OTHER:
        return answers[0]
    return side_page(request, talk, template, title, {**context, "form": form}, status)


def side_page(
    request: HttpRequest,
    talk: Conversation,
    template: str,
    title: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    """A step beside the talk: in the drawer when a script asks, on a page of its own otherwise."""
    shown = topic_shown(request)
    everything = {
        **context,
        "talk": talk,
        "title": title,
        "shown_topic": shown,
        "here": request.get_full_path(),
        "in_drawer": by_htmx(request),
        "room_url": room_url(talk, shown),
        "template": template,
    }
    if by_htmx(request):
        answer = render(request, template, everything, status=status)
        answer["HX-Trigger-After-Swap"] = json.dumps({"huitan:drawer-title": {"title": title}})
        return answer
    return page(request, "screens/room/side_page.html", everything, current="talks", status=status)
