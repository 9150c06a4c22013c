"""The ledger (R21) as the viewer sees it. Overdue is computed, never stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from huitan.core.sentences import N_, Sentence, say
from huitan.cycles.models import Cycle
from huitan.people.models import Department, Employee
from huitan.people.relations import Actor, relations_to
from huitan.plans.models import CAUSES, PlanItem

PAGE = 50
OWNERS_OFFERED = 100
RUNNING = ("active", "returned")
OPEN = (*RUNNING, "submitted")
# What the filter offers, besides "" for everything still open.
STATES = {
    "running": N_("进行中"),
    "submitted": N_("待验收"),
    "returned": N_("已退回"),
    "accepted": N_("已验收"),
    "dropped": N_("已取消"),
    "all": N_("全部"),
}
DUE = {"overdue": N_("逾期"), "7": N_("7 天内"), "30": N_("30 天内")}
REF = re.compile(r"^\s*[ASas]-?0*(\d{1,15})\s*$")


@dataclass(frozen=True)
class LedgerFilter:
    """What the URL asks for; every field empty means all open items one may see. `department` covers its subtree."""

    department: int | None = None
    owner: int | None = None
    state: str = ""
    due: str = ""
    cause: str = ""
    cycle: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class LedgerRow:
    """One line. `state` is the word the ledger shows (running, overdue, kept, …), `progress` in percent."""

    pk: int
    id: str
    kind: str
    what: str
    criterion: str
    employee: str
    department: str
    owner: str
    owner_position: str | Sentence
    causes: tuple[str, ...]
    progress: int
    latest: str
    updated_at: datetime | None
    due_on: date | None
    state: str
    cycle: str
    is_disputed: bool = False

    @property
    def cause(self) -> Sentence | str:
        """The first cause, and how many more."""
        if not self.causes:
            return ""
        first = Sentence(CAUSES[self.causes[0]])
        more = len(self.causes) - 1
        return say("%(cause)s 等 %(n)s 项", cause=first, n=more + 1) if more else first

    @property
    def state_word(self) -> str:
        return SHOWN_STATES[self.state]


SHOWN_STATES = {
    "running": N_("进行中"),
    "overdue": N_("逾期"),
    "submitted": N_("待验收"),
    "returned": N_("已退回"),
    "accepted": N_("已验收"),
    "kept": N_("已兑现"),
    "cancelled": N_("已取消"),
}


@dataclass(frozen=True)
class LedgerPage:
    """`next_key` continues after the last row, "2026-07-24.15"; empty on the last page."""

    rows: tuple[LedgerRow, ...]
    next_key: str


@dataclass(frozen=True)
class LedgerFigures:
    """Counts under the same department, owner, cause, cycle, kind and text, whatever state and due date are chosen."""

    running: int
    due_soon: int
    overdue: int
    submitted: int
    support: int
    mine_to_accept: int


@dataclass(frozen=True)
class FilterOptions:
    """(value, label) pairs that occur among the items one may see; `owners_cut` says that there were too many."""

    departments: tuple[tuple[int, str], ...]
    owners: tuple[tuple[int, str], ...]
    cycles: tuple[tuple[str, str], ...]
    owners_cut: bool


def shown_state(item: PlanItem, today: date) -> str:
    if item.is_overdue(today):
        return "overdue"
    if item.state == "accepted" and item.kind == "support":
        return "kept"
    return {"active": "running", "dropped": "cancelled"}.get(item.state, item.state)


def ledger_page(wanted: LedgerFilter, actor: Actor, at: datetime, after: str = "") -> LedgerPage:
    """One page by due date; `after` is the `next_key` of the page before."""
    today = timezone.localdate(at)
    found = _by_state(_filtered(wanted, actor), wanted, today)
    key = _key(after)
    if key is not None:
        due_on, pk = key
        found = found.filter(Q(due_on__gt=due_on) | Q(due_on=due_on, pk__gt=pk))
    items = list(_with_people(found)[: PAGE + 1])
    rows = tuple(_row(item, actor, today) for item in items[:PAGE])
    more = len(items) > PAGE
    return LedgerPage(rows, f"{items[PAGE - 1].due_on}.{items[PAGE - 1].pk}" if more else "")


def ledger_rows(wanted: LedgerFilter, actor: Actor, at: datetime) -> Iterator[LedgerRow]:
    """Every row of the filtered list, read in pieces: for the export."""
    today = timezone.localdate(at)
    found = _with_people(_by_state(_filtered(wanted, actor), wanted, today))
    for item in found.iterator(chunk_size=1000):
        yield _row(item, actor, today)


def ledger_figures(wanted: LedgerFilter, actor: Actor, at: datetime) -> LedgerFigures:
    """One query."""
    today = timezone.localdate(at)
    running = Q(state__in=RUNNING)
    mine = Q(pk__in=[])
    if actor.employee_id is not None:
        side = Q(plan__review__employee=actor.employee_id) | Q(
            plan__review__employee__manager=actor.employee_id
        )
        mine = Q(state="submitted") & side & ~Q(owner=actor.employee_id)
    counted = _filtered(wanted, actor).aggregate(
        running=Count("pk", filter=running),
        due_soon=Count("pk", filter=running & Q(due_on__range=(today, today + timedelta(days=7)))),
        overdue=Count("pk", filter=running & Q(due_on__lt=today)),
        submitted=Count("pk", filter=Q(state="submitted")),
        support=Count("pk", filter=Q(state__in=OPEN, kind="support")),
        mine_to_accept=Count("pk", filter=mine),
    )
    return LedgerFigures(**counted)


def filter_options(actor: Actor) -> FilterOptions:
    """Four queries, whatever the number of items."""
    seen = PlanItem.objects.visible_to(actor).order_by()
    paths = seen.values_list("plan__review__employee__department__path", flat=True).distinct()
    units = {int(part) for path in paths for part in path.split("/") if part}
    departments = Department.objects.filter(pk__in=units).order_by("full_name")
    owners = list(
        Employee.objects.filter(pk__in=seen.values("owner"))
        .order_by("name", "pk")
        .values_list("pk", "name")[: OWNERS_OFFERED + 1]
    )
    cycles = Cycle.objects.filter(pk__in=seen.values("plan__review__cycle")).order_by("-starts_on")
    return FilterOptions(
        departments=tuple((d.pk, d.full_name) for d in departments),
        owners=tuple(owners[:OWNERS_OFFERED]),
        cycles=tuple((c.key, c.name) for c in cycles),
        owners_cut=len(owners) > OWNERS_OFFERED,
    )


def _filtered(wanted: LedgerFilter, actor: Actor) -> QuerySet[PlanItem]:
    """Everything but state and due date."""
    found = PlanItem.objects.visible_to(actor)
    if wanted.department is not None:
        unit = Department.objects.filter(pk=wanted.department).values_list("path", flat=True).first()
        if unit is None:
            return found.none()
        found = found.filter(plan__review__employee__department__path__startswith=unit)
    if wanted.owner is not None:
        found = found.filter(owner_id=wanted.owner)
    if wanted.cycle:
        found = found.filter(plan__review__cycle__key=wanted.cycle)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.cause:
        # JSON lists are kept as text on SQLite and as jsonb on PostgreSQL; both read ["process", "skills"] as text.
        as_text = Cast("causes", TextField())
        found = found.annotate(causes_text=as_text).filter(causes_text__contains=f'"{wanted.cause}"')
    if wanted.text.strip():
        found = found.filter(_matches(wanted.text.strip()))
    return found


def _matches(text: str) -> Q:
    numbered = REF.match(text)
    if numbered:
        return Q(pk=int(numbered[1]), kind="support" if text.lstrip()[0] in "Ss" else "action")
    words = Q(what__icontains=text) | Q(criterion__icontains=text) | Q(latest_note__icontains=text)
    return words | Q(owner__name__icontains=text) | Q(plan__review__employee__name__icontains=text)


def _by_state(found: QuerySet[PlanItem], wanted: LedgerFilter, today: date) -> QuerySet[PlanItem]:
    if wanted.due:
        # What is due concerns only what still runs, unless a state was asked for by name.
        if wanted.due == "overdue":
            return found.filter(state__in=RUNNING, due_on__lt=today)
        until = today + timedelta(days=int(wanted.due))
        found = found.filter(due_on__range=(today, until))
        if not wanted.state:
            return found.filter(state__in=RUNNING)
    if wanted.state == "all":
        return found
    if wanted.state == "running":
        return found.filter(state__in=RUNNING)
    if wanted.state:
        return found.filter(state=wanted.state)
    return found.filter(state__in=OPEN)


def _with_people(found: QuerySet[PlanItem]) -> QuerySet[PlanItem]:
    return found.select_related(
        "owner", "plan__review__employee__department", "plan__review__cycle"
    ).order_by(F("due_on").asc(nulls_last=True), "pk")


def _row(item: PlanItem, actor: Actor, today: date) -> LedgerRow:
    """Who only owns the item sees what to do, not why: causes are about the employee."""
    employee, cycle = item.plan.review.employee, item.plan.review.cycle
    owner = item.owner
    position: str | Sentence = owner.position if owner else ""
    if item.owner_id != employee.pk:
        position = say("答应%(name)s的", name=employee.name)
    return LedgerRow(
        pk=item.pk,
        id=item.ref,
        kind=item.kind,
        what=item.what,
        criterion=item.criterion,
        employee=employee.name,
        department=employee.department.full_name,
        owner=owner.name if owner else "",
        owner_position=position,
        causes=tuple(c for c in item.causes if c in CAUSES) if relations_to(actor, employee) else (),
        progress=item.progress,
        latest=item.latest_note,
        updated_at=item.updated_at,
        due_on=item.due_on,
        state=shown_state(item, today),
        cycle=cycle.name,
        is_disputed=item.plan.review.is_disputed,
    )


def _key(after: str) -> tuple[date, int] | None:
    day, _, pk = after.partition(".")
    if not pk.isdigit() or len(pk) > 15:
        return None
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError:
        return None
