"""A person's dossier as the viewer may see it: rows for the prepare page, the pack and the export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from huitan.cycles.models import Cycle
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.relations import Actor

# In percent of the target.
SHORT_BELOW = 95


# What a fact or result says, as files and frozen packs carry it.
CONTENT = (
    "ref",
    "kind",
    "name",
    "statement",
    "occurred_on",
    "source",
    "weight",
    "target",
    "actual",
    "unit",
    "direction",
    "completion",
)


@dataclass(frozen=True)
class EvidenceRow:
    """`completion` in percent; `weight` in percent; numbers in `unit`. `author` wrote a fact down; for a result it is
    named only where somebody entered their own number, or that of a report of theirs."""

    id: int
    ref: str
    kind: str
    title: str
    occurred_on: date
    source: str
    statement: str
    name: str
    weight: Decimal | None
    target: Decimal | None
    actual: Decimal | None
    unit: str
    direction: str
    completion: Decimal | None
    effect: str = ""
    about: str = ""
    author: str = ""
    told_on: date | None = None
    shared_at: datetime | None = None
    added_at: datetime | None = None

    @property
    def kind_word(self) -> str:
        return Evidence.KINDS[self.kind]

    @property
    def is_short(self) -> bool:
        """A shortfall worth asking about: more than 5 % below target."""
        return self.completion is not None and self.completion < SHORT_BELOW


def as_row(e: Evidence) -> EvidenceRow:
    return EvidenceRow(
        e.pk,
        e.ref,
        e.kind,
        e.title,
        e.occurred_on,
        e.source,
        e.statement,
        e.name,
        e.weight,
        e.target,
        e.actual,
        e.unit,
        e.direction,
        e.completion,
        e.effect,
        e.about,
        _author(e),
        e.told_on,
        e.shared_at,
        e.added_at,
    )


def _author(e: Evidence) -> str:
    if e.added_by is None or (
        e.kind == "kpi" and e.added_by_id not in (e.employee_id, e.employee.manager_id)
    ):
        return ""
    return e.added_by.name


@dataclass(frozen=True)
class Dossier:
    """Results of one cycle, and facts inside its dates; `outside` holds results of other cycles and facts from before or
    after the dates, which this cycle cannot cite."""

    kpis: tuple[EvidenceRow, ...]
    events: tuple[EvidenceRow, ...]
    outside: tuple[EvidenceRow, ...] = ()

    @property
    def all(self) -> tuple[EvidenceRow, ...]:
        return self.kpis + self.events

    @property
    def facts_outside(self) -> tuple[EvidenceRow, ...]:
        return tuple(row for row in self.outside if row.kind != "kpi")


def sort_out(rows: Iterable[Evidence], cycle: Cycle) -> Dossier:
    """Split a person's evidence by what the cycle may cite. A KPI belongs by its cycle, a fact by its date."""
    kpis: list[EvidenceRow] = []
    inside: list[EvidenceRow] = []
    outside: list[EvidenceRow] = []
    for item in sorted(rows, key=lambda e: (-(e.weight or 0), e.occurred_on, e.pk)):
        row = as_row(item)
        if item.kind == "kpi":
            (kpis if item.cycle_id == cycle.pk else outside).append(row)
        elif cycle.starts_on <= item.occurred_on <= cycle.ends_on:
            inside.append(row)
        else:
            outside.append(row)
    inside.sort(key=lambda r: (r.occurred_on, r.id))
    return Dossier(tuple(kpis), tuple(inside), tuple(outside))


def known(employee_id: int, actor: Actor) -> list[Evidence]:
    """Everything that stands about a person and this viewer may read, with what its rows name. One query."""
    return list(
        Evidence.objects.visible_to(actor)
        .standing()
        .filter(employee=employee_id)
        .select_related("added_by", "employee", "cycle")
    )


def dossier(employee: Employee, cycle: Cycle, actor: Actor) -> Dossier:
    return sort_out(known(employee.pk, actor), cycle)
