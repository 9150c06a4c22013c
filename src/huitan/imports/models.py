from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from huitan.core.sentences import N_
from huitan.cycles.models import Cycle
from huitan.people.models import Employee

if TYPE_CHECKING:
    from huitan.people.relations import Actor


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, actor: Actor) -> ImportRunQuerySet:
        return self if actor.is_hr_admin or actor.is_system else self.none()


class ImportRun(models.Model):
    """One file on its way in: kept as uploaded, read, previewed, then confirmed or left. Says who imported what.

    `report` is the JSON of the command line's contract; the file lies under HUITAN_HOME/files by its SHA-256.
    """

    KINDS = {"roster": N_("花名册"), "kpi": N_("KPI 结果"), "events": N_("关键事件")}
    STATES = {
        "reading": N_("正在读"),
        "previewed": N_("待确认"),
        "importing": N_("正在导入"),
        "stopped": N_("中途停下"),
        "confirmed": N_("已导入"),
        "discarded": N_("未导入"),
    }
    STEPS = {
        "queued": N_("等后台接手"),
        "opening": N_("打开文件"),
        "columns": N_("逐列读懂"),
        "together": N_("检查重复和汇报关系"),
        "comparing": N_("和公司现有的数据对照"),
        "writing": N_("分批写入"),
    }

    kind = models.CharField(max_length=16, choices=list(KINDS.items()))
    cycle = models.ForeignKey(Cycle, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=list(STATES.items()), default="previewed")
    report = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(Employee, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # While it runs in the background: for whom, which step, how far, since when, and whether it is to stop.
    acting = models.CharField(max_length=64, blank=True)
    step = models.CharField(max_length=16, choices=list(STEPS.items()), blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows_a_second = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    stop_asked_by = models.CharField(max_length=64, blank=True)
    # Which rows of the file are written, one bit each, kept in the transaction that writes them.
    written = models.BinaryField(default=bytes, blank=True)
    tally = models.JSONField(default=dict, blank=True)
    why_stopped = models.JSONField(default=dict, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]

    @property
    def stream(self) -> str:
        return f"import:{self.pk}"
