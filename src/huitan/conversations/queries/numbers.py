"""Doubted numbers for whoever answers for their source: the number, the doubt, the answer; nothing of the talk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet

from huitan.conversations.models import Contest
from huitan.core.moves import available_moves
from huitan.evidence.models import Evidence
from huitan.people.models import Duty
from huitan.people.relations import Actor

ANSWERED_SHOWN = 20


@dataclass(frozen=True)
class NumberLine:
    """`by` is when the talk is; `moves` names what the viewer may do with the doubt: confirm, correct."""

    id: int
    employee: str
    staff_number: str
    department: str
    cycle: str
    ref: str
    name: str
    unit: str
    source: str
    target: Decimal | None
    value_before: Decimal | None
    value_after: Decimal | None
    claim: str
    reason: str
    raised_at: datetime
    by: datetime | None
    state: str
    answer: str
    answered_by: str
    moves: frozenset[str]

    @property
    def state_word(self) -> str:
        return Contest.lifecycle.states[self.state]


@dataclass(frozen=True)
class SourceLine:
    """A source of results, how many came from it, and who answers for it."""

    source: str
    results: int
    owner: str
    staff_number: str


def numbers(actor: Actor, at: datetime) -> tuple[NumberLine, ...]:
    """Open doubts first, then what was answered lately. Two queries."""
    answered = _asked_of(actor).exclude(state="open").order_by("-answered_at", "-pk")[:ANSWERED_SHOWN]
    return (*open_numbers(actor, at), *(_line(contest, actor, at) for contest in answered))


def open_numbers(actor: Actor, at: datetime) -> tuple[NumberLine, ...]:
    """The doubts still to be answered, the oldest first; one query."""
    waiting = _asked_of(actor).filter(state="open").order_by("raised_at", "pk")
    return tuple(_line(contest, actor, at) for contest in waiting)


def number(actor: Actor, pk: int, at: datetime) -> tuple[Contest, NumberLine] | None:
    contest = _asked_of(actor).filter(pk=pk).first()
    return (contest, _line(contest, actor, at)) if contest else None


def sources(actor: Actor) -> tuple[SourceLine, ...]:
    """Every source there are results from. Two queries."""
    owners = {
        duty.source: duty.account
        for duty in Duty.objects.filter(kind="data_owner").select_related("account__employee")
    }
    known = (
        Evidence.objects.visible_to(actor)
        .filter(kind="kpi")
        .exclude(source="")
        .values_list("source")
        .annotate(n=Count("pk"))
        .order_by("source")
    )
    counts = {**dict.fromkeys(owners, 0), **dict(known)}
    found = []
    for source, results in sorted(counts.items()):
        employee = getattr(owners.get(source), "employee", None)
        found.append(
            SourceLine(
                source,
                results,
                employee.name if employee else "",
                employee.staff_number if employee else "",
            )
        )
    return tuple(found)


def _asked_of(actor: Actor) -> QuerySet[Contest]:
    mine = Contest.objects.visible_to(actor).filter(evidence__source__in=actor.answers_for)
    return mine.select_related(
        "conversation__review__employee__department", "conversation__review__cycle", "evidence", "answered_by"
    )


def _line(contest: Contest, actor: Actor, at: datetime) -> NumberLine:
    review, fact = contest.conversation.review, contest.evidence
    return NumberLine(
        contest.pk,
        review.employee.name,
        review.employee.staff_number,
        review.employee.department.full_name,
        review.cycle.name,
        fact.ref,
        fact.title,
        fact.unit,
        fact.source,
        fact.target,
        contest.value_before,
        contest.value_after,
        contest.claim,
        contest.reason,
        contest.raised_at,
        contest.conversation.scheduled_at,
        contest.state,
        contest.answer,
        contest.answered_by.name if contest.answered_by else "",
        frozenset(offered.move.name for offered in available_moves(contest, actor, at)),
    )
