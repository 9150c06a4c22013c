"""The private calendar: opened by its secret address, without log-in, by calendar programs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huitan.notifications.actions.choosing import owner_of_feed
from huitan.notifications.calendars import own_appointments, own_check_ins
from huitan.notifications.invitation import feed
from huitan.notifications.words import in_the_words_of
from huitan.people.actions import actor_for

# From one address, in one minute, in one process. Calendars ask once in a quarter of an hour.
A_MINUTE = 60


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Times, places and links of one's own talks and check-ins; 404 for anything but the present secret."""
    if _asks_too_often(request.META.get("REMOTE_ADDR", ""), request.at):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    account = owner_of_feed(secret)
    if account is None:
        raise Http404
    actor = actor_for(account)
    with in_the_words_of(account):
        text = feed(
            own_appointments(actor, request.at),
            own_check_ins(actor, request.at),
            _("会谈"),
            account.time_zone,
        )
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": 'inline; filename="huitan.ics"',
            "Cache-Control": "private, no-store",
            "X-Robots-Tag": "noindex",
        },
    )


def _asks_too_often(address: str, at: datetime) -> bool:
    key = f"calendar-feed:{address}:{at:%Y%m%d%H%M}"
    cache.add(key, 0, timeout=timedelta(minutes=2).total_seconds())
    return cache.incr(key) > A_MINUTE


urls = [path("calendar/<str:secret>.ics", calendar_feed, name="calendar-feed")]
