"""The rows of the room: one fact, one agreed item, one topic, one question, one part of the agenda."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from huitan.conversations import coach
from huitan.core.lifecycle import Shortfall
from huitan.core.sentences import Sentence
from huitan.evidence.models import Evidence


@dataclass(frozen=True)
class Fact:
    """`day` is none for a result, which belongs to the whole cycle."""

    id: int
    ref: str
    kind: str
    kind_word: str
    title: str
    statement: str
    name: str
    target: Any
    actual: Any
    unit: str
    completion: Any
    day: date | None
    occurred_on: date
    source: str
    is_contested: bool = False


@dataclass(frozen=True)
class Other:
    """Somebody else in the room."""

    id: int
    name: str
    role_word: str


@dataclass(frozen=True)
class Agreed:
    """An item of the plan as drafted; `missing` are the parts it still lacks (R17), `topic_id` where it came from."""

    id: int
    ref: str
    kind: str
    what: str
    owner: str
    owner_id: int | None
    due_on: date | None
    criterion: str
    missing: tuple[Shortfall, ...]
    topic_id: int | None = None


@dataclass(frozen=True)
class TopicInRoom:
    """`step` is the first thing still to be talked about, one of `coach.STEPS`."""

    id: int
    kind: str
    title: str
    why: tuple[Sentence, ...]
    state: str
    state_reason: str
    first_raised: bool
    signals: tuple[Sentence, ...]
    from_employee: bool
    facts: tuple[Fact, ...]
    causes: tuple[str, ...]
    outside: tuple[str, ...]
    cause_note: str
    issue: str
    direction: str
    support: str
    support_due_on: date | None
    support_criterion: str
    words: str
    consensus: str
    manager_statement: str
    items: tuple[Agreed, ...]
    versions: Mapping[str, int]
    missing: tuple[Shortfall, ...]
    step: str

    @property
    def is_active(self) -> bool:
        return self.state == "active"

    @property
    def step_word(self) -> str:
        return coach.STEP_WORDS[self.step]

    def version(self, field: str) -> int:
        return self.versions.get(field, 0)

    @property
    def has_promise(self) -> bool:
        return any(item.kind == "support" for item in self.items)


@dataclass(frozen=True)
class AskedQuestion:
    id: int
    text: str
    state: str
    state_word: str
    answer: str
    parked_until: date | None
    evidence_ref: str
    evidence_id: int | None
    evidence_title: str


@dataclass(frozen=True)
class Part:
    """One part of the agenda; `spent` in seconds at the instant of the page, `running_since` if its clock runs."""

    key: str
    word: str
    minutes: int
    spent: int
    is_running: bool
    is_protected: bool

    @property
    def used(self) -> int:
        return self.spent // 60

    @property
    def over(self) -> int:
        """Minutes beyond the box."""
        return max(0, self.used - self.minutes)

    @property
    def share(self) -> int:
        return min(100, round(100 * self.spent / max(60 * self.minutes, 1)))


def fact_row(e: Evidence, contested: set[int]) -> Fact:
    return Fact(
        e.pk,
        e.ref,
        e.kind,
        Evidence.KINDS[e.kind],
        e.title,
        e.statement,
        e.name,
        e.target,
        e.actual,
        e.unit,
        e.completion,
        None if e.kind == "kpi" else e.occurred_on,
        e.occurred_on,
        e.source,
        e.pk in contested,
    )
