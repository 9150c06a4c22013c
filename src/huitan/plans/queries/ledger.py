"""The ledger (R21) as the viewer sees it. Overdue is computed, never stored."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, StrIndex
from django.utils import timezone

from huitan.core.sentences import N_, Sentence, say
from huitan.people.prepared import Among, prepared
from huitan.people.relations import Actor, related, relations_to
from huitan.plans.ledger_columns import COLUMNS
from huitan.plans.models import CAUSES, PlanItem
from huitan.plans.policy import PLAN
from huitan.plans.queries.ledger_order import KEYS, ORDERINGS, Part
from huitan.plans.queries.ledger_scope import Scope, about, items_of
from huitan.plans.reminders import not_waiting

PAGE = 50
RUNNING = ("active", "returned")
OPEN = (*RUNNING, "submitted")


class _StillOpen(Func):
    """Written out instead of sent as values: only then does SQLite see that the index of open items is enough."""

    template = "%(expressions)s IN ('active', 'returned', 'submitted')"
    output_field = BooleanField()


OPEN_ITEMS = Q(_StillOpen(F("state")))
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
MINE = {"accept": N_("待我验收"), "support": N_("我承诺的支持"), "own": N_("我负责的")}
REF = re.compile(r"^\s*[ASas]-?0*(\d{1,15})\s*$")


@dataclass(frozen=True)
class LedgerFilter:
    """What the URL asks for; every field empty means all open items one may see. `department` covers its subtree,
    `manager` means the plan's person's, `mine` is about the viewer."""

    department: int | None = None
    owner: int | None = None
    state: str = ""
    due: str = ""
    cause: str = ""
    cycle: str = ""
    kind: str = ""
    text: str = ""
    manager: int | None = None
    mine: str = ""


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
    manager: str = ""
    may_remind: bool = False

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
    """`next_key` continues after the last row; empty on the last page."""

    rows: tuple[LedgerRow, ...]
    next_key: str


def shown_state(item: PlanItem, today: date) -> str:
    if item.is_overdue(today):
        return "overdue"
    if item.state == "accepted" and item.kind == "support":
        return "kept"
    return {"active": "running", "dropped": "cancelled"}.get(item.state, item.state)


def ledger_page(
    wanted: LedgerFilter,
    scope: Scope,
    at: datetime,
    *,
    order: str = "due",
    after: str = "",
    columns: Collection[str] = (),
) -> LedgerPage:
    """One page; `after` is the `next_key` of the page before. One query, two where the order goes by updates and the
    items nobody has updated yet begin."""
    today = timezone.localdate(at)
    items: list[PlanItem] = []
    for part in ORDERINGS[order]:
        # What is asked again and again is kept ready; a search, or a page further on, is not.
        ask = _first_of.afresh if wanted.text or after else _first_of
        items += ask(scope.actor, scope.read, wanted, today, part, after, PAGE + 1, "manager" in columns)
        if len(items) > PAGE:
            break
    rows = tuple(row_of(item, scope.actor, today, columns) for item in items[:PAGE])
    return LedgerPage(rows, KEYS[order](items[PAGE - 1]) if len(items) > PAGE else "")


@prepared
def _first_of(
    actor: Actor,
    read: Among,
    wanted: LedgerFilter,
    today: date,
    part: Part,
    after: str,
    at_most: int,
    with_managers: bool,
) -> QuerySet[PlanItem]:
    """The first of one part of an order."""
    found = filtered(wanted, actor, read).filter(chosen(wanted, today))
    return part(with_people(found, with_managers), after)[:at_most]


def ledger_rows(
    wanted: LedgerFilter,
    actor: Actor,
    at: datetime,
    *,
    order: str = "due",
    columns: Collection[str] = tuple(COLUMNS),
) -> Iterator[LedgerRow]:
    """Every row of the filtered list, read in pieces: for the export."""
    today = timezone.localdate(at)
    found = with_people(filtered(wanted, actor).filter(chosen(wanted, today)), "manager" in columns)
    for part in ORDERINGS[order]:
        for item in part(found, "").iterator(chunk_size=1000):
            yield row_of(item, actor, today, columns)


def filtered(wanted: LedgerFilter, actor: Actor, read: Among = None) -> QuerySet[PlanItem]:
    """Everything but state and due date. `read`: the few people the list is about, where it is about few."""
    seen = items_of(actor, read)
    found = seen.filter(about("plan__review__employee__", wanted.department, wanted.manager))
    if wanted.owner is not None:
        found = found.filter(owner_id=wanted.owner)
    if wanted.mine:
        found = found.filter(_mine(wanted.mine, actor))
    if wanted.cycle:
        found = found.filter(plan__review__cycle__key=wanted.cycle)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.cause:
        # JSON lists are kept as text on SQLite and as jsonb on PostgreSQL; both read ["process", "skills"] as text.
        # By position: PostgreSQL takes LIKE for rare and sorts all that is found; this way it walks the order up to a page.
        place = StrIndex(Cast("causes", TextField()), Value(f'"{wanted.cause}"'))
        found = found.filter(_told_why(actor, read)).alias(cause_at=place).filter(cause_at__gt=0)
    if wanted.text.strip():
        found = found.filter(_matches(wanted.text.strip()))
    return found


def _told_why(actor: Actor, read: Among) -> Q:
    """Whoever only owns an item is not told its causes, so neither does asking for one say which it has."""
    if read is not None:
        return Q(plan__review__employee__id__among=read)
    return related(actor, PLAN.may["read"], "plan__review__employee")


def mine_to_accept(actor: Actor) -> Q:
    """What waits for this person's acceptance: handed in by the other side."""
    if actor.employee_id is None:
        return Q(pk__in=[])
    employee = "plan__review__employee"
    side = Q(**{employee: actor.employee_id}) | Q(**{f"{employee}__manager": actor.employee_id})
    return Q(state="submitted") & side & ~Q(owner=actor.employee_id)


