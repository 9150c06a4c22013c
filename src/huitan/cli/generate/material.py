"""What a generated talk is made of, and the two texts it is frozen in: the same that the product makes of the same rows.
Tests hold both against each other."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from huitan.cli.demo import content
from huitan.cli.generate.company import PEOPLE_OFFICE, TOP, Person
from huitan.cli.generate.frames import Frame
from huitan.cli.generate.tables import Tables
from huitan.conversations.record_text import FORMAT
from huitan.evidence.models import completion

# verb, who (an actor's key), when, payload; the stream is the talk's own unless it is named
Say = Callable[..., None]
WEIGHTS = ("40.000", "30.000", "30.000")


@dataclass(slots=True)
class Fact:
    """A row of evidence on its way: what the pack, the record and the history say of it."""

    id: int
    kind: str
    occurred_on: date
    source: str
    statement: str = ""
    name: str = ""
    weight: Decimal | None = None
    target: Decimal | None = None
    actual: Decimal | None = None
    unit: str = ""
    direction: str = "up"
    shared_at: datetime | None = None
    cited_at: datetime | None = None

    @property
    def ref(self) -> str:
        return f"E-{self.id:04d}"

    @property
    def reached(self) -> Decimal | None:
        return completion(self.target, self.actual, self.direction)

    def entered(self, cycle: int) -> dict[str, Any]:
        return {
            "id": self.id,
            "cycle_id": cycle,
            "kind": self.kind,
            "occurred_on": self.occurred_on.isoformat(),
            "source": self.source,
            "statement": self.statement,
            "name": self.name,
            **self._numbers("target", "actual", "weight"),
            "unit": self.unit,
            "direction": self.direction,
        }

    def packed(self) -> dict[str, Any]:
        found = self.entered(0)
        del found["cycle_id"]
        reached = self.reached
        return {**found, "ref": self.ref, "completion": None if reached is None else str(reached)}

    def recorded(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "kind": self.kind,
            "name": self.name,
            "statement": self.statement,
            "occurred_on": self.occurred_on.isoformat(),
            "source": self.source,
            **self._numbers("target", "actual"),
            "unit": self.unit,
        }

    def _numbers(self, *names: str) -> dict[str, str | None]:
        return {name: None if (value := getattr(self, name)) is None else str(value) for name in names}


@dataclass(slots=True)
class Asked:
    """A question pinned to a result."""

    id: int
    text: str
    about: Fact
    at: datetime
    answer: str = ""
    answered_at: datetime | None = None

    def recorded(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "evidence": self.about.ref,
            "state": "answered" if self.answered_at else "open",
            "answer": self.answer,
            "parked_until": None,
        }


@dataclass(slots=True)
class Item:
    """An action or promise as agreed, and what has become of it."""

    id: int
    kind: str
    what: str
    owner: Person
    due_on: date
    criterion: str
    causes: list[str]
    state: str = "draft"
    progress: int = 0
    latest_note: str = ""
    updated_at: datetime | None = None
    submitted_evidence: str = ""
    submitted_at: datetime | None = None
    return_reason: str = ""
    drop_reason: str = ""
    accepted_at: datetime | None = None

    @property
    def ref(self) -> str:
        return f"{'S' if self.kind == 'support' else 'A'}-{self.id:04d}"

    def recorded(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "kind": self.kind,
            "what": self.what,
            "owner": self.owner.as_recorded,
            "due_on": self.due_on.isoformat(),
            "criterion": self.criterion,
        }


@dataclass(slots=True)
class Plan:
    """The plan of a talk. A closed one opens the talk of the next cycle."""

    id: int
    items: list[Item] = field(default_factory=list)
    state: str = "draft"
    activated_at: datetime | None = None
    outcome: str = ""
    outcome_reason: str = ""
    concluded_at: datetime | None = None


@dataclass(slots=True)
class Talk:
    """One talk on its way, with the columns its row gets at the end."""

    id: int
    review: int
    person: Person
    boss: Person
    frame: Frame
    state: str
    plan: Plan
    previous: Plan | None
    facts: list[Fact]
    told: Say
    story: content.Story
    purpose: str = ""
    place: str = ""
    talk_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    signing_due_on: date | None = None
    signed_at: datetime | None = None
    closed_at: datetime | None = None
    cancel_reason: str = ""
    pack: dict[str, Any] | None = None
    topics: list[dict[str, Any]] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def kpis(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind == "kpi"]


def gather(tables: Tables, person: Person, frame: Frame, rng: random.Random) -> list[Fact]:
    """Three results and two dated facts, as the people in this part of the company have them."""
    centre = PEOPLE_OFFICE if person.unit.centre == TOP else person.unit.centre
    cycle = frame.cycle
    catalogue = content.KPIS[centre]
    chosen = catalogue if len(catalogue) < 4 else rng.sample(catalogue, 3)
    facts = []
    for (name, goal, unit, direction, source, stray), weight in zip(chosen, WEIGHTS, strict=True):
        target = _four(Decimal(goal))
        swing = Decimal(round(rng.gauss(-2, stray * 60))) / 100
        actual = _four(max(Decimal(0), target * (1 + swing if direction == "up" else 1 - swing)))
        if unit == "%":
            actual = min(actual, Decimal("100.0000"))
        facts.append(
            Fact(
                tables.evidence.take(),
                "kpi",
                cycle.ends_on,
                source,
                name=name,
                weight=Decimal(weight),
                target=target,
                actual=actual,
                unit=unit,
                direction=direction,
            )
        )
    days = (cycle.ends_on - cycle.starts_on).days
    for kind, source, text in (
        ("achievement", "项目系统", rng.choice(content.ACHIEVEMENTS[centre])),
        ("incident", "质量月报", rng.choice(content.STORIES[centre]).incident),
    ):
        on = cycle.starts_on + timedelta(days=rng.randrange(days))
        facts.append(Fact(tables.evidence.take(), kind, on, source, statement=text))
    return facts


def story_of(person: Person, facts: list[Fact]) -> content.Story:
    centre = PEOPLE_OFFICE if person.unit.centre == TOP else person.unit.centre
    incident = facts[-1].statement
    return next(story for story in content.STORIES[centre] if story.incident == incident)


def pack_of(talk: Talk) -> dict[str, Any]:
    """What `preparation.pack_content` makes of the same rows."""
    kpis = sorted(talk.kpis, key=lambda f: (-(f.weight or 0), f.occurred_on, f.id))
    events = sorted((f for f in talk.facts if f.kind != "kpi"), key=lambda f: (f.occurred_on, f.id))
    return {
        "format": "huitan-pack-1",
        "cycle": talk.frame.cycle.name,
        "kpis": [fact.packed() for fact in kpis],
        "events": [fact.packed() for fact in events],
        "previous_plan": [
            {
                "ref": i.ref,
                "what": i.what,
                "state": i.state,
                "progress": i.progress,
                "due_on": i.due_on.isoformat(),
            }
            for i in talk.previous.items
        ]
        if talk.previous
        else [],
    }


def record_of(talk: Talk, at: datetime) -> dict[str, Any]:
    """What `record_text.compose` makes of the same rows."""
    cycle = talk.frame.cycle
    return {
        "format": FORMAT,
        "version": 1,
        "conversation": talk.id,
        "kind": "main",
        "cycle": {"key": cycle.key, "name": cycle.name},
        "employee": talk.person.as_recorded,
        "manager": talk.boss.as_recorded,
        "others_present": "",
        "purpose": talk.purpose,
        "place": talk.place,
        "began_at": talk.began_at.isoformat() if talk.began_at else None,
        "ended_at": talk.ended_at.isoformat() if talk.ended_at else None,
        "composed_at": at.isoformat(),
        "pack": talk.pack,
        "highlight_skip_reason": "",
        "silence_note": "",
        "topics": talk.topics,
        "questions": [asked.recorded() for asked in talk.questions],
        "contests": [],
        "plan": {"no_action_reason": "", "items": [i.recorded() for i in talk.plan.items]},
        "previous_plan": {
            "outcome": talk.previous.outcome,
            "outcome_reason": talk.previous.outcome_reason,
            "items": [
                {**i.recorded(), "state": i.state, "progress": i.progress} for i in talk.previous.items
            ],
        }
        if talk.previous
        else None,
        "follow_up_at": None,
        "ratings": talk.ratings,
        "sections": [
            {"key": key, "minutes": minutes, "spent_seconds": minutes * 60}
            for key, minutes in talk.frame.agendas[talk.purpose].minutes.items()
        ],
    }


def _four(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"))
