"""The room drawn in regions, so that only what changed travels.

Each region carries a mark over what it shows. A script sends the marks it has; regions whose mark differs come back
as htmx out-of-band fragments. The page keeps its hands off a region in which somebody is typing.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from markupsafe import Markup

from huitan.conversations.models import Topic
from huitan.conversations.queries.presence import FIELDS, There, there
from huitan.conversations.queries.room import Room
from huitan.plans.models import CAUSES
from huitan.web import clock

# Stands for the security token while marks are computed: the same in every process, and in nobody's words.
TOKEN = salted_hmac("huitan.room.regions", "token").hexdigest()
# Region id to template, in the order of the page.
MANAGER = {
    "room-clock": "clock",
    "room-topics": "topics",
    "room-asked": "asked",
    "room-head": "head",
    "room-facts": "facts",
    "room-causes": "causes",
    "room-feedback": "feedback",
    "room-words": "words",
    "room-consensus": "consensus",
    "room-actions": "actions",
    "room-coach": "coach",
    "room-agreed": "agreed",
    "room-around": "around",
    "room-presence": "presence",
    "room-steps": "steps",
}
EMPLOYEE = {
    "room-clock": "clock_small",
    "room-others": "others",
    "room-carried": "carried",
    "room-asked": "asked",
    "room-agreed": "agreed",
    "room-presence": "presence",
}


@dataclass(frozen=True)
class Region:
    id: str
    mark: str
    inner: Markup

    def html(self, out_of_band: bool = False) -> Markup:
        return Markup(
            format_html(
                '<div id="{}" class="region" data-region data-mark="{}"{}>{}</div>',
                self.id,
                self.mark,
                Markup(' hx-swap-oob="true"') if out_of_band else "",
                self.inner,
            )
        )


def drawn(request: HttpRequest, room: Room, where: There) -> dict[str, Region]:
    """Every region of this viewer's room."""
    context = shared_context(request, room, where)
    token = get_token(request)
    made: dict[str, Region] = {}

    def draw(name: str, template: str, **more: Any) -> None:
        html = render_to_string(f"screens/room/{template}.html", {**context, **more})
        basis = _clock_state(room) if name == "room-clock" else html
        made[name] = Region(name, f"{zlib.crc32(basis.encode()):08x}", Markup(html.replace(TOKEN, token)))

    for name, template in (MANAGER if room.is_manager else EMPLOYEE).items():
        draw(name, template)
    if not room.is_manager:
        for topic in room.active:
            draw(f"topic-{topic.id}-shared", "topic_shared", topic=topic)
            draw(f"topic-{topic.id}-words", "topic_words", topic=topic)
    return made


def shared_context(request: HttpRequest, room: Room, where: There) -> dict[str, Any]:
    """`where` the other one of the two is right now."""
    employee = room.talk.review.employee
    return {
        "room": room,
        "talk": room.talk,
        "employee": employee,
        "manager": room.manager,
        "current": room.current,
        "causes": list(CAUSES.items()),
        "kinds": Topic.KINDS,
        "there": where,
        "there_topic": next((t.title for t in room.topics if t.id == where.topic_id), ""),
        "there_field": FIELDS.get(where.field, ""),
        "today": request.at,
        "handed": request.handed,
        "csrf_input": Markup(f'<input type="hidden" name="csrfmiddlewaretoken" value="{TOKEN}">'),
    }


def changed(
    request: HttpRequest, room: Room, message: str = "", *, tone: str = "success", all_of_them: bool = False
) -> HttpResponse:
    """The regions whose mark the sender does not have, out of band, with the new length of the history.

    A sender who names its marks gets only regions its page has: another skeleton is loaded whole.
    """
    known = _marks(request)
    where = there_of(room)
    parts = [
        region.html(out_of_band=True)
        for name, region in drawn(request, room, where).items()
        if known is None or (name in known and (all_of_them or known[name] != region.mark))
    ]
    if message:
        words = {"message": message, "tone": tone}
        parts.append(Markup(render_to_string("screens/room/message.html", words)))
    answer = HttpResponse("".join(parts))
    answer["X-Room-Length"] = str(room.length)
    answer["X-Room-Shape"] = shape(room)
    answer["X-Room-There"] = where.mark
    return answer


def shape(room: Room) -> str:
    """What the page's skeleton hangs on; when it differs the page is loaded anew, once nobody is typing."""
    if room.is_manager:
        return f"talking-{room.current.id if room.current else 0}-{int(room.is_gated)}"
    return "talking-" + "-".join(str(t.id) for t in room.active)


def there_of(room: Room) -> There:
    """Where the other one of the two is. One query."""
    other = room.talk.review.employee_id if room.is_manager else room.manager.pk if room.manager else None
    return there(room.talk.pk, other, clock.real())


def _clock_state(room: Room) -> str:
    return repr([(p.key, p.minutes, p.is_running, p.is_running or p.spent) for p in room.parts])


def _marks(request: HttpRequest) -> Mapping[str, str] | None:
    """Region id to mark, as on the sender's page; None when the sender says nothing about its page."""
    try:
        marks = json.loads(request.POST.get("marks") or request.GET.get("marks") or "")
    except (ValueError, RecursionError):
        return None
    return marks if isinstance(marks, dict) else None
