"""Results and facts that come in by the hundred, and a number corrected after checking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from huitan.core import events
from huitan.core.bulk import give_ids, in_parts, save_again, store
from huitan.core.moves import Refused, locked, plain, require
from huitan.core.sentences import say
from huitan.cycles.models import Cycle
from huitan.evidence.models import Evidence
from huitan.people.actions import require_office
from huitan.people.models import Employee
from huitan.people.relations import Actor


@dataclass(frozen=True, slots=True)
class KpiEntry:
    """A clean KPI row of one person; numbers as kept in `Evidence`."""

    employee: Employee
    name: str
    target: Decimal
    actual: Decimal | None
    weight: Decimal | None = None
    unit: str = ""
    direction: str = "up"
    source: str = ""
    occurred_on: date | None = None


@dataclass(frozen=True, slots=True)
class EventEntry:
    employee: Employee
    kind: str
    occurred_on: date
    statement: str
    source: str = ""


KPI_FIELDS = ("target", "actual", "weight", "unit", "direction", "source", "occurred_on")


def kpi_changes(known: Evidence | None, entry: KpiEntry, cycle: Cycle) -> dict[str, list[Any]] | None:
    """What entering `entry` would change: {field: [before, after]}, empty for nothing, None for a new result."""
    if known is None:
        return None
    wanted = _wanted(entry, cycle)
    return {n: [plain(getattr(known, n)), plain(v)] for n, v in wanted.items() if getattr(known, n) != v}


def event_changes(known: Evidence | None, entry: EventEntry) -> dict[str, list[Any]] | None:
    """The same for a dated fact, of which only the source can still change."""
    if known is None:
        return None
    if entry.source and known.source != entry.source:
        return {"source": [known.source, entry.source]}
    return {}


def enter_kpis(cycle: Cycle, entries: Iterable[KpiEntry], *, actor: Actor, at: datetime) -> list[str]:
    """Write KPI results into a cycle; returns "created" | "updated" | "unchanged" per entry, in order.

    A changed number keeps its predecessor in the person's history, and packs already shared keep theirs.
    """
    require_office(actor, "import_results")
    outcome: list[str] = []
    entries = list(entries)
    with transaction.atomic():
        known_results = Evidence.objects.filter(cycle=cycle, kind="kpi")
        have = {
            (e.employee_id, e.name): e
            for some in in_parts({entry.employee.pk for entry in entries})
            for e in known_results.filter(employee__in=some)
        }
        fresh: list[Evidence] = []
        changed: list[Evidence] = []
        told: list[events.Entry] = []
        for entry in entries:
            known = have.get((entry.employee.pk, entry.name))
            differences = kpi_changes(known, entry, cycle)
            if known is None or differences is None:
                made = Evidence(
                    employee_id=entry.employee.pk,
                    cycle_id=cycle.pk,
                    kind="kpi",
                    name=entry.name,
                    added_at=at,
                    added_by_id=actor.employee_id,
                    **_wanted(entry, cycle),
                )
                fresh.append(made)
                have[(entry.employee.pk, entry.name)] = made
                outcome.append("created")
                continue
            outcome.append("updated" if differences else "unchanged")
            if differences:
                for name, value in _wanted(entry, cycle).items():
                    setattr(known, name, value)
                changed.append(known)
                content = {"id": known.pk, "name": known.name, "changes": differences}
                told.append(events.Entry(known.stream, "evidence.kpi_changed", content))
        give_ids(fresh)
        store(fresh)
        save_again([e for e in changed if e.pk], KPI_FIELDS)
        events.append_all([*told, *entered(fresh, "evidence.kpi_entered")], actor=actor, at=at)
    return outcome


def _wanted(entry: KpiEntry, cycle: Cycle) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: getattr(entry, name) for name in KPI_FIELDS}
    wanted["occurred_on"] = entry.occurred_on or cycle.ends_on
    return wanted


def enter_events(
    entries: Iterable[EventEntry], *, cycle: Cycle | None, actor: Actor, at: datetime
) -> list[str]:
    """Write dated facts; one already there (same person, kind, day and words) is "unchanged"."""
    require_office(actor, "import_results")
    entries = list(entries)
    outcome: list[str] = []
    with transaction.atomic():
        have = {
            (e.employee_id, e.kind, e.occurred_on, e.statement): e
            for e in facts_between([entry.occurred_on for entry in entries])
        }
        fresh: list[Evidence] = []
        changed: list[Evidence] = []
        told: list[events.Entry] = []
        for entry in entries:
            key = (entry.employee.pk, entry.kind, entry.occurred_on, entry.statement)
            known = have.get(key)
            differences = event_changes(known, entry)
            if known is None or differences is None:
                have[key] = made = Evidence(
                    employee_id=entry.employee.pk,
                    cycle_id=cycle.pk if cycle else None,
                    kind=entry.kind,
                    occurred_on=entry.occurred_on,
                    statement=entry.statement,
                    source=entry.source,
                    added_at=at,
                    added_by_id=actor.employee_id,
                )
                fresh.append(made)
                outcome.append("created")
            elif known.pk and differences:
                known.source = entry.source
                changed.append(known)
                content = {"id": known.pk, "changes": differences}
                told.append(events.Entry(known.stream, "evidence.source_changed", content))
                outcome.append("updated")
            else:
                outcome.append("unchanged")
        give_ids(fresh)
        store(fresh)
        save_again(changed, ["source"])
        events.append_all([*told, *entered(fresh, "evidence.event_entered")], actor=actor, at=at)
    return outcome


def facts_between(days: Iterable[date]) -> Iterable[Evidence]:
    """The dated facts known within the span of these days; not by person, whose number a query may not bear."""
    span = sorted(days)
    if not span:
        return []
    return Evidence.objects.standing().filter(occurred_on__range=(span[0], span[-1])).exclude(kind="kpi")


def correct(evidence: Evidence, actual: Decimal, reason: str, *, actor: Actor, at: datetime) -> Evidence:
    """Correct a KPI's actual value after checking it; both values and the reason stay in the history."""
    with transaction.atomic():
        stored = locked(evidence)
        require(stored, "correct", actor)
        if not reason.strip():
            raise Refused("invalid", say("写明为什么更正：核对了什么。"))
        before, stored.actual = stored.actual, actual
        stored.save(update_fields=["actual"])
        events.append(
            stored.stream,
            "evidence.kpi_changed",
            actor=actor,
            at=at,
            payload={
                "id": stored.pk,
                "name": stored.name,
                "changes": {"actual": plain([before, actual])},
                "reason": reason,
            },
        )
    return stored


def entered(items: Iterable[Evidence], verb: str) -> list[events.Entry]:
    """One event per person, naming what was entered."""
    by_stream: dict[str, list[Evidence]] = {}
    for item in items:
        by_stream.setdefault(item.stream, []).append(item)
    return [
        events.Entry(stream, verb, {"entered": [_content(e) for e in some]})
        for stream, some in by_stream.items()
    ]


def _content(item: Evidence) -> dict[str, Any]:
    fields = ("id", "cycle_id", "kind", "occurred_on", "source", "statement", "name", *KPI_FIELDS[:5])
    noted = ("effect", "about", "told_on")
    content = {name: plain(getattr(item, name)) for name in fields}
    return content | {name: plain(getattr(item, name)) for name in noted if getattr(item, name)}
