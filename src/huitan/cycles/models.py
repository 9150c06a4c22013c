from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from huitan.core.sentences import N_
from huitan.cycles import lifecycle, policy
from huitan.people import relations
from huitan.people.actions import office_of
from huitan.people.models import Department, Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, actor: Actor) -> CycleQuerySet:
        """Drafts are HR's; a cycle that has been opened concerns everybody."""
        if actor.is_hr_admin or actor.is_system:
            return self
        return self.exclude(state="draft")


class Cycle(models.Model):
    """One round of conversations over a period, with the policy that holds for it.

    Days called working days are counted in the Chinese calendar (`cycles.working_days`), notice days are plain days.
    """

    NOTICE_RULES = {"enforce": N_("不足天数不能共享"), "warn": N_("可以共享，但 HR 会看到提前不足")}
    SHARING = {"off": N_("由上级共享"), "when_ready": N_("准备好了，到日子自动共享")}
    RHYTHMS = {"monthly": N_("每月"), "quarterly": N_("每季度")}

    key = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    starts_on = models.DateField()
    ends_on = models.DateField()
    talks_from = models.DateField()
    talks_until = models.DateField()
    state = models.CharField(max_length=16, choices=lifecycle.CYCLE.choices(), default="draft")
    notice_days = models.PositiveSmallIntegerField(default=7)
    notice_rule = models.CharField(max_length=16, choices=list(NOTICE_RULES.items()), default="warn")
    share_by_itself = models.CharField(max_length=16, choices=list(SHARING.items()), default="off")
    record_days = models.PositiveSmallIntegerField(default=3)
    signing_days = models.PositiveSmallIntegerField(default=5)
    dispute_days = models.PositiveSmallIntegerField(default=5)
    dispute_accept_days = models.PositiveSmallIntegerField(default=2)
    dispute_answer_days = models.PositiveSmallIntegerField(default=10)
    dispute_further_days = models.PositiveSmallIntegerField(default=5)
    check_in_rhythm = models.CharField(max_length=16, choices=list(RHYTHMS.items()), default="monthly")
    check_in_grace_days = models.PositiveSmallIntegerField(default=3)
    talk_minutes = models.PositiveSmallIntegerField(default=45)
    departments = models.ManyToManyField(Department, related_name="cycles")
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.TextField(blank=True)

    objects = CycleQuerySet.as_manager()
    lifecycle = lifecycle.CYCLE
    policy = policy.CYCLE

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on__lte=models.F("ends_on")), name="cycle_period_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(talks_from__lte=models.F("talks_until")), name="cycle_talks_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=list(lifecycle.CYCLE.states)), name="cycle_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        return f"cycle:{self.pk}"

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return office_of(actor)


class RatingLevel(models.Model):
    """One level of the cycle's scale. The meaning is written for the person who receives it."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="levels")
    order = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=16)
    meaning = models.CharField(max_length=255)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["cycle", "label"], name="level_label_once")]

    def __str__(self) -> str:
        return self.label


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, actor: Actor) -> ReviewQuerySet:
        return self.filter(relations.related(actor, policy.REVIEW.may["read"], "employee"))


class Review(models.Model):
    """One employee in one cycle. While `disputed_since` is set, the rating has no consequences (R23)."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="reviews")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="reviews")
    disputed_since = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()
    policy = policy.REVIEW
    judged_with = ("employee__department",)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "employee"], name="review_once_a_cycle")]

    @property
    def is_disputed(self) -> bool:
        return self.disputed_since is not None

    @property
    def stream(self) -> str:
        return f"review:{self.pk}"

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return relations.relations_to(actor, self.employee)


class Rating(models.Model):
    """A level given to a review. A later one never replaces an earlier one: the newest holds, all stay."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="ratings")
    level = models.ForeignKey(RatingLevel, on_delete=models.PROTECT)
    reason = models.TextField()
    given_by = models.ForeignKey(Employee, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class CalendarDay(models.Model):
    """A day HR declared working or free, for years the library does not know or days the company sets itself."""

    on = models.DateField(primary_key=True)
    is_working = models.BooleanField()
    note = models.CharField(max_length=64, blank=True)
