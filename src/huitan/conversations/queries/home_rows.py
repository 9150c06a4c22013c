"""The rows of the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from huitan.conversations.queries.stage import latest_instant
from huitan.conversations.queries.talks import TalkRow
from huitan.core.sentences import Sentence


@dataclass(frozen=True)
class ToDo:
    """`kind` picks the picture; `page` and `args` name the screen where it is done."""

    kind: str
    title: Sentence
    why: Sentence
    by: datetime | date | None
    page: str
    args: tuple[int, ...]
    button: str
    anchor: str = ""

    def order(self) -> tuple[float, str]:
        latest = latest_instant(self.by)
        return (latest.timestamp() if latest else float("inf"), self.title.text)


@dataclass(frozen=True)
class Coming:
    on: date
    at: datetime | None
    title: Sentence
    detail: str
    minutes: int | None
    page: str
    args: tuple[int, ...]


@dataclass(frozen=True)
class Notice:
    """Something to keep an eye on; `grave` when a date has passed."""

    kind: str
    grave: bool
    title: Sentence
    detail: Sentence
    page: str
    args: tuple[int, ...]
    due_on: date | None = None


@dataclass(frozen=True)
class TeamLine:
    row: TalkRow
    topics: tuple[str, ...]
    consensus: str


@dataclass(frozen=True)
class Figure:
    label: str
    part: int
    whole: int
    unit: str
    behind: bool = False

    @property
    def percent(self) -> int:
        return round(100 * self.part / self.whole) if self.whole else 0


@dataclass(frozen=True)
class NextTalk:
    """`own` and `manager` are mean scores (1.0 to 5.0); `own` only once the survey is handed in."""

    row: TalkRow
    agenda: tuple[tuple[str, int, int], ...]
    own: Decimal | None
    manager: Decimal | None
    question: str


@dataclass(frozen=True)
class ItemLine:
    """An action or promise. `state` is the word the templates' item_state knows."""

    id: int
    ref: str
    kind: str
    what: str
    criterion: str
    owner: str
    employee: str
    due_on: date | None
    progress: int
    state: str
    latest: str


@dataclass(frozen=True)
class CycleLine:
    id: int
    name: str
    days_left: int
    talked: int
    total: int


@dataclass(frozen=True)
class Home:
    todos: tuple[ToDo, ...]
    next_talk: NextTalk | None
    team: tuple[TeamLine, ...]
    own: tuple[TalkRow, ...]
    items: tuple[ItemLine, ...]
    promised_to_me: tuple[ItemLine, ...]
    figures: tuple[Figure, ...]
    coming: tuple[Coming, ...]
    notices: tuple[Notice, ...]
    cycle: CycleLine | None
    undated: tuple[TalkRow, ...] = ()
    late: tuple[TalkRow, ...] = ()
