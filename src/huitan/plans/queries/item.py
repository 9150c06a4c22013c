"""One item, what stands beside it, and what the viewer may do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from huitan.core import access
from huitan.core.moves import available_moves
from huitan.people.relations import Actor
from huitan.plans.lifecycle import UNSETTLED
from huitan.plans.models import Blocker, DateChange, PlanItem, SupportRequest
from huitan.plans.queries.ledger import shown_state


@dataclass(frozen=True)
class ItemDoors:
    """What this viewer may do with an item now: the moves open to them, and the steps that are no moves."""

    moves: frozenset[str]
    can_update: bool
    can_request_date: bool
    can_answer_date: bool
    can_block: bool
    can_ask: bool
    can_measure: bool
    can_take_over: bool
    can_answer_request: bool
    can_resolve: bool

    @property
    def any(self) -> bool:
        return (
            bool(self.moves)
            or self.can_update
            or self.can_answer_date
            or self.can_take_over
            or self.can_answer_request
            or self.can_resolve
        )


@dataclass(frozen=True)
class BlockerLine:
    """What is in the way. `days` since it began, or how long it lasted."""

    pk: int
    item_pk: int
    ref: str
    what: str
    since: date
    days: int
    by: str
    state: str
    resolution: str
    resolved_by: str
    resolved_at: datetime | None
    can_resolve: bool

    @property
    def state_word(self) -> str:
        return Blocker.lifecycle.states[self.state]


@dataclass(frozen=True)
class RequestLine:
    """A request for support as the viewer meets it; `promise` is the reference of what came of a yes."""

    pk: int
    item_pk: int
    ref: str
    what: str
    by: str
    asked_of: str
    asked_at: datetime
    state: str
    reply: str
    answered_by: str
    answered_at: datetime | None
    promise_pk: int | None
    promise: str
    promise_due_on: date | None
    can_answer: bool

    @property
    def state_word(self) -> str:
        return SupportRequest.lifecycle.states[self.state]


def item_doors(
    item: PlanItem,
    requested: DateChange | None,
    blockers: Iterable[BlockerLine],
    requests: Iterable[RequestLine],
    actor: Actor,
    at: datetime,
) -> ItemDoors:
    requests = list(requests)

    def may(action: str) -> bool:
        return item.is_running and bool(access.judge(item, action, actor))

    waiting = any(r.state == "asked" and r.item_pk == item.pk for r in requests)
    return ItemDoors(
        moves=frozenset(o.move.name for o in available_moves(item, actor, at)),
        can_update=may("update"),
        can_request_date=requested is None and may("request_date"),
        can_answer_date=requested is not None
        and item.is_running
        and bool(access.judge(requested, "consent", actor)),
        can_block=may("block"),
        can_ask=item.kind == "action" and not waiting and may("ask_support"),
        can_measure=may("measure"),
        can_take_over=may("take_over"),
        can_answer_request=any(r.can_answer for r in requests),
        can_resolve=any(b.can_resolve for b in blockers),
    )


def blocker_lines(blockers: Iterable[Blocker], actor: Actor, at: datetime) -> tuple[BlockerLine, ...]:
    """From rows with item (and what judging it needs), `by` and `resolved_by`."""
    today = timezone.localdate(at)
    return tuple(
        BlockerLine(
            pk=b.pk,
            item_pk=b.item_id,
            ref=b.item.ref,
            what=b.what,
            since=b.since,
            days=((timezone.localdate(b.resolved_at) if b.resolved_at else today) - b.since).days,
            by=b.by.name,
            state=b.state,
            resolution=b.resolution,
            resolved_by=b.resolved_by.name if b.resolved_by else "",
            resolved_at=b.resolved_at,
            can_resolve=b.state == "open" and bool(access.judge(b, "resolve", actor)),
        )
        for b in blockers
    )


def request_lines(requests: Iterable[SupportRequest], actor: Actor) -> tuple[RequestLine, ...]:
    """From rows as `requests_about` loads them."""
    return tuple(
        RequestLine(
            pk=r.pk,
            item_pk=r.item_id,
            ref=r.item.ref,
            what=r.what,
            by=r.item.owner.name if r.item.owner else "",
            asked_of=r.asked_of.name,
            asked_at=r.asked_at,
            state=r.state,
            reply=r.reply,
            answered_by=r.answered_by.name if r.answered_by else "",
            answered_at=r.answered_at,
            promise_pk=r.promise_id,
            promise=r.promise.ref if r.promise else "",
            promise_due_on=r.promise.due_on if r.promise else None,
            can_answer=r.state == "asked" and bool(access.judge(r, "grant", actor)),
        )
        for r in requests
    )


WITH_ITS_PEOPLE = ("item__owner", "item__plan__review__employee__department")


def blockers_of(items: Q) -> list[Blocker]:
    """The blockers of some items ("item=…", "item__plan=…"). One query."""
    found = Blocker.objects.filter(items).select_related(*WITH_ITS_PEOPLE, "by", "resolved_by")
    return list(found.order_by("since", "pk"))


def requests_of(about: Q) -> list[SupportRequest]:
    """Requests for support by a condition on them. One query."""
    people = ("asked_of", "answered_by", "promise", "linked")
    found = SupportRequest.objects.filter(about).select_related(*WITH_ITS_PEOPLE, *people)
    return list(found.order_by("asked_at", "pk"))


def requests_about(item: PlanItem) -> list[SupportRequest]:
    """Those an item made, those made through it to whoever owes it, and the one it answers."""
    return requests_of(Q(item=item) | Q(linked=item) | Q(promise=item))


def request_on(item: PlanItem, pk: int) -> SupportRequest | None:
    """A request met on the page of this item: made for it, or through it."""
    found = SupportRequest.objects.filter(Q(item=item) | Q(linked=item), pk=pk)
    return found.select_related("item__owner").first()


@dataclass(frozen=True)
class ItemLine:
    """An item in a list of its plan."""

    pk: int
    id: str
    kind: str
    what: str
    owner: str
    owner_id: int | None
    criterion: str
    due_on: date | None
    progress: int
    latest: str
    state: str
    is_settled: bool


def item_line(item: PlanItem, today: date) -> ItemLine:
    return ItemLine(
        item.pk,
        item.ref,
        item.kind,
        item.what,
        item.owner.name if item.owner else "",
        item.owner_id,
        item.criterion,
        item.due_on,
        item.progress,
        item.latest_note,
        shown_state(item, today),
        item.state not in UNSETTLED,
    )
