"""What the measures know of one talk. Plain values, so that every measure can be tried on a small list. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

WITH_RECORD = frozenset({"recorded", "signed", "closed"})


@dataclass(frozen=True)
class TopicFacts:
    """`is_whole`: issue, direction and support are all written."""

    kind: str
    consensus: str = ""
    causes: tuple[str, ...] = ()
    has_evidence: bool = False
    is_whole: bool = False


@dataclass(frozen=True)
class ItemEvent:
    """One step of an item's life by the day: activate, submit, return, accept, drop, or `move` to a new due date."""

    on: date
    what: str
    to: date | None = None


@dataclass(frozen=True)
class ItemFacts:
    """`first_due_on` is the date as signed; `due_on` the one that holds now; `history` in the order it happened.

    A draft binds nobody yet and may lack its date.
    """

    kind: str
    state: str
    due_on: date | None
    first_due_on: date | None
    submitted_on: date | None = None
    has_criterion: bool = True
    history: tuple[ItemEvent, ...] = ()


@dataclass(frozen=True)
class TalkFacts:
    """`employee_answer` is to the newest version: agree, reserve, refused (witnessed), decline (not yet), or empty.

    `first_check_in` is on_time, late, waiting or empty. `disputes` are open, corrected or explained.
    """

    id: int
    cycle: int
    path: str
    kind: str = "main"
    state: str = "preparing"
    is_shared: bool = False
    is_late: bool = False
    pack_opened: bool = False
    survey_in: bool = False
    ended_on: date | None = None
    frozen_on: date | None = None
    record_late: bool = False
    signed_on: date | None = None
    employee_answer: str = ""
    topics: tuple[TopicFacts, ...] = ()
    wording: Mapping[str, int] = field(default_factory=dict)
    items: tuple[ItemFacts, ...] = ()
    outcome: str = ""
    first_check_in: str = ""
    disputes: tuple[str, ...] = ()

    @property
    def has_record(self) -> bool:
        return self.state in WITH_RECORD
