"""One item with where it came from and what became of it: evidence, topic, feedback, consensus, action, updates,
check-ins, acceptance. Whoever only owns the item sees the item, not what was said in somebody else's talk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Prefetch, Q, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.utils import timezone

from huitan.conversations import policy
from huitan.conversations.models import Conversation, Topic
from huitan.conversations.queries.moments import Moment, happened
from huitan.evidence.models import Evidence
from huitan.evidence.policy import EVIDENCE
from huitan.people.relations import MANAGER, SELF, Actor, relations_to
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.measure_line import MeasureLine, measure_line
from huitan.plans.models import CAUSES, CheckIn, DateChange, ItemFile, Measure, Plan, PlanItem
from huitan.plans.policy import PLAN
from huitan.plans.queries.item import (
    BlockerLine,
    ItemDoors,
    ItemLine,
    RequestLine,
    blocker_lines,
    blockers_of,
    item_doors,
    item_line,
    request_lines,
    requests_about,
)
from huitan.plans.queries.ledger import shown_state

DOSSIER_READERS = EVIDENCE.may["read"] | {SELF}


@dataclass(frozen=True)
class EvidenceChip:
    """`by` is who wrote it down, or the source of a result; `on` the day it is about."""

    id: int
    ref: str
    title: str
    by: str
    on: date


@dataclass(frozen=True)
class Origin:
    """The topic an item came from, as both signed it: the facts, what the manager said, what the employee said.

    `said_by` held the talk, on `said_at`.
    """

    title: str
    kind: str
    first_raised: bool
    evidence: tuple[EvidenceChip, ...]
    causes: tuple[str, ...]
    cause_note: str
    issue: str
    direction: str
    support: str
    words: str
    consensus: str
    siblings: tuple[ItemLine, ...]
    said_by: str
    said_at: datetime | None


@dataclass(frozen=True)
class CheckInRow:
    pk: int
    due_on: date
    state: str
    note: str
    is_overdue: bool

    @property
    def state_word(self) -> str:
        return CheckIn.lifecycle.states[self.state]


@dataclass(frozen=True)
class ItemThread:
    """`talk_id` is None for whoever may not read the talk's record; `reads_pack` says the pack is theirs to open.

    `who_left` is whoever of the two but the employee no longer works here, `goes_to` the manager of the day.
    `covering` are the viewer's own promises that could answer a request for support, `dossier_of` whose evidence log the
    viewer may open.
    """

    item: PlanItem
    state: str
    owner: str
    employee: str
    other_side: str
    who_left: str
    goes_to: str
    goes_to_viewer: bool
    is_owner: bool
    is_other_side: bool
    days_left: int | None
    talk_id: int | None
    talk_on: datetime | None
    reads_pack: bool
    origins: tuple[Origin, ...]
    moments: tuple[Moment, ...]
    files: tuple[ItemFile, ...]
    check_ins: tuple[CheckInRow, ...]
    requested: DateChange | None
    date_changes: tuple[DateChange, ...]
    blockers: tuple[BlockerLine, ...]
    requests: tuple[RequestLine, ...]
    covering: tuple[ItemLine, ...]
    measure: MeasureLine | None
    dossier_of: int | None
    doors: ItemDoors

    @property
    def next_check_in(self) -> CheckInRow | None:
        return next((c for c in self.check_ins if c.state in ("planned", "missed")), None)

    @property
    def open_blockers(self) -> tuple[BlockerLine, ...]:
        return tuple(b for b in self.blockers if b.state == "open")

    @property
    def granted_for(self) -> RequestLine | None:
        """The request this promise is the answer to."""
        return next((r for r in self.requests if r.promise_pk == self.item.pk), None)


def item_thread(item: PlanItem, actor: Actor, at: datetime) -> ItemThread:
    """A fixed number of queries. `item` is visible to the actor, with owner, measure and its plan's employee loaded."""
    today = timezone.localdate(at)
    plan, employee = item.plan, item.plan.review.employee
    topics = _topics(item)
    talk = topics[0][0].conversation if topics else _talk_of(plan)
    relations = talk.relations_of(actor) if talk else frozenset[str]()
    reads_record = bool(relations & policy.READ_RECORD)
    standing = relations_to(actor, employee)
    reads_plan = bool(standing & PLAN.may["read"])
    prefetch_related_objects([item], "files")
    changes = list(item.date_changes.all())
    for change in changes:
        change.item = item
    requested = next((c for c in changes if c.state == "requested"), None)
    check_ins = list(plan.check_ins.all()) if reads_plan else []
    blockers = blocker_lines(blockers_of(Q(item=item)), actor, at)
    requests = request_lines(requests_about(item), actor)
    doors = item_doors(item, requested, blockers, requests, actor, at)
    past = happened(
        item,
        changes,
        check_ins,
        {
            "blocker": {b.pk for b in blockers},
            "support_request": {
                r.pk for r in requests if item.pk in (r.item_pk, r.promise_pk) or r.can_answer
            },
        },
        at,
    )
    siblings = {other.pk: other for topic, _chips in topics for other in topic.items.all()}
    other_side = employee if item.owner_id != employee.pk else employee.manager
    partner = item.owner if item.owner_id != employee.pk else employee.manager
    gone = partner if partner and partner.status == "left" else None
    boss = employee.manager_at_work
    measure = getattr(item, "measure", None)
    return ItemThread(
        item=item,
        state=shown_state(item, today),
        owner=item.owner.name if item.owner else "",
        employee=employee.name,
        other_side=other_side.name if other_side else "",
        who_left=gone.name if gone else "",
        goes_to=boss.name if boss else "",
        goes_to_viewer=boss is not None and boss.pk == actor.employee_id,
        is_owner=actor.employee_id is not None and item.owner_id == actor.employee_id,
        is_other_side="other_side" in item.relations_of(actor),
        days_left=(item.due_on - today).days if item.due_on else None,
        talk_id=talk.pk if talk and reads_record else None,
        talk_on=talk.began_at if talk and reads_record else None,
        reads_pack=bool(relations & {SELF, MANAGER}),
        origins=tuple(_origin(topic, chips, item, today) for topic, chips in topics) if reads_record else (),
        moments=past.moments,
        files=tuple(item.files.all()),
        check_ins=tuple(check_in_rows(check_ins, today)),
        requested=requested,
        date_changes=tuple(changes),
        blockers=blockers,
        requests=requests,
        covering=_covering(item, siblings, actor, today) if doors.can_answer_request else (),
        measure=measure_line(measure, _since(item, measure), past.counted) if measure else None,
        dossier_of=employee.pk if standing & DOSSIER_READERS else None,
        doors=doors,
    )


