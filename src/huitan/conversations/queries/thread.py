"""One item with where it came from and what became of it: evidence, topic, feedback, consensus, action, updates,
check-ins, acceptance. Whoever only owns the item sees the item, not what was said in somebody else's talk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from huitan.conversations import policy
from huitan.conversations.models import Conversation, Topic
from huitan.core.models import Event
from huitan.core.moves import offer
from huitan.core.sentences import N_, Sentence, say
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.relations import MANAGER, SELF, Actor, relations_to
from huitan.plans.models import CAUSES, CheckIn, DateChange, ItemFile, Plan, PlanItem
from huitan.plans.policy import PLAN
from huitan.plans.queries.item import ItemDoors, ItemLine, item_doors, item_lines
from huitan.plans.queries.ledger import shown_state

VERBS = {
    "item.activate": N_("双方签字，计划生效"),
    "item.progressed": N_("更新进展"),
    "item.file_attached": N_("附上文件"),
    "item.submit": N_("提交验收"),
    "item.return": N_("退回"),
    "item.accept": N_("验收通过"),
    "item.drop": N_("取消这一项"),
    "item.reminded": N_("提醒负责人"),
    "item.date_requested": N_("申请改期"),
    "date_change.consent": N_("同意改期"),
    "date_change.decline": N_("没有同意改期"),
    "check_in.hold": N_("跟进"),
    "check_in.miss": N_("错过了跟进"),
}


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
class Moment:
    """Something that happened, newest last. `voice` is emp, mgr or empty for the system."""

    at: datetime
    who: str
    voice: str
    label: Sentence
    text: str


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
    """`talk_id` is None for whoever may not read the talk's record; `reads_pack` says the pack is theirs to open."""

    item: PlanItem
    state: str
    owner: str
    employee: str
    other_side: str
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
    doors: ItemDoors

    @property
    def next_check_in(self) -> CheckInRow | None:
        return next((c for c in self.check_ins if c.state in ("planned", "missed")), None)


def item_thread(item: PlanItem, actor: Actor, at: datetime) -> ItemThread:
    """A fixed number of queries. `item` is visible to the actor, with owner and its plan's employee loaded."""
    today = timezone.localdate(at)
    plan, employee = item.plan, item.plan.review.employee
    talk = (
        Conversation.objects.filter(plan=plan)
        .select_related("review__employee__department", "held_by")
        .first()
    )
    relations = talk.relations_of(actor) if talk else frozenset[str]()
    reads_record = bool(relations & policy.READ_RECORD)
    reads_plan = bool(relations_to(actor, employee) & PLAN.may["read"])
    facts = Prefetch("evidence", Evidence.objects.select_related("added_by"))
    topics = Topic.objects.filter(items=item).prefetch_related(facts, "items__owner") if reads_record else ()
    changes = list(item.date_changes.all())
    requested = next((c for c in changes if c.state == "requested"), None)
    check_ins = list(plan.check_ins.all()) if reads_plan else []
    manager = employee.manager
    other = employee if item.owner_id != employee.pk else manager
    return ItemThread(
        item=item,
        state=shown_state(item, today),
        owner=item.owner.name if item.owner else "",
        employee=employee.name,
        other_side=other.name if other else "",
        is_owner=actor.employee_id is not None and item.owner_id == actor.employee_id,
        is_other_side="other_side" in item.relations_of(actor),
        days_left=(item.due_on - today).days if item.due_on else None,
        talk_id=talk.pk if talk and reads_record else None,
        talk_on=talk.began_at if talk and reads_record else None,
        reads_pack=bool(relations & {SELF, MANAGER}),
        origins=tuple(_origin(topic, talk, item, today) for topic in topics if talk),
        moments=tuple(_moments(item, changes, check_ins)),
        files=tuple(item.files.select_related("by")),
        check_ins=tuple(
            CheckInRow(c.pk, c.due_on, c.state, c.note, c.state in ("planned", "missed") and c.due_on < today)
            for c in check_ins
        ),
        requested=requested,
        date_changes=tuple(changes),
        doors=item_doors(item, requested, actor, at),
    )


