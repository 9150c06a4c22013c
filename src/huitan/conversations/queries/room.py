"""The room as one viewer sees it: topics with their facts, what was agreed, questions, the clock. A fixed number of
queries however many topics there are; the other side's private note never comes along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Cast, Coalesce, Concat

from huitan.conversations import agenda, coach, situation
from huitan.conversations.lifecycle import OUTSIDE_CONTROL, has_highlight, topic_is_complete
from huitan.conversations.models import Attendee, Contest, Conversation, PrivateNote, Question, Topic
from huitan.conversations.models.conversation import SECTIONS
from huitan.conversations.queries.room_rows import Agreed, AskedQuestion, Other, Part, TopicInRoom, fact_row
from huitan.conversations.queries.templates import script_of
from huitan.conversations.template_library import Part as ScriptPart
from huitan.conversations.template_library import Script
from huitan.core.lifecycle import Shortfall
from huitan.core.models import Stream
from huitan.core.moves import Offer, offer
from huitan.core.sentences import Sentence
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.prepared import prepared
from huitan.people.relations import Actor
from huitan.plans.lifecycle import has_all_four
from huitan.plans.models import PlanItem


@dataclass(frozen=True)
class Room:
    """Everything both sides see, and what this viewer may do. `length` counts the events that made it so."""

    talk: Conversation
    is_manager: bool
    topics: tuple[TopicInRoom, ...]
    current: TopicInRoom | None
    gate: tuple[Shortfall, ...]
    agreed: tuple[Agreed, ...]
    no_action_reason: str
    questions: tuple[AskedQuestion, ...]
    parts: tuple[Part, ...]
    finish: Offer | None
    advice: coach.Advice
    script: Script | None
    others: tuple[Other, ...]
    note: str
    note_version: int
    revising: bool
    length: int

    @property
    def manager(self) -> Employee | None:
        return self.talk.held_by or self.talk.review.employee.manager

    def kind(self, *kinds: str) -> list[TopicInRoom]:
        return [t for t in self.topics if t.kind in kinds and t.state == "active"]

    @property
    def carried(self) -> list[TopicInRoom]:
        return [t for t in self.topics if t.state == "carried_over"]

    @property
    def active(self) -> list[TopicInRoom]:
        return [t for t in self.topics if t.state == "active"]

    def beside(self, step: int) -> TopicInRoom | None:
        """The topic before (-1) or after (1) the one on screen."""
        row = ordered(self.topics)
        if self.current is None or self.current not in row:
            return None
        place = row.index(self.current) + step
        return row[place] if 0 <= place < len(row) else None

    @property
    def spent(self) -> int:
        return sum(part.spent for part in self.parts)

    @property
    def running(self) -> Part | None:
        return next((part for part in self.parts if part.is_running), None)

    @property
    def prompter(self) -> ScriptPart | None:
        """What the template offers for the part whose clock runs; before that, for the first."""
        if self.script is None or not self.parts:
            return None
        return self.script.parts[(self.running or self.parts[0]).key]

    @property
    def open_questions(self) -> int:
        return sum(q.state == "open" for q in self.questions)

    @property
    def has_spoken(self) -> bool:
        return any(t.words.strip() for t in self.active)

    @property
    def is_gated(self) -> bool:
        """R10: the topic on screen waits for a highlight."""
        return bool(self.gate) and self.current is not None and self.current.kind == "improvement"


# What the room needs of a talk's people, loaded with it.
WITH_PEOPLE = (
    "review__cycle",
    "review__employee__department",
    "review__employee__manager",
    "held_by",
    "plan",
    "template",
)
ORDER = {"highlight": 0, "improvement": 1, "growth": 2}


def ordered(topics: Sequence[TopicInRoom]) -> list[TopicInRoom]:
    """Active topics by part, in the order both sides gave them."""
    return sorted((t for t in topics if t.is_active), key=lambda t: ORDER[t.kind])


@prepared
def seen_in_room(actor: Actor, talk: tuple[int]) -> QuerySet[Conversation]:
    """A talk the actor sees, with all that `room_of` reads of its row."""
    return _for_room(Conversation.objects.visible_to(actor), actor, talk)


@prepared
def _once_more(actor: Actor, talk: tuple[int]) -> QuerySet[Conversation]:
    return _for_room(Conversation.objects.all(), actor, talk)


def _for_room(talks: QuerySet[Conversation], actor: Actor, talk: tuple[int]) -> QuerySet[Conversation]:
    """The talk with its people, the viewer's own note, whether others are present, and the length of its history, still
    one query. The length is read first: whatever comes to be meanwhile counts as new."""
    note = PrivateNote.objects.visible_to(actor).filter(conversation=OuterRef("pk"))
    return (
        talks.filter(pk__among=talk)
        .select_related(*WITH_PEOPLE)
        .annotate(
            length=_length("conversation:", "pk") + _length("plan:", "plan"),
            has_others=Exists(Attendee.objects.filter(conversation=OuterRef("pk"))),
            note_text=Subquery(note.values("text")[:1]),
            note_version=Subquery(note.values("version")[:1]),
        )
    )


def _length(kind: str, key: str) -> Coalesce:
    """How many events a stream has; with the plan's it grows by every change either side makes."""
    stream = Stream.objects.filter(name=Concat(Value(kind), Cast(OuterRef(key), CharField())))
    return Coalesce(Subquery(stream.values("length")), 0)


