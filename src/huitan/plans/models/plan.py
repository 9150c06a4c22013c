from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from huitan.core.models import KeptFile
from huitan.core.sentences import N_
from huitan.cycles.models import Review
from huitan.evidence.models import Evidence
from huitan.people import relations
from huitan.people.models import Employee
from huitan.plans import lifecycle, policy

if TYPE_CHECKING:
    from huitan.people.relations import Actor

CAUSES = {
    "resources": N_("资源不足"),
    "process": N_("流程不合理"),
    "skills": N_("能力待提升"),
    "goals": N_("目标不清"),
    "external": N_("外部因素"),
}


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, actor: Actor) -> PlanQuerySet:
        return self.filter(relations.related(actor, policy.PLAN.may["read"], "review__employee"))


class Plan(models.Model):
    """What two people agreed on in a talk; drafted in the room, binding once the record is signed."""

    OUTCOMES = {"met": N_("达到"), "partly": N_("部分达到"), "not_met": N_("未达到"), "extended": N_("延期")}

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="plans")
    state = models.CharField(max_length=16, choices=lifecycle.PLAN.choices(), default="draft")
    no_action_reason = models.TextField(blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=list(OUTCOMES.items()), blank=True)
    outcome_reason = models.TextField(blank=True)
    concluded_at = models.DateTimeField(null=True, blank=True)
    # The manager who knows that talk and plan are theirs; the reporting line says whose they are.
    led_by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = PlanQuerySet.as_manager()
    lifecycle = lifecycle.PLAN
    policy = policy.PLAN
    judged_with = (
        "review__employee__department",
        "review__cycle",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(lifecycle.PLAN.states)), name="plan_state_known"
            )
        ]

    @property
    def stream(self) -> str:
        return f"plan:{self.pk}"

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return relations.relations_to(actor, self.review.employee)


class PlanItemQuerySet(models.QuerySet["PlanItem"]):
    def visible_to(self, actor: Actor) -> PlanItemQuerySet:
        """Items of the plans one may read, once binding; and whatever one owns oneself."""
        return self.filter(reduce(or_, _ways_to_see(actor))).exclude(state="draft")

    def listed_for(self, actor: Actor) -> PlanItemQuerySet:
        """The same, for lists."""
        if relations.covers_all(actor, policy.PLAN.may["read"]):
            return self.visible_to(actor)
        return relations.one_by_one(self, _ways_to_see(actor)).exclude(state="draft")


def _ways_to_see(actor: Actor) -> list[Q]:
    ways = [relations.related(actor, policy.PLAN.may["read"], "plan__review__employee")]
    if actor.employee_id is not None:
        ways.append(Q(owner_id=actor.employee_id))
    return ways


class PlanItem(models.Model):
    """An action, or a support promise: the same four parts, the same tracking (R17, R19)."""

    KINDS = {"action": N_("行动"), "support": N_("支持")}

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()), default="action")
    what = models.TextField()
    owner = models.ForeignKey(Employee, null=True, on_delete=models.PROTECT, related_name="owned_items")
    due_on = models.DateField(null=True, blank=True)
    criterion = models.TextField(blank=True)
    causes = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=16, choices=lifecycle.PLAN_ITEM.choices(), default="draft")
    progress = models.PositiveSmallIntegerField(default=0)
    latest_note = models.TextField(blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    submitted_evidence = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.TextField(blank=True)
    drop_reason = models.TextField(blank=True)
    acceptance_note = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    # What an accepted action of the employee's own became in their dossier.
    evidence = models.OneToOneField(
        Evidence, null=True, blank=True, on_delete=models.PROTECT, related_name="item"
    )
    # The new manager, while the promise of the one before waits to be taken over or closed.
    offered_to = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PlanItemQuerySet.as_manager()
    lifecycle = lifecycle.PLAN_ITEM
    policy = policy.PLAN_ITEM
    judged_with = ("plan__review__employee__department",)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="item_progress_percent"),
            models.CheckConstraint(
                condition=Q(state__in=list(lifecycle.PLAN_ITEM.states)), name="item_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (Q(owner__isnull=False) & Q(due_on__isnull=False) & ~Q(criterion="")),
                name="item_binding_is_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "state", "due_on"], name="item_owner_due"),
            models.Index(fields=["due_on", "id"], name="item_due"),
            models.Index(
                fields=["due_on", "id"],
                condition=Q(state__in=["active", "returned", "submitted"]),
                name="item_open_due",
            ),
            models.Index(fields=["updated_at", "id"], name="item_updated"),
        ]

    @property
    def stream(self) -> str:
        return f"plan:{self.plan_id}"

    @property
    def ref(self) -> str:
        return f"{'S' if self.kind == 'support' else 'A'}-{self.pk:04d}"

    def relations_of(self, actor: Actor) -> frozenset[str]:
        found = set(relations.relations_to(actor, self.plan.review.employee))
        if actor.employee_id is not None and self.owner_id == actor.employee_id:
            found.add(policy.OWNER)
        elif found & {relations.SELF, relations.MANAGER}:
            found.add(policy.OTHER_SIDE)
        if actor.employee_id is not None and self.offered_to_id == actor.employee_id:
            found.add(policy.SUCCESSOR)
        return frozenset(found)

    @property
    def is_running(self) -> bool:
        return self.state in lifecycle.RUNNING

    def is_overdue(self, today: date) -> bool:
        return self.is_running and self.due_on is not None and self.due_on < today


class Measure(models.Model):
    """How an item is counted: from a start to a target, `direction` says which way is better. Set before acceptance."""

    DIRECTIONS = Evidence.DIRECTIONS

    item = models.OneToOneField(PlanItem, on_delete=models.PROTECT, related_name="measure")
    name = models.CharField(max_length=64)
    unit = models.CharField(max_length=16, blank=True)
    start = models.DecimalField(max_digits=20, decimal_places=4)
    target = models.DecimalField(max_digits=20, decimal_places=4)
    direction = models.CharField(max_length=8, choices=list(DIRECTIONS.items()), default="up")
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="up", target__gt=F("start"))
                | Q(direction="down", target__lt=F("start")),
                name="measure_target_lies_ahead",
            )
        ]


class Progress(models.Model):
    """One update by the owner; the newest is also on the item, all stay here. `value` is in the measure's unit."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="updates")
    percent = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class ItemFile(KeptFile):
    """A file handed in as evidence of an item."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="files")
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")

    class Meta(KeptFile.Meta):
        pass
