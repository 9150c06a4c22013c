"""The private calendar: own talks and check-ins, no log-in, nothing but times, places and links."""

from __future__ import annotations

import pytest
from django.urls import reverse
from icalendar import Calendar
from tests import walk
from tests.cast import NAMES, at, talk_of

from huitan.conversations.actions import opening, preparation
from huitan.notifications.actions.choosing import feed_secret, preference_of

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture
def signed(cast, talk, cycle, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"
    settings.HUITAN_URL = "https://huitan.jingtian.example"
    walk.to_signed(cast, talk)
    preparation.schedule(
        talk_of(cast.chen, cycle), at(7, 24, 10), minutes=30, place="B-2", actor=cast.actor("shen"),
        at=at(7, 17),
    )  # fmt: skip
    return talk


def url_of(cast, who: str) -> str:
    account = cast.account(who)
    return reverse("calendar-feed", args=[feed_secret(account, preference_of(account).feed_version)])


def entries(answer) -> list:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_ones_own_talks_and_check_ins_without_log_in(cast, signed, client) -> None:
    found = entries(client.get(url_of(cast, "shen")))
    talks = [e for e in found if str(e["uid"]).startswith("talk-")]
    check_ins = [e for e in found if str(e["uid"]).startswith("check-in-")]
    assert [e["dtstart"].dt for e in talks] == [walk.TALK_AT, at(7, 24, 10)]
    assert [str(e["location"]) for e in talks] == ["3 号会客室", "B-2"]
    assert [e["dtstart"].dt for e in check_ins] == [c.due_on for c in signed.plan.check_ins.all()]
    assert all(str(e["url"]).startswith("https://huitan.jingtian.example/") for e in found)
    lins = entries(client.get(url_of(cast, "lin")))
    assert [e["dtstart"].dt for e in lins if str(e["uid"]).startswith("talk-")] == [walk.TALK_AT]


def test_nothing_of_a_talk_and_nobodys_else(cast, signed, client) -> None:
    for who in NAMES:
        text = client.get(url_of(cast, who)).content.decode().replace("\r\n ", "")
        for secret in ("ECN", "会签", "林晓岚", "沈立文", "陈思远", "71.4", "达成共识"):
            assert secret not in text, (who, secret)
        count = len(Calendar.from_ical(text).walk("VEVENT"))
        assert (count > 0) == (who in ("lin", "shen", "chen")), who


def test_it_is_valid_and_in_the_readers_zone(cast, signed, client) -> None:
    account = cast.account("lin")
    account.time_zone = "Europe/Berlin"
    account.save(update_fields=["time_zone"])
    calendar = Calendar.from_ical(client.get(url_of(cast, "lin")).content)
    assert str(calendar["version"]) == "2.0"
    assert str(calendar["method"]) == "PUBLISH"
    assert [str(z["tzid"]) for z in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    talk = calendar.walk("VEVENT")[0]
    assert talk["dtstart"].dt == walk.TALK_AT
    assert talk["dtstart"].dt.hour == 8
    for name in ("uid", "dtstamp", "dtstart", "dtend", "summary", "sequence"):
        assert name in talk
    assert calendar.errors == []


def test_moved_and_cancelled_talks(cast, signed, cycle, client) -> None:
    chen = talk_of(cast.chen, cycle)
    before = entries(client.get(url_of(cast, "chen")))[0]
    preparation.schedule(chen, at(7, 25, 10), minutes=45, place="B-2", actor=cast.actor("shen"), at=at(7, 18))
    after = entries(client.get(url_of(cast, "chen")))[0]
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after["dtstart"].dt == at(7, 25, 10)
    opening.cancel(chen, "组织调整", actor=cast.actor("he"), at=at(7, 19))
    assert entries(client.get(url_of(cast, "chen"))) == []


@pytest.mark.parametrize(
    "secret", ["x", "1-", "1-deadbeef", "999999-" + "0" * 48, "-1", "１-abc", "0" * 400, "1" * 30 + "-a"]
)
def test_a_wrong_secret_is_not_found(cast, signed, client, secret) -> None:
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_somebody_elses_number_before_ones_own_proof_is_not_found(cast, signed, client) -> None:
    mine = url_of(cast, "lin").rsplit("/", 1)[1]
    other = cast.account("shen").pk
    assert client.get(f"/calendar/{other}-{mine.split('-', 1)[1]}").status_code == 404


def test_a_renewed_address_replaces_the_old_one(cast, signed, client) -> None:
    old = url_of(cast, "lin")
    client.force_login(cast.account("lin"), backend=BACKEND)
    page = client.get(reverse("message-preferences")).content.decode()
    assert old in page
    answer = client.post(reverse("calendar-renew"), follow=True)
    new = url_of(cast, "lin")
    assert new != old
    assert new in answer.content.decode()
    client.logout()
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_who_left_has_no_calendar(cast, signed, client) -> None:
    address = url_of(cast, "lin")
    cast.lin.status = "left"
    cast.lin.save(update_fields=["status"])
    assert client.get(address).status_code == 404


def test_it_is_read_only_private_and_not_asked_too_often(cast, signed, client, settings) -> None:
    address = url_of(cast, "lin")
    assert client.post(address).status_code == 405
    answer = client.get(address)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    statuses = [client.get("/calendar/wrong.ics").status_code for _ in range(70)]
    assert statuses[-1] == 429
    assert statuses[0] == 404
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:01:00+08:00"
    assert client.get(address).status_code == 200


def test_it_asks_the_same_for_one_talk_and_for_more(cast, signed, client, django_assert_num_queries) -> None:
    for who in ("lin", "shen"):
        address = url_of(cast, who)
        with django_assert_num_queries(7):
            client.get(address)
