"""Where something missing can be mended: the shortfall's anchor as a link into the room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from huitan.conversations.models import Conversation
from huitan.conversations.queries.wording import Left
from huitan.core.lifecycle import Shortfall
from huitan.core.sentences import Sentence


@dataclass(frozen=True)
class Place:
    text: Sentence
    url: str


def links(talk: Conversation, missing: Iterable[Shortfall]) -> list[Place]:
    return [Place(one.sentence, url_of(talk, one.anchor)) for one in missing]


@dataclass(frozen=True)
class WordingPlace:
    title: str
    count: int
    url: str


def wording_links(talk: Conversation, left: Iterable[Left]) -> list[WordingPlace]:
    """R05: where wording could be more specific; nothing has to be done about it."""
    return [
        WordingPlace(
            one.title,
            len(one.codes),
            url_of(talk, f"topic-{one.topic_id}" if one.topic_id else f"item-{one.item_id}"),
        )
        for one in left
    ]


def url_of(talk: Conversation, anchor: str) -> str:
    room = reverse("room", args=[talk.pk])
    kind, _, number = anchor.partition("-")
    if kind == "topic" and number.isdigit():
        return f"{room}?topic={number}#{anchor}"
    if kind == "item" and number.isdigit():
        return reverse("room-action", args=[talk.pk, int(number)])
    if kind == "question" and number.isdigit():
        return reverse("room-question", args=[talk.pk, int(number)])
    if anchor == "follow-up":
        return reverse("room-follow-up", args=[talk.pk])
    return f"{room}#{anchor}" if anchor else room