def _origin(topic: Topic, talk: Conversation, item: PlanItem, today: date) -> Origin:
    return Origin(
        said_by=talk.held_by.name if talk.held_by else "",
        said_at=talk.began_at,
        title=topic.title,
        kind=topic.kind,
        first_raised=topic.first_raised,
        evidence=tuple(
            EvidenceChip(e.pk, e.ref, e.title, e.added_by.name if e.added_by else e.source, e.occurred_on)
            for e in topic.evidence.all()
        ),
        causes=tuple(CAUSES[c] for c in topic.causes if c in CAUSES),
        cause_note=topic.cause_note,
        issue=topic.issue,
        direction=topic.direction,
        support=topic.support,
        words=topic.words,
        consensus=topic.consensus,
        siblings=tuple(
            ItemLine(
                other.pk,
                other.ref,
                other.kind,
                other.what,
                other.owner.name if other.owner else "",
                other.criterion,
                other.due_on,
                other.progress,
                other.latest_note,
                shown_state(other, today),
            )
            for other in topic.items.all()
            if other.pk != item.pk
        ),
    )


def _moments(item: PlanItem, changes: Iterable[DateChange], check_ins: Iterable[CheckIn]) -> list[Moment]:
    """The item's part of its plan's history: two queries."""
    concerned = {
        "item": {item.pk},
        "date_change": {c.pk for c in changes},
        "check_in": {c.pk for c in check_ins},
    }
    happened = [
        event
        for event in Event.objects.filter(stream=item.stream, verb__in=list(VERBS)).order_by("seq")
        if event.payload.get("id") in concerned[event.verb.split(".")[0]]
    ]
    accounts = {int(e.actor.split(":")[1]) for e in happened if e.actor.startswith("account:")}
    people = {
        f"account:{account}": (pk, name)
        for account, pk, name in Employee.objects.filter(account__in=accounts).values_list(
            "account", "pk", "name"
        )
    }
    employee_id = item.plan.review.employee_id
    found = []
    for event in happened:
        pk, name = people.get(event.actor, (None, ""))
        signed = event.verb == "item.activate"
        voice = "" if pk is None or signed else "emp" if pk == employee_id else "mgr"
        found.append(
            Moment(
                event.at,
                "" if signed else name,
                voice,
                _label(event, changes),
                _text(event.verb, event.payload),
            )
        )
    return found


def _label(event: Event, changes: Iterable[DateChange]) -> Sentence:
    if event.verb == "item.progressed":
        return say("更新到 %(n)s%%", n=event.payload["percent"])
    if event.verb == "item.date_requested":
        return say("申请改期：%(a)s → %(b)s", a=event.payload["from"], b=event.payload["to"])
    if event.verb == "date_change.consent":
        change = next((c for c in changes if c.pk == event.payload["id"]), None)
        if change is not None:
            return say("同意改期到 %(b)s", b=change.to_on.isoformat())
    return Sentence(VERBS[event.verb])


def _text(verb: str, payload: Mapping[str, Any]) -> str:
    field = {
        "item.progressed": "note",
        "item.file_attached": "name",
        "item.submit": "submitted_evidence",
        "item.return": "return_reason",
        "item.accept": "acceptance_note",
        "item.drop": "drop_reason",
        "item.date_requested": "reason",
        "date_change.decline": "reply",
        "check_in.hold": "note",
    }.get(verb, "")
    return str(payload.get(field) or "")


@dataclass(frozen=True)
class Closing:
    """What ending a conversation needs: the plan's items and check-ins, and whether the viewer may end it now.

    `because` says why not. `plan` is None for a talk without a plan or one already concluded.
    """

    talk: Conversation
    employee: str
    plan: Plan | None
    items: tuple[ItemLine, ...]
    check_ins: tuple[CheckInRow, ...]
    may_close: bool
    because: Sentence | None
    unsettled: int


def closing(talk: Conversation, actor: Actor, at: datetime) -> Closing:
    """The needs of closing are the plan's result, which the same page asks for; so an offer is enough."""
    today = timezone.localdate(at)
    # A plan nobody has signed is part of the talk, and the talk is between two.
    plan = talk.plan if talk.plan and talk.plan.state != "draft" else None
    items = item_lines(plan, at) if plan else ()
    may = offer(talk, "close", actor, at) is not None
    because = None
    if not may:
        because = say(
            "这次面谈现在是「%(state)s」，还不能结束。", state=Sentence(talk.lifecycle.states[talk.state])
        )
        if talk.state == "closed":
            because = say("这次面谈已经结束。")
        elif MANAGER not in talk.relations_of(actor):
            because = say("由直接上级给计划定结果，结束这次面谈。")
    return Closing(
        talk=talk,
        employee=talk.review.employee.name,
        plan=plan,
        items=items,
        check_ins=tuple(
            CheckInRow(c.pk, c.due_on, c.state, c.note, c.state != "held" and c.due_on < today)
            for c in (plan.check_ins.all() if plan else ())
        ),
        may_close=may,
        because=because,
        unsettled=sum(1 for i in items if i.state not in ("accepted", "kept", "cancelled")),
    )
