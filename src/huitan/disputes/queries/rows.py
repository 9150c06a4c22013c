"""Disputes as rows: the list for HR, handlers and raters, errands for the home page, figures by department."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from huitan.conversations.queries.home_rows import ToDo
from huitan.conversations.queries.progress import depth_of
from huitan.core.sentences import N_, say
from huitan.cycles.models import Cycle, Rating, Review
from huitan.cycles.working_days import own_days
from huitan.disputes.clocks import Clock, Window, clock, window
from huitan.disputes.groups import Group, Shown, shown
from huitan.disputes.lifecycle import CORRECTED, OPEN
from huitan.disputes.models import Answer, Dispute, Statement
from huitan.people import relations
from huitan.people.prepared import prepared
from huitan.people.relations import HR_ADMIN, HRBP, SELF, Actor

PAGE = 40
TODOS = 20
PEOPLE = ("conversation__review__employee__department", "conversation__review__cycle", "handler")


@dataclass(frozen=True)
class DisputeRow:
    """`clock` is the step that runs now; none once nothing is awaited from a handler."""

    id: int
    talk_id: int
    employee: str
    staff_number: str
    department: str
    cycle: str
    state: str
    level: int
    handler: str
    points: int
    submitted_at: datetime
    clock: Clock | None
    is_mine: bool

    @property
    def state_word(self) -> str:
        return Dispute.lifecycle.states[self.state]


@dataclass(frozen=True)
class DisputePage:
    rows: tuple[DisputeRow, ...]
    next_key: int | None


def due_now(dispute: Dispute) -> date | None:
    """The date of the step that runs: taking it on, answering, or asking for a further level."""
    return {
        "submitted": dispute.accept_due_on,
        "assigned": dispute.accept_due_on,
        "handling": dispute.answer_due_on,
        "decided": dispute.further_until,
    }.get(dispute.state)


def watched(actor: Actor) -> QuerySet[Dispute]:
    """What somebody handles, rated, manages or watches by office; one's own has its place at the talk."""
    own = relations.related(actor, {SELF}, "conversation__review__employee")
    return Dispute.objects.visible_to(actor).exclude(state="draft").exclude(own)


def page_of_disputes(
    actor: Actor, at: datetime, *, state: str = "open", before: int | None = None, size: int = PAGE
) -> DisputePage:
    """The most urgent first as long as all open ones fit on a page; by keyset otherwise. Two queries."""
    found = watched(actor).select_related(*PEOPLE).annotate(point_count=Count("points"))
    if state == "open":
        found = found.filter(state__in=OPEN)
    elif state == "over":
        found = found.exclude(state__in=OPEN)
    if before is not None:
        found = found.filter(pk__lt=before)
    listed = list(found.order_by("-pk")[: size + 1])
    own = own_days()
    rows = [row_of(d, actor, at, own) for d in listed[:size]]
    more = len(listed) > size
    if not more and before is None:
        rows.sort(key=lambda r: (r.clock is None, r.clock.on if r.clock else date.max, r.id))
    return DisputePage(tuple(rows), rows[-1].id if more else None)


def row_of(dispute: Any, actor: Actor, at: datetime, own: dict[date, bool]) -> DisputeRow:
    review = dispute.conversation.review
    return DisputeRow(
        id=dispute.pk,
        talk_id=dispute.conversation_id,
        employee=review.employee.name,
        staff_number=review.employee.staff_number,
        department=review.employee.department.full_name,
        cycle=review.cycle.name,
        state=dispute.state,
        level=dispute.level,
        handler=dispute.handler.name if dispute.handler else "",
        points=dispute.point_count,
        submitted_at=dispute.submitted_at,
        clock=clock(due_now(dispute), at, own),
        is_mine=actor.employee_id is not None and dispute.handler_id == actor.employee_id,
    )


def todos(actor: Actor, at: datetime) -> list[ToDo]:
    """What disputes ask of the actor today; one query, two with a draft."""
    rows = _asking(actor, None)
    own = own_days() if any(row.state == "draft" for row in rows) else {}
    return [todo for row in rows for todo in _errands(row, actor, window(row.conversation, at, own))]


@prepared
def _asking(actor: Actor, _among: None) -> QuerySet[Dispute]:
    me = actor.employee_id
    if me is None and not actor.is_hr_admin:
        return Dispute.objects.none()
    awaited = Statement.objects.filter(dispute=OuterRef("pk"), level=OuterRef("level"), sent_at__isnull=True)
    wanted = Q(handler=me, state__in=["assigned", "handling"]) if me else Q(pk__in=[])
    if me:
        own = Q(conversation__review__employee=me)
        wanted |= own & (Q(state="draft") | Q(state="handling", employee_asked=True))
        wanted |= own & Q(
            state__in=["decided", "concluded"], decided_at__isnull=False, acknowledged_at__isnull=True
        )
        wanted |= ~own & Q(state="handling", rater_asked=True) & (Q(conversation__held_by=me) | Q(rated=True))
    if actor.is_hr_admin:
        wanted |= Q(state="submitted") & ~Q(conversation__review__employee=me)
    return (
        Dispute.objects.visible_to(actor)
        .annotate(
            employee_asked=Exists(awaited.filter(side="employee")),
            rater_asked=Exists(awaited.filter(side="rater")),
            rated=Exists(Rating.objects.filter(review=OuterRef("conversation__review"), given_by=me)),
        )
        .filter(wanted)
        .select_related(*PEOPLE, "conversation")
        .order_by("accept_due_on", "pk")[:TODOS]
    )


