"""What the steps beside the talk need: facts to cite, people who can carry an action, who wrote a text last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from huitan.conversations.models import Conversation, PrivateNote, Topic
from huitan.conversations.queries.room_rows import Fact, fact_row
from huitan.core.models import Event
from huitan.evidence.models import Evidence
from huitan.people import relations
from huitan.people.models import Employee
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem


def facts_of(talk: Conversation, topic: Topic, actor: Actor) -> tuple[tuple[Fact, ...], frozenset[int]]:
    """Everything this cycle has to cite, and the ids the topic cites already."""
    seen = Evidence.objects.visible_to(actor).filter(pk__in=talk.pack_evidence().values("pk"))
    contested = set(talk.contests.filter(state="open").values_list("evidence_id", flat=True))
    rows = sorted(seen, key=lambda e: (e.kind != "kpi", -(e.weight or 0), e.occurred_on, e.pk))
    return tuple(fact_row(e, contested) for e in rows), frozenset(topic.evidence.values_list("pk", flat=True))


def fact(talk: Conversation, pk: int, actor: Actor) -> Fact | None:
    row = Evidence.objects.visible_to(actor).filter(pk__in=talk.pack_evidence().values("pk"), pk=pk).first()
    if row is None:
        return None
    return fact_row(row, set(talk.contests.filter(state="open").values_list("evidence_id", flat=True)))


def possible_owners(talk: Conversation, actor: Actor, item: PlanItem | None = None) -> list[Employee]:
    """Who can carry an action: the employee, the manager, and whoever else the manager leads or already named."""
    employee = talk.review.employee
    seen = Employee.objects.filter(
        relations.related(actor, {relations.SELF, relations.MANAGER, relations.LINE})
    ).exclude(status="left")
    first = [p for p in (employee, talk.held_by or employee.manager, item.owner if item else None) if p]
    known = {p.pk for p in first}
    rest = [p for p in seen.select_related("department").order_by("line", "name")[:300] if p.pk not in known]
    return list({p.pk: p for p in [*first, *rest]}.values())


def has_action(topic: Topic) -> bool:
    return topic.items.filter(kind="action").exists()


@dataclass(frozen=True)
class Change:
    by: str
    at: datetime


def last_written(talk: Conversation, field: str, topic: Topic | None = None) -> Change | None:
    """Who saved this text last, and when; asked only when two texts collide."""
    found = Event.objects.filter(stream=talk.stream, payload__field=field)
    found = (
        found.filter(verb="topic.written", payload__id=topic.pk)
        if topic
        else found.filter(verb="conversation.written")
    )
    event = found.order_by("-seq").first()
    if event is None:
        return None
    account = event.actor.removeprefix("account:")
    person = Employee.objects.filter(account_id=int(account)).first() if account.isdigit() else None
    return Change(person.name if person else "", event.at)


def private_note(talk: Conversation, actor: Actor) -> tuple[str, int]:
    note = PrivateNote.objects.visible_to(actor).filter(conversation=talk).first()
    return (note.text, note.version) if note else ("", 0)
