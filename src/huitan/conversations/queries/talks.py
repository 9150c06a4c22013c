"""Talks as rows: who, where they stand, what comes next for the viewer. One query for a whole list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from huitan.conversations.lifecycle import CONVERSATION
from huitan.conversations.models import (
    Contest,
    Conversation,
    Pack,
    PackOpening,
    Question,
    Record,
    Refusal,
    Signature,
    SlotOffer,
    Topic,
)
from huitan.conversations.policy import HELD_BY
from huitan.conversations.queries.stage import NextStep, Stage, TalkFacts, never_held, stage_of
from huitan.core.sentences import N_, say
from huitan.cycles.models import Cycle
from huitan.people.relations import HR_ADMIN, HRBP, MANAGER, SELF, Actor
from huitan.plans.models import CheckIn, PlanItem

PAGE = 40
OVER = ("closed", "cancelled")
RUNNING = ("active", "returned")


@dataclass(frozen=True)
class TalkRow:
    """`side` is whose step `step` is: "manager", "employee", "hr", or "reader" for the line above and auditors.

    While `is_disputed`, the rating has no consequences.
    """

    id: int
    kind: str
    state: str
    employee_id: int
    employee: str
    position: str
    department: str
    manager: str
    cycle_id: int
    cycle: str
    cycle_key: str
    scheduled_at: datetime | None
    minutes: int
    place: str
    purpose: str
    is_late: bool
    stage: Stage
    step: NextStep
    side: str
    facts: TalkFacts
    is_disputed: bool = False

    @property
    def state_word(self) -> str:
        return CONVERSATION.states[self.state]

    @property
    def kind_word(self) -> str:
        return Conversation.KINDS[self.kind]

    @property
    def is_over(self) -> bool:
        return self.state in OVER or never_held(self.facts)

    def urgency(self) -> tuple[int, float, int]:
        """What is over last, what waits for others before that, then by the latest time; without one last."""
        latest = self.step.latest
        return (
            2 if self.is_over else int(self.step.waits),
            latest.timestamp() if latest else float("inf"),
            self.id,
        )


@dataclass(frozen=True)
class TalkPage:
    """`next_key` pages on; `by_urgency` says that all rows fit and are sorted by their latest time."""

    rows: tuple[TalkRow, ...]
    next_key: int | None
    by_urgency: bool


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


def with_facts(talks: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """All that the stage of a talk is decided from, as annotations of one query."""
    newest_record = Record.objects.filter(conversation=OuterRef("pk")).order_by("-version").values("pk")[:1]
    first_pack = Pack.objects.filter(conversation=OuterRef("pk")).order_by("version")
    opened = PackOpening.objects.filter(
        pack__conversation=OuterRef("pk"), by=OuterRef("review__employee")
    ).order_by("at")
    newest_offer = SlotOffer.objects.filter(conversation=OuterRef("pk")).order_by("-pk")
    on_record = Signature.objects.filter(record=OuterRef("newest_record"))
    items = PlanItem.objects.filter(plan=OuterRef("plan"))
    own = Q(owner=OuterRef("review__employee"))
    running, submitted = items.filter(state__in=RUNNING), items.filter(state="submitted")
    return talks.select_related(
        "review__employee__department", "review__employee__manager", "review__cycle", "held_by"
    ).annotate(
        newest_record=Subquery(newest_record),
        shared_at=Subquery(first_pack.values("shared_at")[:1]),
        shared_late=Subquery(first_pack.values("is_late")[:1]),
        pack_opened_at=Subquery(opened.values("at")[:1]),
        slots_state=Subquery(newest_offer.values("state")[:1]),
        survey_at=F("survey__submitted_at"),
        topic_count=_count(Topic.objects.filter(conversation=OuterRef("pk"), state="active"), "conversation"),
        open_questions=_count(
            Question.objects.filter(conversation=OuterRef("pk"), state="open"), "conversation"
        ),
        open_contests=_count(
            Contest.objects.filter(conversation=OuterRef("pk"), state="open"), "conversation"
        ),
        manager_signed=Exists(on_record.filter(side="manager").exclude(choice="decline")),
        employee_signed=Exists(on_record.filter(side="employee").exclude(choice="decline")),
        employee_declined=Exists(on_record.filter(side="employee", choice="decline")),
        refusal_witnessed=Exists(Refusal.objects.filter(record=OuterRef("newest_record"))),
        item_count=_count(items.exclude(state="dropped"), "plan"),
        running_count=_count(running, "plan"),
        submitted_by_employee=_count(submitted.filter(own), "plan"),
        submitted_by_others=_count(submitted.exclude(own), "plan"),
        employee_due_on=_earliest(running.filter(own)),
        manager_due_on=_earliest(running.exclude(own)),
        employee_submitted_on=_earliest(submitted.filter(own)),
        others_submitted_on=_earliest(submitted.exclude(own)),
        check_in_on=_earliest(CheckIn.objects.filter(plan=OuterRef("plan"), state__in=["planned", "missed"])),
    )


def facts_of(talk: Any) -> TalkFacts:
    """The facts of a talk that came through `with_facts`."""
    employee = talk.review.employee
    holder = talk.held_by or employee.manager
    signed = {side for side in ("manager", "employee") if getattr(talk, f"{side}_signed")}
    running = talk.state == "signed"
    return TalkFacts(
        state=talk.state,
        employee=employee.name,
        manager=holder.name if holder else "",
        notice_days=0 if talk.kind == "follow_up" else talk.review.cycle.notice_days,
        talks_until=talk.review.cycle.talks_until,
        scheduled_at=talk.scheduled_at,
        slots=talk.slots_state or "",
        purpose=talk.purpose,
        shared_at=talk.shared_at,
        opened_at=talk.pack_opened_at,
        survey_in=talk.survey_at is not None,
        informal_note=bool(talk.informal_note.strip()),
        topics=talk.topic_count,
        open_questions=talk.open_questions,
        open_contests=talk.open_contests,
        signing_due_on=talk.signing_due_on,
        signing_lapsed=talk.signing_lapsed_at is not None,
        signed=frozenset(signed),
        declined=talk.employee_declined,
        refusal=talk.refusal_witnessed,
        items=talk.item_count,
        running=talk.running_count if running else 0,
        submitted_by_employee=talk.submitted_by_employee if running else 0,
        submitted_by_others=talk.submitted_by_others if running else 0,
        employee_due_on=talk.employee_due_on if running else None,
        manager_due_on=talk.manager_due_on if running else None,
        employee_submitted_on=talk.employee_submitted_on if running else None,
        others_submitted_on=talk.others_submitted_on if running else None,
        check_in_on=talk.check_in_on if running else None,
        cycle_closed=talk.review.cycle.state == "closed",
    )


def side_of(talk: Conversation, actor: Actor) -> str:
    """Whose part the viewer has: the talk's own two sides, HR, or a reader of what was signed."""
    found = talk.relations_of(actor)
    if SELF in found:
        return "employee"
    if MANAGER in found or (HELD_BY in found and talk.state == "recorded"):
        return "manager"
    if found & {HRBP, HR_ADMIN}:
        return "hr"
    return "reader"


