"""A person's dossier as the viewer may see it: rows for the prepare page, the pack and the export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from huitan.cycles.models import Cycle
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.people.relations import Actor


@dataclass(frozen=True)
class EvidenceRow:
    """`completion` in percent; `weight` in percent; numbers in `unit`."""

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

    @property
    def kind_word(self) -> str:
        return Evidence.KINDS[self.kind]

    @property
    def is_short(self) -> bool:
        """A shortfall worth asking about: more than 5 % below target."""
        return self.completion is not None and self.completion < 95

    @property
    def is_surplus(self) -> bool:
        return self.completion is not None and self.completion >= 105


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
    )


@dataclass(frozen=True)
class Dossier:
    """Results of one cycle, and facts inside its dates; `outside` holds facts from before or after them."""

    kpis: tuple[EvidenceRow, ...]
    events: tuple[EvidenceRow, ...]
    outside: tuple[EvidenceRow, ...] = ()

    @property
    def all(self) -> tuple[EvidenceRow, ...]:
        return self.kpis + self.events


def sort_out(rows: Iterable[Evidence], cycle: Cycle) -> Dossier:
    """Split a person's evidence by what the cycle may cite. A KPI belongs by its cycle, a fact by its date."""
    kpis: list[EvidenceRow] = []
    inside: list[EvidenceRow] = []
    outside: list[EvidenceRow] = []
    for item in sorted(rows, key=lambda e: (-(e.weight or 0), e.occurred_on, e.pk)):
        row = as_row(item)
        if item.kind == "kpi":
            (kpis if item.cycle_id == cycle.pk else outside).append(row)
        elif cycle.starts_on <= item.occurred_on <= cycle.ends_on or item.cycle_id == cycle.pk:
            inside.append(row)
        else:
            outside.append(row)
    inside.sort(key=lambda r: (r.occurred_on, r.id))
    return Dossier(tuple(kpis), tuple(inside), tuple(outside))


def dossier(employee: Employee, cycle: Cycle, actor: Actor) -> Dossier:
    return sort_out(Evidence.objects.visible_to(actor).filter(employee=employee), cycle)
