"""The library of templates as HR reads it, and a talk's own template as the manager meets it (R25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import get_language

from huitan.conversations import agenda, template_library
from huitan.conversations.models import Conversation, Template
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.template_library import LANGUAGES, PARTS, SITUATIONS, SURVEY, Script
from huitan.core.sentences import N_, Sentence, say
from huitan.people.relations import Actor

SURVEY_WORDS = {"own_view": N_("怎么看自己"), "difficulties": N_("什么卡住了"), "growth": N_("想往哪里长")}
KIND_WORDS = {"prompts": N_("提醒"), "questions": N_("可以问")}
LIVE = ("preparing", "shared", "talking")


@dataclass(frozen=True)
class Cell:
    """One template in the library; version 0 is ready-made and not used by anybody yet."""

    purpose: str
    situation: str
    minutes: int
    version: int
    by: str
    at: datetime | None

    @property
    def is_own(self) -> bool:
        return self.version > 1


@dataclass(frozen=True)
class Change:
    """What one version has that the one before has not, in one place."""

    place: Sentence
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class VersionLine:
    version: int
    by: str
    at: datetime
    note: str
    talks: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class TemplatePage:
    cell: Cell
    content: Mapping[str, Any]
    is_ready_made: bool
    versions: tuple[VersionLine, ...]


def library(actor: Actor) -> dict[str, dict[str, list[Cell]]]:
    """Purpose to situation to one cell per length. One query."""
    same = Template.objects.filter(
        purpose=OuterRef("purpose"), situation=OuterRef("situation"), minutes=OuterRef("minutes")
    )
    newest = Template.objects.visible_to(actor).filter(
        pk=Subquery(same.order_by("-version").values("pk")[:1])
    )
    stored = {(t.purpose, t.situation, t.minutes): t for t in newest.defer("content").select_related("by")}
    return {
        purpose: {
            situation: [
                _cell(purpose, situation, n, stored.get((purpose, situation, n)))
                for n in Conversation.LENGTHS
            ]
            for situation in SITUATIONS
        }
        for purpose in Conversation.PURPOSES
    }


def _cell(purpose: str, situation: str, minutes: int, newest: Template | None) -> Cell:
    if newest is None:
        return Cell(purpose, situation, minutes, 0, "", None)
    return Cell(purpose, situation, minutes, newest.version, newest.by.name if newest.by else "", newest.at)


def template_page(purpose: str, situation: str, minutes: int, actor: Actor) -> TemplatePage:
    """The newest content, and every version with who changed what. One query."""
    live = Count("talks", filter=Q(talks__state__in=LIVE))
    rows = list(
        Template.objects.visible_to(actor)
        .filter(purpose=purpose, situation=situation, minutes=minutes)
        .select_related("by")
        .annotate(in_use=live)
        .order_by("version")
    )
    ready = template_library.ready_made(purpose, situation, minutes)
    newest = rows[-1] if rows else None
    lines = [
        VersionLine(
            row.version,
            row.by.name if row.by else "",
            row.at,
            row.note,
            row.in_use,
            tuple(changes(before.content, row.content)) if before else (),
        )
        for before, row in zip([None, *rows], rows, strict=False)
    ]
    content = newest.content if newest else ready
    return TemplatePage(
        _cell(purpose, situation, minutes, newest), content, content == ready, tuple(reversed(lines))
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Place by place, the lines that went and the lines that came."""
    for place, old, new in _places(before, after):
        if old != new:
            gone = tuple(line for line in old if line not in new)
            came = tuple(line for line in new if line not in old)
            yield Change(place, gone, came)


def _places(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[Sentence, list[str], list[str]]]:
    for part in PARTS:
        old, new = before["minutes"][part], after["minutes"][part]
        yield say("%(part)s的分钟数", part=say(SECTIONS[part])), [str(old)], [str(new)]
    for language, word in LANGUAGES.items():
        old, new = before[language], after[language]
        yield say("%(language)s：开场", language=say(word)), old["opening"], new["opening"]
        for part in PARTS:
            for kind, kind_word in KIND_WORDS.items():
                place = say(
                    "%(language)s：%(part)s，%(kind)s",
                    language=say(word),
                    part=say(SECTIONS[part]),
                    kind=say(kind_word),
                )
                yield place, old["parts"][part][kind], new["parts"][part][kind]
        for name in SURVEY:
            place = say("%(language)s：调研「%(name)s」", language=say(word), name=say(SURVEY_WORDS[name]))
            yield place, list(old["survey"][name].values()), list(new["survey"][name].values())


def planned_minutes(talk: Conversation) -> dict[str, int]:
    """The agenda as prepared: by the talk's template, or by the purpose alone as long as it has none."""
    if talk.template is None:
        return agenda.minutes(talk.purpose, talk.minutes, talk.situation)
    return template_library.minutes_of(talk.template.content)


def script_of(talk: Conversation) -> Script | None:
    """The words of the talk's template in the reader's language; None as long as no purpose is chosen."""
    if talk.template is None:
        return None
    return template_library.script(talk.template.content, get_language() or "zh-hans")