def row_of(talk: Any, actor: Actor, at: datetime) -> TalkRow:
    """A talk from `with_facts` as the viewer's row."""
    facts = facts_of(talk)
    stage = stage_of(facts, at)
    side = side_of(talk, actor)
    person, cycle = talk.review.employee, talk.review.cycle
    return TalkRow(
        id=talk.pk,
        kind=talk.kind,
        state=talk.state,
        employee_id=person.pk,
        employee=person.name,
        position=person.position,
        department=person.department.full_name,
        manager=facts.manager,
        cycle_id=cycle.pk,
        cycle=cycle.name,
        cycle_key=cycle.key,
        scheduled_at=talk.scheduled_at,
        minutes=talk.minutes,
        place=talk.place,
        purpose=talk.purpose,
        is_late=bool(talk.shared_late),
        stage=stage,
        step=_step_of_viewer(stage, facts, side, talk, actor),
        side=side,
        facts=facts,
        is_disputed=talk.review.is_disputed,
    )


def _step_of_viewer(stage: Stage, facts: TalkFacts, side: str, talk: Conversation, actor: Actor) -> NextStep:
    if side == "reader":
        return NextStep(say("已经签字，可以查看记录"), page="record", button=N_("看记录"))
    step = stage.next_for(side)
    if (
        side == "manager"
        and talk.state == "recorded"
        and talk.held_by_id not in (None, actor.employee_id)
        and "manager" not in facts.signed
    ):
        # The line moved after the talk: only who held it signs.
        return replace(step, text=say("等%(name)s签字", name=facts.manager), waits=True, anchor="")
    return step


def rows(talks: Iterable[Any], actor: Actor, at: datetime) -> list[TalkRow]:
    return [row_of(talk, actor, at) for talk in talks]


def page_of_talks(
    actor: Actor,
    at: datetime,
    *,
    cycle: str = "",
    state: str = "",
    name: str = "",
    before: int | None = None,
    size: int = PAGE,
) -> TalkPage:
    """The talks one may see, newest first by keyset; if all fit on one page, by their latest time instead.

    `cycle` is a key, `state` a state or "unscheduled", `before` the id the page starts below.
    """
    talks = Conversation.objects.listed_for(actor)
    if cycle:
        talks = talks.filter(review__cycle__key=cycle)
    if state == "unscheduled":
        talks = talks.filter(state__in=["preparing", "shared"], scheduled_at__isnull=True)
    elif state:
        talks = talks.filter(state=state)
    if name:
        talks = talks.filter(
            Q(review__employee__name__icontains=name) | Q(review__employee__staff_number=name)
        )
    if before is not None:
        talks = talks.filter(pk__lt=before)
    found = rows(with_facts(talks).order_by("-pk")[: size + 1], actor, at)
    more = len(found) > size
    found = found[:size]
    all_fit = not more and before is None
    if all_fit:
        found.sort(key=TalkRow.urgency)
    return TalkPage(tuple(found), found[-1].id if more else None, all_fit)


def cycle_choices(actor: Actor) -> list[Choice]:
    cycles = Cycle.objects.visible_to(actor).order_by("-starts_on").values_list("key", "name")[:24]
    return [Choice(key, name) for key, name in cycles]


STATE_CHOICES = (
    *(Choice(state, word) for state, word in CONVERSATION.states.items()),
    Choice("unscheduled", N_("还没有定时间")),
)


def talk_row(actor: Actor, pk: int, at: datetime) -> TalkRow | None:
    """One talk the actor may see, or None."""
    talk = with_facts(Conversation.objects.visible_to(actor).filter(pk=pk)).first()
    return row_of(talk, actor, at) if talk else None


def has_record(row: TalkRow) -> bool:
    return row.state in ("recorded", "signed", "closed")


def _count(found: QuerySet[Any], by: str) -> Coalesce:
    counted = found.order_by().values(by).annotate(n=Count("pk")).values("n")[:1]
    return Coalesce(Subquery(counted), 0)


def _earliest(found: QuerySet[Any]) -> Subquery:
    return Subquery(found.order_by().values("plan").annotate(first=Min("due_on")).values("first")[:1])
