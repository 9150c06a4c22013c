"""Pages for what went wrong: what happened, why, what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from huitan.conversations.queries.handed_over import was_handed_over
from huitan.core.moves import Refused

RETRY_AFTER = "30"  # seconds
# What a page is about, by where its address begins.
PAGES_ABOUT = {"talks/<int:pk>/": "talk", "items/<int:pk>/": "item", "check-ins/<int:pk>/": "check_in"}


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal as a page, or as a fragment for a request sent by htmx or a script."""
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With") == "fetch":
        return render(request, "screens/refusal.html", {"refusal": refusal}, status=refusal.status)
    context = {"refusal": refusal, "back_url": _back(request)}
    return render(request, "screens/refused.html", context, status=refusal.status)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "screens/form_expired.html", {"back_url": _back(request)}, status=403)


def not_taken(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """More than the server takes at once, or no request a page of ours makes."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_opened(request: HttpRequest, methods: Iterable[str]) -> HttpResponse:
    """The address a form was sent to, opened by itself: a refused form left it in the address bar."""
    answer = render(request, "405.html", {"page_url": _above(request)}, status=405)
    answer.headers["Allow"] = ", ".join(methods)
    return answer


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Whoever led what they may no longer open reads that it was handed over; everybody else, that there is no such page."""
    page = "screens/handed_over.html" if _was_handed_over(request) else "404.html"
    return render(request, page, status=404)


def _was_handed_over(request: HttpRequest) -> bool:
    actor, found = getattr(request, "actor", None), request.resolver_match
    if actor is None or found is None or request.handed is not None:
        return False
    noun = next((noun for start, noun in PAGES_ABOUT.items() if found.route.startswith(start)), "")
    return bool(noun) and was_handed_over(actor, noun, found.kwargs["pk"])


def broken(request: HttpRequest) -> HttpResponse:
    """Called while the error is at hand: a database that does not answer is no fault of the page, and passes."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        answer = render(request, "503.html", status=503)
        answer.headers["Retry-After"] = RETRY_AFTER
        return answer
    return render(request, "500.html", status=500)


def _above(request: HttpRequest) -> str:
    """The nearest page further up the address."""
    parts = [part for part in request.path.split("/") if part]
    for length in range(len(parts) - 1, 0, -1):
        address = f"/{'/'.join(parts[:length])}/"
        try:
            found = resolve(address)
        except Resolver404:
            continue
        if "GET" in getattr(found.func, "methods", ()):
            return address
    return reverse("home")


def _back(request: HttpRequest) -> str:
    """The page the person came from, if it is ours."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return came_from
    return reverse("home")
