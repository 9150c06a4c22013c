"""What people told the wording check: words of the company, and findings that do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.conversations import policy
from huitan.conversations.models.conversation import Conversation
from huitan.conversations.models.topic import Topic
from huitan.core.sentences import N_
from huitan.people import relations
from huitan.people.models import Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor

LONGEST_WORDS = 200


class CompanyWordQuerySet(models.QuerySet["CompanyWord"]):
    def visible_to(self, actor: Actor) -> CompanyWordQuerySet:
        """The list is HR's; its effect is everybody's."""
        return self.all() if actor.is_hr_admin or actor.is_system else self.none()


class CompanyWord(models.Model):
    """A word that never counts as a finding, or always does. Retired words stay, so that old checks can be explained.

    `code` and `reason` belong to forbidden words; an empty `lang` means both languages.
    """

    KINDS = {"allow": N_("可以用"), "forbid": N_("约定不用")}
    LANGUAGES = {"": N_("中文和英文"), "zh": N_("只在中文里"), "en": N_("只在英文里")}

    word = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=list(KINDS.items()))
    code = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    lang = models.CharField(max_length=2, blank=True)
    active = models.BooleanField(default=True)
    by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CompanyWordQuerySet.as_manager()

    class Meta:
        ordering = ["-active", "word", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["word", "lang"], condition=Q(active=True), name="company_word_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=["allow", "forbid"]), name="company_word_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="allow", code="") | (Q(kind="forbid") & ~Q(code="")),
                name="company_word_forbidden_has_code",
            ),
        ]


class DismissalQuerySet(models.QuerySet["Dismissal"]):
    def visible_to(self, actor: Actor) -> DismissalQuerySet:
        """For those who write the texts of the talk."""
        return self.filter(
            relations.related(actor, policy.CONVERSATION.may["write"], "conversation__review__employee")
        )


class Dismissal(models.Model):
    """One finding the writer judged not to apply, with the reason; it does not come back for that text.

    `field` is the box (one of `TOPIC_BOXES` with a topic, of `TALK_BOXES` without); `words` what the finding stood on,
    empty where something was missing.
    """

    TOPIC_BOXES = ("issue", "direction", "support", "support_criterion", "manager_statement")
    TALK_BOXES = ("what", "criterion", "score_reason", "rating_reason")

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="dismissals")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=32)
    code = models.CharField(max_length=32)
    words = models.CharField(max_length=LONGEST_WORDS, blank=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DismissalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "topic", "field", "code", "words"],
                condition=Q(topic__isnull=False),
                name="dismissal_once_a_topic",
            ),
            models.UniqueConstraint(
                fields=["conversation", "field", "code", "words"],
                condition=Q(topic__isnull=True),
                name="dismissal_once_a_talk",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="dismissal_has_reason"),
        ]
