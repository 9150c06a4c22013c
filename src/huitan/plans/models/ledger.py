"""What the ledger keeps besides the items: each account's own views, and who was reminded of what on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.people.models import Account, Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class LedgerViewQuerySet(models.QuerySet["LedgerView"]):
    def visible_to(self, actor: Actor) -> LedgerViewQuerySet:
        return self.filter(account=actor.account_id)


class LedgerView(models.Model):
    """Filters, columns and order under a name of one's own. The one without a name holds the columns of the plain ledger.

    It narrows what one may see at the moment it is opened; it opens nothing.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=32, blank=True)
    query = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    is_default = models.BooleanField(default=False)

    objects = LedgerViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="ledger_view_name_once"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(is_default=True), name="ledger_view_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | ~Q(name=""), name="ledger_view_default_has_a_name"
            ),
        ]


class ItemReminder(models.Model):
    """That an owner was reminded of an item on a day: once, whoever presses and however often."""

    item = models.ForeignKey("plans.PlanItem", on_delete=models.PROTECT, related_name="reminders")
    to = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "to", "on"], name="item_reminder_once_a_day")]