def _errands(dispute: Any, actor: Actor, open_window: Window | None) -> Iterable[ToDo]:
    talk, me, name = dispute.conversation, actor.employee_id, dispute.employee.name
    here = (dispute.pk,)
    if talk.review.employee_id == me:
        if dispute.state == "draft":
            why = say("草稿只有你能看到；过了最后一天就不能提交")
            yield ToDo(
                "dispute",
                say("写完并提交申诉"),
                why,
                open_window.until if open_window else None,
                "talk-dispute",
                (talk.pk,),
                N_("接着写"),
            )
        elif dispute.state == "handling":
            why = say("你的说明和评价人的分开写，发出后不能改")
            yield ToDo(
                "dispute",
                say("为你的申诉写说明"),
                why,
                dispute.answer_due_on,
                "dispute",
                here,
                N_("去写"),
                "statements",
            )
        else:
            why = say("确认只表示你知道了结果，不表示同意")
            by = dispute.further_until if dispute.state == "decided" else None
            yield ToDo("dispute", say("看申诉结果，确认已知悉"), why, by, "dispute", here, N_("看结果"))
        return
    if dispute.handler_id == me and dispute.state == "assigned":
        why = say("受理后请双方说明；和这件事有关，就说明要回避")
        yield ToDo(
            "dispute",
            say("受理%(name)s的申诉", name=name),
            why,
            dispute.accept_due_on,
            "dispute",
            here,
            N_("去受理"),
        )
    elif dispute.handler_id == me and dispute.state == "handling":
        why = say("每一点和数据比对，更正或说明")
        yield ToDo(
            "dispute",
            say("答复%(name)s的申诉", name=name),
            why,
            dispute.answer_due_on,
            "dispute",
            here,
            N_("去答复"),
        )
    elif dispute.state == "handling":
        why = say("你和员工各写各的，发出后不能改")
        yield ToDo(
            "dispute",
            say("为%(name)s的申诉写说明", name=name),
            why,
            dispute.answer_due_on,
            "dispute",
            here,
            N_("去写"),
            "statements",
        )
    elif dispute.state == "submitted" and "assign" in _allowed(dispute, actor):
        why = say("处理人不能给过评级，也不能是评价人的上级或下属")
        yield ToDo(
            "dispute",
            say("给%(name)s的申诉分派处理人", name=name),
            why,
            dispute.accept_due_on,
            "dispute",
            here,
            N_("去分派"),
            "handler",
        )


def _allowed(dispute: Any, actor: Actor) -> set[str]:
    """Whether the admin has no part, as far as the rows at hand tell: the page itself judges exactly."""
    talk, me = dispute.conversation, actor.employee_id
    has_part = me is not None and me in (talk.held_by_id, talk.review.employee.manager_id)
    return set() if has_part else {"assign"}


def figures(cycle: Cycle, actor: Actor) -> Shown:
    """Disputes of the cycle by department, as far as the actor watches; nothing that points at one of a few people.

    Two queries. A department counts by the people reviewed in it. A large company stands there by its upper departments, each
    with all below it, as on the page of progress.
    """
    seen = relations.related(actor, {HRBP, HR_ADMIN}, "employee")
    by_unit = (
        Review.objects.filter(seen, cycle=cycle).order_by().values_list("employee__department__full_name")
    )
    people = dict(by_unit.annotate(n=Count("pk")).values_list("employee__department__full_name", "n"))
    corrected = Answer.objects.filter(point__dispute=OuterRef("pk"), verdict=CORRECTED, sent_at__isnull=False)
    mine = relations.related(actor, {HRBP, HR_ADMIN}, "conversation__review__employee")
    raised = (
        Dispute.objects.filter(mine, conversation__review__cycle=cycle)
        .exclude(state__in=["draft", "withdrawn"])
        .annotate(was_corrected=Exists(corrected))
        .values_list("conversation__review__employee__department__full_name", "was_corrected", "decided_at")
    )
    depth = depth_of(sorted(people), "")
    counted: dict[str, Group] = {}

    def add(full_name: str, *numbers: int) -> None:
        name = "/".join(full_name.split("/")[:depth])
        counted[name] = counted.get(name, Group(name, 0, 0, 0, 0, 0)) + Group("", *numbers)

    for name, n in people.items():
        add(name, n, 0, 0, 0, 0)
    for name, was_corrected, decided_at in raised:
        is_open = decided_at is None
        add(
            name,
            0,
            1,
            int(not is_open and was_corrected),
            int(not is_open and not was_corrected),
            int(is_open),
        )
    return shown(list(counted.values()))
