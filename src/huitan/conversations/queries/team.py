"""A manager's own people and where each stands, across cycles. Two queries for any team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from huitan.conversations.models import Conversation
from huitan.conversations.queries.talks import TalkRow, row_of, with_facts
from huitan.people.models import Employee
from huitan.people.relations import Actor

# Older talks of a person stay in the list of talks.
SHOWN = 6


@dataclass(frozen=True)
class Member:
    """`talks` newest first; `current` is the one that is not over and most pressing."""

    id: int
    name: str
    position: str
    department: str
    status: str
    talks: tuple[TalkRow, ...]

    @property
    def status_word(self) -> str:
        return Employee.STATUS[self.status]

    @property
    def current(self) -> TalkRow | None:
        return min((t for t in self.talks if not t.is_over), key=TalkRow.urgency, default=None)

    @property
    def earlier(self) -> tuple[TalkRow, ...]:
        return tuple(t for t in self.talks if t is not self.current)[:SHOWN]


def team(actor: Actor, at: datetime) -> list[Member]:
    """Direct reports, whose next step is nearest first; people without a talk last."""
    if actor.employee_id is None:
        return []
    people = list(
        Employee.objects.visible_to(actor)
        .filter(manager=actor.employee_id)
        .exclude(status="left")
        .select_related("department")
        .order_by("staff_number")
    )
    talks = Conversation.objects.visible_to(actor).filter(review__employee__manager=actor.employee_id)
    by_person: dict[int, list[TalkRow]] = {}
    for talk in with_facts(talks).order_by("-opened_at", "-pk"):
        row = row_of(talk, actor, at)
        by_person.setdefault(row.employee_id, []).append(row)
    members = [
        Member(
            person.pk,
            person.name,
            person.position,
            person.department.full_name,
            person.status,
            tuple(by_person.get(person.pk, ())),
        )
        for person in people
    ]
    return sorted(
        members, key=lambda m: (m.current is None, m.current.urgency() if m.current else (0, 0.0, 0))
    )
