from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from huitan.conversations import lifecycle, policy
from huitan.conversations.models.conversation import Conversation
from huitan.evidence.models import Evidence

if TYPE_CHECKING:
    from huitan.people.relations import Actor

SCORE = {"max_digits": 2, "decimal_places": 1, "validators": [MinValueValidator(1), MaxValueValidator(5)]}


class Survey(models.Model):
    """The employee's voice before the talk (R07). A draft belongs to the employee alone until handed in.

    `asked` keeps the questions as they were put, {field: question}, from the moment it is handed in.
    """

    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="survey")
    own_view = models.TextField(blank=True)
    difficulties = models.TextField(blank=True)
    growth = models.TextField(blank=True)
    asked = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)


class SelfScore(models.Model):
    """How the employee sees one result: 1.0 to 5.0."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="self_scores")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    score = models.DecimalField(**SCORE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "evidence"], name="self_score_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="self_score_range"),
        ]


class Question(models.Model):
    """What the employee wants answered (R12); may be pinned to one item of the pack."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="questions")
    evidence = models.ForeignKey(Evidence, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=lifecycle.QUESTION.choices(), default="open")
    answer = models.TextField(blank=True)
    parked_until = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    lifecycle = lifecycle.QUESTION
    policy = policy.QUESTION
    judged_with = ("conversation__review__employee__department",)

    class Meta:
        ordering = ["asked_at", "id"]

    @property
    def stream(self) -> str:
        return self.conversation.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return self.conversation.relations_of(actor)
