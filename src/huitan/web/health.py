"""/health/: for load balancers and container engines, without log-in. It says whether the database answers, nothing else.

A middleware before all others and no page: whoever asks knows this machine by its number, not by a name in
HUITAN_HOSTS, and the answer costs no session. The streams answer for themselves at /live/health/.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from huitan.core import health

PATH = "/health/"


class Health:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return self.get_response(request)
        good = health.database_answers()
        return HttpResponse(
            "ok\n" if good else "database\n",
            status=200 if good else 503,
            content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )
