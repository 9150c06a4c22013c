"""What falls due is said before it does: once a working day, each thing once (the key holds its date)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from huitan.conversations.models import Contest, Conversation, Question, Survey
from huitan.cycles.working_days import after, is_working, own_days
from huitan.notifications import im
from huitan.notifications.actions.listening import tell
from huitan.notifications.audience import (
    PERSON,
    Told,
    is_reachable,
    values_of_check_in,
    values_of_item,
    values_of_talk,
)
from huitan.notifications.models import ROBOT, Cursor, Delivery, Message
from huitan.people.models import Employee
from huitan.plans.models import CheckIn, PlanItem

READER = "reminders"
# By the company's clock; a worker that starts later in the day looks then.
FROM = time(8, 30)
ITEM_DAYS, SURVEY_DAYS = 2, 3
OVERDUE_AT_MOST = timedelta(days=31)

Wanted = tuple[str, Told, datetime]


def remind(at: datetime) -> int:
    """Today's reminders, if they have not been made. Returns how many messages came into being."""
    here, own = timezone.localtime(at), own_days()
    today = here.date()
    if here.time() < FROM or not is_working(today, own):
        return 0
    with transaction.atomic():
        Cursor.objects.get_or_create(reader=READER)
        cursor = Cursor.objects.select_for_update().get(reader=READER)
        if cursor.looked_on is not None and cursor.looked_on >= today:
            return 0
        soon, tomorrow = after(today, ITEM_DAYS, own), after(today, 1, own)
        wanted = [
            *_talks(today, tomorrow, at),
            *_surveys(at, after(today, SURVEY_DAYS, own)),
            *_questions(today, tomorrow, at),
            *_items(today, soon, at),
            *_check_ins(today, tomorrow, at),
        ]
        told = tell(wanted, at)
        _tell_robot(today, at)
        cursor.looked_on = today
        cursor.save(update_fields=["looked_on"])
    return told


def _day(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))


def _each(
    people: list[Employee | None],
    kind: str,
    subject: str,
    thing: object,
    values: dict,
    key: object,
    at: datetime,
) -> Iterator[Wanted]:
    for person in dict.fromkeys(people):
        if person is not None and person.account is not None and is_reachable(person.account):
            pk = getattr(thing, "pk", 0)
            yield f"{subject}:{pk}:{key}", Told(person.account, kind, subject, pk, values), at


def _all_of(path: str) -> list[str]:
    return [f"{path}__{name}" for name in PERSON]


def _upcoming(today: date, until: date) -> list[Conversation]:
    return list(
        Conversation.objects.filter(
            state__in=["preparing", "shared"],
            scheduled_at__gte=_day(today + timedelta(days=1)),
            scheduled_at__lt=_day(until + timedelta(days=1)),
        ).select_related("review__cycle", "held_by", *_all_of("review__employee"))
    )


def _talks(today: date, tomorrow: date, at: datetime) -> Iterator[Wanted]:
    for talk in _upcoming(today, tomorrow):
        sides = [talk.employee, talk.employee.manager]
        key = talk.scheduled_at.isoformat() if talk.scheduled_at else ""
        yield from _each(sides, "talk_tomorrow", "talk", talk, values_of_talk(talk), key, at)


def _surveys(at: datetime, until: date) -> Iterator[Wanted]:
    talks = [t for t in _upcoming(timezone.localdate(at), until) if t.state == "shared"]
    handed_in = set(
        Survey.objects.filter(conversation__in=talks, submitted_at__isnull=False).values_list(
            "conversation", flat=True
        )
    )
    for talk in talks:
        if talk.pk not in handed_in and talk.kind == "main" and not talk.informal_note.strip():
            yield from _each([talk.employee], "survey_due", "talk", talk, values_of_talk(talk), "", at)


def _questions(today: date, tomorrow: date, at: datetime) -> Iterator[Wanted]:
    parked = Question.objects.filter(
        state="parked", parked_until__gte=today, parked_until__lte=tomorrow
    ).select_related(
        "conversation__review__cycle", "conversation__held_by", *_all_of("conversation__review__employee")
    )
    for question in parked:
        talk = question.conversation
        values = {**values_of_talk(talk), "day": question.parked_until.isoformat()}
        key = f"question:{question.pk}:{question.parked_until}"
        yield from _each([talk.employee.manager], "question_due", "talk", talk, values, key, at)


def _items(today: date, soon: date, at: datetime) -> Iterator[Wanted]:
    items = PlanItem.objects.filter(
        state__in=["active", "returned"], due_on__gte=today - OVERDUE_AT_MOST, due_on__lte=soon
    ).select_related("owner__account", *_all_of("plan__review__employee"))
    for item in items.iterator(chunk_size=500):
        kind = "item_overdue" if item.is_overdue(today) else "item_due"
        yield from _each([item.owner], kind, "item", item, values_of_item(item), item.due_on, at)


def _check_ins(today: date, tomorrow: date, at: datetime) -> Iterator[Wanted]:
    """Before it is due, and once more when it was due and the grace still runs; after that it is missed."""
    planned = CheckIn.objects.filter(state="planned", due_on__lte=tomorrow)
    for check_in in planned.select_related(*_all_of("plan__review__employee")):
        person = check_in.plan.review.employee
        sides = [person, person.manager]
        values = values_of_check_in(check_in)
        kind = "check_in_due" if check_in.due_on >= today else "check_in_late"
        yield from _each(sides, kind, "check_in", check_in, values, check_in.due_on, at)


def _tell_robot(today: date, at: datetime) -> None:
    """HR's group robot hears counts once a working day: no names, since nobody knows who reads a group."""
    if not settings.HUITAN_IM_HR:
        return
    counts = {
        "contests": Contest.objects.filter(state="open").count(),
        "lapsed": Conversation.objects.filter(state="recorded", signing_lapsed_at__isnull=False).count(),
        "missed": CheckIn.objects.filter(state="missed").count(),
        "overdue": PlanItem.objects.filter(Q(state="active") | Q(state="returned"), due_on__lt=today).count(),
    }
    if not any(counts.values()):
        return
    # Each group on its own: one that does not answer must not let the others hear it again.
    for address in settings.HUITAN_IM_HR:
        message, made = Message.objects.get_or_create(
            account=None,
            key=f"{ROBOT}:{today}:{im.mark_of(address)}",
            defaults={"kind": ROBOT, "values": counts, "at": at, "in_inbox": False},
        )
        if made:
            Delivery.objects.create(message=message, channel="im", next_at=at)
