"""Who else is in the room, named with a role; both sides see it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from huitan.conversations.actions import attendance
from huitan.conversations.forms.room import AttendeeForm
from huitan.core.moves import Refused, require
from huitan.web.room.door import back_to_room, beside, not_done, talk_for
from huitan.web.screen import screen


@screen("GET", "POST")
def add(request: HttpRequest, pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    form = AttendeeForm(request.POST or None)

    def act(given: dict[str, Any]) -> HttpResponse:
        attendance.add_attendee(talk, given["name"], given["role"], actor=request.actor, at=request.at)
        return back_to_room(request, talk, _("已写明在场，双方都看得到，会进记录。"))

    return beside(request, talk, form, act, "screens/room/other_form.html", _("还有谁在场"), {})


@screen("POST")
def remove(request: HttpRequest, pk: int, attendee_pk: int) -> HttpResponse:
    talk = talk_for(request, pk)
    require(talk, "write", request.actor)
    attendee = get_object_or_404(talk.attendees.all(), pk=attendee_pk)
    try:
        attendance.remove_attendee(attendee, actor=request.actor, at=request.at)
    except Refused as refusal:
        return not_done(request, talk, refusal)
    return back_to_room(request, talk, _("%(name)s不再列为在场。") % {"name": attendee.name})
