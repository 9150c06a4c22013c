"""One version's frozen text, typed, so that page, signature and paper read the same. Pure: content in, `Sheet` out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from huitan.conversations.models import Conversation, Topic
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.models.voice import Question
from huitan.evidence.models import Evidence
from huitan.plans.models import CAUSES, PlanItem


@dataclass(frozen=True)
class SheetFact:
    ref: str
    kind: str
    kind_word: str
    name: str
    statement: str
    occurred_on: date | None
    source: str
    target: str | None
    actual: str | None
    unit: str

    @property
    def title(self) -> str:
        return self.name or self.statement


@dataclass(frozen=True)
class SheetTopic:
    id: int
    kind: str
    title: str
    state: str
    first_raised: bool
    facts: tuple[SheetFact, ...]
    causes: tuple[str, ...]
    cause_note: str
    issue: str
    direction: str
    support: str
    words: str
    consensus: str
    manager_statement: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class SheetQuestion:
    text: str
    state: str
    state_word: str
    answer: str
    parked_until: date | None
    evidence_ref: str


@dataclass(frozen=True)
class SheetItem:
    ref: str
    kind: str
    what: str
    owner: str
    due_on: date | None
    criterion: str
    state_word: str = ""
    progress: int | None = None


@dataclass(frozen=True)
class Sheet:
    """One version's frozen text, typed. Nothing here comes from live rows."""

    version: int
    cycle: str
    employee: Mapping[str, str]
    manager: Mapping[str, str]
    others_present: str
    purpose_word: str
    place: str
    began_at: datetime | None
    ended_at: datetime | None
    pack: Mapping[str, Any] | None
    highlight_skip_reason: str
    silence_note: str
    topics: tuple[SheetTopic, ...]
    questions: tuple[SheetQuestion, ...]
    contests: tuple[Mapping[str, Any], ...]
    no_action_reason: str
    items: tuple[SheetItem, ...]
    previous: Mapping[str, Any] | None
    previous_items: tuple[SheetItem, ...]
    follow_up_at: datetime | None
    ratings: tuple[Mapping[str, Any], ...]
    parts: tuple[Mapping[str, Any], ...]

    def kind(self, kind: str) -> list[SheetTopic]:
        return [t for t in self.topics if t.kind == kind and t.state == "active"]

    @property
    def carried(self) -> list[SheetTopic]:
        return [t for t in self.topics if t.state == "carried_over"]

    def fact(self, ref: str) -> SheetFact | None:
        return next((f for t in self.topics for f in t.facts if f.ref == ref), None)


def sheet(content: Mapping[str, Any]) -> Sheet:
    plan, previous = content["plan"], content.get("previous_plan")
    return Sheet(
        version=content["version"],
        cycle=content["cycle"]["name"],
        employee=content["employee"],
        manager=content["manager"],
        others_present=content["others_present"],
        purpose_word=Conversation.PURPOSES.get(content["purpose"], ""),
        place=content["place"],
        began_at=_instant(content["began_at"]),
        ended_at=_instant(content["ended_at"]),
        pack={**content["pack"], "shared_at": _instant(content["pack"]["shared_at"])}
        if content["pack"]
        else None,
        highlight_skip_reason=content["highlight_skip_reason"],
        silence_note=content["silence_note"],
        topics=tuple(_topic(t) for t in content["topics"]),
        questions=tuple(
            SheetQuestion(
                q["text"],
                q["state"],
                Question.lifecycle.states[q["state"]],
                q["answer"],
                _day(q["parked_until"]),
                q["evidence"],
            )
            for q in content["questions"]
        ),
        contests=tuple(content["contests"]),
        no_action_reason=plan["no_action_reason"],
        items=tuple(_item(i) for i in plan["items"]),
        previous=previous,
        previous_items=tuple(_item(i) for i in previous["items"]) if previous else (),
        follow_up_at=_instant(content["follow_up_at"]),
        ratings=tuple({**r, "at": _instant(r["at"])} for r in content["ratings"]),
        parts=tuple({**s, "word": SECTIONS.get(s["key"], s["key"])} for s in content["sections"]),
    )


def _topic(t: Mapping[str, Any]) -> SheetTopic:
    return SheetTopic(
        id=t["id"],
        kind=t["kind"] if t["kind"] in Topic.KINDS else "improvement",
        title=t["title"],
        state=t["state"],
        first_raised=t["first_raised"],
        facts=tuple(
            SheetFact(
                f["ref"],
                f["kind"],
                Evidence.KINDS.get(f["kind"], ""),
                f["name"],
                f["statement"],
                _day(f["occurred_on"]),
                f["source"],
                f["target"],
                f["actual"],
                f["unit"],
            )
            for f in t["evidence"]
        ),
        causes=tuple(CAUSES.get(c, c) for c in t["causes"]),
        cause_note=t["cause_note"],
        issue=t["issue"],
        direction=t["direction"],
        support=t["support"],
        words=t["words"],
        consensus=t["consensus"],
        manager_statement=t["manager_statement"],
        items=tuple(t["items"]),
    )


def _item(i: Mapping[str, Any]) -> SheetItem:
    return SheetItem(
        i["ref"],
        i["kind"],
        i["what"],
        i["owner"]["name"],
        _day(i["due_on"]),
        i["criterion"],
        PlanItem.lifecycle.states.get(i["state"], "") if "state" in i else "",
        i.get("progress"),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
