from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property

from huitan.conversations import lifecycle, policy
from huitan.conversations.models.template import LENGTHS, Template
from huitan.conversations.template_library import SITUATIONS
from huitan.core.sentences import N_
from huitan.cycles.models import Review
from huitan.evidence.models import Evidence
from huitan.people import relations
from huitan.people.models import Employee
from huitan.plans.models import Plan

if TYPE_CHECKING:
    from huitan.conversations.models.record import Record
    from huitan.conversations.models.topic import Topic
    from huitan.people.relations import Actor

# The agenda's four parts, in their order (R16).
SECTIONS = {
    "highlights": N_("成绩亮点"),
    "improvements": N_("待改进点"),
    "plan": N_("改进计划"),
    "support": N_("发展支持"),
}
WITH_RECORD = ("recorded", "signed", "closed")
BINDING = ("signed", "closed")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, actor: Actor) -> ConversationQuerySet:
        """From the start for those it concerns; the line above and auditors once signed; whoever held it, always."""
        return self.filter(reduce(or_, _ways_to_see(actor)))

    def listed_for(self, actor: Actor) -> ConversationQuerySet:
        """The same, for lists."""
        if relations.covers_all(actor, policy.READ_RECORD):
            return self.visible_to(actor)
        return relations.one_by_one(self, _ways_to_see(actor))

    def with_pack_evidence(self) -> ConversationQuerySet:
        """With `has_pack_evidence`: whether a pack of this talk would hold anything."""
        mine = Evidence.objects.standing().filter(employee=OuterRef("review__employee"))
        days = [OuterRef(f"review__cycle__{field}") for field in ("starts_on", "ends_on")]
        return self.annotate(
            has_pack_evidence=Exists(mine.filter(_in_pack(OuterRef("review__cycle"), *days)))
        )


def _ways_to_see(actor: Actor) -> list[Q]:
    later = relations.related(actor, {relations.LINE, relations.AUDITOR}, "review__employee")
    ways = [
        relations.related(actor, policy.READ_FROM_START, "review__employee"),
        later & Q(state__in=BINDING),
    ]
    if actor.employee_id is not None:
        ways.append(Q(held_by_id=actor.employee_id, state__in=WITH_RECORD))
    return ways


def _in_pack(cycle: Any, starts_on: Any, ends_on: Any) -> Q:
    """A cycle's results, and facts within its dates."""
    is_result = Q(kind="kpi")
    return (is_result & Q(cycle=cycle)) | (~is_result & Q(occurred_on__range=(starts_on, ends_on)))


