"""Counts of one minute, over all processes and machines: what rate limits are made of."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from huitan.core.models import Tally

A_MINUTE = 60
LONGEST = 100


def count(name: str, at: datetime) -> int:
    """How often this has been counted within the minute of `at`, this time included; one statement, so that two at
    once are two."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_tally (name, minute, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (name, minute) DO UPDATE SET count = core_tally.count + 1 RETURNING count",
            [name[:LONGEST], _minute(at)],
        )
        [(counted,)] = cursor.fetchall()
    return int(counted)


def forget(at: datetime) -> int:
    """Remove the counts of minutes gone by; returns how many."""
    return Tally.objects.filter(minute__lt=_minute(at)).delete()[0]


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // A_MINUTE