def _mine(which: str, actor: Actor) -> Q:
    if actor.employee_id is None:
        return Q(pk__in=[])
    own = Q(owner=actor.employee_id)
    return {"accept": mine_to_accept(actor), "support": own & Q(kind="support"), "own": own}[which]


def _matches(text: str) -> Q:
    numbered = REF.match(text)
    if numbered:
        return Q(pk=int(numbered[1]), kind="support" if text.lstrip()[0] in "Ss" else "action")
    found = Q()
    for word in text.split():
        words = Q(what__icontains=word) | Q(criterion__icontains=word) | Q(latest_note__icontains=word)
        found &= words | Q(owner__name__icontains=word) | Q(plan__review__employee__name__icontains=word)
    return found


def chosen(wanted: LedgerFilter, today: date) -> Q:
    """State and due date. What is due concerns only what still runs, unless a state was asked for by name."""
    if wanted.due == "overdue":
        # Overdue is only what still runs; a state asked for beside it narrows that.
        late = Q(state__in=RUNNING, due_on__lt=today)
        return late if wanted.state in ("", "running", "all") else late & Q(state=wanted.state)
    due = Q(due_on__range=(today, today + timedelta(days=int(wanted.due)))) if wanted.due else Q()
    if wanted.state == "all":
        return due
    if wanted.state == "running" or (wanted.due and not wanted.state):
        return due & Q(state__in=RUNNING)
    if wanted.state:
        return due & Q(state=wanted.state)
    return due & OPEN_ITEMS


def with_people(found: QuerySet[PlanItem], managers: bool = False) -> QuerySet[PlanItem]:
    """One query more where managers are shown: a ninth table is more than PostgreSQL's planner puts in order."""
    if managers:
        found = found.prefetch_related("plan__review__employee__manager")
    return found.select_related("owner", "plan__review__employee__department", "plan__review__cycle")


def row_of(item: PlanItem, actor: Actor, today: date, columns: Collection[str] = ()) -> LedgerRow:
    """Who only owns the item sees what to do, not why, nor that the talk is disputed: that is about the employee."""
    employee, cycle = item.plan.review.employee, item.plan.review.cycle
    owner = item.owner
    reads = bool(relations_to(actor, employee))
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
        causes=tuple(c for c in item.causes if c in CAUSES) if reads else (),
        progress=item.progress,
        latest=item.latest_note,
        updated_at=item.updated_at,
        due_on=item.due_on,
        state=shown_state(item, today),
        cycle=cycle.name,
        is_disputed=reads and item.plan.review.is_disputed,
        manager=employee.manager.name if "manager" in columns and employee.manager else "",
        may_remind=not_waiting(item, actor) is None,
    )
