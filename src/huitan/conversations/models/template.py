from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from huitan.conversations.template_library import SITUATIONS
from huitan.people.models import Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor

PURPOSES = ("improvement", "growth", "collaboration")
LENGTHS = (30, 45, 60)


class TemplateQuerySet(models.QuerySet["Template"]):
    def visible_to(self, actor: Actor) -> TemplateQuerySet:
        """The library is HR's; managers and employees meet a template in their own talk."""
        return self.all() if actor.is_hr_admin or actor.is_hrbp or actor.is_system else self.none()


class Template(models.Model):
    """One version of the template for one purpose, situation and length. A version never changes: a talk keeps its own.

    `content` is what `template_library` describes; version 1 is the ready-made one, kept when it is first used.
    """

    purpose = models.CharField(max_length=16)
    situation = models.CharField(max_length=16, choices=list(SITUATIONS.items()))
    minutes = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()
    content = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering = ["purpose", "situation", "minutes", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "situation", "minutes", "version"], name="template_version_once"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=PURPOSES, situation__in=list(SITUATIONS), minutes__in=LENGTHS),
                name="template_combination_known",
            ),
        ]

    @property
    def stream(self) -> str:
        return f"template:{self.purpose}-{self.situation}-{self.minutes}"
