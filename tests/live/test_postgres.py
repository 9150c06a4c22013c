"""On PostgreSQL a commit is announced, also one that comes after events with higher numbers."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from django.db import connections, transaction
from tests import walk
from tests.live.listening import does, live, opened, session_of

from huitan.conversations.actions import room
from huitan.core import events
from huitan.live import hub

pytestmark = pytest.mark.usefixtures("postgres")


def writes(talk, text: str) -> None:
    topic = talk.topics.get(kind="improvement")
    room.write(topic, "words", text, actor=talk.cast.actor("lin"), at=walk.TALK_AT)


async def listening(app) -> None:
    """Once PostgreSQL is listened to, the poll slows down; the tests make it stop."""
    await asyncio.sleep(1)


def test_a_change_is_told_without_a_poll(talked, monkeypatch) -> None:
    monkeypatch.setattr(hub, "POLL_SECONDS_BESIDE_ANNOUNCEMENTS", 600.0)
    monkeypatch.setattr(hub, "PRESENCE_SECONDS", 600.0)
    monkeypatch.setattr(hub, "TOUCH_SECONDS", 600.0)
    monkeypatch.setattr(hub, "RECHECK_SECONDS", 600.0)
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}")
        await listening(app)
        await does(writes, talked, "一")
        begun = time.monotonic()
        assert (await ear.next())[0]["verb"] == "topic.written"
        assert time.monotonic() - begun < 0.5

    live(story)


def test_a_commit_that_comes_late_is_told_and_the_id_to_return_with_waits_for_it(talked) -> None:
    lin = session_of(talked.cast, "lin")
    appended, release = threading.Event(), threading.Event()

    def slow() -> int:
        with transaction.atomic():
            told = events.append(
                talked.plan.stream, "item.drafted", actor=talked.cast.actor("shen"), at=walk.TALK_AT
            )
            appended.set()
            release.wait(10)
        return told.pk

    async def story(app) -> None:
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk},plan:{talked.plan_id}")
        late = asyncio.create_task(does(slow))
        await asyncio.to_thread(appended.wait, 5)
        await does(writes, talked, "先提交的")
        early = (await ear.next())[0]
        assert int(ear.last_id) < early["id"] - 1
        release.set()
        number = await late
        assert number < early["id"]
        assert [one["id"] for one in await ear.next()] == [number]
        assert int(ear.last_id) == early["id"]

    live(story)


def test_the_poll_goes_on_while_nobody_can_be_listened_to(talked, monkeypatch) -> None:
    lin = session_of(talked.cast, "lin")
    monkeypatch.setattr(hub, "_connection_parameters", lambda: {"host": "127.0.0.1", "port": 1})

    async def story(app) -> None:
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}")
        await does(writes, talked, "一")
        assert await ear.next()

    live(story)
    connections.close_all()
