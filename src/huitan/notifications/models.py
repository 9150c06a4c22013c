from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from huitan.conversations.models import Conversation
from huitan.core.sentences import N_
from huitan.disputes.models import Dispute
from huitan.notifications.kinds import KINDS, Kind
from huitan.notifications.timing import DIGEST_AT
from huitan.people.models import Account
from huitan.plans.models import CheckIn, Plan, PlanItem

if TYPE_CHECKING:
    from huitan.people.relations import Actor

DIGEST, ROBOT = "digest", "robot"


class Cursor(models.Model):
    """How far a reader of the history has come: everything up to `event_id` has been told."""

    reader = models.CharField(max_length=32, primary_key=True)
    event_id = models.BigIntegerField(default=0)
    looked_on = models.DateField(null=True, blank=True)


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor) -> MessageQuerySet:
        """One's own messages, as long as one may still see what they are about."""
        return self.to(actor).about_visible(actor)

    def to(self, actor: Actor) -> MessageQuerySet:
        """One's own messages."""
        if actor.account_id is None:
            return self.none()
        return self.filter(account_id=actor.account_id, in_inbox=True)

    def about_visible(self, actor: Actor) -> MessageQuerySet:
        """Messages whose subject the actor may still see, and that it was taken from them."""
        talks = Conversation.objects.visible_to(actor).filter(pk=OuterRef("subject_id"))
        items = PlanItem.objects.visible_to(actor).filter(pk=OuterRef("subject_id"))
        disputes = Dispute.objects.visible_to(actor).filter(pk=OuterRef("subject_id"))
        plans = Plan.objects.visible_to(actor).filter(pk=OuterRef("plan_id"))
        check_ins = CheckIn.objects.filter(pk=OuterRef("subject_id")).filter(Exists(plans))
        return self.filter(
            Q(subject="talk") & Exists(talks)
            | Q(subject="item") & Exists(items)
            | Q(subject="check_in") & Exists(check_ins)
            | Q(subject="dispute") & Exists(disputes)
            | Q(subject="account", subject_id=actor.account_id)
            | Q(kind="talk_handed_away")
        )


class Message(models.Model):
    """One thing one person is told, once (`key`). Words are made when it is read: `values` are names, times and
    references, never what somebody wrote. A digest (kind "digest") and a line for HR's robot have no subject."""

    SUBJECTS = {
        "talk": N_("面谈"),
        "item": N_("行动项"),
        "check_in": N_("跟进"),
        "dispute": N_("申诉"),
        "account": N_("账号"),
        "": "",
    }

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=96)
    subject = models.CharField(max_length=16, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    values = models.JSONField(default=dict)
    at = models.DateTimeField()
    in_inbox = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="message_once"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(account__isnull=True), name="message_of_the_company_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account"], condition=Q(read_at__isnull=True, in_inbox=True), name="message_unread"
            ),
            models.Index(fields=["account", "-at"], name="message_newest"),
        ]

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> DeliveryQuerySet:
        """The log is HR's: that something was sent to whom, when and how, never more."""
        return self if actor.is_hr_admin or actor.is_system else self.none()


class Delivery(models.Model):
    """One message on its way through one channel outside the inbox.

    planned → sent | failed (given up) | folded (told by `into`) | withheld (the person left, may no longer see it, or
    read it before). A planned row whose `next_at` lies ahead waits, or is in a worker's hands (a lease)."""

    CHANNELS = {"mail": N_("邮件"), "im": N_("机器人")}
    STATES = {
        "planned": N_("待发"),
        "sent": N_("已发"),
        "failed": N_("没发出去"),
        "folded": N_("并入汇总"),
        "withheld": N_("不再需要"),
    }

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=list(CHANNELS.items()))
    state = models.CharField(max_length=16, choices=list(STATES.items()), default="planned")
    in_digest = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=255, blank=True)
    into = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="folded")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="delivery_once_a_channel"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "sent", "failed", "folded", "withheld"]),
                name="delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="planned"), name="delivery_due"),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
        ]


class Preference(models.Model):
    """How one person wants to be told. `groups` holds only what differs from the defaults:
    {group: {"mail": "usual" | "now" | "digest" | "off", "inbox": bool, "im": bool}}."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="preference")
    groups = models.JSONField(default=dict, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest_at = models.TimeField(default=DIGEST_AT)
    robot = models.CharField(max_length=255, blank=True)
    feed_version = models.PositiveIntegerField(default=0)

    def mail(self, kind: Kind) -> str:
        chosen = str(self._chosen(kind).get("mail", "usual"))
        return kind.mail if chosen == "usual" else chosen

    def inbox(self, kind: Kind) -> bool:
        return bool(self._chosen(kind).get("inbox", True))

    def im(self, kind: Kind) -> bool:
        return bool(self.robot) and bool(self._chosen(kind).get("im", kind.urgent))

    def _chosen(self, kind: Kind) -> dict[str, Any]:
        found: dict[str, Any] = self.groups.get(kind.group, {})
        return found
