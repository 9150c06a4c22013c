"""A real server on SQLite: people at the same moment, and the power gone in the middle of a word."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from tests.cast import NAMES, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [sys.executable, "-m"]
FETCH = {"X-Requested-With": "fetch"}


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, port: int, who: str) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.jar = CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay()).open
        self.get("/login/")
        status, _ = self.post("/login/", {"login_name": NAMES[who], "password": PASSWORD})
        assert status == 302

    def get(self, path: str) -> str:
        with self.open(self.base + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(
        self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        token = next(c.value for c in self.jar if c.name == "csrftoken") or ""
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(self.base + path, body, headers or {})
        try:
            with self.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as other:
            with other:
                return other.code, other.read().decode()


class Server:
    def __init__(self, home: Path, ids: dict[str, int]) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "HUITAN_DEMO")}
        self.home, self.ids = home, ids
        self.env = {
            **kept,
            "HUITAN_HOME": str(home),
            "HUITAN_SCRIPTED_NOW": "2026-07-16T14:20:00+08:00",
            "DJANGO_SETTINGS_MODULE": "huitan.config.settings",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PYTHON, module, *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [*PYTHON, "huitan.cli.main", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _wait in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """kill -9 on the server and the processes it started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, sql: str, *values: object) -> list[Any]:
        with sqlite3.connect(self.home / "huitan.sqlite3") as stored:
            rows = stored.execute(sql, values).fetchall()
        stored.close()
        return rows

    def verified(self) -> str:
        done = self.run("huitan.cli.main", "verify")
        return done.stdout if done.returncode else ""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    home = tmp_path_factory.mktemp("home")
    return home, json.loads(Server(home, {}).run("tests.attack.seed").stdout)


@pytest.fixture
def server(seeded: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[Server]:
    home, ids = seeded
    made = Server(Path(shutil.copytree(home, tmp_path / "home")), ids)
    made.start()
    yield made
    made.kill()


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """All steps released at the same moment; their answers in order."""
    gate, answers = threading.Barrier(len(steps)), [None] * len(steps)

    def take(place: int, step: Callable[[], Any]) -> None:
        gate.wait()
        answers[place] = step()

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_people_complete_and_sign_at_the_same_moment(server: Server) -> None:
    talk, topic = server.ids["talk"], server.ids["topic"]
    shen, again, lin, other = (Person(server.port, who) for who in ("shen", "shen", "lin", "lin"))
    room = f"/talks/{talk}/room"
    ended = at_once(
        lambda: shen.post(f"{room}/complete/", {})[0],
        lambda: again.post(f"{room}/complete/", {})[0],
        lambda: lin.post(f"{room}/topics/{topic}/text/words/", {"words": "最后一句"}, FETCH)[0],
        lambda: other.post(f"{room}/questions/new/", {"text": "还有一问"})[0],
    )
    assert all(status in (200, 302, 409, 422) for status in ended), ended
    if 302 not in ended[:2]:
        # The question came first and the talk could not end before it was answered.
        (question,) = server.ask("select max(id) from conversations_question")[0]
        shen.post(f"{room}/questions/{question}/", {"way": "answer", "text": "好"})
        assert shen.post(f"{room}/complete/", {})[0] == 302
    else:
        assert sorted(ended[:2]) == [302, 409]
    page = lin.get(f"/talks/{talk}/sign/")
    seen = re.search(r'name="seen_hash" value="([0-9a-f]{64})"', page)
    assert seen is not None
    form = {"choice": "agree", "password": PASSWORD, "seen_hash": seen[1], "statement": ""}
    shen.get(f"/talks/{talk}/sign/")
    signed = at_once(
        *(lambda p=p: p.post(f"/talks/{talk}/sign/", form)[0] for p in (shen, again, lin, other))
    )
    assert sorted(signed[:2]) == sorted(signed[2:]) == [302, 409]
    assert server.ask("select count(*) from conversations_signature") == [(2,)]
    assert server.ask("select count(*) from conversations_record") == [(1,)]
    assert server.ask("select state from conversations_conversation where id = ?", talk) == [("signed",)]
    assert server.ask("select count(*) from plans_plan where state = 'active'") == [(1,)]
    assert server.verified() == ""


def test_every_acknowledged_save_outlives_a_kill(server: Server) -> None:
    talk, topic = server.ids["talk"], server.ids["topic"]
    acknowledged: dict[str, list[tuple[int, str]]] = {"words": [], "issue": [], "direction": []}

    def type_on(who: str, field: str) -> None:
        person, version = Person(server.port, who), 1
        for number in range(10_000):
            text = f"{field} 第 {number} 次"
            try:
                status, body = person.post(
                    f"/talks/{talk}/room/topics/{topic}/text/{field}/",
                    {field: text, "version": str(version)},
                    FETCH,
                )
            except OSError:
                return
            assert status == 200, body
            version = json.loads(body)["version"]
            acknowledged[field].append((version, text))

    threads = [
        threading.Thread(target=type_on, args=pair)
        for pair in (("lin", "words"), ("shen", "issue"), ("shen", "direction"))
    ]
    for thread in threads:
        thread.start()
    for _wait in range(100):
        if all(len(saves) >= 10 for saves in acknowledged.values()):
            break
        time.sleep(0.1)
    server.kill()
    for thread in threads:
        thread.join()
    assert all(len(saves) >= 10 for saves in acknowledged.values())
    written = {
        (json.loads(payload)["field"], json.loads(payload)["version"]): json.loads(payload)["text"]
        for (payload,) in server.ask("select payload from core_event where verb = 'topic.written'")
    }
    for field, saves in acknowledged.items():
        for version, text in saves:
            assert written[field, version] == text
        ((stored,),) = server.ask(f"select {field} from conversations_topic where id = ?", topic)
        newest = max(version for name, version in written if name == field)
        assert stored == written[field, newest] and newest >= saves[-1][0]
    assert server.verified() == ""
    server.start()
    assert Person(server.port, "lin").get(f"/talks/{talk}/room/?topic={topic}").count("words 第") >= 1
