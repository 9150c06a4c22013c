"""Who else has this room open: told by pages with a word now and then, and by their open streams."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from huitan.conversations.actions import presence as actions
from huitan.conversations.models import Conversation
from huitan.core.numbers import whole_number
from huitan.web import clock
from huitan.web.room.door import talk_for
from huitan.web.screen import screen


@screen("POST")
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader looks at `topic`, types in `field`, or has taken the hand off (`paused`)."""
    talk = talk_for(request, pk)
    if "paused" in request.POST:
        actions.pause(talk, request.POST.get("seat", ""), actor=request.actor)
    else:
        sign_of_life(request, talk)
    return HttpResponse(status=204)


def sign_of_life(request: HttpRequest, talk: Conversation) -> None:
    """From a page that names its seat; one that does not, without scripts, is not there for long enough to count."""
    given = request.POST if request.method == "POST" else request.GET
    actions.here(
        talk,
        given.get("seat", "")[: actions.SEAT_AT_MOST],
        actor=request.actor,
        at=clock.real(),
        topic_id=whole_number(given.get("topic", "")),
        field=given.get("field", ""),
    )
