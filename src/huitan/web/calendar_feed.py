"""The private calendar: opened by its secret address, without log-in, by calendar programs."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huitan.core import tallies
from huitan.notifications.actions.choosing import owner_of_feed
from huitan.notifications.calendars import own_appointments, own_check_ins
from huitan.notifications.invitation import feed
from huitan.notifications.words import in_the_words_of
from huitan.people.actions import actor_for

# Of one calendar, and of wrong addresses from one place: a whole office may sit behind one address. Calendars ask once
# in a quarter of an hour.
A_MINUTE = 60


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Times, places and links of one's own talks and check-ins; 404 for anything but the present secret."""
    account = owner_of_feed(secret)
    who = f"account {account.pk}" if account else request.META.get("REMOTE_ADDR", "")
    if tallies.count(f"calendar-feed:{who}", request.at) > A_MINUTE:
        return HttpResponse(status=429, headers={"Retry-After": "60"})
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


urls = [path("calendar/<str:secret>.ics", calendar_feed, name="calendar-feed")]
