"""How dates and times stand on paper: in full, with the year, in the company's time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from huitan.core.sentences import is_english

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(settings.TIME_ZONE))


def day(value: date | datetime | None) -> str:
    """「2026 年 7 月 16 日」"""
    if value is None:
        return "—"
    on = local(value) if isinstance(value, datetime) else value
    if is_english():
        return f"{on.day} {MONTHS[on.month - 1]} {on.year}"
    return f"{on.year} 年 {on.month} 月 {on.day} 日"


def moment(value: datetime | None) -> str:
    """「2026 年 7 月 16 日 14:00」"""
    return f"{day(value)} {local(value):%H:%M}" if value else "—"


def stamp(value: datetime | str | None) -> str:
    """「2026-07-16 15:20:31」; also from the text the canonical JSON keeps."""
    if not value:
        return "—"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{local(at):%Y-%m-%d %H:%M:%S}"


def zone_note(at: datetime) -> str:
    """Which clock the document uses."""
    return _("时间均为 %(zone)s（UTC%(offset)s）") % {
        "zone": settings.TIME_ZONE,
        "offset": f"{local(at):%z}"[:3] + ":" + f"{local(at):%z}"[3:],
    }
