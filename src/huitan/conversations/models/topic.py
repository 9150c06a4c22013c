from __future__ import annotations

from django.db import models
from django.db.models import Q

from huitan.conversations.models.conversation import Conversation
from huitan.core.sentences import N_
from huitan.evidence.models import Evidence
from huitan.plans.models import PlanItem


class Topic(models.Model):
    """One thing to talk about. The manager writes issue, direction and support; `words` are the employee's alone.

    For a highlight, `issue` holds what is affirmed. `why` are the stored sentences that say why it was proposed, `signals`
    those that say when the employee was told before (R11); `position` is the order that holds, beside each side's own;
    `versions` counts the saves of each field, so that a second writer is not overwritten.
    """

    KINDS = {"highlight": N_("成绩亮点"), "improvement": N_("待改进点"), "growth": N_("发展支持")}
    CONSENSUS = {"agreed": N_("达成共识"), "partial": N_("部分共识"), "reserved": N_("保留异议")}
    STATES = {"active": N_("要谈"), "carried_over": N_("留到后续面谈"), "removed": N_("不谈")}

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="topics")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()))
    key = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=128)
    why = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=16, choices=list(STATES.items()), default="active")
    state_reason = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    manager_place = models.PositiveSmallIntegerField(null=True, blank=True)
    employee_place = models.PositiveSmallIntegerField(null=True, blank=True)
    wanted_by_employee = models.BooleanField(default=False)
    evidence = models.ManyToManyField(Evidence, related_name="+", blank=True)
    first_raised = models.BooleanField(default=False)
    signals = models.JSONField(default=list, blank=True)
    causes = models.JSONField(default=list, blank=True)
    cause_note = models.TextField(blank=True)
    issue = models.TextField(blank=True)
    direction = models.TextField(blank=True)
    support = models.TextField(blank=True)
    support_due_on = models.DateField(null=True, blank=True)
    support_criterion = models.TextField(blank=True)
    words = models.TextField(blank=True)
    consensus = models.CharField(max_length=16, choices=list(CONSENSUS.items()), blank=True)
    manager_statement = models.TextField(blank=True)
    carried_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    items = models.ManyToManyField(PlanItem, through="TopicAction", related_name="topics")
    versions = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "key"], condition=~Q(key=""), name="topic_proposal_once"
            ),
            models.CheckConstraint(
                condition=Q(consensus__in=["", "agreed", "partial", "reserved"]), name="topic_consensus_known"
            ),
        ]


class TopicAction(models.Model):
    """From which topic an action or promise came: a link of the thread from evidence to acceptance."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE)
    item = models.ForeignKey(PlanItem, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "item"], name="topic_action_once")]
