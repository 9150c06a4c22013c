"""Streams opened on the application itself, on a loop of the test's own; actions run in a thread, as pages' would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django.test import Client
from tests.cast import Cast

from huitan.live.app import Live

WAIT_SECONDS = 12.0


def session_of(cast: Cast, who: str) -> str:
    client = Client()
    client.force_login(cast.account(who), backend="huitan.people.backend.Accounts")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Ear:
    """One open stream. `status` once answered; `next(name)` the data of the next message of that name."""

    def __init__(self, app: Live, session: str, query: str, headers: dict[str, str] | None = None) -> None:
        self.status = 0
        self.last_id = ""
        self.ended = asyncio.Event()
        self.answered = asyncio.Event()
        self.messages: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.hang_up = asyncio.Event()
        self.raw = b""
        given = {
            "host": "testserver",
            "cookie": f"{settings.SESSION_COOKIE_NAME}={session}",
            **(headers or {}),
        }
        path, _, search = query.partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": search.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.hang_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.answered.set()
            return
        self.raw += message.get("body", b"")
        while b"\n\n" in self.raw:
            block, self.raw = self.raw.split(b"\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line)
            self.last_id = fields.get("id", self.last_id)
            self.messages.put_nowait((fields["event"], json.loads(fields["data"])))
        if not message.get("more_body", False):
            self.ended.set()

    async def next(self, wanted: str = "changes") -> Any:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                name, data = await self.messages.get()
                if name == wanted:
                    return data

    async def silent(self, seconds: float = 0.8) -> bool:
        """Whether nothing is told for a while."""
        await asyncio.sleep(seconds)
        heard = [self.messages.get_nowait() for _ in range(self.messages.qsize())]
        return not [data for name, data in heard if name == "changes"]

    async def close(self) -> None:
        self.hang_up.set()
        async with asyncio.timeout(WAIT_SECONDS):
            await self.task


def live(story: Callable[[Live], Awaitable[None]]) -> None:
    """Tell a story with an application of its own, closed at its end."""

    async def told() -> None:
        app = Live()
        try:
            await story(app)
        finally:
            await app.hub.close()

    asyncio.run(told())


async def does(act: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Somebody acts, in a thread and with a connection of their own."""

    def acted() -> Any:
        try:
            return act(*given, **named)
        finally:
            connections.close_all()

    return await asyncio.to_thread(acted)


async def opened(app: Live, session: str, query: str, headers: dict[str, str] | None = None) -> Ear:
    ear = Ear(app, session, query, headers)
    async with asyncio.timeout(WAIT_SECONDS):
        await ear.answered.wait()
    if ear.status == 200:
        await ear.next("hello")
    return ear
