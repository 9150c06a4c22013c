from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.conversations import lifecycle, policy
from huitan.conversations.models.conversation import Conversation

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class SlotOffer(models.Model):
    """Times the manager proposes for a talk, of which the employee picks one; every offer stays in the history."""

    AT_MOST = 5

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="slot_offers")
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=lifecycle.SLOTS.choices(), default="open")
    chosen = models.ForeignKey("Slot", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    wish = models.CharField(max_length=500, blank=True)
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    lifecycle = lifecycle.SLOTS
    policy = policy.SLOTS
    judged_with = (
        "conversation__review__employee__department",
        "conversation__review__cycle",
        "chosen",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(state="open"), name="slot_offer_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(lifecycle.SLOTS.states)), name="slot_offer_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(chosen__isnull=False), name="slot_offer_accepted_one"
            ),
        ]

    @property
    def stream(self) -> str:
        return self.conversation.stream

    def relations_of(self, actor: Actor) -> frozenset[str]:
        return self.conversation.relations_of(actor)


class Slot(models.Model):
    """One of the times on offer."""

    offer = models.ForeignKey(SlotOffer, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [models.UniqueConstraint(fields=["offer", "starts_at"], name="slot_once")]
