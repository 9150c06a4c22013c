"""The strip above the ledger: how much is open, due, late, handed in. It counts no further than anybody reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from huitan.plans.queries.ledger import OPEN_ITEMS, RUNNING, LedgerFilter, chosen, filtered, mine_to_accept
from huitan.plans.queries.ledger_scope import Scope

COUNTED = 5000
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
    running = Q(state__in=RUNNING)
    first = filtered(wanted, scope).filter(OPEN_ITEMS).order_by("due_on", "pk")[:COUNTED]
    found = first.aggregate(
        all=Count("pk"),
        until=Max("due_on"),
        running=Count("pk", filter=running),
        due_soon=Count("pk", filter=running & Q(due_on__range=(today, today + SOON))),
        overdue=Count("pk", filter=running & Q(due_on__lt=today)),
        submitted=Count("pk", filter=Q(state="submitted")),
        support=Count("pk", filter=Q(kind="support")),
        mine_to_accept=Count("pk", filter=mine_to_accept(scope.actor)),
        running_here=Count("pk", filter=running & chosen(wanted, today)),
    )
    cut, until = found.pop("all") == COUNTED, found.pop("until")
    reach = {"overdue": today, "due_soon": today + SOON + timedelta(days=1)}
    return LedgerFigures(
        **{name: Figure(n, cut and not (name in reach and until >= reach[name])) for name, n in found.items()}
    )
