"""The rows of the prepare page: frozen, complete, without a way back to the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from huitan.conversations.focus import Proposal
from huitan.conversations.models import Contest, Question, Topic
from huitan.conversations.perception_gap import Gap
from huitan.conversations.situation import Proposed
from huitan.conversations.template_library import Script
from huitan.core.moves import Offer
from huitan.core.sentences import Sentence
from huitan.evidence.queries import EvidenceRow
from huitan.evidence.trend import Trend
from huitan.plans.lifecycle import PLAN_ITEM

SETTLED = ("accepted", "dropped")


@dataclass(frozen=True)
class Check:
    """`ok` is None where the other side has to act; `anchor` is an element id on the prepare page."""

    ok: bool | None
    text: Sentence
    detail: Sentence | None = None
    anchor: str = ""


@dataclass(frozen=True)
class QuestionLine:
    """`moves` names what the viewer may do with it: answer, park, decline."""

    id: int
    text: str
    about: EvidenceRow | None
    asked_at: datetime
    state: str
    answer: str
    parked_until: date | None
    moves: frozenset[str]

    @property
    def state_word(self) -> str:
        return Question.lifecycle.states[self.state]


@dataclass(frozen=True)
class ContestLine:
    """A doubted number: what is claimed, and both values once it was corrected."""

    id: int
    evidence_id: int
    ref: str
    name: str
    unit: str
    source: str
    claim: str
    reason: str
    raised_at: datetime
    state: str
    value_before: Decimal | None
    value_after: Decimal | None
    answer: str
    moves: frozenset[str]

    @property
    def state_word(self) -> str:
        return Contest.lifecycle.states[self.state]


@dataclass(frozen=True)
class KpiLine:
    """One result with both scores (1.0 to 5.0); `own` only once the survey is handed in."""

    row: EvidenceRow
    own: Decimal | None
    manager: Decimal | None
    reason: str
    contest: ContestLine | None
    questions: int


@dataclass(frozen=True)
class TopicLine:
    """`number` counts what is to be talked about; a highlight has none."""

    id: int
    kind: str
    number: int | None
    title: str
    why: tuple[Sentence, ...]
    evidence: tuple[EvidenceRow, ...]
    first_raised: bool
    signals: tuple[Sentence, ...]
    manager_place: int | None
    employee_place: int | None
    wanted_by_employee: bool
    causes: tuple[str, ...]
    support: str

    @property
    def kind_word(self) -> str:
        return Topic.KINDS[self.kind]


@dataclass(frozen=True)
class ProposalLine:
    proposal: Proposal
    evidence: tuple[EvidenceRow, ...]

    @property
    def kind_word(self) -> str:
        return Topic.KINDS[self.proposal.kind]


@dataclass(frozen=True)
class PreviousItem:
    """An item of the last plan with what became of it (R03)."""

    id: int
    ref: str
    kind: str
    what: str
    owner: str
    due_on: date | None
    state: str
    progress: int
    result: str

    @property
    def state_word(self) -> str:
        return PLAN_ITEM.states[self.state]

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED


@dataclass(frozen=True)
class AgendaPart:
    key: str
    label: str
    minutes: int
    topics: int
    protected: bool


@dataclass(frozen=True)
class SurveyLine:
    """The employee's answers as handed in (R07)."""

    submitted_at: datetime
    own_view: str
    difficulties: str
    growth: str
    asked: Mapping[str, str]


@dataclass(frozen=True)
class TemplateLine:
    """`version` is 0 without a template; `newer` the number of a version made since, or 0."""

    situation: str
    proposed: Proposed
    version: int
    newer: int
    script: Script | None


@dataclass(frozen=True)
class PackLine:
    """The newest shared version; `is_behind` says that data changed since."""

    version: int
    shared_at: datetime
    notice_days: int
    is_late: bool
    is_behind: bool


@dataclass(frozen=True)
class RatingLine:
    level: str
    meaning: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Level:
    id: int
    label: str
    meaning: str


@dataclass(frozen=True)
class NoteLine:
    text: str
    version: int
    saved_at: datetime | None


@dataclass(frozen=True)
class Preparation:
    """`closed` is the reason why nothing can be prepared any more, or None; `may_rate` stands apart from it."""

    closed: Sentence | None
    kpis: tuple[KpiLine, ...]
    events: tuple[EvidenceRow, ...]
    outside: tuple[EvidenceRow, ...]
    trends: Mapping[int, Trend]
    gaps: tuple[Gap, ...]
    gap_headline: Sentence
    topics: tuple[TopicLine, ...]
    order_words: Sentence
    proposals: tuple[ProposalLine, ...]
    survey: SurveyLine | None
    informal_note: str
    questions: tuple[QuestionLine, ...]
    contests: tuple[ContestLine, ...]
    previous: tuple[PreviousItem, ...]
    previous_outcome: str
    previous_reason: str
    agenda: tuple[AgendaPart, ...]
    pack: PackLine | None
    share: Offer | None
    begin: Offer | None
    checks: tuple[Check, ...]
    levels: tuple[Level, ...]
    ratings: tuple[RatingLine, ...]
    may_rate: bool
    note: NoteLine
    template: TemplateLine

    @property
    def missing(self) -> int:
        return sum(not check.ok for check in self.checks)

    @property
    def rating(self) -> RatingLine | None:
        return self.ratings[-1] if self.ratings else None

    @property
    def unscored(self) -> int:
        return sum(line.manager is None for line in self.kpis)

    @property
    def citable(self) -> tuple[EvidenceRow, ...]:
        return tuple(line.row for line in self.kpis) + self.events


@dataclass(frozen=True)
class PackPreview:
    """What the employee will read once the pack is shared, and how long before the talk."""

    kpis: tuple[EvidenceRow, ...]
    events: tuple[EvidenceRow, ...]
    previous: tuple[PreviousItem, ...]
    notice_days: int
    rule_days: int
    is_late: bool
    share_by: date | None
