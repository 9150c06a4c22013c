"""Results and facts that come in by the hundred, and a number corrected after checking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import transaction

from huitan.core import events
from huitan.core.bulk import Table, give_ids, save_again, store
from huitan.core.moves import Refused, locked, plain, require
from huitan.core.sentences import say
from huitan.cycles.models import Cycle
from huitan.evidence.models import Evidence
from huitan.people.actions import require_office
from huitan.people.models import Employee, stream_of
from huitan.people.queries import OnRoster
from huitan.people.relations import Actor


class KpiEntry(NamedTuple):
    """A clean KPI row of one person; numbers as kept in `Evidence`."""

    employee: Employee | OnRoster
    name: str
    target: Decimal
    actual: Decimal | None
    weight: Decimal | None = None
    unit: str = ""
    direction: str = "up"
    source: str = ""
    occurred_on: date | None = None


class EventEntry(NamedTuple):
    employee: Employee | OnRoster
    kind: str
    occurred_on: date
    statement: str
    source: str = ""


KPI_FIELDS = ("target", "actual", "weight", "unit", "direction", "source", "occurred_on")
_fields = attrgetter(*KPI_FIELDS)


class KpiResult(NamedTuple):
    """A KPI result of a cycle as it is kept."""

    id: int
    employee_id: int
    name: str
    target: Decimal
    actual: Decimal | None
    weight: Decimal | None
    unit: str
    direction: str
    source: str
    occurred_on: date


def kpi_results(cycle: Cycle, of: Collection[int] | None = None) -> list[KpiResult]:
    """Those the cycle has, or those of these employees; one query."""
    found = Evidence.objects.filter(cycle=cycle, kind="kpi")
    if of is not None:
        found = found.filter(employee__id__among=of)
    return [KpiResult._make(row) for row in found.values_list(*KpiResult._fields)]


def kpi_changes(known: KpiResult | None, entry: KpiEntry, cycle: Cycle) -> dict[str, list[Any]] | None:
    """What entering `entry` would change: {field: [before, after]}, empty for nothing, None for a new result."""
    if known is None:
        return None
    have, wanted = _fields(known), _wanted(entry, cycle)
    if have == wanted:
        return {}
    pairs = zip(KPI_FIELDS, have, wanted, strict=True)
    return {name: [plain(before), plain(after)] for name, before, after in pairs if before != after}


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
        results = Table(Evidence, *KpiResult._fields, "cycle_id", "kind", "added_at", "added_by_id")
        have = {(r.employee_id, r.name): r for r in kpi_results(cycle, {e.employee.pk for e in entries})}
        fresh: dict[int, list[dict[str, Any]]] = {}
        changed: dict[int, tuple[Any, ...]] = {}
        told: list[events.Entry] = []
        numbers = iter(results.reserve(sum((e.employee.pk, e.name) not in have for e in entries)))
        for entry in entries:
            known = have.get((entry.employee.pk, entry.name))
            differences = kpi_changes(known, entry, cycle)
            wanted = _wanted(entry, cycle)
            if known is None or differences is None:
                made = KpiResult(next(numbers), entry.employee.pk, entry.name, *wanted)
                have[made.employee_id, made.name] = made
                results.put(*made, cycle.pk, "kpi", at, actor.employee_id)
                fresh.setdefault(made.employee_id, []).append(_content_of(made, cycle))
                outcome.append("created")
                continue
            outcome.append("updated" if differences else "unchanged")
            if differences:
                changed[known.id] = wanted
                content = {"id": known.id, "name": known.name, "changes": differences}
                told.append(events.Entry(stream_of(known.employee_id), "evidence.kpi_changed", content))
        results.write()
        _change(changed)
        made_known = [
            events.Entry(stream_of(employee), "evidence.kpi_entered", {"entered": some})
            for employee, some in fresh.items()
        ]
        events.append_all([*made_known, *told], actor=actor, at=at)
    return outcome


def _wanted(entry: KpiEntry, cycle: Cycle) -> tuple[Any, ...]:
    return (*_fields(entry)[:-1], entry.occurred_on or cycle.ends_on)


def _change(results: Mapping[int, tuple[Any, ...]]) -> None:
    """Give KPI results other values."""
    if results:
        stored = list(Evidence.objects.filter(pk__among=results))
        for item in stored:
            for name, value in zip(KPI_FIELDS, results[item.pk], strict=True):
                setattr(item, name, value)
        save_again(stored, KPI_FIELDS)


def _content_of(result: KpiResult, cycle: Cycle) -> dict[str, Any]:
    """What the history says of a new KPI result, as `_content` of the stored row."""
    return {
        "id": result.id,
        "cycle_id": cycle.pk,
        "kind": "kpi",
        "occurred_on": result.occurred_on.isoformat(),
        "source": result.source,
        "statement": "",
        "name": result.name,
        "target": _in_digits(result.target),
        "actual": _in_digits(result.actual),
        "weight": _in_digits(result.weight),
        "unit": result.unit,
        "direction": result.direction,
    }


def _in_digits(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


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