class Conversation(models.Model):
    """One performance conversation, from its first preparation to the end of what was agreed in it."""

    KINDS = {"main": N_("周期面谈"), "follow_up": N_("后续面谈")}
    PURPOSES = {"improvement": N_("业绩改进"), "growth": N_("职业发展"), "collaboration": N_("协作问题")}
    SITUATIONS = SITUATIONS
    LENGTHS = LENGTHS

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="conversations")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()), default="main")
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    state = models.CharField(max_length=16, choices=lifecycle.CONVERSATION.choices(), default="preparing")
    purpose = models.CharField(max_length=16, choices=list(PURPOSES.items()), blank=True)
    situation = models.CharField(max_length=16, choices=list(SITUATIONS.items()), default="usual")
    minutes = models.PositiveSmallIntegerField(default=45)
    template = models.ForeignKey(
        Template, null=True, blank=True, on_delete=models.PROTECT, related_name="talks"
    )
    scheduled_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=128, blank=True)
    opened_at = models.DateTimeField()
    held_by = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="talks_held"
    )
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    signing_due_on = models.DateField(null=True, blank=True)
    signing_lapsed_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    informal_note = models.TextField(blank=True)
    highlight_skip_reason = models.TextField(blank=True)
    silence_note = models.TextField(blank=True)
    others_present = models.CharField(max_length=600, blank=True)
    follow_up_at = models.DateTimeField(null=True, blank=True)
    change_note = models.TextField(blank=True)
    cancel_reason = models.TextField(blank=True)
    plan = models.OneToOneField(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    previous_plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    versions = models.JSONField(default=dict, blank=True)

    objects = ConversationQuerySet.as_manager()
    lifecycle = lifecycle.CONVERSATION
    policy = policy.CONVERSATION
    judged_with = (
        "review__cycle",
        "review__employee__department",
        "review__employee__manager",
        "held_by",
        "plan",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(lifecycle.CONVERSATION.states)), name="conversation_state_known"
            ),
            models.UniqueConstraint(
                fields=["review"], condition=Q(kind="main"), name="conversation_one_main"
            ),
            models.UniqueConstraint(
                fields=["follows"], condition=Q(kind="follow_up"), name="conversation_one_follow_up"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=BINDING) | Q(signed_at__isnull=False),
                name="conversation_signed_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "scheduled_at"], name="conversation_state_time")]

    @property
    def stream(self) -> str:
        return f"conversation:{self.pk}"

    @property
    def employee(self) -> Employee:
        return self.review.employee

    def relations_of(self, actor: Actor) -> frozenset[str]:
        found = relations.relations_to(actor, self.review.employee)
        if actor.employee_id is not None and self.held_by_id == actor.employee_id:
            found |= {policy.HELD_BY}
        if found & {relations.MANAGER, policy.HELD_BY}:
            # Nobody is the neutral HR side of a talk they hold themselves.
            found -= {relations.HRBP, relations.HR_ADMIN}
        return found

    def pack_evidence(self) -> models.QuerySet[Evidence]:
        """What the pack may hold: the cycle's results, and facts within its dates."""
        cycle = self.review.cycle
        mine = Evidence.objects.standing().filter(employee=self.review.employee_id)
        found = mine.filter(_in_pack(cycle, cycle.starts_on, cycle.ends_on))
        return found.select_related("added_by", "employee")

    @cached_property
    def has_pack_evidence(self) -> bool:
        """Asked once a row; `with_pack_evidence` brings it along."""
        return self.pack_evidence().exists()

    def notice_given(self, at: datetime) -> int:
        """Whole days between sharing now and the talk, by the calendar of the place."""
        if self.scheduled_at is None:
            return 0
        return (timezone.localdate(self.scheduled_at) - timezone.localdate(at)).days

    def live_topics(self) -> list[Topic]:
        return [t for t in self.topics.all() if t.state == "active"]

    def current_record(self) -> Record | None:
        return max(self.records.all(), key=lambda record: record.version, default=None)

    def records_read_by(self, actor: Actor) -> list[Record]:
        """The versions this reader of the record may open, oldest first. The line above and auditors read what was signed:
        the newest, and earlier ones that somebody signed; what was taken back before stays between those it concerns."""
        found = sorted(self.records.all(), key=lambda record: record.version)
        if self.relations_of(actor) & (policy.READ_FROM_START | {policy.HELD_BY}):
            return found
        return [r for r in found if r is found[-1] or r.signed_by("manager") or r.signed_by("employee")]


class Attendee(models.Model):
    """Somebody else in the room, named with the role; `person` where the name is one in the roster."""

    ROLES = {
        "hr": N_("HR"),
        "second_manager": N_("另一位上级"),
        "expert": N_("了解情况的人"),
        "support": N_("员工请来的人"),
    }

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attendees")
    person = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=64)
    role = models.CharField(max_length=16, choices=list(ROLES.items()))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "name", "role"], name="attendee_once"),
            models.CheckConstraint(
                condition=Q(role__in=["hr", "second_manager", "expert", "support"]),
                name="attendee_role_known",
            ),
        ]


class TalkSection(models.Model):
    """One part of the agenda with its soft time box: minutes planned, seconds spent, and since when it runs."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=16, choices=list(SECTIONS.items()))
    minutes = models.PositiveSmallIntegerField()
    spent_seconds = models.PositiveIntegerField(default=0)
    running_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "key"], name="section_once"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(running_since__isnull=False), name="section_one_running"
            ),
        ]

    def seconds_at(self, at: datetime) -> int:
        running = (at - self.running_since).total_seconds() if self.running_since else 0
        return self.spent_seconds + max(0, int(running))


class PrivateNoteQuerySet(models.QuerySet["PrivateNote"]):
    def visible_to(self, actor: Actor) -> PrivateNoteQuerySet:
        """One reader: the author."""
        return self.filter(author_id=actor.employee_id) if actor.employee_id else self.none()


class PrivateNote(models.Model):
    """For the author alone: not the other side, not HR, not an export, not the history."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    objects = PrivateNoteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "author"], name="private_note_once")]

    def __repr__(self) -> str:
        return f"<PrivateNote of {self.author_id}>"

    def __str__(self) -> str:
        return ""
