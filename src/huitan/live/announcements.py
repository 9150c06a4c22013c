"""PostgreSQL says at every commit which events are new: one listening connection per process, opened again if it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from huitan.core.events import CHANNEL

log = logging.getLogger("huitan.live")
AGAIN_SECONDS = 5.0


class Announcements:
    """Calls `heard(first, last)` on the event loop. While not `listening` the poll finds what was missed."""

    def __init__(self, heard: Callable[[int, int], None]) -> None:
        self.heard = heard
        self.listening = False
        self._task: asyncio.Task[None] | None = None

    def start(self, parameters: Mapping[str, Any]) -> None:
        self._task = asyncio.create_task(self._listen(dict(parameters)))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self, parameters: dict[str, Any]) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as line:
                    await line.execute(f"LISTEN {CHANNEL}")
                    self.listening = True
                    async for notice in line.notifies():
                        self._tell(notice.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("live streams poll until PostgreSQL can be listened to again: %s", error)
            finally:
                self.listening = False
            await asyncio.sleep(AGAIN_SECONDS)

    def _tell(self, payload: str) -> None:
        first, _, last = payload.partition("-")
        if first.isdigit() and last.isdigit():
            self.heard(int(first), int(last))
