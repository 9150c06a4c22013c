"""The record as one canonical text (R18): what is frozen, hashed and signed.

Pure: rows in, a JSON-ready dict out. Names, not ids, stand in it, so that it can be read without the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huitan.core import canonical
from huitan.core.moves import plain

if TYPE_CHECKING:
    from huitan.conversations.models import Conversation, Question, Topic
    from huitan.evidence.models import Evidence
    from huitan.plans.models import PlanItem

FORMAT = "huitan-record-1"


def compose(talk: Conversation, version: int, at: datetime) -> dict[str, Any]:
    """All that was said and agreed, as it stands now. Reads the talk with its topics, questions and plan loaded."""
    review, employee, holder = talk.review, talk.review.employee, talk.held_by
    topics = [t for t in talk.topics.all() if t.state != "removed"]
    ratings = list(review.ratings.select_related("level"))
    return {
        "format": FORMAT,
        "version": version,
        "conversation": talk.pk,
        "kind": talk.kind,
        "cycle": {"key": review.cycle.key, "name": review.cycle.name},
        "employee": _person(employee),
        "manager": _person(holder),
        "others_present": talk.others_present,
        "purpose": talk.purpose,
        "place": talk.place,
        "began_at": plain(talk.began_at),
        "ended_at": plain(talk.ended_at),
        "composed_at": plain(at),
        "pack": _pack(talk),
        "highlight_skip_reason": talk.highlight_skip_reason,
        "silence_note": talk.silence_note,
        "topics": [_topic(t) for t in topics],
        "questions": [_question(q) for q in talk.questions.all()],
        "contests": [
            {
                "evidence": c.evidence.ref,
                "name": c.evidence.title,
                "claim": c.claim,
                "reason": c.reason,
                "state": c.state,
                "answer": c.answer,
                "value_before": plain(c.value_before),
                "value_after": plain(c.value_after),
            }
            for c in talk.contests.select_related("evidence")
        ],
        "plan": {
            "no_action_reason": talk.plan.no_action_reason if talk.plan else "",
            "items": [_item(i) for i in talk.plan.items.select_related("owner").order_by("id")]
            if talk.plan
            else [],
        },
        "previous_plan": _previous(talk),
        "follow_up_at": plain(talk.follow_up_at),
        "ratings": [
            {"level": r.level.label, "meaning": r.level.meaning, "reason": r.reason, "at": plain(r.at)}
            for r in ratings
        ],
        "sections": [
            {"key": s.key, "minutes": s.minutes, "spent_seconds": s.spent_seconds}
            for s in talk.sections.order_by("id")
        ],
    }


def fingerprint(content: dict[str, Any]) -> str:
    """SHA-256 (hex) over the RFC 8785 form."""
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


def short(digest: str) -> str:
    """A hash as people compare it: 「9f3a·c17e·04b2」."""
    return "·".join(digest[i : i + 4] for i in (0, 4, 8))


def _person(person: Any) -> dict[str, str]:
    if person is None:
        return {"staff_number": "", "name": "", "position": "", "department": ""}
    return {
        "staff_number": person.staff_number,
        "name": person.name,
        "position": person.position,
        "department": person.department.full_name,
    }


def _pack(talk: Conversation) -> dict[str, Any] | None:
    pack = talk.packs.last()
    if pack is None:
        return None
    return {
        "version": pack.version,
        "hash": pack.hash,
        "shared_at": plain(pack.shared_at),
        "notice_days": pack.notice_days,
        "is_late": pack.is_late,
    }


def _fact(e: Evidence) -> dict[str, Any]:
    return {
        "ref": e.ref,
        "kind": e.kind,
        "name": e.name,
        "statement": e.statement,
        "occurred_on": plain(e.occurred_on),
        "source": e.source,
        "target": plain(e.target),
        "actual": plain(e.actual),
        "unit": e.unit,
    }


def _topic(t: Topic) -> dict[str, Any]:
    return {
        "id": t.pk,
        "kind": t.kind,
        "title": t.title,
        "state": t.state,
        "state_reason": t.state_reason,
        "first_raised": t.first_raised,
        "evidence": [_fact(e) for e in t.evidence.order_by("id")],
        "causes": list(t.causes),
        "cause_note": t.cause_note,
        "issue": t.issue,
        "direction": t.direction,
        "support": t.support,
        "words": t.words,
        "consensus": t.consensus,
        "manager_statement": t.manager_statement,
        "items": sorted(i.ref for i in t.items.all()),
    }


def _question(q: Question) -> dict[str, Any]:
    return {
        "text": q.text,
        "evidence": q.evidence.ref if q.evidence else "",
        "state": q.state,
        "answer": q.answer,
        "parked_until": plain(q.parked_until),
    }


def _item(i: PlanItem) -> dict[str, Any]:
    return {
        "ref": i.ref,
        "kind": i.kind,
        "what": i.what,
        "owner": _person(i.owner),
        "due_on": plain(i.due_on),
        "criterion": i.criterion,
    }


def _previous(talk: Conversation) -> dict[str, Any] | None:
    plan = talk.previous_plan
    if plan is None:
        return None
    items: Iterable[PlanItem] = plan.items.select_related("owner").order_by("id")
    return {
        "outcome": plan.outcome,
        "outcome_reason": plan.outcome_reason,
        "items": [{**_item(i), "state": i.state, "progress": i.progress} for i in items],
    }
