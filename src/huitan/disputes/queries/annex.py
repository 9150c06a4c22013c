"""What a record page and its export add about disputes: that one is open, and what was corrected or explained. The
signed text itself never changes; this stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from huitan.conversations.models import Conversation
from huitan.core.moves import plain
from huitan.core.sentences import Sentence, say
from huitan.cycles.working_days import own_days
from huitan.disputes.clocks import Clock, Window, clock, window
from huitan.disputes.lifecycle import CORRECTED
from huitan.disputes.models import Answer, Dispute, Point
from huitan.people.prepared import prepared
from huitan.people.relations import Actor

DISPUTED = say("申诉处理中，结果暂不生效")


@dataclass(frozen=True)
class AnnexEntry:
    """One answered point. `before` and `after` are the rating, the number with its unit, or the text."""

    kind_word: str
    subject: str
    verdict: str
    verdict_word: str
    before: str
    after: str
    before_value: Decimal | None
    after_value: Decimal | None
    unit: str
    text: str
    by: str
    at: datetime
    level: int


@dataclass(frozen=True)
class RecordAnnex:
    """`may_begin` opens the way to a dispute for the employee; `window` is how long, with `clock` in working days."""

    is_disputed: bool
    dispute_id: int | None
    state: str
    state_word: str
    may_begin: bool
    window: Window | None
    clock: Clock | None
    entries: tuple[AnnexEntry, ...]

    @property
    def notice(self) -> Sentence | None:
        return DISPUTED if self.is_disputed else None


def record_annex(talk: Conversation, actor: Actor, at: datetime, own: Mapping[date, bool]) -> RecordAnnex:
    """Beside this talk's record, as far as the actor sees the dispute; answers are part of the record for
    all who read it where they correct it. `own` are HR's days. Two queries at most, one where there was never a dispute."""
    disputes = _of_talk(actor, (talk.pk,))
    dispute = next((one for one in disputes if one.is_seen), None)
    mine = actor.employee_id is not None and talk.review.employee_id == actor.employee_id
    open_window = running = None
    if mine:
        open_window = window(talk, at, own)
        running = clock(open_window.until, at, own) if open_window else None
    gone = dispute is not None and dispute.state == "withdrawn" and dispute.level == 1
    may_begin = mine and running is not None and not running.is_over and (dispute is None or gone)
    return RecordAnnex(
        is_disputed=talk.review.is_disputed,
        dispute_id=dispute.pk if dispute else None,
        state=dispute.state if dispute else "",
        state_word=Dispute.lifecycle.states[dispute.state] if dispute else "",
        may_begin=may_begin,
        window=open_window,
        clock=running,
        entries=tuple(e for e in answered(talk) if dispute is not None or e.verdict == CORRECTED)
        if disputes
        else (),
    )


@prepared
def _of_talk(actor: Actor, talk: tuple[int]) -> QuerySet[Dispute]:
    """Every dispute of a talk, the newest first; `is_seen` says whether the actor reads it."""
    visible = Dispute.objects.visible_to(actor).filter(pk=OuterRef("pk"))
    found = Dispute.objects.filter(conversation__id__among=talk)
    return found.annotate(is_seen=Exists(visible)).order_by("-pk")


def answered(talk: Conversation) -> tuple[AnnexEntry, ...]:
    """Every answer sent about this talk, oldest first; one query."""
    sent = (
        Answer.objects.filter(point__dispute__conversation=talk, sent_at__isnull=False)
        .select_related("point__evidence", "new_level", "by")
        .order_by("sent_at", "point_id")
    )
    return tuple(entry(answer) for answer in sent)


def entry(answer: Answer) -> AnnexEntry:
    point = answer.point
    corrected = answer.verdict == CORRECTED
    before, after = "", ""
    if corrected and point.kind == "rating":
        before, after = point.subject, answer.new_level.label if answer.new_level else ""
    elif corrected and point.kind != "number":
        after = answer.new_text
    number = corrected and point.kind == "number"
    return AnnexEntry(
        Point.KINDS[point.kind],
        point.subject,
        answer.verdict,
        Answer.VERDICTS[answer.verdict],
        before,
        after,
        answer.value_before if number else None,
        answer.new_value if number else None,
        point.evidence.unit if number and point.evidence else "",
        answer.text,
        answer.by.name,
        answer.sent_at or answer.saved_at,
        answer.level,
    )


def as_exported(talk: Conversation, actor: Actor, at: datetime) -> dict[str, Any]:
    """For the record's export: whether the rating is disputed, and every answer."""
    annex = record_annex(talk, actor, at, own_days())
    return {
        "is_disputed": annex.is_disputed,
        "notice": str(annex.notice) if annex.notice else "",
        "state": annex.state,
        "answers": [
            {
                "kind": e.kind_word,
                "subject": e.subject,
                "verdict": e.verdict,
                "before": plain(e.before_value) if e.before_value is not None else e.before,
                "after": plain(e.after_value) if e.after_value is not None else e.after,
                "text": e.text,
                "by": e.by,
                "at": plain(e.at),
                "level": e.level,
            }
            for e in annex.entries
        ],
    }
