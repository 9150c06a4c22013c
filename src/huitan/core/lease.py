"""One holder at a time, over processes and machines; a holder that dies lets go at once, without any timeout.

On PostgreSQL an advisory lock of the session (not through a pooler that shares sessions), on SQLite a lock on a file
under HUITAN_HOME: both end with the process that has them.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def held(name: str, *, wait: bool = False) -> Iterator[bool]:
    """Whether this process holds `name` now; with `wait` it does, as soon as nobody else has it."""
    with _in_database(name, wait) if connection.vendor == "postgresql" else _in_file(name, wait) as mine:
        yield mine


@contextmanager
def _in_database(name: str, wait: bool) -> Iterator[bool]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)" if wait else "SELECT pg_try_advisory_lock(%s)", [key])
        mine = wait or bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _in_file(name: str, wait: bool) -> Iterator[bool]:
    place = Path(settings.HUITAN_HOME) / "locks" / hashlib.sha256(name.encode()).hexdigest()[:32]
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
