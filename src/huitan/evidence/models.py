from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.core.models import KeptFile
from huitan.core.sentences import N_
from huitan.cycles.models import Cycle
from huitan.evidence import policy
from huitan.people import relations
from huitan.people.models import Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, actor: Actor) -> EvidenceQuerySet:
        """The person concerned reads what has been shared with them or told them, and what they wrote themselves."""
        return self.filter(reduce(or_, _ways_to_see(actor)))

    def listed_for(self, actor: Actor) -> EvidenceQuerySet:
        """The same, for lists."""
        if relations.covers_all(actor, policy.EVIDENCE.may["read"]):
            return self.visible_to(actor)
        return relations.one_by_one(self, _ways_to_see(actor))

    def standing(self) -> EvidenceQuerySet:
        """Without what its author took back."""
        return self.filter(withdrawn_at__isnull=True)


def _ways_to_see(actor: Actor) -> list[Q]:
    ways = [relations.related(actor, policy.EVIDENCE.may["read"], "employee")]
    if actor.employee_id is not None:
        told = Q(shared_at__isnull=False) | Q(added_by=actor.employee_id)
        ways.append(Q(employee_id=actor.employee_id) & told)
    return ways


class Evidence(models.Model):
    """One fact about one person's work: a KPI result, or something that happened on a day.

    A KPI result has name, target and actual (numbers in `unit`; a share is kept as 98.5 with the unit %) and a
    weight in percent; everything else has a statement, perhaps with its effect and the result it is `about`.

    `shared_at` is since when the person concerned sees it, `told_on` the day they were told face to face, `cited_at` when
    a talk first rested on it: from the first of these on it is never changed again. A note taken back stays as a row.
    """

    KINDS = {
        "kpi": N_("KPI"),
        "achievement": N_("成绩"),
        "contribution": N_("项目贡献"),
        "incident": N_("不足"),
        "note": N_("补充事实"),
        "signal": N_("提醒"),
    }
    # What anybody who may add a fact can add; a signal is the manager's, with the day it was given.
    FACTS = ("achievement", "contribution", "incident", "note")
    DIRECTIONS = {"up": N_("越高越好"), "down": N_("越低越好")}

    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="evidence")
    cycle = models.ForeignKey(Cycle, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()))
    occurred_on = models.DateField()
    source = models.CharField(max_length=128, blank=True)
    statement = models.TextField(blank=True)
    effect = models.CharField(max_length=400, blank=True)
    about = models.CharField(max_length=128, blank=True)
    name = models.CharField(max_length=128, blank=True)
    weight = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    target = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    actual = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=16, blank=True)
    direction = models.CharField(max_length=8, choices=list(DIRECTIONS.items()), default="up")
    added_by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True, blank=True)
    told_on = models.DateField(null=True, blank=True)
    cited_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = EvidenceQuerySet.as_manager()
    policy = policy.EVIDENCE
    judged_with = ("employee__department",)

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
                condition=~Q(kind="kpi") & Q(withdrawn_at__isnull=True, added_by__isnull=True),
                name="evidence_event_once",
            ),
            models.UniqueConstraint(
                fields=["employee", "kind", "occurred_on", "statement", "added_by"],
                condition=~Q(kind="kpi") & Q(withdrawn_at__isnull=True, added_by__isnull=False),
                name="evidence_note_once_an_author",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True)
                | (Q(shared_at__isnull=True, cited_at__isnull=True) & ~Q(withdrawn_reason="")),
                name="evidence_withdrawn_unseen_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(told_on__isnull=True) | Q(shared_at__isnull=False),
                name="evidence_told_is_shared",
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

    @property
    def is_fixed(self) -> bool:
        """Somebody else may already rest on these words."""
        return self.shared_at is not None or self.cited_at is not None

    def relations_of(self, actor: Actor) -> frozenset[str]:
        found = relations.relations_to(actor, self.employee)
        readers = policy.EVIDENCE.may["read"] | {relations.SELF}
        if actor.employee_id is not None and self.added_by_id == actor.employee_id and found & readers:
            found |= {policy.AUTHOR}
        if self.source in actor.answers_for and not found & {relations.SELF, relations.MANAGER}:
            found |= {policy.DATA_OWNER}
        return found


class EvidenceFile(KeptFile):
    """A file that goes with a fact: a photo of the part, the minutes of the review."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="files")
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")

    class Meta(KeptFile.Meta):
        pass


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
