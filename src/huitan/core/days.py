"""Which day it is where people are: an instant's date in the active time zone."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone


def local_day(at: datetime) -> date:
    return timezone.localdate(at)
