"""An account's own views of the ledger, and those that are ready made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from huitan.core.sentences import N_
from huitan.people.prepared import prepared
from huitan.people.relations import Actor
from huitan.plans.ledger_columns import in_order
from huitan.plans.models.ledger import LedgerView


@dataclass(frozen=True)
class ReadyMade:
    """`for_people`: only who is an employee has something of their own here."""

    name: str
    query: Mapping[str, str]
    for_people: bool = False


READY_MADE = (
    ReadyMade(N_("逾期"), {"due": "overdue"}),
    ReadyMade(N_("7 天内到期"), {"due": "7"}),
    ReadyMade(N_("待我验收"), {"mine": "accept"}, for_people=True),
    ReadyMade(N_("我承诺的支持"), {"mine": "support"}, for_people=True),
    ReadyMade(N_("我负责的"), {"mine": "own"}, for_people=True),
    ReadyMade(N_("已退回"), {"state": "returned"}),
    ReadyMade(N_("已验收"), {"state": "accepted", "order": "updated"}),
)


@dataclass(frozen=True)
class OwnViews:
    """`plain` holds the columns of the ledger without a view."""

    named: tuple[LedgerView, ...]
    plain: LedgerView | None

    @property
    def default(self) -> LedgerView | None:
        return next((view for view in self.named if view.is_default), None)

    def get(self, pk: int | None) -> LedgerView | None:
        return next((view for view in self.named if view.pk == pk), None)

    def columns(self, view: LedgerView | None) -> tuple[str, ...]:
        kept = view or self.plain
        return in_order(kept.columns if kept else ())


def own_views(actor: Actor) -> OwnViews:
    """One query."""
    views = _views(actor, None)
    named = tuple(view for view in views if view.name)
    return OwnViews(named, next((view for view in views if not view.name), None))


@prepared
def _views(actor: Actor, _among: None) -> QuerySet[LedgerView]:
    return LedgerView.objects.visible_to(actor)


def ready_made(actor: Actor) -> tuple[ReadyMade, ...]:
    return tuple(view for view in READY_MADE if actor.employee_id is not None or not view.for_people)
