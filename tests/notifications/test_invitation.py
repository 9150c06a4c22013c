"""Calendar entries in mails: METHOD, UID, SEQUENCE, zone, and nothing of the talk; read back with another parser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from tests import walk
from tests.cast import SYSTEM, at
from tests.notifications.receivers import mail_server

from huitan.cli import duties
from huitan.conversations.actions import opening, preparation, scheduling
from huitan.conversations.actions.handing_on import hand_on
from huitan.notifications.actions.listening import listen
from huitan.notifications.models import Message
from huitan.notifications.words import words_of

NOW = at(7, 2)


@pytest.fixture
def box(mailed, talk, settings):
    settings.HUITAN_URL = "https://huitan.jingtian.example"
    listen(NOW - timedelta(minutes=1))
    Message.objects.all().delete()
    with mail_server(settings) as found:
        yield found


def entry_of(letter) -> tuple[Calendar, object]:
    part = next(p for p in letter.walk() if p.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == str(calendar["method"])
    assert (part.get_param("charset") or "").lower() == "utf-8"
    return calendar, calendar.walk("VEVENT")[0]


def to(box, name: str):
    return [m for m in box.mails if m["to"].endswith(f"<{name}@jingtian.example>")]


def test_from_request_to_update_to_cancel_it_is_one_entry(mailed, talk, box) -> None:
    shen, lin = mailed.actor("shen"), mailed.actor("lin")
    offered = scheduling.offer_slots(
        talk, [at(7, 14, 10), at(7, 15, 10)], minutes=45, place="3 号会客室", actor=shen, at=NOW
    )
    duties.tell_and_send(NOW)
    assert [m["subject"].strip() for m in to(box, "lin")] == ["选一个面谈时间"]
    scheduling.pick(offered, offered.slots.first(), actor=lin, at=NOW)
    duties.tell_and_send(NOW)
    preparation.schedule(talk, at(7, 16, 14), minutes=60, place="2 号会客室", actor=shen, at=NOW)
    duties.tell_and_send(NOW)
    opening.cancel(talk, "组织调整，林晓岚转岗", actor=mailed.actor("he"), at=NOW)
    duties.tell_and_send(NOW)
    for name, letters in (("lin", to(box, "lin")[1:]), ("shen", to(box, "shen"))):
        entries = [entry_of(letter) for letter in letters]
        assert [str(c["method"]) for c, _e in entries] == ["REQUEST", "REQUEST", "CANCEL"], name
        assert len({str(e["uid"]) for _c, e in entries}) == 1
        sequences = [int(e["sequence"]) for _c, e in entries]
        assert sequences == sorted(set(sequences))
        assert [str(e["status"]) for _c, e in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
        assert [e["dtstart"].dt for _c, e in entries] == [at(7, 14, 10), at(7, 16, 14), at(7, 16, 14)]
        _calendar, moved = entries[1]
        assert moved["dtend"].dt - moved["dtstart"].dt == timedelta(minutes=60)
        assert str(moved["organizer"]) == "mailto:shen@jingtian.example"
        assert {str(a) for a in moved["attendee"]} == {
            "mailto:lin@jingtian.example",
            "mailto:shen@jingtian.example",
        }
        assert str(moved["summary"]) == "一对一面谈"
        assert str(moved["location"]) == "2 号会客室"
        assert str(moved["url"]) == f"https://huitan.jingtian.example/talks/{talk.pk}/"
        assert str(moved["description"]) == str(moved["url"])
        for letter in letters:
            for secret in ("组织调整", "转岗", "ECN", "会签"):
                assert secret not in letter.as_string()
                assert all(secret not in (p.get_payload(decode=True) or b"").decode() for p in letter.walk())


def test_the_entry_has_the_readers_zone_and_its_summer_time(mailed, talk, box) -> None:
    account = mailed.account("lin")
    account.time_zone, account.language = "Europe/Berlin", "en"
    account.save(update_fields=["time_zone", "language"])
    preparation.schedule(talk, at(7, 14, 15), minutes=45, place="", actor=mailed.actor("shen"), at=NOW)
    duties.tell_and_send(NOW)
    calendar, entry = entry_of(to(box, "lin")[0])
    assert entry["dtstart"].params["TZID"] == "Europe/Berlin"
    assert entry["dtstart"].dt == at(7, 14, 15)
    assert entry["dtstart"].dt.hour == 9
    [zone] = calendar.walk("VTIMEZONE")
    assert str(zone["tzid"]) == "Europe/Berlin"
    offsets = {str(part.name): part["tzoffsetto"].td for part in zone.subcomponents}
    assert offsets == {"DAYLIGHT": timedelta(hours=2), "STANDARD": timedelta(hours=1)}
    assert str(entry["summary"]) == "One-to-one talk"
    manager_calendar, manager_entry = entry_of(to(box, "shen")[0])
    assert manager_entry["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert [str(z["tzid"]) for z in manager_calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]


def test_r16_a_follow_up_talk_invites_too(mailed, talk, box) -> None:
    from huitan.conversations.actions import room

    walk.prepare(mailed, talk)
    walk.share(mailed, talk)
    walk.answer_survey(mailed, talk)
    walk.begin(mailed, talk)
    walk.highlight(mailed, talk)
    walk.improvement(mailed, talk)
    extra = preparation.add_topic(talk, "growth", "绿带", actor=mailed.actor("lin"), at=walk.TALK_AT)
    room.carry_over(extra, actor=mailed.actor("shen"), at=walk.TALK_AT)
    room.set_follow_up(talk, at(7, 23, 10), actor=mailed.actor("shen"), at=walk.TALK_AT)
    listen(walk.TALK_AT)
    Message.objects.all().delete()
    walk.complete(mailed, talk)
    duties.tell_and_send(walk.DONE_AT)
    entries = [
        entry_of(m)[1] for m in box.mails if any(p.get_content_type() == "text/calendar" for p in m.walk())
    ]
    assert len(entries) == 2
    after = talk.follow_ups.get()
    assert {str(e["uid"]) for e in entries} == {f"talk-{after.pk}@huitan.jingtian.example"}
    assert {e["dtstart"].dt for e in entries} == {at(7, 23, 10)}


def test_after_an_outage_only_the_newest_entry_is_sent(mailed, talk, box) -> None:
    shen = mailed.actor("shen")
    for day in (14, 15, 16):
        preparation.schedule(talk, at(7, day, 14), minutes=60, place="", actor=shen, at=at(7, 2, day))
    duties.tell_and_send(at(7, 6))
    [letter] = to(box, "lin")
    _calendar, entry = entry_of(letter)
    assert entry["dtstart"].dt == at(7, 16, 14)


def test_an_appointment_tried_again_is_not_told_after_the_newer_one(mailed, talk, box) -> None:
    """The first mail waits for its next try while the talk moves on; later it would send people to the wrong hour."""
    shen = mailed.actor("shen")
    preparation.schedule(talk, at(7, 14, 14), minutes=60, place="", actor=shen, at=NOW)
    box.answer = "451 try again later"
    for minutes in (0, 2, 5, 10, 20):
        duties.tell_and_send(NOW + timedelta(minutes=minutes))
    box.answer = "250 OK"
    preparation.schedule(
        talk, at(7, 16, 14), minutes=60, place="", actor=shen, at=NOW + timedelta(minutes=21)
    )
    for minutes in range(21, 120, 3):
        duties.tell_and_send(NOW + timedelta(minutes=minutes))
    [letter] = to(box, "lin")
    assert "7 月 16 日" in letter["subject"]


def test_s7_with_the_talk_its_entry_changes_calendars(mailed, talk, box) -> None:
    """The new manager and the employee get it under the new name, whoever led before has it called off."""
    preparation.schedule(
        talk, at(7, 14, 14), minutes=60, place="3 号会客室", actor=mailed.actor("shen"), at=NOW
    )
    duties.tell_and_send(NOW)
    before = {name: entry_of(to(box, name)[0])[1] for name in ("lin", "shen")}
    mailed.lin.manager = mailed.chen
    mailed.lin.save(update_fields=["manager"])
    later = NOW + timedelta(days=1)
    hand_on(actor=SYSTEM, at=later)
    duties.tell_and_send(later)
    for name, method in (("chen", "REQUEST"), ("lin", "REQUEST"), ("shen", "CANCEL")):
        calendar, entry = entry_of(to(box, name)[-1])
        assert str(calendar["method"]) == method and entry["dtstart"].dt == at(7, 14, 14)
        assert entry["uid"] == before["lin"]["uid"]
        assert int(entry["sequence"]) > int(before["lin"]["sequence"])
        led_by = "shen" if method == "CANCEL" else "chen"
        assert str(entry["organizer"]) == f"mailto:{led_by}@jingtian.example"
        assert ("location" in entry) is (method == "REQUEST")
    assert to(box, "lin")[-1]["subject"].strip() == "你的面谈现在由陈思远主持"
    told = Message.objects.visible_to(mailed.actor("shen")).get(kind="talk_handed_away")
    assert "林晓岚" in words_of(told).title and "陈思远" not in str(words_of(told))


def test_s7_a_talk_that_was_held_is_not_called_off(mailed, talk, box) -> None:
    walk.to_signed(mailed, talk)
    listen(walk.DONE_AT + timedelta(days=30))
    Message.objects.all().delete()
    mailed.lin.manager = mailed.chen
    mailed.lin.save(update_fields=["manager"])
    later = walk.DONE_AT + timedelta(days=30)
    hand_on(actor=SYSTEM, at=later)
    listen(later)
    assert not Message.objects.filter(kind__in=["talk_handed_away", "talk_led_anew"]).exists()
