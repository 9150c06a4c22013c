"""Reaching behind the triggers that keep signed rows: for emptying a database, and for tampering with one in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.core.management import call_command
from django.db import connection

TRIGGERS = import_module("huitan.conversations.migrations.0006_signatures_kept")


class _Editor:
    """As much of a schema editor as the triggers need; a real one refuses to work inside a test's transaction."""

    connection = connection

    def execute(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def set_aside() -> Iterator[None]:
    """Rows can be changed and removed within; the triggers stand again afterwards."""
    TRIGGERS.let_go(None, _Editor())
    yield
    TRIGGERS.keep(None, _Editor())


def empty() -> None:
    """Remove every row of every table."""
    with set_aside():
        call_command("flush", interactive=False, verbosity=0)
