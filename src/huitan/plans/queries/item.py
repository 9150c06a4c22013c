"""One item, one check-in, and what the viewer may do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from huitan.core import access
from huitan.core.moves import available_moves
from huitan.people.relations import Actor
from huitan.plans.models import CheckIn, DateChange, Plan, PlanItem
from huitan.plans.queries.ledger import RUNNING, shown_state


@dataclass(frozen=True)
class ItemDoors:
    """What this viewer may do with an item now: the moves open to them, and the two steps that are no moves."""

    moves: frozenset[str]
    can_update: bool
    can_request_date: bool
    can_answer_date: bool

    @property
    def any(self) -> bool:
        return bool(self.moves) or self.can_update or self.can_answer_date


def item_doors(item: PlanItem, requested: DateChange | None, actor: Actor, at: datetime) -> ItemDoors:
    running = item.state in RUNNING
    return ItemDoors(
        moves=frozenset(o.move.name for o in available_moves(item, actor, at)),
        can_update=running and bool(access.judge(item, "update", actor)),
        can_request_date=running and requested is None and bool(access.judge(item, "request_date", actor)),
        can_answer_date=requested is not None and bool(access.judge(requested, "consent", actor)),
    )


@dataclass(frozen=True)
class ItemLine:
    """An item in a list of its plan."""

    pk: int
    id: str
    kind: str
    what: str
    owner: str
    criterion: str
    due_on: date | None
    progress: int
    latest: str
    state: str


@dataclass(frozen=True)
class CheckInPage:
    check_in: CheckIn
    plan: Plan
    items: tuple[ItemLine, ...]
    employee: str
    manager: str
    is_overdue: bool
    can_hold: bool


def check_in_page(pk: int, actor: Actor, at: datetime) -> CheckInPage | None:
    """A check-in of a plan one may read, with how the plan's items stand; None when unseen."""
    check_in = (
        CheckIn.objects.filter(plan__in=Plan.objects.visible_to(actor))
        .select_related("plan__review__employee__manager", "plan__review__employee__department", "held_by")
        .filter(pk=pk)
        .first()
    )
    if check_in is None:
        return None
    today = timezone.localdate(at)
    employee = check_in.plan.review.employee
    open_states = ("planned", "missed")
    return CheckInPage(
        check_in=check_in,
        plan=check_in.plan,
        items=item_lines(check_in.plan, at),
        employee=employee.name,
        manager=employee.manager.name if employee.manager else "",
        is_overdue=check_in.state in open_states and check_in.due_on < today,
        can_hold=any(o.move.name == "hold" for o in available_moves(check_in, actor, at)),
    )


def item_lines(plan: Plan, at: datetime) -> tuple[ItemLine, ...]:
    """One query."""
    today = timezone.localdate(at)
    return tuple(
        ItemLine(
            item.pk,
            item.ref,
            item.kind,
            item.what,
            item.owner.name if item.owner else "",
            item.criterion,
            item.due_on,
            item.progress,
            item.latest_note,
            shown_state(item, today),
        )
        for item in plan.items.select_related("owner").order_by("due_on", "pk")
    )
