from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.conversations import lifecycle, policy
from huitan.conversations.models.conversation import Conversation
from huitan.conversations.models.voice import SCORE
from huitan.evidence.models import Evidence
from huitan.evidence.policy import DATA_OWNER
from huitan.people import relations
from huitan.people.models import Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class ManagerScore(models.Model):
    """How the manager sees one result: 1.0 to 5.0, with the reason. The employee sees it from the talk on."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="manager_scores")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    score = models.DecimalField(**SCORE)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "evidence"], name="manager_score_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="manager_score_range"),
        ]


class Pack(models.Model):
    """The data as shared: a frozen copy with its hash (R08). A change after sharing is a new version."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="packs")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    hash = models.CharField(max_length=64)
    shared_at = models.DateTimeField()
    notice_days = models.SmallIntegerField()
    is_late = models.BooleanField()

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["conversation", "version"], name="pack_version_once")]
        # The few HR looks for among all.
        indexes = [
            models.Index(fields=["conversation", "version"], condition=Q(is_late=True), name="pack_was_late")
        ]


class PackOpening(models.Model):
    """That somebody opened the pack, for the first time."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="openings")
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack", "by"], name="pack_opening_once")]


class ContestQuerySet(models.QuerySet["Contest"]):
    def visible_to(self, actor: Actor) -> ContestQuerySet:
        """For those who may answer: HR, and the owner of the data; never the ones who hold the talk or whose it is."""
        office = relations.related(
            actor, {relations.HRBP, relations.HR_ADMIN}, "conversation__review__employee"
        )
        found = self.filter(office | Q(evidence__source__in=actor.answers_for))
        if actor.employee_id is None:
            return found
        me = actor.employee_id
        return (
            found.exclude(conversation__review__employee=me)
            .exclude(conversation__review__employee__manager=me)
            .exclude(conversation__held_by=me)
        )


class Contest(models.Model):
    """A number the employee doubts. Both values and the reason stay visible, whatever the answer."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="contests")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    claim = models.CharField(max_length=128, blank=True)
    reason = models.TextField()
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=lifecycle.CONTEST.choices(), default="open")
    value_before = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    value_after = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ContestQuerySet.as_manager()
    lifecycle = lifecycle.CONTEST
    policy = policy.CONTEST
    judged_with = ("conversation__review__employee__department", "evidence")

    class Meta:
        ordering = ["raised_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "evidence"], condition=Q(state="open"), name="contest_one_open"
            )
        ]

    @property
    def stream(self) -> str:
        return self.conversation.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        found = self.conversation.relations_of(actor)
        if self.evidence.source in actor.answers_for and not found & {
            relations.SELF,
            relations.MANAGER,
            policy.HELD_BY,
        }:
            found |= {DATA_OWNER}
        return found
