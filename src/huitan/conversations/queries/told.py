"""When the employee was told of a point before this talk (R11): notes, earlier packs, earlier talks, check-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.utils import timezone

from huitan.conversations.models import Conversation, Topic
from huitan.conversations.models.conversation import WITH_RECORD
from huitan.conversations.told_before import Signal
from huitan.core.days import day_words
from huitan.core.sentences import say
from huitan.evidence.models import Evidence
from huitan.evidence.queries import SHORT_BELOW

END = datetime.max.replace(tzinfo=UTC)


def told_before(
    talk: Conversation, rows: Iterable[Evidence], first_shared_at: datetime | None
) -> tuple[Signal, ...]:
    """Signals before this talk's pack was first shared; all there are while it is not. `rows` is everything that stands
    about the person, with its cycle. One query."""
    until = first_shared_at or END
    return (*_noted(talk, rows, until), *_talked(talk, until))


def _noted(talk: Conversation, rows: Iterable[Evidence], until: datetime) -> Iterable[Signal]:
    """Notes the employee was told, and shortfalls and incidents in packs of earlier cycles. What was written down only
    after the pack went out is no earlier signal, whatever day it names."""
    for e in rows:
        if e.shared_at is None or e.shared_at >= until:
            continue
        if e.told_on is not None and e.kind not in ("achievement", "contribution"):
            what = say("%(date)s 当面告知：%(what)s", date=day_words(e.told_on), what=short(e.statement))
            yield Signal(e.told_on, what, frozenset({e.about, e.statement}) - {""}, frozenset({e.pk}))
        elif e.kind == "incident":
            on = _day(e.shared_at)
            what = say("%(date)s 资料包里的事例：%(what)s", date=day_words(on), what=short(e.statement))
            yield Signal(on, what, frozenset({e.about, e.statement}) - {""}, frozenset({e.pk}))
        elif e.kind == "kpi" and e.cycle_id != talk.review.cycle_id and e.cycle is not None:
            reached = e.completion
            if reached is not None and reached < SHORT_BELOW and e.cycle.ends_on < talk.review.cycle.ends_on:
                says = say("%(cycle)s的资料包：完成率 %(p)s%%", cycle=e.cycle.name, p=f"{reached:.0f}")
                yield Signal(_day(e.shared_at), says, frozenset({e.name}))


def _talked(talk: Conversation, until: datetime) -> Iterable[Signal]:
    """Improvement topics of earlier talks, and the check-ins held on what was agreed there."""
    rows = Topic.objects.filter(
        conversation__review__employee=talk.review.employee_id,
        conversation__state__in=WITH_RECORD,
        conversation__began_at__lt=until,
        kind="improvement",
        state="active",
    ).exclude(conversation=talk.pk)
    names: dict[int, set[str]] = {}
    talks: dict[int, tuple[str, date]] = {}
    held: set[tuple[datetime, int]] = set()
    for pk, cycle, began, title, result, state, held_at in rows.values_list(
        "conversation",
        "conversation__review__cycle__name",
        "conversation__began_at",
        "title",
        "evidence__name",
        "conversation__plan__check_ins__state",
        "conversation__plan__check_ins__held_at",
    ):
        talks[pk] = (cycle, _day(began))
        names.setdefault(pk, set()).update({title, result or ""} - {""})
        if state == "held" and held_at < until:
            held.add((held_at, pk))
    for pk, (cycle, on) in talks.items():
        yield Signal(
            on, say("%(date)s 面谈谈过（%(cycle)s）", date=day_words(on), cycle=cycle), frozenset(names[pk])
        )
    for held_at, pk in sorted(held):
        on = _day(held_at)
        yield Signal(on, say("%(date)s 跟进时谈过", date=day_words(on)), frozenset(names[pk]))


def short(text: str, limit: int = 40) -> str:
    line = text.strip().splitlines()[0]
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _day(at: datetime) -> date:
    return timezone.localdate(at)