def check_in_rows(check_ins: Iterable[CheckIn], today: date) -> list[CheckInRow]:
    return [CheckInRow(c.pk, c.due_on, c.state, c.note, c.is_open and c.due_on < today) for c in check_ins]


def _topics(item: PlanItem) -> list[tuple[Topic, tuple[EvidenceChip, ...]]]:
    """The topics an item came from, each with its talk, its items, and the evidence it rests on. Two queries: evidence
    comes with the topic, a row each."""
    rows = (
        Topic.objects.filter(items=item)
        .select_related("conversation__review__employee__department", "conversation__held_by")
        .annotate(
            fact_id=F("evidence__pk"),
            fact_name=F("evidence__name"),
            fact=F("evidence__statement"),
            fact_by=Coalesce(F("evidence__added_by__name"), F("evidence__source")),
            fact_on=F("evidence__occurred_on"),
        )
        .order_by("position", "pk", "fact_id")
    )
    topics: dict[int, Topic] = {}
    chips: dict[int, list[EvidenceChip]] = {}
    for row in rows:
        topics.setdefault(row.pk, row)
        if row.fact_id is not None:
            ref, title = Evidence(pk=row.fact_id).ref, row.fact_name or row.fact
            chip = EvidenceChip(row.fact_id, ref, title, row.fact_by, row.fact_on)
            chips.setdefault(row.pk, []).append(chip)
    found = list(topics.values())
    owned = PlanItem.objects.select_related("owner").order_by("pk")
    prefetch_related_objects(found, Prefetch("items", owned))
    return [(topic, tuple(chips.get(topic.pk, ()))) for topic in found]


def _talk_of(plan: Plan) -> Conversation | None:
    return Conversation.objects.filter(plan=plan).select_related("review__employee__department").first()


def _covering(
    item: PlanItem, siblings: Mapping[int, PlanItem], actor: Actor, today: date
) -> tuple[ItemLine, ...]:
    """Promises of the viewer's own, from the same topic, that could be the answer to a request."""
    around = {**siblings, item.pk: item}
    return tuple(
        item_line(other, today)
        for other in around.values()
        if other.kind == "support" and other.state in UNSETTLED and other.owner_id == actor.employee_id
    )


def _since(item: PlanItem, measure: Measure) -> date:
    """The line begins when the plan became binding; a measure stated later begins there too, with its start."""
    return timezone.localdate(item.plan.activated_at or measure.at)


def linked_promise(item: PlanItem) -> PlanItem | None:
    """The newest support still owed that was promised under the topic an item came from. One query."""
    promised = PlanItem.objects.filter(
        topics__in=Topic.objects.filter(items=item), kind="support", state__in=UNSETTLED
    )
    return promised.exclude(pk=item.pk).select_related("owner").order_by("-pk").first()


def _origin(topic: Topic, chips: tuple[EvidenceChip, ...], item: PlanItem, today: date) -> Origin:
    talk = topic.conversation
    return Origin(
        said_by=talk.held_by.name if talk.held_by else "",
        said_at=talk.began_at,
        title=topic.title,
        kind=topic.kind,
        first_raised=topic.first_raised,
        evidence=chips,
        causes=tuple(CAUSES[c] for c in topic.causes if c in CAUSES),
        cause_note=topic.cause_note,
        issue=topic.issue,
        direction=topic.direction,
        support=topic.support,
        words=topic.words,
        consensus=topic.consensus,
        siblings=tuple(item_line(other, today) for other in topic.items.all() if other.pk != item.pk),
    )
