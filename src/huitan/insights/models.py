from __future__ import annotations

from django.db import models
from django.db.models import Q

from huitan.conversations.models import Conversation
from huitan.core.sentences import N_
from huitan.cycles.models import Cycle
from huitan.people.models import Department

# The node of a roll-up that stands for the whole company; all others are departments.
COMPANY = 0


class Cursor(models.Model):
    """How far the figures have come: every event up to `event_id` is in them, and so is the calendar up to `day`.

    `rebuilt_to` is the last talk counted anew while a rebuild is under way, none when the figures are complete.
    """

    event_id = models.BigIntegerField(default=0)
    day = models.DateField()
    as_of = models.DateTimeField()
    rebuilt_to = models.BigIntegerField(null=True, blank=True)


class Share(models.Model):
    """What one talk, or one department's closed pulse, adds to the figures of every department above it.

    Kept so that a later state takes the earlier one's place. `source` is "talk:12" or "pulse:3:45" (cycle, department).
    """

    source = models.CharField(max_length=48, unique=True)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=255)
    counts = models.JSONField(default=dict)


class Rollup(models.Model):
    """The figures of one department with all below it (`node`, or COMPANY) in one cycle: {measure: n}."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="+")
    node = models.BigIntegerField()
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "node"], name="rollup_once")]


class PulseGiven(models.Model):
    """That the employee of a talk has answered, and nothing of what."""

    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="+")


class PulseCount(models.Model):
    """How often an answer was given in a department: the only place answers are kept, with nobody's name and no time."""

    QUESTIONS = {
        "heard": N_("面谈里，我想说的说出来了，也被听进去了"),
        "clear": N_("我清楚接下来要做什么、做到什么程度"),
        "supported": N_("答应我的支持够具体，我信得过"),
    }
    ANSWERS = {"yes": N_("是"), "partly": N_("一部分"), "no": N_("不是")}

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=16, choices=list(QUESTIONS.items()))
    answer = models.CharField(max_length=8, choices=list(ANSWERS.items()))
    n = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "department", "question", "answer"], name="pulse_count_once"
            ),
            models.CheckConstraint(
                condition=Q(question__in=["heard", "clear", "supported"], answer__in=["yes", "partly", "no"]),
                name="pulse_answer_known",
            ),
        ]
