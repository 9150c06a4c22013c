"""A check-in as each side meets it: both parts, the items, and what is open from before. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from huitan.core import access
from huitan.core.models import Event
from huitan.people.queries import with_names
from huitan.people.relations import Actor
from huitan.plans.actions.check_ins import side_of
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import CheckIn, NextTime, Plan, PlanItem
from huitan.plans.queries.item import (
    BlockerLine,
    ItemLine,
    RequestLine,
    blocker_lines,
    blockers_of,
    item_line,
    request_lines,
    requests_of,
)


@dataclass(frozen=True)
class PointLine:
    """A point left for the next time; `is_carried` when it is from an earlier check-in."""

    pk: int
    what: str
    by: str
    at: datetime
    is_carried: bool


@dataclass(frozen=True)
class Part:
    """What one side said, in the words of one person. `is_own` is the part the viewer writes."""

    side: str
    name: str
    said_at: datetime | None
    words: tuple[tuple[str, str], ...]
    is_own: bool


@dataclass(frozen=True)
class CheckInPage:
    """`side` is whose part this viewer writes, empty for who only reads. `own_items` are the running items whose
    progress the viewer states here. `parts` are in the order of the talk: the employee, any manager before, the manager.
    `following` is the date the plan has for the next one."""

    check_in: CheckIn
    plan: Plan
    items: tuple[ItemLine, ...]
    own_items: tuple[PlanItem, ...]
    employee: str
    manager: str
    is_overdue: bool
    side: str
    parts: tuple[Part, ...]
    can_hold: bool
    blockers: tuple[BlockerLine, ...]
    requests: tuple[RequestLine, ...]
    points: tuple[PointLine, ...]
    settled: tuple[NextTime, ...]
    following: date | None
    needs_next: bool

    @property
    def carried_points(self) -> tuple[PointLine, ...]:
        return tuple(p for p in self.points if p.is_carried)

    @property
    def new_points(self) -> tuple[PointLine, ...]:
        return tuple(p for p in self.points if not p.is_carried)

    @property
    def carries(self) -> bool:
        return bool(self.blockers or self.requests or self.carried_points)

    @property
    def has_own(self) -> bool:
        """Whether the viewer's part stands in their own words: not unwritten, not in those of the manager before (S7)."""
        return any(part.is_own and part.said_at for part in self.parts)

    @property
    def said_before(self) -> str:
        """The manager before, whose words stand for this side while the viewer has written none."""
        stands = (p.name for p in self.parts if p.side == self.side and not p.is_own and p.said_at)
        return "" if self.has_own else next(stands, "")

    @property
    def left_before(self) -> list[dict[str, Any]]:
        """What was open when it was held."""
        return [{**row, "since": date.fromisoformat(row["since"])} for row in self.check_in.carried]


def check_in_page(pk: int, actor: Actor, at: datetime) -> CheckInPage | None:
    """A check-in of a plan one may read; None when unseen. Eight queries."""
    check_in = (
        CheckIn.objects.filter(plan__in=Plan.objects.visible_to(actor))
        .select_related(
            "plan__review__employee__manager",
            "plan__review__employee__department",
            "held_by",
            "manager_said_by",
        )
        .filter(pk=pk)
        .first()
    )
    if check_in is None:
        return None
    today = timezone.localdate(at)
    plan, employee = check_in.plan, check_in.plan.review.employee
    manager = employee.manager_at_work
    speaks = check_in.is_open and bool(access.judge(check_in, "say", actor))
    items = list(plan.items.select_related("owner", "measure").order_by("due_on", "pk"))
    points = list(
        NextTime.objects.filter(check_in__plan=plan, at__lte=check_in.held_at or at).select_related(
            "by", "check_in", "settled_by"
        )
    )
    planned = plan.check_ins.filter(state="planned", due_on__gt=today).exclude(pk=pk)
    about_items = Q(item__plan=plan)
    side = side_of(check_in, actor) if speaks else ""
    return CheckInPage(
        check_in=check_in,
        plan=plan,
        items=tuple(item_line(item, today) for item in items),
        own_items=tuple(
            i
            for i in items
            if speaks and i.is_running and actor.employee_id is not None and i.owner_id == actor.employee_id
        ),
        employee=employee.name,
        manager=manager.name if manager else "",
        is_overdue=check_in.is_open and check_in.due_on < today,
        side=side,
        parts=_parts(check_in, side, actor),
        can_hold=check_in.is_open and bool(access.judge(check_in, "hold", actor)),
        blockers=blocker_lines(blockers_of(about_items & Q(state="open")), actor, at),
        requests=request_lines(requests_of(about_items & Q(state="asked")), actor),
        points=tuple(
            PointLine(p.pk, p.what, p.by.name, p.at, p.check_in_id != pk) for p in points if p.state == "open"
        ),
        settled=tuple(p for p in points if p.settled_in_id == pk),
        following=planned.order_by("due_on").values_list("due_on", flat=True).first(),
        needs_next=any(i.state in UNSETTLED for i in items),
    )


def _parts(check_in: CheckIn, side: str, actor: Actor) -> tuple[Part, ...]:
    """What managers before said is in the history only, once the one after them has written. One query."""
    c, employee = check_in, check_in.plan.review.employee
    said = Event.objects.filter(stream=c.stream, verb="check_in.said").order_by("seq")
    before = {
        event.who_id: Part("manager", event.who_name or "", event.at, _words("manager", event.payload), False)
        for event in with_names(said)
        if (event.payload["id"], event.payload["side"]) == (c.pk, "manager")
        and event.who_id != c.manager_said_by_id
    }
    found = [
        _standing(c, "employee", employee.name, c.employee_said_at, side == "employee"),
        *before.values(),
    ]
    speaks = side == "manager"
    is_own = speaks and c.manager_said_by_id == actor.employee_id
    if c.manager_said_at:
        name = c.manager_said_by.name if c.manager_said_by else ""
        found.append(_standing(c, "manager", name, c.manager_said_at, is_own))
    if not c.manager_said_at or (speaks and not is_own):
        manager = employee.manager_at_work
        found.append(Part("manager", manager.name if manager else "", None, (), speaks))
    return tuple(found)


def _standing(check_in: CheckIn, side: str, name: str, said_at: datetime | None, is_own: bool) -> Part:
    words = {field: getattr(check_in, field) for field in CheckIn.PARTS[side]}
    return Part(side, name, said_at, _words(side, words), is_own)


def _words(side: str, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, said.get(name, "")) for name in CheckIn.PARTS[side])


def point_of(plan: Plan, pk: int) -> NextTime | None:
    return NextTime.objects.filter(check_in__plan=plan, pk=pk).select_related("check_in").first()
