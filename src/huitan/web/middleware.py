from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from huitan.people import logins
from huitan.people.actions import actor_for
from huitan.web import clock, device
from huitan.web.accounts import KNOWN_AS

SEEN_EVERY = timedelta(minutes=5)


class Sessions(SessionMiddleware):
    """Django tells a browser to forget a session that is not known any more. Here only the request that ended a session
    does: another tab's request that set out with the former one, while a device is handed over or a password changes,
    would take away the new session the browser got meanwhile."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer: HttpResponse = super().process_response(request, response)
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie["max-age"] == 0 and not request.session.modified:
            del answer.cookies[settings.SESSION_COOKIE_NAME]
        return answer


class WhoAndWhen:
    """Put on every request who acts (`request.actor`, None before log-in) and when (`request.at`), and speak the
    account's language in its time zone. Without an account the browser's wish decides, Chinese if it has none.

    On a device that was handed over (`request.handed`) nobody acts but the employee who confirmed, for one talk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = clock.now()
        # PostgreSQL keeps NUL in no text: an address with one asks for a space, so that %0%0000 does not become one.
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "+")
        request.actor = None
        language, zone = _wished(request), "Asia/Shanghai"
        request.handed = device.handed(request)
        if request.handed is not None:
            language, zone = request.handed.language, request.handed.time_zone
            account = device.who_is_there(request.handed, request.at)
            if account is not None:
                request.user, request.actor = account, device.narrowed(account)
        elif request.user.is_authenticated:
            request.actor = actor_for(request.user)
            _note_seen(request)
            language, zone = request.user.language, request.user.time_zone
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)):
            request.LANGUAGE_CODE = translation.get_language() or language
            away = device.turned_away(request) if request.handed is not None else None
            response = away or self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            # Also before the log-in: a link to a password names its owner, a checked file what stands in it.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response


def _note_seen(request: HttpRequest) -> None:
    """For the owner's list of devices; seldom, so that reading pages writes nothing."""
    login_id, last = request.session.get(KNOWN_AS), request.session.get("seen_at")
    if login_id and (not last or request.at - datetime.fromisoformat(last) >= SEEN_EVERY):
        logins.seen(login_id, request.at)
        request.session["seen_at"] = request.at.isoformat()


def _wished(request: HttpRequest) -> str:
    wish = request.GET.get("lang") or request.COOKIES.get("huitan_language") or ""
    if not wish:
        accepted = request.headers.get("Accept-Language", "").lower()
        wish = "en" if accepted.startswith("en") else "zh-hans"
    return "en" if wish == "en" else "zh-hans"
