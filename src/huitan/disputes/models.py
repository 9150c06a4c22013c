from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.functional import cached_property

from huitan.conversations.models import Conversation, Topic
from huitan.core.models import Event
from huitan.core.sentences import N_, Sentence
from huitan.cycles.models import Rating, RatingLevel
from huitan.cycles.working_days import own_days
from huitan.disputes import clocks, independence, lifecycle, policy
from huitan.disputes.candidates import person_named
from huitan.disputes.policy import DISPUTE, FIRST_HANDLER, HANDLER, RATER
from huitan.evidence.models import Evidence
from huitan.people import relations
from huitan.people.models import Employee

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huitan.people.relations import Actor

SUBJECT = "conversation__review__employee"
# Whoever did this to a number doubted before the talk has a part in a dispute about it.
CHECKED = ("contest.confirm", "contest.correct")


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, actor: Actor) -> DisputeQuerySet:
        """A draft is the employee's alone. Then: who handles it, who rated, who manages, HR; auditors once decided."""
        own = relations.related(actor, {relations.SELF}, SUBJECT)
        office = DISPUTE.may["read"] - {relations.SELF, relations.AUDITOR}
        seen = relations.related(actor, office, SUBJECT)
        seen |= relations.related(actor, {relations.AUDITOR}, SUBJECT) & Q(decided_at__isnull=False)
        if actor.employee_id is not None:
            me = actor.employee_id
            rated = Rating.objects.filter(review=OuterRef("conversation__review"), given_by=me).exclude(
                pk__in=Answer.objects.filter(
                    point__dispute=OuterRef(OuterRef("pk")), rating__isnull=False
                ).values("rating")
            )
            seen |= Q(handler=me) | Q(first_handler=me) | Q(conversation__held_by=me) | Q(Exists(rated))
        return self.filter(own | (seen & ~Q(state="draft")))


