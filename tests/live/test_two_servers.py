"""Two real servers on one PostgreSQL, as on two machines: what is done at one is heard at the other, and one row that two
change at the same moment is changed by one of them."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from tests import walk
from tests.live.listening import session_of
from tests.postgres import address_of

from huitan.conversations.models import Topic

pytestmark = pytest.mark.usefixtures("postgres")
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t" * 32
FETCH = {"X-Requested-With": "fetch"}


class Desk:
    """Somebody at one of the servers."""

    def __init__(self, port: int, session: str) -> None:
        self.port = port
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={TOKEN}"

    def post(self, path: str, fields: dict[str, str]) -> int:
        body = urlencode({**fields, "csrfmiddlewaretoken": TOKEN})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("POST", path, body, {**FETCH, **kind, "Cookie": self.cookie})
            with line.getresponse() as answer:
                return answer.status

    def hears(self, follow: str) -> Generator[tuple[str, object], None, None]:
        """Name and data of every message of a stream."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("GET", f"/live/?follow={follow}", headers={"Cookie": self.cookie})
            with line.getresponse() as answer:
                assert answer.status == 200
                name = ""
                while True:
                    key, _, value = answer.readline().decode().strip().partition(": ")
                    if key == "event":
                        name = value
                    elif key == "data":
                        yield name, json.loads(value)


@pytest.fixture
def ports(talked) -> Iterator[list[int]]:
    env = {
        **os.environ,
        "DATABASE_URL": address_of(connection),
        "HUITAN_SCRIPTED_NOW": walk.TALK_AT.isoformat(),
        "HUITAN_HOSTS": "127.0.0.1",
    }
    ports, servers = [free_port(), free_port()], []
    for port in ports:
        command = [sys.executable, "-m", "huitan.cli.main", "serve", "--port", str(port)]
        servers.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL))
    for port in ports:
        until_it_answers(port)
    yield ports
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_it_answers(port: int) -> None:
    for _wait in range(300):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
                line.request("GET", "/health/")
                with line.getresponse() as answer:
                    assert answer.status == 200
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_one_servers_change_is_heard_at_the_other_and_of_two_at_once_one_wins(talked, ports) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")
    topic = talked.topics.get(kind="improvement")
    path = f"/talks/{talked.pk}/room/topics/{topic.pk}/text"
    here, there = ports
    with closing(Desk(there, lin).hears(f"conversation:{talked.pk}")) as heard:
        assert next(heard)[0] == "hello"
        assert Desk(here, shen).post(f"{path}/issue/", {"issue": "在另一台服务器上写的"}) == 200
        told = next(data for name, data in heard if name == "changes")
    assert [one["verb"] for one in told] == ["topic.written"]

    version = Topic.objects.get(pk=topic.pk).versions["issue"]
    gate = threading.Barrier(2)

    def write(port: int) -> int:
        gate.wait()
        return Desk(port, shen).post(f"{path}/issue/", {"issue": f"经 {port}", "version": str(version)})

    with ThreadPoolExecutor(2) as both:
        answers = dict(zip(ports, both.map(write, ports), strict=True))
    assert sorted(answers.values()) == [200, 412]
    (winner,) = (port for port, status in answers.items() if status == 200)
    stored = Topic.objects.get(pk=topic.pk)
    assert (stored.issue, stored.versions["issue"]) == (f"经 {winner}", version + 1)
