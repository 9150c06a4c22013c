"""The database does not answer for a moment: nothing that was to be told is lost, and nobody's stream stays mute."""

from __future__ import annotations

import asyncio

import pytest
from django.db import InterfaceError, OperationalError
from tests.live.listening import does, live, opened, session_of
from tests.live.test_stream import writes

from huitan.conversations.models import Presence
from huitan.core import events
from huitan.live import hub

TROUBLES = [OperationalError("database is locked"), InterfaceError("connection already closed")]


@pytest.fixture
def fails(monkeypatch):
    """`fails("look")` lets that question fail the next time it is asked; the list says how often it was asked."""
    monkeypatch.setattr(hub, "RETRY_SECONDS", 0.1)

    def prepare(name: str, error: Exception | None = None, seat: str | None = None) -> list[int]:
        asked: list[int] = []
        question = getattr(hub.reading, name)

        def once_failing(*given):
            if seat is not None and given[0].seat != seat:
                return question(*given)
            asked.append(len(asked))
            if len(asked) == 1:
                raise error or TROUBLES[0]
            return question(*given)

        monkeypatch.setattr(hub.reading, name, once_failing)
        return asked

    return prepare


@pytest.mark.parametrize("trouble", TROUBLES, ids=["busy", "cut"])
def test_a_change_read_and_not_told_is_told_afterwards(talked, fails, trouble) -> None:
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}")
        asked = fails("look", trouble)
        await does(writes, talked)
        told = await ear.next()
        assert [one["verb"] for one in told] == ["topic.written"] and len(asked) == 2
        assert ear.last_id == str(told[0]["id"])

    live(story)


def test_until_it_is_told_nobody_is_given_its_number_as_already_told(talked, fails, monkeypatch) -> None:
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}")
        before = app.hub.mark
        monkeypatch.setattr(hub, "RETRY_SECONDS", 60.0)
        asked = fails("look")
        await does(writes, talked)
        async with asyncio.timeout(5):
            while not asked:
                await asyncio.sleep(0.02)
        assert app.hub.last > before == app.hub.mark
        again = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}&after={before}")
        assert [one["verb"] for one in await again.next()] == ["topic.written"]
        assert int(again.last_id or 0) <= before
        app.hub._wake.set()
        assert await ear.next() and int(ear.last_id) == app.hub.mark > before

    live(story)


def test_who_comes_into_a_room_is_seen_there_all_the_same(talked, fails) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")
    query = f"/live/?follow=conversation:{talked.pk}&room={talked.pk}"

    async def story(app) -> None:
        manager = await opened(app, shen, query)
        asked = fails("sit_down", seat="phone")
        await opened(app, lin, f"{query}&seat=phone")
        await manager.next("presence")
        assert await does(lambda: Presence.objects.count()) == 1 and len(asked) == 2

    live(story)


def test_who_goes_is_known_to_have_gone_all_the_same(talked, fails) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")
    query = f"/live/?follow=conversation:{talked.pk}&room={talked.pk}"

    async def story(app) -> None:
        manager, employee = await opened(app, shen, query), await opened(app, lin, f"{query}&seat=phone")
        await manager.next("presence")
        asked = fails("left")
        await employee.close()
        await manager.next("presence")
        assert len(asked) == 2

    live(story)


def test_what_was_missed_is_asked_for_again(talked, fails) -> None:
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        after = await does(events.newest)
        await does(writes, talked)
        asked = fails("missed")
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}&after={after}")
        assert [one["verb"] for one in await ear.next()] == ["topic.written"] and len(asked) == 2

    live(story)


def test_a_page_that_cannot_be_admitted_is_asked_to_come_back(talked, fails) -> None:
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        fails("admit")
        query = f"/live/?follow=conversation:{talked.pk}"
        assert (await opened(app, lin, query)).status == 503
        assert (await opened(app, lin, query)).status == 200

    live(story)


def test_an_error_nobody_expected_ends_the_streams_and_their_pages_are_told_when_they_come_back(
    talked, fails
) -> None:
    lin = session_of(talked.cast, "lin")
    query = f"/live/?follow=conversation:{talked.pk}"

    async def story(app) -> None:
        ear = await opened(app, lin, query)
        mark = app.hub.mark
        fails("look", ZeroDivisionError("a mistake of ours"))
        await does(writes, talked)
        async with asyncio.timeout(5):
            await ear.ended.wait()
        again = await opened(app, lin, query, {"last-event-id": str(mark)})
        assert [one["verb"] for one in await again.next()] == ["topic.written"]
        await does(writes, talked, "再写一句")
        assert [one["verb"] for one in await again.next()] == ["topic.written"]

    live(story)