class Dispute(models.Model):
    """One employee's dispute of what a record says (R23): its points, who handles it, and its clocks.

    `level` is 1, or 2 once the employee asked for the one further look by somebody else. Dates are kept as they were
    set, so that a changed policy or calendar never moves a promise already made; whether one is overdue is computed.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="disputes")
    state = models.CharField(max_length=16, choices=lifecycle.DISPUTE.choices(), default="draft")
    level = models.PositiveSmallIntegerField(default=1)
    record_version = models.PositiveSmallIntegerField(null=True, blank=True)
    handler = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="disputes_handled"
    )
    first_handler = models.ForeignKey(
        Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    window_until = models.DateField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    accept_due_on = models.DateField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    answer_due_on = models.DateField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    further_until = models.DateField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    concluded_at = models.DateTimeField(null=True, blank=True)
    change_reason = models.TextField(blank=True)
    withdraw_reason = models.TextField(blank=True)
    further_reason = models.TextField(blank=True)

    objects = DisputeQuerySet.as_manager()
    lifecycle = lifecycle.DISPUTE
    policy = policy.DISPUTE
    judged_with = (
        "conversation__review__employee__department",
        "conversation__review__employee__manager",
        "conversation__review__cycle",
        "conversation__held_by",
        "handler",
        "first_handler",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=list(lifecycle.DISPUTE.states)), name="dispute_state_known"
            ),
            models.CheckConstraint(condition=Q(level__in=[1, 2]), name="dispute_two_levels_at_most"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_at__isnull=False), name="dispute_submitted_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["assigned", "handling"]) | Q(handler__isnull=False),
                name="dispute_handled_by_somebody",
            ),
            # Withdrawn on the first level, a talk may be disputed again while the window is open.
            models.UniqueConstraint(
                fields=["conversation"],
                condition=~Q(state="withdrawn", level=1),
                name="dispute_once_a_talk",
            ),
        ]
        indexes = [models.Index(fields=["state", "accept_due_on"], name="dispute_state_due")]

    @property
    def stream(self) -> str:
        return f"dispute:{self.pk}"

    @property
    def employee(self) -> Employee:
        return self.conversation.review.employee

    @property
    def is_open(self) -> bool:
        """Submitted and not at its end: until then the rating has no consequences."""
        return self.state in lifecycle.OPEN

    def relations_of(self, actor: Actor) -> frozenset[str]:
        """Nobody is the neutral HR side of what they rated, held or manage themselves."""
        talk = self.conversation
        found = set(relations.relations_to(actor, talk.review.employee))
        if relations.SELF in found:
            return frozenset({relations.SELF})
        if self.state == "draft":
            return frozenset()
        me = actor.employee_id
        if me is not None:
            if self.handler_id == me:
                found.add(HANDLER)
            if self.first_handler_id == me:
                found.add(FIRST_HANDLER)
            if me in self.judges:
                found.add(RATER)
        if found & {relations.MANAGER, RATER}:
            found -= {relations.HRBP, relations.HR_ADMIN}
        if self.decided_at is None:
            found.discard(relations.AUDITOR)
        return frozenset(found)

    @property
    def judges(self) -> frozenset[int]:
        """Who rated or held the talk."""
        holder = self.conversation.held_by_id
        return self.raters | (frozenset({holder}) if holder else frozenset())

    @cached_property
    def given(self) -> list[Any]:
        """Every rating of the review, oldest first, with its level and who gave it; `is_correction` marks those this
        very dispute gave. Asked often, read once per row."""
        corrections = Answer.objects.filter(point__dispute=self.pk, rating=OuterRef("pk"))
        rows = Rating.objects.filter(review=self.conversation.review_id).select_related("level", "given_by")
        return list(rows.annotate(is_correction=Exists(corrections)).order_by("at", "id"))

    @property
    def raters(self) -> frozenset[int]:
        """Who gave a rating in this review, corrections made by this very dispute aside."""
        return frozenset(r.given_by_id for r in self.given if r.given_by_id and not r.is_correction)

    def case(self, checkers: Iterable[str] | None = None) -> independence.Case:
        """Who has a part in it; two queries at most. `checkers` are the keys of those who checked a doubted number, where
        the history was read already."""
        talk, raters = self.conversation, self.raters
        if checkers is None:
            checked = Event.objects.filter(stream=talk.stream, verb__in=CHECKED)
            checkers = checked.values_list("actor", flat=True)
        judges = [*(r.given_by for r in self.given if r.given_by_id in raters), talk.held_by]
        return independence.Case(
            employee=talk.review.employee_id,
            manager=talk.review.employee.manager_id,
            raters=raters,
            holder=talk.held_by_id,
            raters_managers=frozenset(judge.manager_id for judge in judges if judge and judge.manager_id),
            number_checkers=frozenset(
                int(key.partition(":")[2]) for key in checkers if key.startswith("account:")
            ),
            first_handler=self.first_handler_id if self.level == 2 else None,
        )

    def part_of_handler(self) -> Sentence | None:
        """Why the present handler cannot handle it (any more), or None."""
        person = person_named(self.employee, self.handler_id) if self.handler_id else None
        return independence.part_in(self.case(), person) if person else None

    def last_day(self) -> date | None:
        """The last day to hand it in; once handed in, the one that held then."""
        if self.window_until is not None:
            return self.window_until
        found = clocks.window(self.conversation, self.saved_at, own_days())
        return found.until if found else None

    def load_points(self) -> None:
        """Its points, each with what it is about and its answers. Two queries, once a row."""
        answers = Answer.objects.select_related("new_level", "by")
        models.prefetch_related_objects(
            [self],
            Prefetch("points", Point.objects.select_related("evidence")),
            Prefetch("points__answers", answers),
        )

    def answers_now(self) -> list[Answer]:
        """The present handler's answers on this level, sent or not; one query beside the points'."""
        self.load_points()
        answers = [a for point in self.points.all() for a in point.answers.all()]
        mine = [a for a in answers if a.level == self.level and a.by_id == self.handler_id]
        models.prefetch_related_objects(mine, "cited")
        return mine


class Point(models.Model):
    """One thing contested, and what the employee says about it. `subject` and `value_before` keep how it stood."""

    KINDS = {
        "rating": N_("评级"),
        "number": N_("数字"),
        "topic": N_("记录里的一段"),
        "other": N_("其他"),
    }

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="points")
    kind = models.CharField(max_length=16, choices=list(KINDS.items()))
    rating = models.ForeignKey(Rating, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    evidence = models.ForeignKey(Evidence, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=255, blank=True)
    value_before = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    claim = models.TextField(blank=True)
    wanted = models.TextField(blank=True)
    cited = models.ManyToManyField(Evidence, related_name="+", blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "rating"], condition=Q(kind="rating"), name="point_rating_once"
            ),
            models.UniqueConstraint(
                fields=["dispute", "evidence"], condition=Q(kind="number"), name="point_number_once"
            ),
            models.UniqueConstraint(
                fields=["dispute", "topic"], condition=Q(kind="topic"), name="point_topic_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="rating", rating__isnull=False)
                | Q(kind="number", evidence__isnull=False)
                | Q(kind="topic", topic__isnull=False)
                | Q(kind="other"),
                name="point_names_its_thing",
            ),
        ]


class PointFile(models.Model):
    """A file handed in with a point. Kept under HUITAN_HOME/files by its SHA-256, never under its given name."""

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class SentOnce(models.Model):
    """A row that may still be written until `sent_at` is set, and never after."""

    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and type(self)._default_manager.filter(pk=self.pk, sent_at__isnull=False).exists():
            raise TypeError(f"a sent {type(self).__name__.lower()} is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"a {type(self).__name__.lower()} is never deleted")


class Statement(SentOnce):
    """What one side is asked and says: its own box, dated, and unalterable once sent."""

    SIDES = {"employee": N_("员工"), "rater": N_("评价人")}

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="statements")
    level = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=16, choices=list(SIDES.items()))
    question = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    text = models.TextField(blank=True)
    by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "level", "side"],
                condition=Q(sent_at__isnull=True),
                name="statement_one_awaited_a_side",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | (~Q(text="") & Q(by__isnull=False)),
                name="statement_sent_is_signed",
            ),
        ]


class Answer(SentOnce):
    """A handler's answer to one point: corrected with the new value and why, or explained with the instance (R23).

    A draft until the outcome is sent, seen by its handler alone. `paragraphs` are topic ids of the contested record.
    `rating` is the one a correction gave, beside the first; `value_before` the number that stood before.
    """

    VERDICTS = {lifecycle.CORRECTED: N_("更正"), lifecycle.EXPLAINED: N_("说明")}

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="answers")
    level = models.PositiveSmallIntegerField()
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=16, choices=list(VERDICTS.items()), blank=True)
    text = models.TextField(blank=True)
    new_level = models.ForeignKey(
        RatingLevel, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    new_value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    new_text = models.TextField(blank=True)
    cited = models.ManyToManyField(Evidence, related_name="+", blank=True)
    paragraphs = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    value_before = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    rating = models.OneToOneField(
        Rating, null=True, blank=True, on_delete=models.PROTECT, related_name="correction"
    )

    class Meta:
        ordering = ["level", "point_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["point", "level", "by"], name="answer_once_a_handler"),
            models.CheckConstraint(
                condition=Q(verdict__in=["", lifecycle.CORRECTED, lifecycle.EXPLAINED]),
                name="answer_verdict_known",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | (~Q(verdict="") & ~Q(text="")),
                name="answer_sent_is_whole",
            ),
        ]
