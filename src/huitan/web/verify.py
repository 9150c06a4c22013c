"""校验: is what is stored still what was stored? And the history of one signed talk, in words."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _

from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import BINDING
from huitan.conversations.queries.history import history, signed_talks
from huitan.conversations.queries.verification import Verification
from huitan.core.numbers import whole_number
from huitan.disputes.queries.verification import verify as check
from huitan.people.actions import require_office
from huitan.web.screen import page, screen


@dataclass(frozen=True)
class Place:
    """Where something does not hold, in words; `url` leads to the talk it belongs to."""

    words: str
    url: str
    problem: str


@screen("GET", "POST")
def verify(request: HttpRequest) -> HttpResponse:
    """The whole history is only checked when asked: it is read from its first event."""
    require_office(request.actor, "verify")
    result = check(at=request.at) if request.method == "POST" else None
    name = request.GET.get("name", "").strip()
    before = request.GET.get("before", "")
    talks = signed_talks(request.actor, name=name, before=whole_number(before))
    query = {"name": name} if name else {}
    context = {
        "result": result,
        "places": _places(result) if result else [],
        "talks": talks.rows,
        "name": name,
        "paged": bool(before),
        "first_url": reverse("verify") + (f"?{urlencode(query)}" if query else ""),
        "next_url": f"{reverse('verify')}?{urlencode({**query, 'before': talks.next_key})}#talks"
        if talks.next_key
        else "",
    }
    return page(request, "screens/verify.html", context, current="verify")


@screen()
def talk_history(request: HttpRequest, pk: int) -> HttpResponse:
    require_office(request.actor, "verify")
    visible = Conversation.objects.visible_to(request.actor).filter(state__in=BINDING)
    talk = get_object_or_404(
        visible.select_related("review__employee__department", "review__cycle", "held_by"), pk=pk
    )
    result = check(talk.stream, at=request.at)
    context = {"history": history(talk, request.actor), "result": result, "places": _places(result)}
    return page(request, "screens/verify_talk.html", context, current="verify")


def _places(result: Verification) -> list[Place]:
    return [Place(*_where(b.where), str(b.sentence)) for b in result.breaks]


def _where(where: str) -> tuple[str, str]:
    """Words and address of "record conversation:17 v2", "conversation:17 #4" or "seal 3"."""
    kind, _space, rest = where.partition(" ")
    if kind == "seal":
        return (_("第 %(n)s 个封印") % {"n": rest}, "")
    stream, _space, part = (
        (rest or where).partition(" ") if kind in ("record", "pack") else where.partition(" ")
    )
    name, _colon, key = stream.partition(":")
    url = reverse("verify-talk", args=[int(key)]) if name == "conversation" and key.isdecimal() else ""
    number = part.lstrip("#v")
    if kind == "record":
        return (_("面谈 %(key)s 的记录，第 %(n)s 版") % {"key": key, "n": number}, url)
    if kind == "pack":
        return (_("面谈 %(key)s 的资料包，第 %(n)s 版") % {"key": key, "n": number}, url)
    if name == "conversation":
        return (_("面谈 %(key)s 的历史，第 %(n)s 条") % {"key": key, "n": number}, url)
    if name == "dispute" and key.isdecimal() and not number:
        return (_("申诉 %(key)s") % {"key": key}, reverse("dispute", args=[int(key)]))
    return (_("历史 %(stream)s，第 %(n)s 条") % {"stream": stream, "n": number}, url)


urls = [
    path("verify/", verify, name="verify"),
    path("verify/<int:pk>/", talk_history, name="verify-talk"),
]
