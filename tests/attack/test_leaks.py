"""Side doors: what a page, a count, an old version or a header tells somebody who may not see the thing itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from tests import walk
from tests.attack.doors import browser
from tests.attack.test_illegal_states import transfer
from tests.cast import PASSWORD, SYSTEM, at

from huitan.conversations.actions import preparation, record, room
from huitan.conversations.actions.supporting import ask
from huitan.conversations.models import Conversation, RecordView
from huitan.conversations.queries import ready
from huitan.core.moves import move
from huitan.cycles import actions as cycle_actions
from huitan.evidence import actions as evidence_actions
from huitan.live import reading
from huitan.live.follows import Follows
from huitan.people import actions as people
from huitan.plans import actions as plans

DRAFTED = "只在准备里的话题"
TAKEN_BACK = "装配线停了两天"
WRITTEN_SINCE = "新上级写下的结论"


def page(client: Client, name: str, *args: object, **query: object) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


def test_r08_a_talk_called_off_before_it_was_shared_names_none_of_its_topics(cast, talk, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = walk.PREPARED_AT.isoformat()
    shen, lin = cast.actor("shen"), browser(cast, "lin")
    told = evidence_actions.add(
        cast.lin,
        kind="signal",
        occurred_on=date(2026, 5, 4),
        statement="当面说过的一件事",
        told_on=date(2026, 5, 4),
        actor=shen,
        at=walk.PREPARED_AT,
    )
    topic = preparation.add_topic(
        talk, "improvement", DRAFTED, actor=shen, at=walk.PREPARED_AT, evidence=[told]
    )
    move(talk, "cancel", actor=cast.actor("gu"), at=walk.PREPARED_AT, cancel_reason="调岗")
    log = page(lin, "evidence")
    assert "当面说过的一件事" in log and DRAFTED not in log
    assert DRAFTED in page(browser(cast, "shen"), "evidence-person", cast.lin.pk)
    assert lin.get(reverse("room-facts", args=[talk.pk, topic.pk])).status_code == 404


def test_r08_the_waiting_room_does_not_count_what_the_manager_drafts(cast, talk) -> None:
    lin = browser(cast, "lin")

    def seen() -> str:
        return page(lin, "room", talk.pk).split('id="room-live"')[1].split(">")[0]

    before = seen()
    level = talk.review.cycle.levels.get(label="C")
    by = {"actor": cast.actor("shen"), "at": walk.PREPARED_AT}
    preparation.add_topic(talk, "improvement", DRAFTED, **by)
    cycle_actions.rate(talk.review, level, "按期率低", **by)
    assert seen() == before


def test_r08_numbers_tried_out_do_not_tell_which_topics_the_manager_drafts(cast, talk) -> None:
    """Neither to the employee nor to HR, and nobody else puts the draft in another order."""
    by = {"actor": cast.actor("shen"), "at": walk.PREPARED_AT}
    drafted = [preparation.add_topic(talk, "growth", f"{DRAFTED}{n}", **by).pk for n in range(2)]
    for who in ("lin", "gu"):
        client = browser(cast, who)
        answers = {
            (
                client.post(
                    reverse("prepare-topic-move", args=[talk.pk, pk]), {"direction": "up"}
                ).status_code,
                client.post(
                    reverse("wording-dismiss"),
                    {"talk": talk.pk, "topic": pk, "box": "issue", "code": "absolute", "reason": "不适用"},
                ).status_code,
            )
            for pk in (*drafted, 987654)
        }
        assert len(answers) == 1, (who, answers)
        client.post(
            reverse("prepare-topics-order", args=[talk.pk]), {"topic": [str(pk) for pk in drafted[::-1]]}
        )
    assert list(talk.topics.values_list("pk", flat=True)) == drafted
    assert not talk.topics.filter(employee_place__isnull=False).exists()


def test_an_hr_admin_is_not_told_how_far_their_own_manager_has_prepared(cast, talk) -> None:
    people.grant(cast.account("lin"), "hr_admin", actor=SYSTEM, at=at(7, 1))
    hers, others = cast.actor("lin"), cast.actor("he")
    cycle = talk.review.cycle
    assert talk.pk not in {row.id for row in ready.everybody_held_up(cycle, ready.Wanted(), hers)}
    assert talk.pk in {row.id for row in ready.everybody_held_up(cycle, ready.Wanted(), others)}
    counted = [
        ready.total_of(ready.by_department(cycle, ready.Wanted(name=cast.lin.name), who)).total
        for who in (hers, others)
    ]
    assert counted == [0, 1]


@pytest.fixture
def twice(cast, talk, settings) -> Conversation:
    """A record of two versions, both signed in the second; the first was signed by nobody and said something more."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    topic = walk.improvement(cast, talk)
    shen = cast.actor("shen")
    room.write(topic, "cause_note", TAKEN_BACK, actor=shen, at=walk.TALK_AT)
    walk.complete(cast, talk)
    talk.refresh_from_db()
    record.revise(talk, "去掉没有核对的一句", actor=shen, at=walk.DONE_AT)
    topic.refresh_from_db()
    room.write(topic, "cause_note", "会签要等", actor=shen, at=walk.DONE_AT)
    walk.complete(cast, talk)
    talk.refresh_from_db()
    walk.sign(cast, talk, "shen", when=walk.DONE_AT)
    walk.sign(cast, talk, "lin", when=walk.DONE_AT)
    settings.HUITAN_SCRIPTED_NOW = (walk.DONE_AT + timedelta(days=1)).isoformat()
    talk.refresh_from_db()
    return talk


