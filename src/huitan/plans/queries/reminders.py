"""Who will hear when owners are reminded, and what is left out, before anything is sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from huitan.core.sentences import Sentence
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem
from huitan.plans.models.ledger import ItemReminder
from huitan.plans.queries.ledger import RUNNING, LedgerFilter, chosen, filtered, shown_state, with_people
from huitan.plans.queries.ledger_scope import Scope
from huitan.plans.reminders import AT_MOST, why_not


@dataclass(frozen=True)
class Line:
    pk: int
    id: str
    what: str
    employee: str
    due_on: date | None
    state: str


@dataclass(frozen=True)
class Addressee:
    """One owner and what they will be reminded of."""

    name: str
    position: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Skipped:
    because: Sentence
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Preview:
    """`cut`: more were found than one press reaches, the first by due date are here."""

    addressees: tuple[Addressee, ...]
    skipped: tuple[Skipped, ...]
    cut: bool

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(line.pk for person in self.addressees for line in person.lines)


def preview_of(ids: Collection[int], actor: Actor, at: datetime) -> Preview:
    """Of the items picked, those one may see. Three queries."""
    return _preview(list(picked(ids, actor)), actor, at, cut=False)


def preview_of_all(wanted: LedgerFilter, scope: Scope, at: datetime) -> Preview:
    """Of everything found that still runs, the first `AT_MOST` by due date. Three queries."""
    running = filtered(wanted, scope.actor, scope.read).filter(
        chosen(wanted, timezone.localdate(at)), state__in=RUNNING
    )
    items = list(_with_accounts(running)[: AT_MOST + 1])
    return _preview(items[:AT_MOST], scope.actor, at, cut=len(items) > AT_MOST)


def picked(ids: Collection[int], actor: Actor) -> list[PlanItem]:
    seen = PlanItem.objects.visible_to(actor).filter(pk__in=list(ids)[:AT_MOST])
    return list(_with_accounts(seen))


def _with_accounts(found: QuerySet[PlanItem]) -> QuerySet[PlanItem]:
    return with_people(found).prefetch_related("owner__account").order_by("due_on", "pk")


def told_today(items: Collection[PlanItem], today: date) -> frozenset[tuple[int, int]]:
    """(item, owner) for whom there was a reminder on this day."""
    told = ItemReminder.objects.filter(item__in=[i.pk for i in items], on=today)
    return frozenset(told.values_list("item", "to"))


def _preview(items: list[PlanItem], actor: Actor, at: datetime, *, cut: bool) -> Preview:
    today = timezone.localdate(at)
    told = told_today(items, today)
    people: dict[int, list[PlanItem]] = {}
    reasons: dict[Sentence, list[PlanItem]] = {}
    for item in items:
        because = why_not(item, actor, told)
        if because is not None:
            reasons.setdefault(because, []).append(item)
        elif item.owner_id is not None:
            people.setdefault(item.owner_id, []).append(item)

    def lines(some: list[PlanItem]) -> tuple[Line, ...]:
        return tuple(
            Line(i.pk, i.ref, i.what, i.plan.review.employee.name, i.due_on, shown_state(i, today))
            for i in some
        )

    addressees = []
    for some in people.values():
        owner = some[0].owner
        if owner is not None:
            addressees.append(Addressee(owner.name, owner.position, lines(some)))
    return Preview(
        tuple(addressees), tuple(Skipped(because, lines(some)) for because, some in reasons.items()), cut
    )
