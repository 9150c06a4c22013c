"""A talk gets its template, and HR edits the library, version by version (R25)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from huitan.conversations import agenda, template_library
from huitan.conversations.actions.limits import check_length
from huitan.conversations.actions.opening import locked_talk, set_sections
from huitan.conversations.models import Conversation, Template
from huitan.conversations.policy import TEMPLATES
from huitan.conversations.record_text import fingerprint
from huitan.core import events
from huitan.core.moves import Refused, require
from huitan.core.sentences import say
from huitan.people.actions import office_of
from huitan.people.relations import Actor

BEFORE = ("preparing", "shared")
LONGEST_NOTE = 200


def newest(purpose: str, situation: str, minutes: int, *, at: datetime) -> Template:
    """The version a talk prepared now gets; the ready-made one is kept as version 1 when it is first needed."""
    versions = Template.objects.filter(purpose=purpose, situation=situation, minutes=minutes)
    found = versions.order_by("-version").first()
    if found is None:
        content = template_library.ready_made(purpose, situation, minutes)
        found, _ = versions.get_or_create(
            purpose=purpose,
            situation=situation,
            minutes=minutes,
            version=1,
            defaults={"content": content, "at": at},
        )
    return found


def fit(talk: Conversation, *, actor: Actor, at: datetime, renew: bool = False) -> None:
    """Give a locked talk the template of its purpose, situation and length, and write the agenda by it.

    A talk that has a version of that very template keeps it, unless `renew`.
    """
    if not talk.purpose:
        set_sections(talk, agenda.minutes(talk.purpose, talk.minutes, talk.situation))
        return
    wanted = (talk.purpose, talk.situation, talk.minutes)
    kept = talk.template
    if renew or kept is None or (kept.purpose, kept.situation, kept.minutes) != wanted:
        chosen = newest(*wanted, at=at)
        if chosen != kept:
            talk.template = chosen
            talk.save(update_fields=["template"])
            events.append(
                talk.stream,
                "conversation.template_chosen",
                actor=actor,
                at=at,
                payload={
                    "template": chosen.stream.removeprefix("template:"),
                    "version": chosen.version,
                    "sha256": fingerprint(chosen.content),
                },
            )
        kept = chosen
    set_sections(talk, template_library.minutes_of(kept.content))


def choose_situation(talk: Conversation, situation: str, *, actor: Actor, at: datetime) -> Conversation:
    """What kind of talk this is for the one who prepares it; the other side never reads it."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "prepare", actor)
        if situation not in Conversation.SITUATIONS:
            raise Refused("invalid", say("从列出的情况里选一个。"))
        if stored.situation != situation:
            stored.situation = situation
            stored.save(update_fields=["situation"])
            fit(stored, actor=actor, at=at)
    return stored


def renew(talk: Conversation, *, actor: Actor, at: datetime) -> Conversation:
    """Take the newest version of the template; only before the talk."""
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE)
        require(stored, "prepare", actor)
        fit(stored, actor=actor, at=at, renew=True)
    return stored


def edit(
    purpose: str,
    situation: str,
    minutes: int,
    content: Mapping[str, Any],
    *,
    seen_version: int,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> Template:
    """A new version of a template, for talks that choose it from now on. Unchanged content makes no version.

    Refused as stale when somebody saved since `seen_version`, 0 for the ready-made one nobody has used yet.
    """
    require_library(actor, "edit_templates")
    check_length(note, LONGEST_NOTE)
    missing = tuple(template_library.problems(content, minutes))
    if missing:
        raise Refused("incomplete", *missing)
    with transaction.atomic():
        base = newest(purpose, situation, minutes, at=at)
        if base.version != max(seen_version, 1):
            raise Refused(
                "stale", say("这份模板刚刚被改成第 %(n)s 版。看看新版，再决定怎么改。", n=base.version)
            )
        if base.content == content:
            return base
        made = Template(
            purpose=purpose,
            situation=situation,
            minutes=minutes,
            version=base.version + 1,
            content=dict(content),
            note=note.strip(),
            by_id=actor.employee_id,
            at=at,
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as twice:
            raise Refused(
                "stale", say("这份模板刚刚被改成第 %(n)s 版。看看新版，再决定怎么改。", n=made.version)
            ) from twice
        payload = {"version": made.version, "note": made.note, "content": made.content}
        events.append(made.stream, "template.saved", actor=actor, at=at, payload=payload)
    return made


def require_library(actor: Actor, action: str = "read") -> None:
    answer = TEMPLATES.judge(action, office_of(actor))
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))
