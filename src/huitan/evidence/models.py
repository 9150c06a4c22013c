from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.core.sentences import N_
from huitan.cycles.models import Cycle
from huitan.evidence import policy
from huitan.people import relations
from huitan.people.models import Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, actor: Actor) -> EvidenceQuerySet:
        """The person concerned reads what has been shared with them and what they wrote themselves."""
        seen = relations.related(actor, policy.EVIDENCE.may["read"], "employee")
        if actor.employee_id is not None:
            own = Q(employee_id=actor.employee_id) & (
                Q(shared_at__isnull=False) | Q(added_by=actor.employee_id)
            )
            seen |= own
        return self.filter(seen)


class Evidence(models.Model):
    """One fact about one person's work: a KPI result, or something that happened on a day.

    A KPI result has name, target and actual (numbers in `unit`; a share is kept as 98.5 with the unit %) and a
    weight in percent; everything else has a statement. Each has a source.
    """

    KINDS = {
        "kpi": N_("KPI"),
        "achievement": N_("成绩"),
        "contribution": N_("项目贡献"),
        "incident": N_("不足"),
        "note": N_("补充事实"),
    }
    DIRECTIONS = {"up": N_("越高越好"), "down": N_("越低越好")}

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="evidence")
    cycle = models.ForeignKey(Cycle, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()))
    occurred_on = models.DateField()
    source = models.CharField(max_length=128, blank=True)
    statement = models.TextField(blank=True)
    name = models.CharField(max_length=128, blank=True)
    weight = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    target = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    actual = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=16, blank=True)
    direction = models.CharField(max_length=8, choices=list(DIRECTIONS.items()), default="up")
    added_by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()
    policy = policy.EVIDENCE

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="kpi") & ~Q(name="") & Q(target__isnull=False) & Q(cycle__isnull=False))
                | (~Q(kind="kpi") & ~Q(statement="")),
                name="evidence_kpi_or_statement",
            ),
            models.UniqueConstraint(
                fields=["employee", "cycle", "name"],
                condition=Q(kind="kpi"),
                name="evidence_kpi_once_a_cycle",
            ),
            models.UniqueConstraint(
                fields=["employee", "kind", "occurred_on", "statement"],
                condition=~Q(kind="kpi"),
                name="evidence_event_once",
            ),
        ]
        indexes = [models.Index(fields=["employee", "cycle", "kind"], name="evidence_dossier")]

    @property
    def stream(self) -> str:
        return f"employee:{self.employee_id}"

    @property
    def ref(self) -> str:
        return f"E-{self.pk:04d}"

    @property
    def completion(self) -> Decimal | None:
        return completion(self.target, self.actual, self.direction)

    @property
    def title(self) -> str:
        return self.name or self.statement

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return relations.relations_to(actor, self.employee)


def completion(target: Decimal | None, actual: Decimal | None, direction: str) -> Decimal | None:
    """How far a target was reached, in percent (100 = reached), at most 200; None without both numbers.

    Lower is better: target / actual, so 41 days against 45 is 110 %. A target of zero is reached or not: 100 or 0.
    """
    if target is None or actual is None:
        return None
    if direction == "down":
        if actual <= 0:
            return Decimal(100) if target == 0 else Decimal(200)
        reached = target / actual
    else:
        if target <= 0:
            return Decimal(100) if actual >= target else Decimal(0)
        reached = actual / target
    return max(Decimal(0), min(reached * 100, Decimal(200))).quantize(Decimal("0.1"))
