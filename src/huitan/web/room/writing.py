"""Texts saved while they are typed. What somebody else saved in between is never overwritten."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from huitan.conversations.actions import preparation
from huitan.conversations.actions import room as actions
from huitan.conversations.models import Conversation, Topic
from huitan.conversations.queries.room_steps import last_written, private_note
from huitan.core.moves import Refused
from huitan.web import formats
from huitan.web.room.door import room_url, seen_version, talk_for, topic_for
from huitan.web.screen import said, screen


@screen("POST")
def topic_text(request: HttpRequest, pk: int, topic_pk: int, field: str) -> HttpResponse:
    talk = talk_for(request, pk)
    topic = topic_for(request, talk, topic_pk)
    try:
        version = actions.write(
            topic,
            field,
            _text(request, field),
            actor=request.actor,
            at=request.at,
            seen_version=seen_version(request),
        )
    except Refused as refusal:
        return _refused(request, refusal, talk, field, topic)
    return _saved(request, version, talk, topic)


@screen("POST")
def talk_text(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    talk = talk_for(request, pk)
    try:
        version = actions.write_on_talk(
            talk,
            field,
            _text(request, field),
            actor=request.actor,
            at=request.at,
            seen_version=seen_version(request),
        )
    except Refused as refusal:
        return _refused(request, refusal, talk, field)
    return _saved(request, version, talk)


@screen("POST")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """The author's private note."""
    talk = talk_for(request, pk)
    try:
        kept = preparation.keep_private_note(
            talk,
            _text(request, "note"),
            actor=request.actor,
            at=request.at,
            seen_version=seen_version(request),
        )
    except Refused as refusal:
        if refusal.kind != "stale" or not _by_script(request):
            return _refused(request, refusal, talk, "note")
        text, version = private_note(talk, request.actor)
        return JsonResponse(
            {
                "version": version,
                "values": {"note": text},
                "changed_by": _("你在另一个窗口"),
                "changed_at": "",
            },
            status=412,
        )
    return _saved(request, kept.version, talk)


def _text(request: HttpRequest, field: str) -> str:
    """As typed, but for the NUL that PostgreSQL keeps in no text."""
    return request.POST.get(field, "").replace("\0", "")


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _saved(
    request: HttpRequest, version: int, talk: Conversation, topic: Topic | None = None
) -> HttpResponse:
    if _by_script(request):
        saved_at = f"{formats.local(request.at):%H:%M:%S}"
        return JsonResponse({"version": version, "saved_at": saved_at})
    said(request, _("已保存。"))
    return HttpResponse(status=303, headers={"Location": room_url(talk, topic.pk if topic else None)})


def _refused(
    request: HttpRequest, refusal: Refused, talk: Conversation, field: str, topic: Topic | None = None
) -> HttpResponse:
    if not _by_script(request):
        raise refusal
    if refusal.kind == "stale":
        text, version = refusal.current
        change = last_written(talk, field, topic)
        body: dict[str, Any] = {
            "version": version,
            "values": {field: text},
            "changed_by": change.by if change else "",
            "changed_at": formats.clock_time(change.at) if change else "",
        }
    elif refusal.kind == "invalid":
        body = {"errors": {field: [str(refusal)]}, "said": str(refusal)}
    else:
        body = {"error": str(refusal), "said": str(refusal)}
    return JsonResponse(body, status=refusal.status)
