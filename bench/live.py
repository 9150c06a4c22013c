"""From a saved text to the other screen: rooms open with both people's streams, writers in some of them, and idle
listeners beside. Over a real `huitan serve` and a database of its own (SQLite, or the empty one of DATABASE_URL).

``python -m bench.live [ROOMS] [IDLE] [--saves N] [--writers N]`` (2,000 clients: ``python -m bench.live 1000``)

Prints p50, p95 and the longest time from the answer to the save until the stream told the other side, and until that
side has asked for what changed; how long it took to open all streams, and what they cost the server in memory and
processor time while nothing happens. Server and clients share the machine: its load is told too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.serving import ROOT, serving

SAVES = 60
IDLE_SECONDS = 10
OPENED_AT_ONCE = 8
# A stream the server does not answer, or a change it does not tell, for this long is the end of the measurement.
PATIENCE = 30


@dataclass(frozen=True)
class Room:
    talk: int
    topic: int
    manager: str
    employee: str


def build(rooms: int) -> None:
    """Run in a process of its own (HUITAN_HOME): talks under way, and a session for everybody in them."""
    import django

    django.setup()
    from datetime import timedelta

    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client
    from tests import cast as the_cast
    from tests import walk
    from tests.cast import SYSTEM, at

    from huitan.conversations.actions import opening, preparation
    from huitan.conversations.actions import room as room_actions
    from huitan.conversations.models import Conversation
    from huitan.cycles.actions import enter_reviews
    from huitan.evidence import actions as evidence_actions
    from huitan.people import actions as people
    from huitan.people.models import Employee

    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, "django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0, interactive=False)
    the_cast.enrol()
    cycle = the_cast.open_cycle()
    number = [f"B{n:05d}" for n in range(rooms)]
    boss = [f"C{n:05d}" for n in range(rooms)]
    entry = people.RosterEntry
    people.enrol([entry(n, f"经理{n}", "制造中心", "经理", "00002") for n in boss], actor=SYSTEM, at=at(7, 1))
    people.enrol(
        [entry(n, f"员工{n}", "制造中心", "技术员", b) for n, b in zip(number, boss, strict=True)],
        actor=SYSTEM,
        at=at(7, 1),
    )
    found = {p.staff_number: p for p in Employee.objects.select_related("department", "manager")}
    for n in (*number, *boss):
        people.open_account(found[n], actor=SYSTEM, at=at(7, 1), encoded="!")
    with transaction.atomic():
        opening.open_conversations(
            enter_reviews(cycle, [found[n] for n in number]), actor=SYSTEM, at=at(7, 1)
        )

    def session(account) -> str:
        client = Client()
        client.force_login(account, backend="huitan.people.backend.Accounts")
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    made = []
    for n, b in zip(number, boss, strict=True):
        employee = Employee.objects.select_related("account").get(staff_number=n)
        manager = Employee.objects.select_related("account").get(staff_number=b)
        actor = people.actor_for(manager.account)
        with transaction.atomic():
            evidence_actions.add(
                employee,
                kind="note",
                occurred_on=at(5, 1).date(),
                statement="一件事",
                actor=SYSTEM,
                at=at(7, 1),
            )
        talk = Conversation.objects.get(review__employee=employee, kind="main")
        preparation.choose_purpose(talk, "growth", actor=actor, at=at(7, 2))
        preparation.schedule(talk, walk.TALK_AT, minutes=30, place="", actor=actor, at=at(7, 2))
        preparation.share(talk, actor=actor, at=at(7, 3))
        topic = preparation.add_topic(talk, "growth", "一个话题", actor=actor, at=at(7, 3))
        room_actions.begin(talk, actor=actor, at=walk.TALK_AT + timedelta(minutes=1))
        made.append([talk.pk, topic.pk, session(manager.account), session(employee.account)])
    sys.stdout.write(json.dumps(made))


class Stream:
    """One open stream over a socket: when the last change was told."""

    def __init__(self, port: int, session: str, query: str) -> None:
        self.port, self.session, self.query = port, session, query
        self.told = asyncio.Event()
        self.at = 0.0

    async def open(self) -> Stream:
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(
            f"GET /live/?{self.query} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={self.session}\r\n\r\n".encode()
        )
        await self.writer.drain()
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
        if b" 200 " not in line:
            raise SystemExit(f"the stream was not opened: {line!r}")
        self.task = asyncio.create_task(self._read(reader))
        return self

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line.startswith(b"event: changes"):
                self.at = time.perf_counter()
                self.told.set()


async def asked(port: int, head: str, body: str = "") -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n{body}".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer


async def save(port: int, room: Room, text: str, version: int) -> float:
    """Save the manager's text of a topic; the instant of the answer."""
    token = "a" * 32
    body = f"direction={text}&version={version}&csrfmiddlewaretoken={token}"
    head = (
        f"POST /talks/{room.talk}/room/topics/{room.topic}/text/direction/ HTTP/1.1\r\n"
        f"Cookie: sessionid={room.manager}; csrftoken={token}\r\nX-Requested-With: fetch\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    )
    status, answer = await asked(port, head, body)
    if status != 200:
        raise SystemExit(f"not saved: {status} {answer[-300:]!r}")
    return time.perf_counter()


def children(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        yield from children(int(child))


def cost(pid: int) -> tuple[float, float]:
    """Processor seconds and megabytes of the server's processes so far."""
    ticks = memory = 0.0
    for one in (pid, *children(pid)):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(") ", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
        memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return ticks / os.sysconf("SC_CLK_TCK"), memory


async def opened(streams: list[Stream]) -> None:
    """Some at a time, as pages come back to a server that was away."""
    waiting = iter(streams)

    async def some() -> None:
        for stream in waiting:
            await stream.open()

    await asyncio.gather(*(some() for _ in range(OPENED_AT_ONCE)))


async def measure(port: int, pid: int, rooms: list[Room], given: argparse.Namespace) -> None:
    _, before = cost(pid)
    ears, managers = {}, []
    for room in rooms:
        follow = f"follow=conversation:{room.talk}&room={room.talk}&seat="
        ears[room.talk] = Stream(port, room.employee, f"{follow}e{room.talk}")
        managers.append(Stream(port, room.manager, f"{follow}m{room.talk}"))
    # An account may have a dozen streams; everybody has one open already.
    people = [session for room in rooms for session in (room.manager, room.employee)]
    beside = [Stream(port, people[n % len(people)], "follow=ledger") for n in range(given.idle)]
    streams = [*ears.values(), *managers, *beside]
    began = time.perf_counter()
    await opened(streams)
    took = time.perf_counter() - began
    await asyncio.sleep(2)
    start, memory = cost(pid)
    await asyncio.sleep(IDLE_SECONDS)
    end, _ = cost(pid)
    print(
        f"{len(streams)} streams opened in {took:.0f} s: {(memory - before) * 1000 / len(streams):.0f} KB each, "
        f"{100 * (end - start) / IDLE_SECONDS:.1f} % of a core while nothing happens"
    )
    told, shown = [], []

    async def write(numbers: Iterator[int]) -> None:
        for n in numbers:
            room = rooms[n % len(rooms)]
            ear = ears[room.talk]
            ear.told.clear()
            saved = await save(port, room, f"text{n}", n // len(rooms))
            await asyncio.wait_for(ear.told.wait(), PATIENCE)
            told.append(max(0.0, ear.at - saved))
            query = f"/talks/{room.talk}/room/changes/?since=0&seat=e{room.talk}"
            status, _ = await asked(port, f"GET {query} HTTP/1.1\r\nCookie: sessionid={room.employee}")
            if status != 200:
                raise SystemExit(f"changes answered {status}")
            shown.append(time.perf_counter() - saved)

    numbers = iter(range(given.saves))
    await asyncio.gather(*(write(numbers) for _ in range(given.writers)))
    print(f"{given.saves} saves by {given.writers} at once, load of the machine {os.getloadavg()[0]:.1f}")
    for label, times in (("saved → told", told), ("saved → on the other screen", shown)):
        p95 = statistics.quantiles(times, n=20)[18]
        print(
            f"{label:28} p50 {1000 * statistics.median(times):5.0f} ms   p95 {1000 * p95:5.0f} ms   "
            f"longest {1000 * max(times):5.0f} ms"
        )
    for stream in streams:
        stream.task.cancel()
        stream.writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.live")
    parser.add_argument("rooms", type=int, nargs="?", default=200)
    parser.add_argument("idle", type=int, nargs="?", default=0)
    parser.add_argument("--saves", type=int, default=SAVES)
    parser.add_argument("--writers", type=int, default=1)
    given = parser.parse_args()
    if given.writers > given.rooms:
        parser.error("no two writers write in one room")
    # Every stream is an open file here as well.
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="huitan-bench-") as home:
        env = {**os.environ, "HUITAN_HOME": home, "DJANGO_SETTINGS_MODULE": "huitan.config.settings"}
        env["HUITAN_SCRIPTED_NOW"] = "2026-07-16T14:22:00+08:00"
        made = subprocess.run(
            [sys.executable, "-m", "bench.live", "build", str(given.rooms)],
            cwd=ROOT,
            env=env,
            check=True,
            stdout=subprocess.PIPE,
        )
        built = json.loads(made.stdout)
        command = [str(Path(sys.executable).with_name("huitan")), "serve"]
        with serving(command, env) as (port, pid):
            asyncio.run(measure(port, pid, [Room(*one) for one in built], given))


if __name__ == "__main__":
    if sys.argv[1:2] == ["build"]:
        build(int(sys.argv[2]))
    else:
        main()
