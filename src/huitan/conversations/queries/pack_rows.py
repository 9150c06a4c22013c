"""The rows of the pack page: frozen, complete, without a way back to the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huitan.conversations.models import Contest, Question, Topic
from huitan.conversations.queries.prepare_rows import Check
from huitan.core.sentences import Sentence
from huitan.evidence.models import Evidence
from huitan.evidence.trend import Trend
from huitan.plans.models import PlanItem


@dataclass(frozen=True)
class FieldChange:
    """`before` and `after` as shown; numbers with their unit stay numbers for the template."""

    word: str
    before: Any
    after: Any
    unit: str


@dataclass(frozen=True)
class PinnedQuestion:
    text: str
    state: str
    answer: str
    parked_until: date | None
    asked_at: datetime


def pinned(q: Question) -> PinnedQuestion:
    return PinnedQuestion(q.text, q.state, q.answer, q.parked_until, q.asked_at)


@dataclass(frozen=True)
class NumberDoubt:
    """A contest with both values; `answer` is HR's."""

    claim: str
    reason: str
    raised_at: datetime
    state: str
    value_before: Decimal | None
    value_after: Decimal | None
    answer: str
    answered_at: datetime | None
    answered_by: str

    @property
    def state_word(self) -> str:
        return Contest.lifecycle.states[self.state]


@dataclass(frozen=True)
class PackItem:
    """One result or fact as frozen in this version, with what is pinned to it. `completion` in percent."""

    id: int
    ref: str
    kind: str
    title: str
    occurred_on: date
    source: str
    weight: Decimal | None
    target: Decimal | None
    actual: Decimal | None
    unit: str
    direction: str
    completion: Decimal | None
    is_new: bool
    changes: tuple[FieldChange, ...]
    questions: tuple[PinnedQuestion, ...]
    doubts: tuple[NumberDoubt, ...]
    can_contest: bool
    effect: str = ""
    author: str = ""
    told_on: date | None = None

    @property
    def kind_word(self) -> str:
        return Evidence.KINDS.get(self.kind, self.kind)

    @property
    def direction_word(self) -> str:
        return Evidence.DIRECTIONS.get(self.direction, self.direction)


@dataclass(frozen=True)
class LastPlanItem:
    ref: str
    what: str
    state: str
    progress: int
    due_on: date | None

    @property
    def state_word(self) -> str:
        return PlanItem.lifecycle.states.get(self.state, self.state)


@dataclass(frozen=True)
class Opening:
    name: str
    at: datetime
    version: int


@dataclass(frozen=True)
class VersionRow:
    """One version beside the one before it, in words: what came, what changed, what is gone. `opened_at` is the
    employee's receipt; `by_system` says that the cycle's rule shared it, not a person."""

    version: int
    shared_at: datetime
    by_system: bool
    opened_at: datetime | None
    added: tuple[str, ...]
    changed: tuple[tuple[str, tuple[FieldChange, ...]], ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class TopicPlace:
    """A topic as the two order them before the talk; places count from 0, None where a side put it nowhere yet."""

    id: int
    number: int
    kind: str
    title: str
    why: tuple[Sentence, ...]
    own_place: int | None
    other_place: int | None
    is_own: bool

    @property
    def kind_word(self) -> str:
        return Topic.KINDS[self.kind]


@dataclass(frozen=True)
class PackPage:
    """`version` is None while nothing is shared. `can_speak` says whether the viewer may ask; `silent_because` why not."""

    talk_id: int
    state: str
    employee: str
    manager: str
    cycle: str
    talk_at: datetime | None
    place: str
    share_by: date | None
    is_own: bool
    is_manager: bool
    sees_questions: bool
    version: int | None
    is_newest: bool
    shared_at: datetime | None
    notice_days: int
    notice_rule: int
    is_late: bool
    short_hash: str
    hash: str
    versions: tuple[VersionRow, ...]
    openings: tuple[Opening, ...]
    topics: tuple[TopicPlace, ...]
    order_words: Sentence | None
    can_order: bool
    trends: Mapping[int, Trend]
    kpis: tuple[PackItem, ...]
    facts: tuple[PackItem, ...]
    removed: tuple[str, ...]
    last_plan: tuple[LastPlanItem, ...]
    loose_questions: tuple[PinnedQuestion, ...]
    survey_at: datetime | None
    can_speak: bool
    silent_because: Sentence | None
    own_list: tuple[Check, ...]
    by_system: bool

    @property
    def changed(self) -> tuple[PackItem, ...]:
        return tuple(item for item in self.kpis + self.facts if item.changes or item.is_new)

    @property
    def has_changes(self) -> bool:
        return bool(self.changed or self.removed)
