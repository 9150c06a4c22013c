"""The cycles of a generated company: one that runs, and before it those that have ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huitan.cli.demo.story import moment
from huitan.conversations import template_library
from huitan.conversations.actions import templates
from huitan.conversations.models import Template
from huitan.conversations.record_text import fingerprint
from huitan.core.moves import move
from huitan.cycles import actions as cycle_actions
from huitan.cycles.models import Cycle, RatingLevel
from huitan.people.models import Department
from huitan.people.relations import Actor

# From one cycle to the next, and how long around today the talks of the running one go on.
APART = timedelta(days=182)
AROUND = timedelta(days=45)
MINUTES = 45
PURPOSES = ("improvement", "growth", "collaboration")


@dataclass(frozen=True)
class Agenda:
    """A template as a talk keeps it: its row, and the minutes of each part."""

    row: Template
    sha256: str
    minutes: dict[str, int]


@dataclass(frozen=True)
class Frame:
    """One cycle with what every talk in it needs. In a past one everybody has come to the end."""

    cycle: Cycle
    levels: tuple[RatingLevel, ...]
    agendas: dict[str, Agenda]
    opened_at: datetime
    is_past: bool


def open_frames(
    count: int, units: list[Department], today: date, *, actor: Actor
) -> tuple[list[Frame], datetime]:
    """`count` cycles, oldest first, opened through the product's own actions; and the instant people were hired."""
    frames = []
    first = today - AROUND - APART * (count - 1)
    hired_at = moment(first - timedelta(days=60), 9)
    agendas = {}
    for purpose in PURPOSES:
        row = templates.newest(purpose, "usual", MINUTES, at=hired_at)
        minutes = template_library.minutes_of(row.content)
        agendas[purpose] = Agenda(row, fingerprint(row.content), dict(minutes))
    for n in range(count):
        talks_from = first + APART * n
        ends_on = talks_from - timedelta(days=1)
        opened_at = moment(talks_from - timedelta(days=20), 9)
        fields = {
            "key": f"{ends_on:%Y-%m}",
            "name": f"{ends_on.year} 年 {ends_on.month} 月期",
            "starts_on": ends_on - APART + timedelta(days=1),
            "ends_on": ends_on,
            "talks_from": talks_from,
            "talks_until": talks_from + 2 * AROUND,
            "talk_minutes": MINUTES,
        }
        cycle = cycle_actions.set_up(
            fields,
            departments=units,
            levels=cycle_actions.DEFAULT_LEVELS,
            actor=actor,
            at=opened_at - timedelta(days=3),
        )
        cycle = move(cycle, "open", actor=actor, at=opened_at, opened_at=opened_at)
        frames.append(Frame(cycle, tuple(cycle.levels.all()), agendas, opened_at, n < count - 1))
    return frames, hired_at


def close_past(frames: list[Frame], *, actor: Actor) -> None:
    for frame in frames:
        if frame.is_past:
            at = moment(frame.cycle.talks_until, 9) + AROUND
            move(frame.cycle, "close", actor=actor, at=at, closed_at=at, close_reason="")
