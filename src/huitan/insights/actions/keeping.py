"""Keeping the figures: the history says which talks changed, their rows say what they add now.

A talk's new share takes the place of its earlier one in every department above it, in the transaction that moves the
cursor on. So an event read twice changes nothing, and a count from scratch gives the same numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from django.db import transaction

from huitan.conversations.models import Conversation
from huitan.core import events
from huitan.core.bulk import AT_ONCE, in_parts
from huitan.core.days import local_day
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.cycles.models import Cycle
from huitan.disputes.models import Dispute
from huitan.insights.measures import ANSWERED, RUNNING, counts_of
from huitan.insights.models import COMPANY, Cursor, PulseCount, Rollup, Share
from huitan.insights.policy import COCKPIT
from huitan.insights.queries.reading import facts_of
from huitan.people.actions import office_of
from huitan.people.relations import Actor
from huitan.plans.models import PlanItem

THE_ONE = 1


@dataclass(frozen=True)
class Part:
    """What one source adds: a talk, or a department's pulse once its cycle is closed."""

    source: str
    cycle: int
    path: str
    counts: dict[str, int]


def keep(at: datetime, *, size: int = AT_ONCE, steps: int | None = None) -> int:
    """Bring the figures up to date, `size` events or talks in one step; returns how many talks were counted.

    The first time, and after a rebuild was asked for, every talk is counted. With `steps` it stops after so many, and
    goes on from there the next time. Raises `events.Busy` like any reader.
    """
    counted = 0
    for _step in count() if steps is None else range(steps):
        until = events.settled()
        with transaction.atomic():
            cursor = _locked(at, until)
            today = max(cursor.day, local_day(at))
            if cursor.rebuilt_to is not None:
                done, n = _count_anew(cursor, size, today)
            else:
                done, n = _count_changed(cursor, until, size, today)
            counted += n
            if done:
                cursor.day, cursor.as_of = today, max(cursor.as_of, at)
            cursor.save()
        if done:
            break
    return counted


def rebuild(*, actor: Actor, at: datetime) -> int:
    """Forget every figure and count all talks again; returns how many. The pulse's own answers stay."""
    answer = COCKPIT.judge("rebuild", office_of(actor))
    if not answer:
        raise Refused("forbidden", answer.reason or say("你不能做这一步。"))
    until = events.settled()
    with transaction.atomic():
        cursor = _locked(at, until)
        Rollup.objects.all().delete()
        Share.objects.all().delete()
        cursor.event_id, cursor.day, cursor.as_of, cursor.rebuilt_to = until, local_day(at), at, 0
        cursor.save()
    return keep(at)


def _locked(at: datetime, until: int) -> Cursor:
    found = Cursor.objects.select_for_update().filter(pk=THE_ONE).first()
    if found is None:
        fresh = {"event_id": until, "day": local_day(at), "as_of": at, "rebuilt_to": 0}
        Cursor.objects.get_or_create(pk=THE_ONE, defaults=fresh)
        found = Cursor.objects.select_for_update().get(pk=THE_ONE)
    return found


def _count_anew(cursor: Cursor, size: int, today: date) -> tuple[bool, int]:
    """The next talks by id, and after the last one the closed pulses; then the events since the rebuild began."""
    rows = Conversation.objects.filter(pk__gt=cursor.rebuilt_to).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:size])
    _replace(_talks(ids, today))
    if ids:
        cursor.rebuilt_to = ids[-1]
    else:
        _replace(_pulses(Cycle.objects.filter(state="closed").values_list("pk", flat=True)))
        cursor.rebuilt_to, cursor.day = None, today
    return False, len(ids)


def _count_changed(cursor: Cursor, until: int, size: int, today: date) -> tuple[bool, int]:
    """The talks that the next events are about; at the end those whose items have run past their date since."""
    batch = list(
        Event.objects.filter(id__gt=cursor.event_id, id__lte=until)
        .order_by("id")
        .values_list("id", "stream", "verb", "payload__changes")[:size]
    )
    ids = _touched(batch)
    done = len(batch) < size
    if done and today > cursor.day:
        late = PlanItem.objects.filter(state__in=RUNNING, due_on__gte=cursor.day, due_on__lt=today)
        ids |= set(
            Conversation.objects.filter(plan__in=late.values("plan")).values_list("pk", flat=True).order_by()
        )
    for some in in_parts(sorted(ids), size):
        _replace(_talks(some, today))
    closed = {_number(stream) for _id, stream, verb, _changes in batch if verb == "cycle.close"}
    _replace(_pulses(closed))
    cursor.event_id = max(cursor.event_id, until if done else batch[-1][0])
    return done, len(ids)


