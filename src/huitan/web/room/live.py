"""What the other side changed since: asked when the stream says so, every few seconds where no stream gets through."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from huitan.conversations.queries.presence import there
from huitan.conversations.queries.room import room_of
from huitan.web import clock
from huitan.web.room import presence, regions
from huitan.web.room.door import talk_for, topic_shown
from huitan.web.screen import screen


@screen()
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """204 while nothing is new. The length of the history comes with the talk; regions are drawn only when it grew."""
    talk = talk_for(request, pk)
    shown = topic_shown(request)
    presence.sign_of_life(request, talk)
    if talk.state != "talking":
        if request.GET.get("shape") == talk.state:
            return HttpResponse(status=204)
        answer = HttpResponse("")
        answer["X-Room-Shape"] = talk.state
        return answer
    employee = talk.review.employee
    holder = talk.held_by_id or employee.manager_id
    other = employee.pk if request.actor.employee_id != employee.pk else holder
    same_people = request.GET.get("there") == there(talk.pk, other, clock.real()).mark
    if same_people and request.GET.get("since") == str(talk.length):
        return HttpResponse(status=204)
    return regions.changed(request, room_of(talk, request.actor, request.at, shown, is_fresh=True))
