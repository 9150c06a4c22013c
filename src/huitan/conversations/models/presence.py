from __future__ import annotations

from django.db import models

from huitan.conversations.models.conversation import Conversation
from huitan.people.models import Employee


class Presence(models.Model):
    """A screen on which somebody has a room open. Kept for seconds, never in the history: being there proves nothing."""

    seat = models.CharField(max_length=36)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    topic_id = models.PositiveIntegerField(default=0)
    field = models.CharField(max_length=32, blank=True)
    seen_at = models.DateTimeField(db_index=True)
    wrote_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "employee", "seat"], name="presence_seat_once")
        ]
