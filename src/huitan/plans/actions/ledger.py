"""What people do in the ledger itself: keep their own views of it, and remind owners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from huitan.core.events import Entry, append_all
from huitan.core.lifecycle import Shortfall
from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say
from huitan.people.models import Account, Employee
from huitan.people.relations import Actor
from huitan.plans.ledger_columns import in_order
from huitan.plans.models import PlanItem
from huitan.plans.models.ledger import ItemReminder, LedgerView
from huitan.plans.queries.reminders import picked, told_today
from huitan.plans.reminders import AT_MOST, why_not

VIEWS_AT_MOST = 30


def keep_view(
    name: str,
    query: Mapping[str, str],
    columns: Iterable[str],
    *,
    actor: Actor,
    is_default: bool = False,
) -> LedgerView:
    """Keep filters, columns and order under a name. One's own business, so not in the history."""
    with transaction.atomic():
        own = _own(actor)
        if len(own) >= VIEWS_AT_MOST:
            raise Refused("invalid", say("最多存 %(n)s 个视图。先删掉不用的。", n=VIEWS_AT_MOST))
        _require_free(name, own)
        view = LedgerView.objects.create(
            account_id=actor.account_id, name=name, query=dict(query), columns=list(in_order(columns))
        )
        if is_default:
            _make_default(view)
    return view


def change_view(view: LedgerView, query: Mapping[str, str], *, actor: Actor) -> LedgerView:
    """Put other filters and another order under the name of one's own view."""
    with transaction.atomic():
        stored = _stored(view, actor)
        stored.query = dict(query)
        stored.save(update_fields=["query"])
    return stored


def rename_view(view: LedgerView, name: str, *, actor: Actor) -> LedgerView:
    with transaction.atomic():
        stored = _stored(view, actor)
        _require_free(name, [own for own in _own(actor) if own.pk != stored.pk])
        stored.name = name
        stored.save(update_fields=["name"])
    return stored


def open_with(view: LedgerView, wanted: bool, *, actor: Actor) -> LedgerView:
    """Whether the ledger opens with this view; at most one does."""
    with transaction.atomic():
        _own(actor)
        stored = _stored(view, actor)
        if wanted:
            _make_default(stored)
        else:
            stored.is_default = False
            stored.save(update_fields=["is_default"])
    return stored


def forget_view(view: LedgerView, *, actor: Actor) -> None:
    with transaction.atomic():
        _stored(view, actor).delete()


def choose_columns(view: LedgerView | None, columns: Iterable[str], *, actor: Actor) -> tuple[str, ...]:
    """Which columns a view shows; without a view, those of the plain ledger."""
    chosen = in_order(columns)
    with transaction.atomic():
        _own(actor)
        if view is None:
            LedgerView.objects.update_or_create(
                account_id=actor.account_id, name="", defaults={"columns": list(chosen)}
            )
        else:
            stored = _stored(view, actor)
            stored.columns = list(chosen)
            stored.save(update_fields=["columns"])
    return chosen


def _own(actor: Actor) -> list[LedgerView]:
    """One's named views, with the account locked: two tabs keep one after the other."""
    Account.objects.select_for_update(no_key=True).get(pk=actor.account_id)
    return [view for view in LedgerView.objects.visible_to(actor) if view.name]


def _stored(view: LedgerView, actor: Actor) -> LedgerView:
    stored = LedgerView.objects.visible_to(actor).select_for_update().filter(pk=view.pk).first()
    if stored is None:
        raise Refused("not_now", say("这个视图已经删掉了。"))
    return stored


def _require_free(name: str, own: Iterable[LedgerView]) -> None:
    if any(view.name.casefold() == name.casefold() for view in own):
        raise Refused(
            "invalid", Shortfall(say("已经有一个视图叫「%(name)s」，换个名字。", name=name), "id_name")
        )


def _make_default(view: LedgerView) -> None:
    LedgerView.objects.filter(account=view.account_id, is_default=True).exclude(pk=view.pk).update(
        is_default=False
    )
    view.is_default = True
    view.save(update_fields=["is_default"])


@dataclass(frozen=True)
class Sent:
    """How many owners were reminded of how many items; `skipped` counts the rest by reason."""

    people: int
    items: int
    skipped: Mapping[Sentence, int]


def remind(ids: Collection[int], *, actor: Actor, at: datetime) -> Sent:
    """Remind the owners of these items: each item once a day, whoever presses. The history says who pressed."""
    if len(ids) > AT_MOST:
        raise Refused("invalid", say("一次最多提醒 %(n)s 项。", n=AT_MOST))
    today = timezone.localdate(at)
    with transaction.atomic():
        owners = {item.owner_id for item in picked(ids, actor)}
        # Locked, so that two people pressing at once make one reminder; in one order, so that neither waits in a circle.
        list(Employee.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk"))
        items = picked(ids, actor)
        told = told_today(items, today)
        because = {item.pk: why_not(item, actor, told) for item in items}
        due: list[PlanItem] = [item for item in items if because[item.pk] is None]
        if not due:
            reasons = dict.fromkeys(why for why in because.values() if why is not None)
            raise Refused("not_now", say("没有发出提醒。"), *reasons)
        ItemReminder.objects.bulk_create(ItemReminder(item=i, to_id=i.owner_id, on=today) for i in due)
        append_all(
            [Entry(i.stream, "item.reminded", {"id": i.pk, "to": i.owner_id}) for i in due],
            actor=actor,
            at=at,
        )
    skipped = Counter(why for why in because.values() if why is not None)
    return Sent(len({i.owner_id for i in due}), len(due), skipped)
