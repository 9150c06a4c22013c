"""One per process: looks for new events once for all its listeners, and tells each what it may hear.

Nothing runs while nobody listens. All state is touched on the event loop alone; the database is asked in one thread of
the hub's own, so that its connection is never shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection, connections

from huitan.conversations.queries.presence import There
from huitan.core import events
from huitan.core.events import Told
from huitan.live import reading
from huitan.live.announcements import Announcements
from huitan.live.reading import Who

log = logging.getLogger("huitan.live")
T = TypeVar("T")

POLL_SECONDS = 0.25
# While PostgreSQL announces every commit the poll is only a safety net.
POLL_SECONDS_BESIDE_ANNOUNCEMENTS = 2.0
PRESENCE_SECONDS = 1.0
TOUCH_SECONDS = 8.0
RECHECK_SECONDS = 15.0
# Of thousands of listeners some at a time, so that a change is told in between.
RECHECK_AT_ONCE = 200
RETRY_SECONDS = 1.0
BATCH = 1000
# An id PostgreSQL has given out and not committed is looked for this long, then taken as rolled back.
GAP_SECONDS = 60.0
GAPS_AT_MOST = 500
SEEN_AT_MOST = 5000
QUEUE_AT_MOST = 64
PER_ACCOUNT = 12
REPLAY_AT_MOST = 5000
CLOSED_WITHIN = 5.0


class Full(Exception):
    """This account has as many streams open here as it may."""


@dataclass(eq=False)
class Listener:
    """One open stream. `queue` holds what is still to be sent; None ends it."""

    who: Who
    account_id: int
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_AT_MOST))
    ended: bool = False

    def put(self, message: bytes) -> None:
        if self.ended:
            return
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            # Too slow to follow. It comes back with the last id it has and is told the rest.
            self.end()

    def end(self, message: bytes | None = None) -> None:
        if self.ended:
            return
        self.ended = True
        while self.queue.qsize() > QUEUE_AT_MOST - 2:
            self.queue.get_nowait()
        if message is not None:
            self.queue.put_nowait(message)
        self.queue.put_nowait(None)


class Hub:
    def __init__(self) -> None:
        self.listeners: dict[int, Listener] = {}
        self.closing = False
        self.last = 0
        self._gaps: dict[int, float] = {}
        self._seen: OrderedDict[int, None] = OrderedDict()
        # Read, and not yet told because the database did not say to whom.
        self._untold: list[Told] = []
        self._keys = itertools.count(1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live-hub")
        self._doors = ThreadPoolExecutor(4, thread_name_prefix="live-door")
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._wake = asyncio.Event()
        self._there: dict[tuple[int, int], There] = {}
        self._due = {"presence": 0.0, "touch": 0.0, "recheck": 0.0}
        self._left: set[str] = set()
        # Keys of the listeners to be looked at again, in this order.
        self._doubtful: dict[int, None] = {}

    # ── coming and going ──
    def key(self) -> int:
        return next(self._keys)

    async def ask(self, question: Callable[..., T], *given: Any) -> T:
        """A question of one stream, beside the hub's own."""
        return await asyncio.get_running_loop().run_in_executor(self._doors, _asked, question, *given)

    async def join(self, who: Who, account_id: int) -> Listener:
        """From here on every event above `self.last` reaches the listener, if it may hear it."""
        if len(self.listeners) >= settings.HUITAN_STREAMS:
            raise reading.Refused(503)
        if sum(one.account_id == account_id for one in self.listeners.values()) >= PER_ACCOUNT:
            raise Full
        await self._awake()
        listener = Listener(who, account_id)
        self.listeners[who.key] = listener
        return listener

    def leave(self, listener: Listener) -> None:
        self.listeners.pop(listener.who.key, None)
        if listener.who.seat:
            self._left.add(listener.who.seat)

    async def close(self) -> None:
        """End every stream, as when the server stops: pages come back to the next process by themselves."""
        self.end_all()
        if (task := self._task) is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        loop = asyncio.get_running_loop()
        for pool in (self._thread, self._doors):
            # One job on each thread, none ahead of the others, so that every connection is closed.
            everybody = threading.Barrier(pool._max_workers)
            jobs = [loop.run_in_executor(pool, _closed, everybody) for _ in range(everybody.parties)]
            await asyncio.gather(*jobs)
            pool.shutdown(wait=False)

    def end_all(self) -> None:
        self.closing = True
        for listener in list(self.listeners.values()):
            listener.end()

    # ── looking ──
    async def _awake(self) -> None:
        async with self._starting:
            if self._task is not None:
                return
            self.last = await self._read(events.newest)
            self._gaps.clear()
            self._untold.clear()
            self._there.clear()
            now = asyncio.get_running_loop().time()
            self._due = {"presence": now, "touch": now, "recheck": now + RECHECK_SECONDS}
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        announced: Announcements | None = None
        if await self._read(_is_postgresql):
            announced = Announcements(self.announced)
            announced.start(await self._read(_connection_parameters))
        try:
            while self.listeners or self._left:
                wait = POLL_SECONDS
                if announced is not None and announced.listening:
                    wait = POLL_SECONDS_BESIDE_ANNOUNCEMENTS
                try:
                    await self.look()
                    await self._timed(loop.time())
                except DatabaseTrouble as error:
                    log.warning("live streams wait for the database: %s", error)
                    wait = RETRY_SECONDS
                upcoming = 0.0 if self._doubtful else min(self._due.values()) - loop.time()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), max(0.02, min(wait, upcoming)))
                self._wake.clear()
        except Exception:
            log.exception("live streams end on an error; their pages come back and are told what they missed")
            for listener in list(self.listeners.values()):
                listener.end()
        finally:
            # Whoever joins from here on starts it again.
            self._task = None
            if announced is not None:
                await announced.stop()

    async def look(self) -> None:
        """Read what is new, once for everybody, until nothing is left."""
        while True:
            told = await self._read(_told_after, self.last, tuple(self._gaps))
            self._note(told)
            fresh = [one for one in told if one.id not in self._seen]
            for one in fresh:
                self._seen[one.id] = None
            while len(self._seen) > SEEN_AT_MOST:
                self._seen.popitem(last=False)
            self._untold += fresh
            if self._untold:
                await self._tell()
            if len(told) < BATCH:
                return

    async def _tell(self) -> None:
        listeners = [one.who for one in self.listeners.values() if not one.ended]
        found = await self._read(reading.look, list(self._untold), listeners)
        self._untold.clear()
        for key, heard in found.heard.items():
            if listener := self.listeners.get(key):
                listener.put(changes(heard, self.mark))
        for key in found.gone:
            if listener := self.listeners.get(key):
                listener.end(GONE)
        if found.relations_changed:
            self._due["recheck"] = 0.0

    def announced(self, first: int, last: int) -> None:
        """PostgreSQL has committed these; one below `last` came late, behind events already told."""
        now = asyncio.get_running_loop().time()
        for pk in range(first, min(last, self.last) + 1):
            if pk not in self._seen and len(self._gaps) < GAPS_AT_MOST:
                self._gaps[pk] = now
        self._wake.set()

    @property
    def mark(self) -> int:
        """The id a listener comes back with: everything up to it has been told."""
        return min((*self._gaps, *(one.id for one in self._untold), self.last + 1)) - 1

    def _note(self, told: list[Told]) -> None:
        """Move on, remembering ids that were jumped over: on PostgreSQL they may be committed later."""
        now = asyncio.get_running_loop().time()
        ids = {one.id for one in told}
        newest = max(ids, default=self.last)
        if newest > self.last:
            for pk in range(self.last + 1, newest):
                if pk not in ids and len(self._gaps) < GAPS_AT_MOST:
                    self._gaps[pk] = now
            self.last = newest
        self._gaps = {pk: at for pk, at in self._gaps.items() if pk not in ids and now - at < GAP_SECONDS}

    # ── what is due from time to time ──
    async def _timed(self, now: float) -> None:
        if self._left:
            left = set(self._left)
            if seats := left - {one.who.seat for one in self.listeners.values()}:
                await self._read(reading.left, seats)
            self._left -= left
        if now >= self._due["touch"]:
            self._due["touch"] = now + TOUCH_SECONDS
            if seats := {one.who.seat for one in self.listeners.values() if one.who.seat}:
                await self._read(reading.still_here, seats)
        if now >= self._due["presence"]:
            self._due["presence"] = now + PRESENCE_SECONDS
            await self._presence()
        if now >= self._due["recheck"]:
            self._due["recheck"] = now + RECHECK_SECONDS
            # Whoever still waits from the last time comes first.
            self._doubtful |= dict.fromkeys(self.listeners)
        if self._doubtful:
            await self._recheck()

    async def _recheck(self) -> None:
        some = list(itertools.islice(self._doubtful, RECHECK_AT_ONCE))
        listeners = [one.who for key in some if (one := self.listeners.get(key)) and not one.ended]
        allowed = await self._read(reading.still_allowed, listeners) if listeners else frozenset()
        for who in listeners:
            if who.key not in allowed and (listener := self.listeners.get(who.key)):
                listener.end(GONE)
        for key in some:
            self._doubtful.pop(key, None)

    async def _presence(self) -> None:
        rooms = {one.who.room for one in self.listeners.values() if one.who.room is not None}
        there = await self._read(reading.who_is_where, rooms)
        moved = {
            talk for talk, person in there.keys() | self._there.keys()
            if there.get((talk, person)) != self._there.get((talk, person))
        }  # fmt: skip
        self._there = there
        for listener in list(self.listeners.values()):
            if listener.who.room in moved:
                listener.put(event("presence", {"room": listener.who.room}))

    async def _read(self, question: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _asked, question, *given)


def event(name: str, data: Any, mark: int | None = None) -> bytes:
    """One message of the stream; without `mark` it leaves the reader's last id alone."""
    head = f"id: {mark}\n" if mark is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def changes(told: list[Told], mark: int) -> bytes:
    """Which things changed and how they are called, never what they say; many of one stream are one."""
    latest = {(one.stream, one.verb): one for one in told}
    return event(
        "changes",
        [{"id": one.id, "stream": one.stream, "verb": one.verb} for one in latest.values()],
        mark,
    )


GONE = event("gone", {})


def _asked(question: Callable[..., T], *given: Any) -> T:
    close_old_connections()
    return question(*given)


def _closed(everybody: threading.Barrier) -> None:
    everybody.wait(CLOSED_WITHIN)
    connections.close_all()


def _told_after(last: int, also: tuple[int, ...]) -> list[Told]:
    return events.told_after(last, also, limit=BATCH)


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _connection_parameters() -> dict[str, Any]:
    """Where the database is; how Django reads its rows is left out."""
    given = connection.get_connection_params()
    return {
        name: value
        for name, value in given.items()
        if name not in ("cursor_factory", "context", "prepare_threshold")
    }
