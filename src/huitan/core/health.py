"""Whether this process can do its work at all, in one query."""

from __future__ import annotations

import logging

from django.db import DatabaseError

from huitan.core.models import Stream

log = logging.getLogger("huitan.health")


def database_answers() -> bool:
    """Whether the database is reached and has the product's tables."""
    try:
        Stream.objects.exists()
    except DatabaseError as error:
        log.error("the database does not answer: %s", error)
        return False
    return True
