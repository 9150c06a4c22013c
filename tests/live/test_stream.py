"""What a stream tells, to whom, what it never tells, and how it goes on after a break."""

from __future__ import annotations

import asyncio
import time

from django.contrib.sessions.models import Session
from tests import walk
from tests.cast import SYSTEM
from tests.live.listening import Ear, does, live, opened, session_of

from huitan.conversations.actions import preparation, room
from huitan.conversations.models import Presence
from huitan.core import events
from huitan.live import hub
from huitan.people import actions as people
from huitan.people.models import Employee

SECRET = "只有这两个人知道的一句话"


def writes(talk, text: str = SECRET, who: str = "lin", field: str = "words") -> int:
    topic = talk.topics.get(kind="improvement")
    return room.write(topic, field, text, actor=talk.cast.actor(who), at=walk.TALK_AT)


def test_both_hear_of_a_change_within_a_second_and_never_what_it_says(talked) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    async def story(app) -> None:
        ears = [await opened(app, one, f"/live/?follow=conversation:{talked.pk}") for one in (lin, shen)]
        await does(writes, talked)
        begun = time.monotonic()
        for ear in ears:
            told = await ear.next()
            assert [one["verb"] for one in told] == ["topic.written"]
            assert told[0].keys() == {"id", "stream", "verb"}
            assert ear.last_id == str(told[0]["id"])
        assert time.monotonic() - begun < 1

    live(story)


def test_a_private_note_is_not_even_silence_broken(talked) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    async def story(app) -> None:
        ears = [
            await opened(app, one, f"/live/?follow=conversation:{talked.pk},talks") for one in (lin, shen)
        ]
        actor = talked.cast.actor
        await does(lambda: preparation.keep_private_note(talked, SECRET, actor=actor("lin"), at=walk.TALK_AT))
        assert await ears[0].silent() and await ears[1].silent(0)

    live(story)


def test_hr_hears_how_far_a_talk_is_and_not_that_somebody_writes(talked) -> None:
    he = session_of(talked.cast, "he")

    async def story(app) -> None:
        ear = await opened(app, he, "/live/?follow=talks,ledger")
        await does(writes, talked)
        assert await ear.silent()
        await does(lambda: walk.complete(talked.cast, talked))
        verbs = {one["verb"] for one in await ear.next()}
        assert "conversation.complete" in verbs and not {v for v in verbs if v.startswith(("topic", "item"))}

    live(story)


def test_streams_one_may_not_see_are_not_there(talked) -> None:
    sessions = {who: session_of(talked.cast, who) for who in ("sun", "he", "zhao", "lin")}
    talk, plan = f"/live/?follow=conversation:{talked.pk}", f"/live/?follow=plan:{talked.plan_id}"

    async def story(app) -> None:
        asked = {
            ("sun", talk): 404,
            ("zhao", talk): 404,
            ("sun", plan): 404,
            ("he", plan): 404,
            ("lin", "/live/?follow=conversation:999999"): 404,
            ("lin", "/live/?follow=employee:1"): 404,
            ("lin", "/live/?follow="): 404,
            ("lin", f"/live/?follow=ledger&room={talked.pk}"): 404,
            ("he", f"{talk}&room={talked.pk}"): 404,
        }
        for (who, query), status in asked.items():
            assert (await opened(app, sessions[who], query)).status == status, (who, query)
        assert (await opened(app, "no-such-session", talk)).status == 401
        elsewhere = await opened(app, sessions["lin"], talk, {"host": "evil.example"})
        assert elsewhere.status == 400

    live(story)


def test_after_a_break_the_missed_changes_are_told_from_the_last_id(talked) -> None:
    lin = session_of(talked.cast, "lin")
    query = f"/live/?follow=conversation:{talked.pk}"

    async def story(app) -> None:
        ear = await opened(app, lin, query)
        await does(writes, talked, "一")
        last = (await ear.next())[0]["id"]
        await ear.close()
        await does(writes, talked, "二")
        again = await opened(app, lin, query, {"last-event-id": str(last)})
        assert (await again.next())[0]["id"] > last
        up_to_date = await opened(app, lin, f"{query}&after={again.last_id}")
        assert await up_to_date.silent()

    live(story)


def test_who_missed_too_much_is_told_to_load_anew(talked, monkeypatch) -> None:
    monkeypatch.setattr(hub, "REPLAY_AT_MOST", 3)
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        ear = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}&after=1")
        await ear.next("behind")
        assert int(ear.last_id) == await does(events.newest)

    live(story)


def test_nothing_more_is_told_after_log_out(talked) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    async def story(app) -> None:
        query = f"/live/?follow=conversation:{talked.pk}"
        out, there = await opened(app, lin, query), await opened(app, shen, query)
        await does(lambda: Session.objects.filter(session_key=lin).delete())
        await does(writes, talked, who="shen", field="issue")
        assert await there.next()
        await out.next("gone")
        async with asyncio.timeout(5):
            await out.ended.wait()
        assert await out.silent(0)

    live(story)


def moved_to(cast, manager: str) -> None:
    lin = Employee.objects.select_related("department").get(pk=cast.lin.pk)
    entry = people.RosterEntry(
        lin.staff_number, lin.name, lin.department.full_name, lin.position, cast.people[manager].staff_number
    )
    people.enrol([entry], actor=SYSTEM, at=walk.TALK_AT)


