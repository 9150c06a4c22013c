"""The only place below which no clock runs: a door takes the present from here and passes it on as `at`."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The present, or the scripted instant of HUITAN_SCRIPTED_NOW (time zone aware)."""
    if settings.HUITAN_SCRIPTED_NOW:
        return datetime.fromisoformat(settings.HUITAN_SCRIPTED_NOW)
    return timezone.now()
