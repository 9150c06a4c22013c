"""Appointments read from talks: what invitations and the private feed are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from huitan.conversations.models import Conversation
from huitan.core.models import Event
from huitan.notifications.invitation import Appointment, FollowUpDay, Person
from huitan.people.models import Account, Employee
from huitan.people.relations import Actor
from huitan.plans.models import CheckIn, Plan

# What a calendar shows of the past.
KEPT = timedelta(days=92)
# The events that change an appointment; the place of the last one in its stream is the entry's SEQUENCE.
CHANGES = (
    "conversation.opened", "conversation.scheduled", "conversation.handed_on", "conversation.cancel",
)  # fmt: skip


def appointment_of(talk_id: int) -> Appointment | None:
    """A talk's appointment, also when it is called off; None without a time. Two queries."""
    talk = (
        Conversation.objects.filter(pk=talk_id, scheduled_at__isnull=False)
        .select_related("held_by__account", "review__employee__account", "review__employee__manager__account")
        .first()
    )
    if talk is None or talk.scheduled_at is None:
        return None
    last = (
        Event.objects.filter(stream=talk.stream, verb__in=CHANGES)
        .order_by("-seq")
        .values_list("seq", "at")
        .first()
    )
    return _appointment(talk, talk.scheduled_at, *(last or (0, talk.opened_at)))


def taken_from(appointment: Appointment, account: Account, when: str | None) -> Appointment | None:
    """The entry called off for whom the talk was taken from, as it stood then: no longer theirs to know where it goes."""
    person = getattr(account, "employee", None)
    if person is None or not when:
        return None
    return replace(
        appointment,
        starts_at=datetime.fromisoformat(when),
        place="",
        manager=_person(person),
        is_cancelled=True,
    )


def own_appointments(actor: Actor, at: datetime) -> list[Appointment]:
    """One's own talks, from either side, that have a time; two queries."""
    if actor.employee_id is None:
        return []
    mine = Q(review__employee=actor.employee_id) | Q(review__employee__manager=actor.employee_id)
    talks = list(
        Conversation.objects.visible_to(actor)
        .filter(mine, scheduled_at__gte=at - KEPT)
        .exclude(state="cancelled")
        .select_related("held_by__account", "review__employee__account", "review__employee__manager__account")
        .order_by("scheduled_at", "pk")
    )
    changes = {
        stream: (seq, when)
        for stream, seq, when in Event.objects.filter(stream__in=[t.stream for t in talks], verb__in=CHANGES)
        .order_by()
        .values("stream")
        .annotate(last=Max("seq"), when=Max("at"))
        .values_list("stream", "last", "when")
    }
    return [
        _appointment(talk, talk.scheduled_at, *changes.get(talk.stream, (0, talk.opened_at)))
        for talk in talks
        if talk.scheduled_at is not None
    ]


def own_check_ins(actor: Actor, at: datetime) -> list[FollowUpDay]:
    """Check-ins one takes part in; one query."""
    if actor.employee_id is None:
        return []
    mine = Q(review__employee=actor.employee_id) | Q(review__employee__manager=actor.employee_id)
    plans: QuerySet[Plan] = Plan.objects.visible_to(actor).filter(mine)
    found: Iterable[CheckIn] = (
        CheckIn.objects.filter(plan__in=plans, due_on__gte=(at - KEPT).date())
        .exclude(state="cancelled")
        .select_related("plan__review__employee")
        .order_by("due_on", "pk")
    )
    return [
        FollowUpDay(c.pk, c.due_on, c.plan.review.employee.name, c.plan.activated_at or at) for c in found
    ]


def _appointment(talk: Conversation, starts_at: datetime, sequence: int, changed_at: datetime) -> Appointment:
    employee = talk.review.employee
    return Appointment(
        talk.pk,
        starts_at,
        talk.minutes,
        talk.place,
        _person(employee),
        _person(talk.held_by or employee.manager),
        sequence,
        changed_at,
        talk.state == "cancelled",
    )


def _person(employee: Employee | None) -> Person:
    if employee is None:
        return Person("", "")
    account = employee.account
    return Person(employee.name, (account.email if account else "") or employee.email)
