"""/live/: one server-sent stream per page, native ASGI. It names what changed; the page then asks for it as ever.

    GET /live/?follow=conversation:12,plan:3,ledger[&room=12&seat=…&topic=5][&after=812]

Messages: `hello` (open), `changes` [{id, stream, verb}], `presence`, `behind` (too much was missed: load anew), `beat`
(still open) and `gone` (no longer yours to follow). The id of a message is an event's id: all up to it has been told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import Http404, QueryDict
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from huitan.core import health
from huitan.live import follows, hub, reading
from huitan.live.hub import Full, Hub, Listener
from huitan.live.reading import Who

log = logging.getLogger("huitan.live")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
T = TypeVar("T")

BEAT_SECONDS = 15.0
SEND_SECONDS = 20.0
RETRY_MS = 2000
SEAT_AT_MOST = 36
HEALTH = "/live/health/"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Live:
    """The application around one hub."""

    def __init__(self) -> None:
        self.hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        if scope["path"] == HEALTH:
            await _answer(send, 200 if await self.hub.ask(health.database_answers) else 503)
            return
        try:
            who, after, topic = self._asked(scope)
            if self.hub.closing:
                raise reading.Refused(503)
            actor = await self.hub.ask(reading.admit, who)
            listener = await self.hub.join(who, actor.account_id or 0)
        except (reading.Refused, Http404, Full) as error:
            status = error.status if isinstance(error, reading.Refused) else 404
            await _answer(send, 429 if isinstance(error, Full) else status)
            return
        except DatabaseTrouble as error:
            log.warning("a stream is not opened, the database does not answer: %s", error)
            await _answer(send, 503)
            return
        try:
            await self._stream(listener, after, topic, receive, send)
        finally:
            self.hub.leave(listener)

    def _asked(self, scope: Scope) -> tuple[Who, int | None, int | None]:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        domain, _port = split_domain_port(headers.get("host", ""))
        if not validate_host(domain, settings.ALLOWED_HOSTS):
            raise reading.Refused(400)
        if scope["path"] != "/live/":
            raise reading.Refused(404)
        if scope["method"] != "GET":
            raise reading.Refused(405)
        query = QueryDict(scope["query_string"])
        try:
            wanted = follows.read(query.get("follow", ""))
        except follows.Unreadable:
            raise reading.Refused(404) from None
        session = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        room = _number(query.get("room"))
        if room is not None and room not in wanted.talks:
            raise reading.Refused(404)
        who = Who(self.hub.key(), session, wanted, query.get("seat", "")[:SEAT_AT_MOST], room)
        return who, _number(headers.get("last-event-id") or query.get("after")), _number(query.get("topic"))

    async def _stream(
        self, listener: Listener, after: int | None, topic: int | None, receive: Receive, send: Send
    ) -> None:
        start, until = self.hub.mark, self.hub.last
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _send(send, f"retry: {RETRY_MS}\n".encode() + hub.event("hello", {}, None if after else start))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            if after is not None:
                told = await self._insist(
                    gone, reading.missed, listener.who, after, until, hub.REPLAY_AT_MOST
                )
                if told is None:
                    await _send(send, hub.event("behind", {}, start))
                elif told:
                    await _send(send, hub.changes(told, start))
            await self._insist(gone, reading.sit_down, listener.who, topic)
            while not gone.done():
                upcoming = asyncio.create_task(listener.queue.get())
                done, _ = await asyncio.wait(
                    {upcoming, gone}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if upcoming not in done:
                    upcoming.cancel()
                    if gone in done:
                        return
                    await _send(send, hub.event("beat", {}, self.hub.mark))
                    continue
                message = upcoming.result()
                if message is None:
                    break
                await _send(send, message)
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, OSError):
            log.info("a stream was too slow and was dropped")
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone

    async def _insist(self, gone: asyncio.Task[None], question: Callable[..., T], *given: Any) -> T | None:
        """Asked until the database answers. None once nobody waits for it any more."""
        while not gone.done():
            try:
                return await self.hub.ask(question, *given)
            except DatabaseTrouble as error:
                log.warning("a stream waits for the database: %s", error)
                await asyncio.wait({gone}, timeout=hub.RETRY_SECONDS)
        return None

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._end_streams_on_signals()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.hub.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _end_streams_on_signals(self) -> None:
        """A server waits for open answers before it stops, and streams are open for hours: they end at the signal."""
        loop = asyncio.get_running_loop()

        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def handle(received: int, frame: Any, before: Any = before) -> None:
                loop.call_soon_threadsafe(self.hub.end_all)
                before(received, frame)

            # A server that does not listen for the signal is not kept alive by it; threads of a test get none.
            if callable(before) and threading.current_thread() is threading.main_thread():
                signal.signal(number, handle)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, message: bytes) -> None:
    """One message; whoever takes none for this long is let go."""
    await asyncio.wait_for(
        send({"type": "http.response.body", "body": message, "more_body": True}), SEND_SECONDS
    )


async def _answer(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if status in (429, 503):
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


application = Live()
