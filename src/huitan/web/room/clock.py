"""The section clock (R16): soft boxes, entered, paused, borrowed from each other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from huitan.conversations.actions import room as actions
from huitan.core.moves import Refused
from huitan.web.room.door import back_to_room, not_done, talk_for
from huitan.web.screen import screen

BORROWED_MINUTES = 3


@screen("POST")
def turn(request: HttpRequest, pk: int) -> HttpResponse:
    """`enter`, `borrow` (both name a section) or `pause`."""
    talk = talk_for(request, pk)
    message = ""
    try:
        if "pause" in request.POST:
            actions.pause(talk, actor=request.actor, at=request.at)
            message = _("时间停住了。点一段就继续计时。")
        elif "borrow" in request.POST:
            key = request.POST["borrow"]
            actions.borrow_minutes(talk, key, BORROWED_MINUTES, actor=request.actor, at=request.at)
            message = _("从后面的部分借了最多 %(n)s 分钟，发展支持没有动。") % {"n": BORROWED_MINUTES}
        else:
            actions.enter_section(talk, request.POST.get("enter", ""), actor=request.actor, at=request.at)
    except Refused as refusal:
        return not_done(request, talk, refusal)
    return back_to_room(request, talk, message)
