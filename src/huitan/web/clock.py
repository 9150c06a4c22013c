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


def real() -> datetime:
    """The present also where a scripted one is shown: for what lapses by itself within seconds (presence)."""
    return timezone.now()
