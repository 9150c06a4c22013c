"""The strip above the ledger: how much is open, due, late, handed in. It counts no further than anybody reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Aggregate, Count, Q, QuerySet
from django.utils import timezone

from huitan.people.prepared import Among, counted
from huitan.people.relations import Actor
from huitan.plans.models import Plan, PlanItem
from huitan.plans.queries.ledger import OPEN_ITEMS, RUNNING, LedgerFilter, chosen, filtered, mine_to_accept
from huitan.plans.queries.ledger_scope import Scope

COUNTED = 1000
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Figure:
    """A count; `more` says that there may be more than these."""

    n: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.n:,}+" if self.more and self.n else "—" if self.more else str(self.n)

    def __bool__(self) -> bool:
        return bool(self.n)


@dataclass(frozen=True)
class LedgerFigures:
    """Counts under the same filters, whatever state and due date are chosen; `running_here` counts under these as well."""

    running: Figure
    due_soon: Figure
    overdue: Figure
    submitted: Figure
    support: Figure
    mine_to_accept: Figure
    running_here: Figure


def ledger_figures(wanted: LedgerFilter, scope: Scope, at: datetime) -> LedgerFigures:
    """One query over the open items that fall due first, at most `COUNTED`: what is late is counted before what is not."""
    today = timezone.localdate(at)
    count = _open.afresh if wanted.text else _open
    found = count(scope.actor, scope.read, wanted, today, COUNTED)
    cut = found.pop("all") == COUNTED
    # Whether everything late, or due soon, came before the cut.
    whole = {"overdue": found.pop("from_today"), "due_soon": found.pop("after_soon")}
    return LedgerFigures(**{name: Figure(n, cut and not whole.get(name)) for name, n in found.items()})


@counted
def _open(
    actor: Actor, read: Among, wanted: LedgerFilter, today: date, at_most: int
) -> tuple[QuerySet[PlanItem], Mapping[str, Aggregate]]:
    running = Q(state__in=RUNNING)
    first = filtered(wanted, actor, read).filter(OPEN_ITEMS).order_by("due_on", "pk")[:at_most]
    return first, {
        "all": Count("pk"),
        "from_today": Count("pk", filter=Q(due_on__gte=today)),
        "after_soon": Count("pk", filter=Q(due_on__gt=today + SOON)),
        "running": Count("pk", filter=running),
        "due_soon": Count("pk", filter=running & Q(due_on__range=(today, today + SOON))),
        "overdue": Count("pk", filter=running & Q(due_on__lt=today)),
        "submitted": Count("pk", filter=Q(state="submitted")),
        "support": Count("pk", filter=Q(kind="support")),
        "mine_to_accept": Count("pk", filter=_mine_to_accept(actor)),
        "running_here": Count("pk", filter=running & chosen(wanted, today)),
    }


def _mine_to_accept(actor: Actor) -> Q:
    """As `mine_to_accept` says; by the few plans it can be about, so that nothing is looked up for each item counted."""
    if actor.employee_id is None:
        return mine_to_accept(actor)
    own = Plan.objects.filter(review__employee=actor.employee_id).order_by().values("pk")
    team = Plan.objects.filter(review__employee__manager=actor.employee_id).order_by().values("pk")
    return Q(state="submitted", plan__in=own.union(team, all=True)) & ~Q(owner=actor.employee_id)
