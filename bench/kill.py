"""kill -9 of the server while people sign: `python -m bench.kill [TIMES] [--granian]` (200).

Each round two people sign one record at a server that is killed at a random instant meanwhile. At the end every
signature that was acknowledged has to be there, and no half one: row, event and state say the same, and the whole
history verifies. The server is a fork of a process that has loaded the product already, so that a round takes a second;
with --granian it is the product's own, started anew each time. On SQLite and, with DATABASE_URL, on PostgreSQL.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
NOW = "2026-07-16T16:00:00+08:00"
TOKEN = "k" * 32
READY_WITHIN = 60
# Longer than both signatures take, so that some rounds end before the kill.
WINDOW_OVER_TYPICAL = 1.6
UNHURRIED = 20.0


@dataclass
class Report:
    kills: int = 0
    in_the_middle: int = 0
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    unanswered: int = 0
    problems: list[str] = field(default_factory=list)
    stored: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.in_the_middle} of them with a signature under way; "
            f"{len(self.acknowledged)} signatures acknowledged, {self.stored} stored, {self.unanswered} unanswered; "
            f"{len(self.problems)} problems; {self.seconds:.0f} s"
        )


def run(times: int, home: Path, *, granian: bool = False, seed: int = 20260716) -> Report:
    chance = random.Random(seed)
    environment = {
        **os.environ,
        "HUITAN_HOME": str(home),
        "HUITAN_SCRIPTED_NOW": NOW,
        "DJANGO_SETTINGS_MODULE": "bench.kill_settings",
    }
    begun = time.monotonic()
    talks = json.loads(_python(environment, "fill", str(times)))
    report: Report = Report()
    took: list[float] = []
    with (home / "server.log").open("ab") as log, contextlib.ExitStack() as ending:
        nursery = None if granian else ending.enter_context(_Nursery(environment, log, talks[0]))
        for talk in talks:
            server = nursery.fork() if nursery else _Granian(environment, log)
            try:
                server.wait_until_ready()
                # The first round shows how long two signatures take here.
                window = WINDOW_OVER_TYPICAL * statistics.median(took) if took else 0
                _round(server, talk, chance.uniform(0, window) if took else UNHURRIED, report, took)
            finally:
                server.kill()
    seen = json.loads(_python(environment, "look", json.dumps(report.acknowledged)))
    report.problems, report.stored = seen["problems"], seen["stored"]
    report.seconds = time.monotonic() - begun
    return report


def _round(server: _Server, talk: dict[str, Any], delay: float, report: Report, took: list[float]) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        server.ask("GET", f"/talks/{talk['pk']}/record/", talk["manager"])
    killer = threading.Timer(delay, server.kill)
    killer.start()
    started, under_way = time.monotonic(), False
    for side in ("manager", "employee"):
        body = urlencode(
            {
                "choice": "agree",
                "password": talk["password"],
                "seen_hash": talk["hash"],
                "prove_by": "password",
            }
        )
        try:
            under_way = True
            status = server.ask("POST", f"/talks/{talk['pk']}/sign/", talk[side], body)
        except (OSError, http.client.HTTPException):
            report.unanswered += 1
            break
        under_way = False
        if status != 302:
            report.problems.append(f"talk {talk['pk']}: {side} was answered {status}")
            break
        report.acknowledged.append((talk["pk"], side))
    else:
        took.append(time.monotonic() - started)
    killer.cancel()
    killer.join()
    server.kill()
    report.kills += 1
    report.in_the_middle += under_way


class _Server:
    """Something that listens at `port` and dies by `kill`."""

    port: int

    def kill(self) -> None:
        raise NotImplementedError

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise RuntimeError("the server did not start")

    def ask(self, method: str, path: str, session: str, body: str = "") -> int:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            link.request(method, path, body or None, headers)
            answer = link.getresponse()
            answer.read()
            return answer.status
        finally:
            link.close()


class _Granian(_Server):
    """In a process group of its own, which is killed with all its processes."""

    def __init__(self, environment: dict[str, str], log: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = ["--interface", "wsgi", "--port", str(self.port), "huitan.config.wsgi:application"]
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("granian")), *command],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class _Nursery:
    """A process with the product loaded, which forks a server for each line it reads."""

    def __init__(self, environment: dict[str, str], log: Any, talk: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.kill", "nursery", json.dumps(talk)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def __enter__(self) -> _Nursery:
        return self

    def __exit__(self, *failure: object) -> None:
        self.process.kill()
        self.process.communicate()

    def fork(self) -> _Server:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("fork\n")
        self.process.stdin.flush()
        return _Forked(*map(int, self.process.stdout.readline().split()))


class _Forked(_Server):
    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def nursery(talk: dict[str, Any]) -> None:
    import django

    django.setup()
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    from django.db import connections
    from django.test import Client

    from huitan.config.wsgi import application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_said: object) -> None: ...

    client = Client()
    client.cookies["sessionid"] = talk["manager"]
    for page in ("record", "sign"):
        client.get(f"/talks/{talk['pk']}/{page}/")
    connections.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        server = Server(("127.0.0.1", 0), Quiet)
        server.set_app(application)
        pid = os.fork()
        if pid == 0:
            server.serve_forever()
        print(pid, server.server_port, flush=True)
        server.server_close()


# ── In processes of their own, with the product's models ──


def _python(environment: dict[str, str], what: str, argument: str) -> str:
    command = [sys.executable, "-m", "bench.kill", what, argument]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def fill(times: int) -> list[dict[str, Any]]:
    """So many people with a record that both have still to sign, and a session for each of the two."""
    import django

    django.setup()
    from decimal import Decimal

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from tests import cast as the_cast
    from tests import walk

    from huitan.evidence import actions as evidence
    from huitan.people import actions as people
    from huitan.people.models import Employee

    def session_of(account: Any) -> str:
        store = SessionStore()
        store[SESSION_KEY] = str(account.pk)
        store[BACKEND_SESSION_KEY] = "huitan.people.backend.Accounts"
        store[HASH_SESSION_KEY] = account.get_session_auth_hash()
        store.create()
        return str(store.session_key)

    call_command("migrate", verbosity=0, interactive=False)
    cast = the_cast.enrol()
    where = "制造中心/智能产线部"
    numbers = [f"K{n:04}" for n in range(times)]
    entries = [people.RosterEntry(n, f"员工{n}", where, "工程师", "00003") for n in numbers]
    people.enrol(entries, actor=the_cast.SYSTEM, at=the_cast.START)
    cycle = the_cast.open_cycle()
    staff = list(Employee.objects.filter(staff_number__in=numbers).select_related("department", "manager"))
    encoded = make_password(the_cast.PASSWORD)
    results = [("ECN 按期关闭率", 90, 71), ("新品导入周期", 45, 41), ("一次交检合格率", 98, 97)]
    evidence.enter_kpis(
        cycle,
        [
            evidence.KpiEntry(e, name, Decimal(target), Decimal(actual), Decimal(33), "%", "up", "ERP")
            for e in staff
            for name, target, actual in results
        ],
        actor=the_cast.SYSTEM,
        at=the_cast.START,
    )
    manager = session_of(cast.account("shen"))
    made = []
    for employee in staff:
        people.open_account(employee, actor=the_cast.SYSTEM, at=the_cast.START, encoded=encoded)
        two = the_cast.Cast({**cast.people, "lin": employee})
        talk = the_cast.talk_of(employee, cycle)
        walk.prepare(two, talk)
        walk.share(two, talk)
        walk.begin(two, talk)
        walk.highlight(two, talk)
        walk.improvement(two, talk)
        record = walk.complete(two, talk)
        made.append(
            {
                "pk": talk.pk,
                "hash": record.hash,
                "manager": manager,
                "employee": session_of(employee.account),
                "password": the_cast.PASSWORD,
            }
        )
    return made


def look(acknowledged: list[tuple[int, str]]) -> dict[str, Any]:
    """What does not fit: an acknowledged signature that is not there, a half one, a broken history."""
    import django

    django.setup()
    from datetime import datetime

    from huitan.conversations.models import Conversation, Signature
    from huitan.conversations.queries.verification import verify
    from huitan.core.models import Event

    problems = []
    rows = set(Signature.objects.values_list("record__conversation_id", "side"))
    told = {
        (int(stream.split(":")[1]), side)
        for stream, side in Event.objects.filter(verb="conversation.signed").values_list(
            "stream", "payload__side"
        )
    }
    problems += [
        f"acknowledged, not stored: {lost}" for lost in sorted({(t, s) for t, s in acknowledged} - rows)
    ]
    problems += [f"row or event without the other: {half}" for half in sorted(rows ^ told)]
    for talk in Conversation.objects.filter(records__isnull=False).select_related("plan").distinct():
        both = {(talk.pk, "manager"), (talk.pk, "employee")} <= rows
        concluded = Event.objects.filter(stream=talk.stream, verb="conversation.conclude").count()
        items = {item.state for item in talk.plan.items.all()}
        expected = ("signed", 1, "active", {"active"}) if both else ("recorded", 0, "draft", {"draft"})
        if (talk.state, concluded, talk.plan.state, items) != expected:
            problems.append(f"talk {talk.pk}: {talk.state}, {concluded}, {talk.plan.state}, {sorted(items)}")
    found = verify(at=datetime.fromisoformat(NOW))
    problems += [f"{b.where}: {b.sentence}" for b in found.breaks]
    return {"problems": problems, "stored": len(rows)}


def main(arguments: list[str]) -> int:
    granian = "--granian" in arguments
    what, *rest = [a for a in arguments if a != "--granian"] or ["200"]
    if what == "fill":
        print(json.dumps(fill(int(rest[0]))))
        return 0
    if what == "look":
        print(json.dumps(look([(talk, side) for talk, side in json.loads(rest[0])]), ensure_ascii=False))
        return 0
    if what == "nursery":
        nursery(json.loads(rest[0]))
        return 0
    with tempfile.TemporaryDirectory(prefix="huitan-kill-") as home:
        report = run(int(what), Path(home), granian=granian)
    print(report)
    print("\n".join(report.problems))
    return 1 if report.problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