def _touched(batch: Iterable[tuple[int, str, str, object]]) -> set[int]:
    """The talks these events may change: those of the stream, or of the plan, review, dispute or person it is about."""
    about: dict[str, set[int]] = defaultdict(set)
    for _id, stream, _verb, changes in batch:
        kind, _, number = stream.partition(":")
        if kind == "employee" and not (isinstance(changes, dict) and "department" in changes):
            continue
        if number.isdecimal():
            about[kind].add(int(number))
    found = about["conversation"]
    talks = Conversation.objects.order_by()
    for kind, lookup in (("plan", "plan"), ("review", "review"), ("employee", "review__employee")):
        if about[kind]:
            found |= set(talks.filter(**{f"{lookup}__in": about[kind]}).values_list("pk", flat=True))
    if about["dispute"]:
        disputes = Dispute.objects.filter(pk__in=about["dispute"]).order_by()
        found |= set(disputes.values_list("conversation_id", flat=True))
    return found


def _talks(ids: Sequence[int], today: date) -> list[Part]:
    if not ids:
        return []
    return [Part(f"talk:{t.id}", t.cycle, t.path, counts_of(t, today)) for t in facts_of(ids)]


def _pulses(cycles: Iterable[int]) -> list[Part]:
    """The answers of closed cycles: none can be added any more, so nobody's is found by comparing two days."""
    rows = PulseCount.objects.filter(cycle__in=list(cycles), cycle__state="closed").order_by("pk")
    found: dict[str, Part] = {}
    for cycle, department, path, question, answer, n in rows.values_list(
        "cycle_id", "department_id", "department__path", "question", "answer", "n"
    ):
        source = f"pulse:{cycle}:{department}"
        counts = found.setdefault(source, Part(source, cycle, path, {})).counts
        counts[f"pulse:{question}:{answer}"] = n
        if question == "heard":
            counts[ANSWERED] = counts.get(ANSWERED, 0) + n
    return list(found.values())


def _replace(parts: Sequence[Part]) -> None:
    """Put these shares in the place of what the same sources added before, in every department on their way up."""
    if not parts:
        return
    before = {share.source: share for share in Share.objects.filter(source__in=[p.source for p in parts])}
    steps: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    changed = []
    for part in parts:
        old = before.get(part.source)
        if old and (old.cycle_id, old.path, old.counts) == (part.cycle, part.path, part.counts):
            continue
        changed.append(Share(source=part.source, cycle_id=part.cycle, path=part.path, counts=part.counts))
        if old:
            for node in nodes_of(old.path):
                steps[old.cycle_id, node].subtract(old.counts)
        for node in nodes_of(part.path):
            steps[part.cycle, node].update(part.counts)
    Share.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=["cycle", "path", "counts"],
        batch_size=AT_ONCE,
    )
    _add(steps)


def _add(steps: dict[tuple[int, int], Counter[str]]) -> None:
    by_cycle: dict[int, list[int]] = defaultdict(list)
    for cycle, node in steps:
        by_cycle[cycle].append(node)
    for cycle, nodes in by_cycle.items():
        for some in in_parts(sorted(nodes)):
            rows = {r.node: r for r in Rollup.objects.filter(cycle=cycle, node__in=some)}
            for node in some:
                row = rows.setdefault(node, Rollup(cycle_id=cycle, node=node))
                total = Counter(row.counts)
                total.update(steps[cycle, node])
                row.counts = {key: n for key, n in sorted(total.items()) if n}
            Rollup.objects.filter(
                cycle=cycle, node__in=[n for n, row in rows.items() if not row.counts]
            ).delete()
            Rollup.objects.bulk_create(
                [
                    Rollup(cycle_id=cycle, node=node, counts=row.counts)
                    for node, row in rows.items()
                    if row.counts
                ],
                update_conflicts=True,
                unique_fields=["cycle", "node"],
                update_fields=["counts"],
            )


def nodes_of(path: str) -> list[int]:
    """The company and every department on the way down a path such as "/1/4/"."""
    return [COMPANY, *(int(part) for part in path.strip("/").split("/"))]


def _number(stream: str) -> int:
    return int(stream.partition(":")[2])
