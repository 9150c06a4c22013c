"""What people tell the wording check: this finding does not apply here, this word is ours."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from huitan.conversations.actions.opening import locked_talk
from huitan.conversations.models import CompanyWord, Conversation, Dismissal, Topic
from huitan.conversations.models.wording import LONGEST_WORDS
from huitan.conversations.policy import WORDING
from huitan.core import events
from huitan.core.moves import Refused, locked, require
from huitan.core.sentences import say
from huitan.people.actions import office_of
from huitan.people.relations import Actor
from huitan.wording import CODES

BEFORE_THE_RECORD = ("preparing", "shared", "talking")
STREAM = "wording"
LONGEST_REASON = 200


def dismiss(
    talk: Conversation,
    *,
    field: str,
    code: str,
    words: str,
    reason: str,
    topic: Topic | None = None,
    actor: Actor,
    at: datetime,
) -> Dismissal:
    """R05: whoever may write the text says that a finding does not apply, and why; it stays away from then on.

    The history keeps code and reason, not the words.
    """
    with transaction.atomic():
        stored = locked_talk(talk, *BEFORE_THE_RECORD)
        _may_write(stored, field, actor)
        boxes = Dismissal.TALK_BOXES if topic is None else Dismissal.TOPIC_BOXES
        if field not in boxes or (topic is not None and topic.conversation_id != stored.pk):
            raise Refused("invalid", say("没有这一栏。"))
        if code not in CODES or len(words) > LONGEST_WORDS:
            raise Refused("invalid", say("没有这样的提示。"))
        reason = reason.strip()
        if not reason:
            raise Refused("invalid", say("写一句为什么不适用。"))
        if len(reason) > LONGEST_REASON:
            raise Refused("invalid", say("最多 %(n)s 个字。", n=LONGEST_REASON))
        kept, is_new = Dismissal.objects.get_or_create(
            conversation=stored,
            topic=topic,
            field=field,
            code=code,
            words=words,
            defaults={"reason": reason, "by_id": actor.employee_id, "at": at},
        )
        if is_new:
            content = {"topic": topic.pk if topic else None, "field": field, "code": code, "reason": reason}
            events.append(stored.stream, "wording.dismissed", actor=actor, at=at, payload=content)
    return kept


def _may_write(talk: Conversation, field: str, actor: Actor) -> None:
    if field == "rating_reason":
        require(talk.review, "rate", actor)
    else:
        require(talk, "prepare" if field == "score_reason" else "write", actor)


def add_word(
    word: str,
    kind: str,
    *,
    code: str = "",
    reason: str = "",
    lang: str = "",
    actor: Actor,
    at: datetime,
) -> CompanyWord:
    """A word of the company's own, in force for the very next check. Forbidden words speak under a code."""
    require_words(actor)
    word, reason = word.strip(), reason.strip()
    if len(word) < 2 or len(word) > 64:
        raise Refused("invalid", say("词要有 2 到 64 个字。"))
    if kind not in CompanyWord.KINDS or lang not in CompanyWord.LANGUAGES:
        raise Refused("invalid", say("选「可以用」或「约定不用」。"))
    if kind == "forbid" and code not in CODES:
        raise Refused("invalid", say("选它按哪一种提示出现。"))
    if len(reason) > LONGEST_REASON:
        raise Refused("invalid", say("最多 %(n)s 个字。", n=LONGEST_REASON))
    made = CompanyWord(
        word=word,
        kind=kind,
        code=code if kind == "forbid" else "",
        reason=reason,
        lang=lang,
        by_id=actor.employee_id,
        at=at,
    )
    try:
        with transaction.atomic():
            if CompanyWord.objects.filter(word__iexact=word, lang=lang, active=True).exists():
                raise Refused("invalid", say("「%(word)s」已经在列表里。要改，先停用原来的。", word=word))
            made.save()
            events.append(STREAM, "wording.word_added", actor=actor, at=at, payload=_content(made))
    except IntegrityError as twice:
        raise Refused("invalid", say("「%(word)s」已经在列表里。要改，先停用原来的。", word=word)) from twice
    return made


def retire_word(word: CompanyWord, *, actor: Actor, at: datetime) -> CompanyWord:
    require_words(actor)
    with transaction.atomic():
        stored = locked(word)
        if stored.active:
            stored.active = False
            stored.save(update_fields=["active"])
            events.append(STREAM, "wording.word_retired", actor=actor, at=at, payload=_content(stored))
    return stored


def require_words(actor: Actor) -> None:
    answer = WORDING.judge("edit_words", office_of(actor))
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))


def _content(word: CompanyWord) -> dict[str, object]:
    return {
        "id": word.pk,
        **{name: getattr(word, name) for name in ("word", "kind", "code", "reason", "lang")},
    }