def test_a_manager_who_no_longer_is_one_stops_hearing_at_once(talked) -> None:
    shen, lin = session_of(talked.cast, "shen"), session_of(talked.cast, "lin")

    async def story(app) -> None:
        query = f"/live/?follow=conversation:{talked.pk}"
        before, own = await opened(app, shen, query), await opened(app, lin, query)
        await does(moved_to, talked.cast, "zhao")
        await does(writes, talked)
        assert await own.next()
        async with asyncio.timeout(5):
            await before.ended.wait()
        assert await before.silent(0)

    live(story)


def test_an_account_has_a_limited_number_of_streams(talked, monkeypatch) -> None:
    monkeypatch.setattr(hub, "PER_ACCOUNT", 2)
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    async def story(app) -> None:
        ears = [await opened(app, lin, "/live/?follow=ledger") for _ in range(3)]
        assert [ear.status for ear in ears] == [200, 200, 429]
        assert (await opened(app, shen, "/live/?follow=ledger")).status == 200
        await ears[0].close()
        assert (await opened(app, lin, "/live/?follow=ledger")).status == 200

    live(story)


def test_a_process_holds_so_many_streams_and_no_more(talked, settings) -> None:
    settings.HUITAN_STREAMS = 2
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    async def story(app) -> None:
        ears = [await opened(app, one, "/live/?follow=ledger") for one in (lin, shen, shen)]
        assert [ear.status for ear in ears] == [200, 200, 503]
        await ears[0].close()
        assert (await opened(app, shen, "/live/?follow=ledger")).status == 200

    live(story)


def test_listeners_are_looked_at_again_some_at_a_time_and_none_is_left_out(talked, monkeypatch) -> None:
    monkeypatch.setattr(hub, "RECHECK_AT_ONCE", 2)
    asked: list[int] = []
    still_allowed = hub.reading.still_allowed

    def counted(listeners):
        asked.append(len(listeners))
        return still_allowed(listeners)

    monkeypatch.setattr(hub.reading, "still_allowed", counted)
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    async def story(app) -> None:
        query = f"/live/?follow=conversation:{talked.pk}"
        own = [await opened(app, lin, query) for _ in range(4)]
        before = await opened(app, shen, query)
        await does(moved_to, talked.cast, "zhao")
        async with asyncio.timeout(5):
            await before.ended.wait()
        assert max(asked) == 2 and sum(asked) >= 5
        assert not any(ear.ended.is_set() for ear in own)

    live(story)


def test_a_hundred_listeners_are_told_by_a_fixed_number_of_queries(talked, monkeypatch) -> None:
    lin = session_of(talked.cast, "lin")
    monkeypatch.setattr(hub, "PER_ACCOUNT", 1000)
    looks: list[int] = []
    look = hub.reading.look

    def counted(told, listeners):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            found = look(told, listeners)
        looks.append(len(asked))
        return found

    monkeypatch.setattr(hub.reading, "look", counted)

    async def story(app) -> None:
        query = f"/live/?follow=conversation:{talked.pk},ledger"
        one = await opened(app, lin, query)
        await does(writes, talked, "一")
        await one.next()
        ears = [await opened(app, lin, query) for _ in range(100)]
        await does(writes, talked, "二")
        for ear in ears:
            assert (await ear.next())[0]["verb"] == "topic.written"
        # Sessions, accounts, duties; the talk.
        assert looks == [4, 4]

    live(story)


def test_a_listener_too_slow_to_follow_is_let_go_and_the_others_are_not(talked, monkeypatch) -> None:
    monkeypatch.setattr(hub, "QUEUE_AT_MOST", 4)
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")

    class Stuck(Ear):
        async def _send(self, message) -> None:
            await super()._send(message)
            if b"changes" in message.get("body", b""):
                await asyncio.sleep(60)

    async def story(app) -> None:
        query = f"/live/?follow=conversation:{talked.pk}"
        stuck, quick = Stuck(app, lin, query), await opened(app, shen, query)
        await stuck.next("hello")
        for n in range(8):
            await does(writes, talked, f"第 {n} 次")
            await quick.next()
        listener = next(one for one in app.hub.listeners.values() if one.who.session == lin)
        assert listener.ended and listener.queue.qsize() <= 4
        stuck.task.cancel()

    live(story)


def test_a_server_that_stops_ends_its_streams_and_takes_no_new_ones(talked) -> None:
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        ear = await opened(app, lin, "/live/?follow=ledger")
        app.hub.end_all()
        async with asyncio.timeout(5):
            await ear.ended.wait()
            await ear.task
        assert (await opened(app, lin, "/live/?follow=ledger")).status == 503

    live(story)


def test_nothing_is_asked_while_nobody_listens(talked) -> None:
    lin = session_of(talked.cast, "lin")

    async def story(app) -> None:
        ear = await opened(app, lin, "/live/?follow=ledger")
        assert app.hub._task is not None
        await ear.close()
        async with asyncio.timeout(5):
            while app.hub._task is not None:
                await asyncio.sleep(0.05)
        again = await opened(app, lin, f"/live/?follow=conversation:{talked.pk}")
        await does(writes, talked)
        assert await again.next()

    live(story)


def test_presence_comes_and_goes_with_the_stream_and_the_other_side_is_told(talked) -> None:
    lin, shen = session_of(talked.cast, "lin"), session_of(talked.cast, "shen")
    query = f"/live/?follow=conversation:{talked.pk}&room={talked.pk}"

    async def story(app) -> None:
        manager = await opened(app, shen, f"{query}&seat=desk&topic=1")
        # One's own coming is told, too.
        await manager.next("presence")
        employee = await opened(app, lin, f"{query}&seat=phone&topic=1")
        await manager.next("presence")
        assert await does(lambda: Presence.objects.count()) == 2
        await employee.close()
        assert await manager.next("presence") == {"room": talked.pk}

    live(story)
