"""The room itself for both roles, the waiting page before it, and its beginning and end."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from huitan.conversations.actions import room as actions
from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import WITH_RECORD
from huitan.conversations.queries.presence import AWAY
from huitan.conversations.queries.room import room_of
from huitan.conversations.queries.wording import left_over
from huitan.core.moves import Refused, offer, require
from huitan.web.room import regions
from huitan.web.room.door import (
    back_to_room,
    by_htmx,
    room_url,
    shown_topics,
    side_page,
    talk_for,
    topic_shown,
)
from huitan.web.room.places import links, wording_links
from huitan.web.screen import page, said, screen


@screen(live=True)
def room(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    if talk.state in WITH_RECORD:
        return HttpResponseRedirect(reverse("record", args=[talk.pk]))
    if talk.state != "talking":
        return _waiting(request, talk)
    shown = room_of(talk, request.actor, request.at, topic_shown(request), is_fresh=True)
    where = regions.there_of(shown)
    context = {
        **regions.shared_context(request, shown, where),
        "regions": regions.drawn(request, shown, where),
        "live": {
            "shape": regions.shape(shown),
            "since": shown.length,
            "there": where.mark,
            "topic": shown.current.id if shown.current else "",
        },
    }
    del context["csrf_input"]
    template = "screens/room/manager.html" if shown.is_manager else "screens/room/employee.html"
    return page(request, template, context, current="talks")


def _waiting(request: HttpRequest, talk: Conversation) -> HttpResponse:
    """Before the talk begins (or after it was called off): when, where, what, and who opens the door."""
    shown = room_of(talk, request.actor, request.at, is_fresh=True)
    if not shown_topics(talk, request.actor):
        shown = replace(shown, topics=())
    context = {
        **regions.shared_context(request, shown, AWAY),
        "begin": offer(talk, "begin", request.actor, request.at),
        # How much has happened by now is not said: until the pack is shared that is how often the manager drafted.
        "live": {"shape": talk.state, "since": "", "there": "", "topic": ""},
    }
    del context["csrf_input"]
    return page(request, "screens/room/waiting.html", context, current="talks")


@screen("POST")
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    actions.begin(talk, actor=request.actor, at=request.at)
    said(request, _("面谈开始了，%(name)s 的页面会自己打开。") % {"name": talk.review.employee.name})
    return HttpResponseRedirect(room_url(talk))


@screen("GET", "POST")
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ending the talk: everything that is missing with the place to mend it, or one button."""
    talk = talk_for(request, pk)
    require(talk, "complete", request.actor)
    status, missing = 200, None
    if request.method == "POST":
        try:
            record = actions.complete(talk, actor=request.actor, at=request.at)
        except Refused as refusal:
            if refusal.kind != "incomplete":
                raise
            status, missing = refusal.status, refusal.reasons
        else:
            said(
                request,
                _("面谈结束，记录第 %(n)s 版已生成。你先签字，%(name)s 会收到通知。")
                % {"n": record.version, "name": talk.review.employee.name},
            )
            url = reverse("record", args=[talk.pk])
            if by_htmx(request):
                return HttpResponse(headers={"HX-Redirect": url})
            return HttpResponseRedirect(url)
    if talk.state != "talking":
        return back_to_room(request, talk)
    shown = room_of(talk, request.actor, request.at, topic_shown(request), is_fresh=True)
    if missing is None:
        missing = shown.finish.missing if shown.finish else ()
    context = {
        "room": shown,
        "missing": links(talk, missing),
        "wording": wording_links(talk, left_over(shown.talk)),
        "employee": talk.review.employee,
    }
    title = _("结束并生成记录")
    return side_page(request, talk, "screens/room/finish.html", title, context, status)
