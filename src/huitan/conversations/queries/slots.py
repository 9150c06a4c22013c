"""The times on offer for a talk, as each side sees them, and what speaks against a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from huitan.conversations.models import Conversation, SlotOffer
from huitan.conversations.slot_warnings import Busy, Setting, warnings
from huitan.core.access import judge
from huitan.core.sentences import Sentence
from huitan.cycles.working_days import out_of_the_ordinary, own_days
from huitan.people.models import Employee
from huitan.people.relations import Actor

NEAR = timedelta(hours=2)


@dataclass(frozen=True)
class SlotLine:
    id: int
    starts_at: datetime
    warnings: tuple[Sentence, ...]
    is_past: bool
    is_chosen: bool


@dataclass(frozen=True)
class OfferView:
    id: int
    state: str
    state_word: str
    minutes: int
    place: str
    offered_at: datetime
    answered_at: datetime | None
    wish: str
    slots: tuple[SlotLine, ...]


@dataclass(frozen=True)
class SlotPage:
    """`may_offer` and `may_pick` say whose part the viewer has now; neither when the talk is past choosing a time. The
    offer is for the two of the talk; whoever else may see the talk sees when it takes place."""

    talk_id: int
    employee: str
    manager: str
    cycle: str
    scheduled_at: datetime | None
    minutes: int
    place: str
    may_offer: bool
    may_pick: bool
    offer: OfferView | None


def slot_page(talk: Conversation, actor: Actor, at: datetime) -> SlotPage:
    """`talk` with employee, manager, cycle. At most five queries."""
    before = talk.state in ("preparing", "shared")
    is_party = bool(judge(talk, "read_content", actor))
    offer = talk.slot_offers.prefetch_related("slots").order_by("-pk").first() if is_party else None
    is_manager = bool(judge(talk, "prepare", actor))
    manager = talk.review.employee.manager
    return SlotPage(
        talk.pk,
        talk.employee.name,
        manager.name if manager else "",
        talk.review.cycle.name,
        talk.scheduled_at,
        talk.minutes,
        talk.place,
        before and is_manager,
        before and offer is not None and offer.state == "open" and bool(judge(offer, "accept", actor)),
        _view(offer, talk, is_manager, at) if offer else None,
    )


def _view(offer: SlotOffer, talk: Conversation, is_manager: bool, at: datetime) -> OfferView:
    starts = [slot.starts_at for slot in offer.slots.all()]
    if is_manager:
        told = what_speaks_against(talk, starts, offer.minutes, at)
    else:
        told = _of_the_days(starts)
    return OfferView(
        offer.pk,
        offer.state,
        SlotOffer.lifecycle.states[offer.state],
        offer.minutes,
        offer.place,
        offer.offered_at,
        offer.answered_at,
        offer.wish,
        tuple(
            SlotLine(
                slot.pk,
                slot.starts_at,
                told[slot.starts_at],
                slot.starts_at <= at,
                slot.pk == offer.chosen_id,
            )
            for slot in offer.slots.all()
        ),
    )


def what_speaks_against(
    talk: Conversation, starts: Iterable[datetime], minutes: int, at: datetime
) -> dict[datetime, tuple[Sentence, ...]]:
    """For the manager who proposes: every time with its warnings; two or three queries however many times."""
    times = list(starts)
    if not times:
        return {}
    employee = talk.review.employee
    setting = Setting(
        today=timezone.localdate(at),
        zone=timezone.get_current_timezone_name(),
        other_zone=employee.account.time_zone if employee.account else settings.TIME_ZONE,
        other_name=employee.name,
        notice_days=talk.review.cycle.notice_days if talk.kind == "main" else 0,
        is_shared=talk.state != "preparing",
        own_days=own_days(),
        busy=_busy(talk, employee, min(times) - NEAR, max(times) + NEAR),
    )
    return {starts_at: tuple(warnings(starts_at, minutes, setting)) for starts_at in times}


def _of_the_days(starts: list[datetime]) -> dict[datetime, tuple[Sentence, ...]]:
    own = own_days()
    found: dict[datetime, tuple[Sentence, ...]] = {}
    for starts_at in starts:
        special = out_of_the_ordinary(timezone.localdate(starts_at), own)
        found[starts_at] = (special,) if special else ()
    return found


def _busy(talk: Conversation, employee: Employee, since: datetime, until: datetime) -> tuple[Busy, ...]:
    """Other talks of either of the two. Of the employee's, only that there is one."""
    pair = {pk for pk in (employee.pk, employee.manager_id) if pk}
    others = (
        Conversation.objects.filter(
            Q(review__employee__in=pair) | Q(review__employee__manager__in=pair),
            state__in=["preparing", "shared", "talking"],
            scheduled_at__range=(since, until),
        )
        .exclude(pk=talk.pk)
        .select_related("review__employee__manager")
    )
    found = []
    for other in others:
        person = other.review.employee
        sides = {person.pk: person.manager, person.manager_id: person}
        if other.scheduled_at is None:
            continue
        if employee.manager_id in sides:
            partner = sides[employee.manager_id]
            name = partner.name if partner else ""
            found.append(Busy(other.scheduled_at, other.minutes, "own", name))
        elif employee.pk in sides:
            found.append(Busy(other.scheduled_at, other.minutes, "other"))
    return tuple(found)
