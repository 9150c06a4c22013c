from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """A worker that lives: written at every round, gone when it ends in order. A row that grows old is a worker that
    died, or one in the middle of a long job."""

    worker = models.CharField(max_length=96, primary_key=True)
    host = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    at = models.DateTimeField()
