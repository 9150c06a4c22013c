from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from huitan.conversations.models.conversation import Conversation
from huitan.core.sentences import N_
from huitan.people.models import Employee


class Frozen(models.Model):
    """A row written once. What people signed, and that they signed, is never changed or removed."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"a {type(self).__name__.lower()} is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"a {type(self).__name__.lower()} is never deleted")


class Record(Frozen):
    """One version of the frozen text (R18). `content` is what `record_text.compose` made; `hash` is over its RFC 8785
    form. Only signatures on the newest version count."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="records")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    hash = models.CharField(max_length=64)
    composed_at = models.DateTimeField()
    composed_by = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    change_note = models.TextField(blank=True)
    due_on = models.DateField()
    is_late = models.BooleanField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "version"], name="record_version_once")
        ]

    def signed_by(self, side: str) -> bool:
        """Whether this side has signed this version; wishing not to sign is an answer, not a signature."""
        return any(s.side == side and s.choice != "decline" for s in self.signatures.all())


class Signature(Frozen):
    """One side's answer to one version: who, when, how they proved to be themselves, and the sentence they chose.

    `sentence` is the source text, `shown` the words on screen in `language`, `page` the version of the page they stood
    on. On a device the manager handed over, `taken_by` is how the signer had taken it. The database itself refuses to
    change or remove a row (migration 0006).
    """

    SIDES = {"employee": N_("员工"), "manager": N_("面谈人")}
    DEVICES = {"own": N_("自己登录的设备"), "handed_over": N_("在面谈人的设备上")}
    CHOICES = {"agree": N_("同意"), "reserve": N_("已阅，保留异议"), "decline": N_("不签字")}

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=16, choices=list(SIDES.items()))
    choice = models.CharField(max_length=16, choices=list(CHOICES.items()))
    sentence = models.TextField()
    statement = models.TextField(blank=True)
    signer = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    method = models.CharField(max_length=32)
    record_hash = models.CharField(max_length=64)
    shown = models.TextField(default="")
    language = models.CharField(max_length=8, default="")
    page = models.CharField(max_length=32, default="")
    device = models.CharField(max_length=16, choices=list(DEVICES.items()), default="own")
    taken_by = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["record"], condition=Q(choice="decline"), name="signature_declined")]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "side"], condition=~Q(choice="decline"), name="signature_once_a_side"
            ),
            models.CheckConstraint(
                condition=~Q(choice="reserve") | ~Q(statement=""), name="signature_reserve_has_statement"
            ),
        ]


class Refusal(Frozen):
    """That the employee did not sign, witnessed by HR: the reason given and how the record was served (R18).

    `ground` is why HR may witness now: the employee said so, the window has ended, or an attempt to serve failed, with
    its date, how it was made and who was there.
    """

    SERVED = {
        "in_person": N_("当面递交"),
        "email": N_("电子邮件"),
        "courier": N_("快递签收"),
        "im": N_("企业即时通讯"),
    }

    GROUNDS = {
        "stated": N_("员工自己选择了不签字"),
        "window_ended": N_("签字期限过了，没有回应"),
        "attempted": N_("当面送达，员工没有签"),
    }

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="refusals")
    witness = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    served_by = models.JSONField(default=list)
    served_note = models.TextField(blank=True)
    ground = models.CharField(max_length=16, choices=list(GROUNDS.items()), blank=True)
    attempted_on = models.DateField(null=True, blank=True)
    attempted_how = models.TextField(blank=True)
    attempted_before = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record"], name="refusal_once"),
            models.CheckConstraint(
                condition=~Q(ground="attempted")
                | (Q(attempted_on__isnull=False) & ~Q(attempted_how="") & ~Q(attempted_before="")),
                name="refusal_attempt_is_stated",
            ),
        ]


class SigningReminder(models.Model):
    """That the sides still to sign were reminded of a version: at half time, and on the working day before the end."""

    KINDS = {"half": N_("签字期限过半"), "last": N_("签字期限前一天")}

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(max_length=8, choices=list(KINDS.items()))
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "kind"], name="signing_reminder_once")]


class RecordView(models.Model):
    """Who has read a version, first and last, and who took a copy; the employee can see this list."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="views")
    viewer = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=16)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    downloaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["first_at"]
        constraints = [models.UniqueConstraint(fields=["record", "viewer"], name="record_view_once")]