def room_of(
    talk: Any, actor: Actor, at: datetime, topic_id: int | None = None, *, is_fresh: bool = False
) -> Room:
    """`is_fresh` says that `talk` was read for this answer, through `seen_in_room`, and nothing has happened since."""
    loaded = _loaded(talk, actor, is_fresh)
    contested = {e.pk for t in loaded.topics.all() for e in t.evidence.all() if e.is_contested}
    plan_items = list(loaded.plan.items.all()) if loaded.plan else []
    came_from = {item.pk: topic.pk for topic in loaded.topics.all() for item in topic.items.all()}
    agreed = {i.pk: _agreed(i, came_from.get(i.pk), at) for i in plan_items}
    topics = tuple(_topic(t, agreed, contested, at) for t in loaded.topics.all() if t.state != "removed")
    is_manager = "manager" in talk.relations_of(actor)
    gate = tuple(has_highlight(loaded, at))
    current = _current(topics, topic_id)
    parts = tuple(
        Part(
            s.key,
            SECTIONS[s.key],
            s.minutes,
            s.seconds_at(at),
            s.running_since is not None,
            s.key == agenda.PROTECTED,
        )
        for s in loaded.sections.order_by("id")
    )
    running = next((part for part in parts if part.is_running), None)
    advice = coach.advise(
        coach.Moment(
            section=running.key if running else "",
            kind=current.kind if current else "",
            step=current.step if current else "",
            consensus=current.consensus if current and current.step == "consensus" else "",
            struggling=lambda: is_manager and (talk.situation == "low" or is_struggling(loaded)),
            over=bool(running and running.over),
            topics_left=sum(t.step != "done" for t in topics if t.is_active),
        )
    )
    return Room(
        talk=loaded,
        is_manager=is_manager,
        topics=topics,
        current=current,
        gate=gate,
        agreed=tuple(agreed.values()),
        no_action_reason=loaded.plan.no_action_reason if loaded.plan else "",
        questions=tuple(
            AskedQuestion(
                q.pk,
                q.text,
                q.state,
                q.lifecycle.states[q.state],
                q.answer,
                q.parked_until,
                q.evidence.ref if q.evidence else "",
                q.evidence_id,
                q.evidence.title if q.evidence else "",
            )
            for q in loaded.questions.all()
        ),
        parts=parts,
        finish=offer(loaded, "complete", actor, at) if is_manager else None,
        advice=advice,
        others=tuple(Other(a.pk, a.name, Attendee.ROLES[a.role]) for a in loaded.attendees.all())
        if loaded.has_others
        else (),
        script=script_of(loaded) if is_manager else None,
        note=loaded.note_text or "",
        note_version=loaded.note_version or 0,
        revising=bool(loaded.change_note),
        length=loaded.length,
    )