def test_r18_the_line_above_and_auditors_read_what_was_signed_and_no_version_taken_back(cast, twice) -> None:
    fact = twice.topics.get(kind="improvement").evidence.get().ref
    old = [
        (reverse("record", args=[twice.pk]), {"version": 1}),
        (reverse("record", args=[twice.pk]), {"compare": 1}),
        (reverse("record-pdf", args=[twice.pk]), {"version": 1}),
        (reverse("record-fact", args=[twice.pk, 1, fact]), {}),
    ]
    for who in ("zhao", "wang", "tao"):
        client = browser(cast, who)
        now = page(client, "record", twice.pk)
        assert "会签要等" in now and "?version=1" not in now and "compare=1" not in now, who
        for url, query in old:
            assert client.get(url, query).status_code == 404, (who, url, query)
    assert not RecordView.objects.filter(record__conversation=twice, record__version=1).exists()
    for who in ("lin", "shen", "gu", "he"):
        assert TAKEN_BACK in page(browser(cast, who), "record", twice.pk, version=1), who


def test_r18_a_version_somebody_signed_stays_open_to_those_who_read_signed_records(cast, talk) -> None:
    walk.to_recorded(cast, talk)
    walk.sign(cast, talk, "lin", "reserve", "口径不同", when=walk.DONE_AT)
    talk.refresh_from_db()
    record.revise(talk, "补一句", actor=cast.actor("shen"), at=walk.DONE_AT)
    walk.complete(cast, talk)
    talk.refresh_from_db()
    for who in ("shen", "lin"):
        walk.sign(cast, talk, who, when=walk.DONE_AT)
    assert "口径不同" in page(browser(cast, "tao"), "record", talk.pk, version=1)


def test_s7_who_led_before_reads_nothing_of_the_plan_where_the_talk_is_closed(cast, talk, settings) -> None:
    walk.to_signed(cast, talk)
    transfer(cast, cast.lin, cast.zhao.staff_number)
    later = walk.DONE_AT + timedelta(days=2)
    settings.HUITAN_SCRIPTED_NOW = later.isoformat()
    by_zhao = {"actor": cast.actor("zhao"), "at": later}
    planned = talk.plan.check_ins.first()
    plans.say_part(planned, {"went_well": "两周按时"}, actor=cast.actor("lin"), at=later)
    plans.say_part(planned, {"saw": "会签快了"}, **by_zhao)
    plans.hold_check_in(planned, WRITTEN_SINCE, next_on=None, **by_zhao)
    item = talk.plan.items.get(kind="action")
    assert WRITTEN_SINCE in page(browser(cast, "zhao"), "talk-close", talk.pk)
    before = page(browser(cast, "shen"), "talk-close", talk.pk)
    assert WRITTEN_SINCE not in before and item.what not in before


def test_s7_who_led_before_no_longer_reads_what_support_is_asked_for(cast, talk, settings) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    fields = {
        "what": "带两名新人",
        "owner": cast.lin,
        "due_on": date(2026, 9, 1),
        "criterion": "两人独立上岗",
    }
    room.put_action(talk, fields, actor=cast.actor("shen"), at=walk.TALK_AT)
    walk.complete(cast, talk)
    for who in ("shen", "lin"):
        walk.sign(cast, talk, who, when=walk.DONE_AT)
    settings.HUITAN_SCRIPTED_NOW = walk.DONE_AT.isoformat()
    talk.refresh_from_db()
    item = talk.plan.items.get(what="带两名新人")
    ask(item, "请批两天培训", actor=cast.actor("lin"), at=walk.DONE_AT)
    assert "请批两天培训" in page(browser(cast, "shen"), "home")
    transfer(cast, cast.lin, cast.zhao.staff_number)
    assert "请批两天培训" in page(browser(cast, "zhao"), "home")
    assert "请批两天培训" not in page(browser(cast, "shen"), "home")


def test_s7_a_room_is_left_by_whoever_no_longer_takes_part_even_if_hr_still_sees_the_talk(cast, talk) -> None:
    """Otherwise the stream goes on telling when the two come, go and write."""
    people.grant(cast.account("shen"), "hr_admin", actor=SYSTEM, at=at(7, 1))
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    session = browser(cast, "shen").session.session_key
    follows = Follows(talks=frozenset({talk.pk}))
    inside, outside = reading.Who(1, session, follows, "s", talk.pk), reading.Who(2, session, follows)
    assert reading.still_allowed([inside, outside]) == {1, 2}
    transfer(cast, cast.lin, cast.zhao.staff_number)
    assert reading.still_allowed([inside, outside]) == {2}


@pytest.mark.parametrize("name", ["login", "verify-file", "welcome-code"])
def test_pages_before_the_log_in_are_kept_by_no_browser(db, client: Client, name) -> None:
    """A checked file names who signed it, a way to a password its owner: the back button shows neither."""
    assert client.get(reverse(name)).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("leave", ["logs out", "stays away until the session ends"])
def test_what_was_said_to_somebody_is_not_said_to_whoever_uses_the_browser_next(cast, talk, leave) -> None:
    client = browser(cast, "shen")
    noted = {"kind": "signal", "occurred_on": "2026-06-20", "statement": "晚到", "told_on": "2026-06-20"}
    assert client.post(reverse("evidence-person", args=[cast.lin.pk]), noted).status_code == 302
    if leave == "logs out":
        client.post(reverse("logout"))
    else:
        Session.objects.all().delete()
    assert "林晓岚" not in page(client, "login")
    sent = {"login_name": cast.sun.staff_number, "password": PASSWORD}
    assert client.post(reverse("login"), sent).status_code == 302
    assert "林晓岚" not in page(client, "home")
