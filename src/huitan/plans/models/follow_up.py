"""What happens between signature and acceptance besides progress: dates asked for, blockers, support, check-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.people import relations
from huitan.people.models import Employee
from huitan.plans import lifecycle, policy
from huitan.plans.models.plan import Plan, PlanItem

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class DateChange(models.Model):
    """A request to move a due date. Both dates stay (R22)."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="date_changes")
    from_on = models.DateField()
    to_on = models.DateField()
    reason = models.TextField()
    state = models.CharField(max_length=16, choices=lifecycle.DATE_CHANGE.choices(), default="requested")
    reply = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    lifecycle = lifecycle.DATE_CHANGE
    policy = policy.DATE_CHANGE
    judged_with = ("item__plan__review__employee__department",)

    class Meta:
        ordering = ["requested_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="requested"), name="date_change_one_at_a_time"
            )
        ]

    @property
    def stream(self) -> str:
        return self.item.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return self.item.relations_of(actor)


class Blocker(models.Model):
    """What keeps an item from going on, in its owner's words, and since which day."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="blockers")
    what = models.TextField()
    since = models.DateField()
    state = models.CharField(max_length=16, choices=lifecycle.BLOCKER.choices(), default="open")
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    lifecycle = lifecycle.BLOCKER
    policy = policy.BLOCKER
    judged_with = ("item__plan__review__employee__department",)

    class Meta:
        ordering = ["since", "id"]
        indexes = [models.Index(fields=["state", "item"], name="blocker_open")]

    @property
    def stream(self) -> str:
        return self.item.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return self.item.relations_of(actor)


class SupportRequest(models.Model):
    """The owner of an action asks for help. It goes to whoever promised the support that goes with it (`linked`), else
    to the manager; a yes names the promise that is tracked from then on, a no its reason."""

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="support_requests")
    what = models.TextField()
    asked_of = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    linked = models.ForeignKey(
        PlanItem, null=True, blank=True, on_delete=models.PROTECT, related_name="requests_for_more"
    )
    state = models.CharField(max_length=16, choices=lifecycle.SUPPORT_REQUEST.choices(), default="asked")
    asked_at = models.DateTimeField()
    reply = models.TextField(blank=True)
    promise = models.ForeignKey(
        PlanItem, null=True, blank=True, on_delete=models.PROTECT, related_name="granted_for"
    )
    answered_by = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    lifecycle = lifecycle.SUPPORT_REQUEST
    policy = policy.SUPPORT_REQUEST
    judged_with = ("item__plan__review__employee__department",)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="asked"), name="support_one_request_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(promise__isnull=False), name="support_yes_is_a_promise"
            ),
        ]

    @property
    def stream(self) -> str:
        return self.item.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        """The manager of the day may answer too: whoever was asked may have moved on."""
        found = self.item.relations_of(actor)
        if actor.employee_id is None or policy.OWNER in found:
            return found
        if self.asked_of_id == actor.employee_id or relations.MANAGER in found:
            found |= {policy.ASKED}
        return found


class CheckIn(models.Model):
    """A follow-up on the plan (R19): each side has its say in its own words, the manager writes down what comes of it.

    `carried` is what was open when it was held: blockers, requests without an answer, points left from the time before.
    """

    PARTS = {"employee": ("went_well", "blocks", "needs"), "manager": ("saw", "will_do")}

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="check_ins")
    due_on = models.DateField()
    state = models.CharField(max_length=16, choices=lifecycle.CHECK_IN.choices(), default="planned")
    went_well = models.TextField(blank=True)
    blocks = models.TextField(blank=True)
    needs = models.TextField(blank=True)
    employee_said_at = models.DateTimeField(null=True, blank=True)
    saw = models.TextField(blank=True)
    will_do = models.TextField(blank=True)
    manager_said_at = models.DateTimeField(null=True, blank=True)
    manager_said_by = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)
    missing_reason = models.TextField(blank=True)
    next_on = models.DateField(null=True, blank=True)
    carried = models.JSONField(default=list, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    lifecycle = lifecycle.CHECK_IN
    policy = policy.CHECK_IN
    judged_with = ("plan__review__employee__department",)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["plan", "due_on"], name="check_in_once_a_day")]
        indexes = [models.Index(fields=["state", "due_on"], name="check_in_due")]

    @property
    def stream(self) -> str:
        return f"plan:{self.plan_id}"

    @property
    def is_open(self) -> bool:
        return self.state in ("planned", "missed")

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return relations.relations_to(actor, self.plan.review.employee)


class NextTime(models.Model):
    """A point of a check-in both come back to at the next one."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="left_for_next")
    what = models.TextField()
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=lifecycle.NEXT_TIME.choices(), default="open")
    result = models.TextField(blank=True)
    settled_by = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_in = models.ForeignKey(
        CheckIn, null=True, blank=True, on_delete=models.PROTECT, related_name="settled_points"
    )

    lifecycle = lifecycle.NEXT_TIME
    policy = policy.NEXT_TIME
    judged_with = ("check_in__plan__review__employee__department",)

    class Meta:
        ordering = ["at", "id"]

    @property
    def stream(self) -> str:
        return self.check_in.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return self.check_in.relations_of(actor)
