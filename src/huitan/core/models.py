from __future__ import annotations

from typing import Any

from django.db import models


class Stream(models.Model):
    """The end of one chain: how many events it has and the hash of the last one."""

    name = models.CharField(max_length=64, primary_key=True)
    length = models.PositiveIntegerField()
    head = models.CharField(max_length=64)


class Event(models.Model):
    """One thing that happened: audit trail, outbox and source of live pages at once. Written once, never changed."""

    stream = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_seq_once")]
        indexes = [models.Index(fields=["verb", "at"], name="event_verb_at")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("an event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("an event is never deleted")


class Seal(models.Model):
    """A signature over all events up to `last_event_id`: their Merkle root, signed with the server's Ed25519 key."""

    first_event_id = models.BigIntegerField()
    last_event_id = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    previous_root = models.CharField(max_length=64)
    at = models.DateTimeField()
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)


class Tally(models.Model):
    """How often something was asked for in one minute (since 1970); `core.tallies` counts and forgets."""

    name = models.CharField(max_length=100)
    minute = models.BigIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "minute"], name="tally_once")]


class KeptFile(models.Model):
    """A file somebody handed in, by its given name; its bytes lie where `core.files` keeps them, by their SHA-256."""

    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["at", "id"]
