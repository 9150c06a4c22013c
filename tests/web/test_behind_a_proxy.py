"""/health/, and who a request comes from: believed from the proxies that are named, and from nobody else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from django.db import OperationalError, connection
from django.test import Client
from granian.utils.proxies import wrap_wsgi_with_proxy_headers
from tests.live.listening import Ear, Live

from huitan.config import wsgi
from huitan.core import health
from huitan.core.models import Tally


def test_health_is_one_query_without_log_in_or_a_known_host(
    db, client: Client, django_assert_num_queries
) -> None:
    with django_assert_num_queries(1):
        answer = client.get("/health/", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store" and not answer.cookies
    assert client.get("/", headers={"host": "10.0.0.7:8000"}).status_code == 400


def broken(*_given: object) -> None:
    raise OperationalError("password=geheim")


def test_health_says_when_the_database_is_gone_and_no_secret(db, client: Client) -> None:
    with connection.execute_wrapper(broken):
        answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (503, b"database\n")


@pytest.mark.parametrize(("good", "status"), [(True, 200), (False, 503)])
def test_the_streams_answer_for_themselves(monkeypatch, good: bool, status: int) -> None:
    monkeypatch.setattr(health, "database_answers", lambda: good)

    async def story() -> int:
        app = Live()
        ear = Ear(app, "", "/live/health/", {"host": "10.0.0.7"})
        await ear.answered.wait()
        await app.hub.close()
        return ear.status

    assert asyncio.run(story()) == status


def asked(proxies: list[str], peer: str, **headers: str) -> tuple[str, str]:
    """Address and scheme the product sees."""
    seen: dict[str, str] = {}
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **headers}
    wrap_wsgi_with_proxy_headers(lambda e, _s: seen.update(e), proxies)(environ, None)
    return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address", "scheme"),
    [
        (["10.0.0.5"], "10.0.0.5", "203.0.113.7", "203.0.113.7", "https"),
        (["10.0.0.0/24"], "10.0.0.5", "203.0.113.7", "203.0.113.7", "https"),
        # What the sender claims stands left of what the proxy saw.
        (["10.0.0.5"], "10.0.0.5", "6.6.6.6, 203.0.113.7", "203.0.113.7", "https"),
        (["10.0.0.5", "10.0.0.6"], "10.0.0.5", "6.6.6.6, 203.0.113.7, 10.0.0.6", "203.0.113.7", "https"),
        # Nobody else is believed, and by default nobody at all.
        (["10.0.0.5"], "203.0.113.7", "6.6.6.6", "203.0.113.7", "http"),
        ([], "127.0.0.1", "6.6.6.6", "127.0.0.1", "http"),
    ],
)
def test_addresses_are_believed_from_named_proxies_alone(proxies, peer, forwarded, address, scheme) -> None:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded, "HTTP_X_FORWARDED_PROTO": "https"}
    assert asked(proxies, peer, **headers) == (address, scheme)


def test_the_pages_stand_behind_that_and_limits_count_the_address(db, client: Client) -> None:
    assert wsgi.application.__wrapped__ is wsgi.pages
    for peer, forwarded in (
        ("10.0.0.5", "203.0.113.7"),
        ("10.0.0.5", "203.0.113.8"),
        ("10.0.0.5", "6.6.6.6, 203.0.113.8"),
        ("198.51.100.1", "203.0.113.7"),
    ):
        address, _scheme = asked(["10.0.0.5"], peer, HTTP_X_FORWARDED_FOR=forwarded)
        assert client.get("/calendar/wrong.ics", REMOTE_ADDR=address).status_code == 404
    assert dict(Tally.objects.values_list("name", "count")) == {
        "calendar-feed:203.0.113.7": 1,
        "calendar-feed:203.0.113.8": 2,
        "calendar-feed:198.51.100.1": 1,
    }


def test_a_misspelt_proxy_stops_the_start() -> None:
    env = {**os.environ, "HUITAN_PROXIES": "10.0.0.5/8"}
    done = subprocess.run(
        [sys.executable, "-c", "import huitan.config.settings"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "HUITAN_PROXIES" in done.stderr and "10.0.0.5/8" in done.stderr