def is_struggling(talk: Conversation) -> bool:
    """A person most of whose weighted results lie short is met with causes and support first (R24)."""
    rows = list(talk.pack_evidence().filter(kind="kpi"))
    return situation.is_struggling([(e.weight or 1, e.completion) for e in rows if e.completion is not None])


def _loaded(talk: Any, actor: Actor, is_fresh: bool) -> Any:
    loaded = talk if is_fresh else _once_more(actor, (talk.pk,))[0]
    items = Prefetch("items", PlanItem.objects.order_by("id"))
    doubts = Contest.objects.filter(conversation=talk.pk, evidence=OuterRef("pk"), state="open")
    facts = Prefetch("evidence", Evidence.objects.annotate(is_contested=Exists(doubts)))
    prefetch_related_objects(
        [loaded],
        Prefetch("topics", Topic.objects.prefetch_related(facts, items)),
        Prefetch("plan__items", PlanItem.objects.select_related("owner").order_by("id")),
        Prefetch("questions", Question.objects.select_related("evidence")),
    )
    return loaded


def _agreed(item: PlanItem, topic_id: int | None, at: datetime) -> Agreed:
    return Agreed(
        item.pk,
        item.ref,
        item.kind,
        item.what,
        item.owner.name if item.owner else "",
        item.owner_id,
        item.due_on,
        item.criterion,
        tuple(has_all_four(item, at)),
        topic_id,
    )


def _topic(t: Topic, agreed: Mapping[int, Agreed], contested: set[int], at: datetime) -> TopicInRoom:
    items = tuple(agreed[i.pk] for i in t.items.all() if i.pk in agreed)
    missing = tuple(topic_is_complete(t, at)) if t.state == "active" else ()
    return TopicInRoom(
        id=t.pk,
        kind=t.kind,
        title=t.title,
        why=tuple(Sentence.from_json(w) for w in t.why),
        state=t.state,
        state_reason=t.state_reason,
        first_raised=t.first_raised,
        signals=tuple(Sentence.from_json(w) for w in t.signals),
        from_employee=t.wanted_by_employee,
        facts=tuple(
            fact_row(e, contested) for e in sorted(t.evidence.all(), key=lambda e: (e.kind != "kpi", e.pk))
        ),
        causes=tuple(t.causes),
        outside=tuple(c for c in t.causes if c in OUTSIDE_CONTROL),
        cause_note=t.cause_note,
        issue=t.issue,
        direction=t.direction,
        support=t.support,
        support_due_on=t.support_due_on,
        support_criterion=t.support_criterion,
        words=t.words,
        consensus=t.consensus,
        manager_statement=t.manager_statement,
        items=items,
        versions=dict(t.versions),
        missing=missing,
        step=_step(t, bool(items), bool(missing)),
    )


def _step(t: Topic, has_items: bool, is_incomplete: bool) -> str:
    """The first thing still to be talked about."""
    if t.kind in ("highlight", "improvement") and not t.evidence.all():
        return "facts"
    if t.kind == "improvement" and not t.causes:
        return "causes"
    written = {
        "highlight": (t.issue,),
        "improvement": (t.issue, t.direction, t.support, t.support_criterion),
        "growth": (t.direction,),
    }[t.kind]
    if not all(text.strip() for text in written) or (t.kind == "improvement" and t.support_due_on is None):
        return "feedback"
    if t.kind == "improvement" and not t.words.strip():
        return "words"
    if not t.consensus or (t.consensus == "reserved" and is_incomplete):
        return "consensus"
    if t.kind == "improvement" and (not has_items or is_incomplete):
        return "actions"
    return "done"


def _current(topics: Sequence[TopicInRoom], wanted: int | None) -> TopicInRoom | None:
    """The topic asked for; otherwise the first one not yet through, highlights first."""
    for topic in topics:
        if topic.id == wanted:
            return topic
    row = ordered(topics)
    return next((t for t in row if t.step != "done"), row[0] if row else None)
