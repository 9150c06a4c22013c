"""The pack goes out by itself on the policy's day when ready; who is late is reminded, never twice; over a holiday, too.

In 2026 the Mid-Autumn holiday is 25 to 27 September and the National Day holiday 1 to 7 October. A talk on Monday 12
October with seven days' notice is shared by 5 October at the latest, a holiday: so on Wednesday 30 September, and three
working days before that is Thursday 24 September.
"""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import cast as the_cast
from tests.cast import SYSTEM, at

from huitan.cli import duties
from huitan.conversations.actions import preparation
from huitan.conversations.actions.sharing import share_due
from huitan.conversations.models import Pack
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.cycles.consequences import consequences, policy_of
from huitan.cycles.working_days import before, own_days, sharing_day
from huitan.people.relations import system

WORKER = system("worker")
TALK_AT = at(10, 12, 14)


@pytest.fixture
def cycle(cast):
    return the_cast.open_cycle(
        talks_from=date(2026, 10, 8), talks_until=date(2026, 10, 30), share_by_itself="when_ready"
    )


@pytest.fixture
def talk(cast, cycle):
    the_cast.bring_results(cast, cycle)
    return the_cast.talk_of(cast.lin, cycle)


def ready(cast, talk, when=TALK_AT) -> None:
    shen = cast.actor("shen")
    preparation.schedule(talk, when, minutes=45, place="", actor=shen, at=at(9, 1))
    preparation.choose_purpose(talk, "growth", actor=shen, at=at(9, 1))


def reminders(talk) -> list[tuple[str, str, list[str]]]:
    told = Event.objects.filter(stream=talk.stream, verb="conversation.reminded").order_by("seq")
    return [(event.payload["which"], event.payload["day"], event.payload["steps"]) for event in told]


def packs(talk) -> list[Pack]:
    return list(Pack.objects.filter(conversation=talk))


def test_the_day_is_counted_over_the_holiday() -> None:
    assert sharing_day(date(2026, 10, 12), 7, {}) == date(2026, 9, 30)
    assert before(date(2026, 9, 30), 3, {}) == date(2026, 9, 24)
    assert sharing_day(date(2026, 10, 12), 7, {date(2026, 10, 5): True}) == date(2026, 10, 5)


def test_a_ready_pack_is_shared_on_its_day_and_not_before(cast, talk) -> None:
    ready(cast, talk)
    for early in (at(9, 24, 10), at(9, 29, 18), at(9, 30, 8, 59)):
        share_due(actor=WORKER, at=early)
        assert packs(talk) == []
    share_due(actor=WORKER, at=at(9, 30, 9))
    (pack,) = packs(talk)
    assert (pack.notice_days, pack.is_late) == (12, False)
    event = Event.objects.get(stream=talk.stream, verb="pack.shared")
    assert event.actor == "system:worker"
    share_due(actor=WORKER, at=at(10, 8, 10))
    assert len(packs(talk)) == 1
    assert reminders(talk) == []


def test_who_is_not_ready_is_reminded_once_ahead_and_once_on_the_day(cast, talk) -> None:
    ready(cast, talk)
    talk.purpose = ""
    talk.save(update_fields=["purpose"])
    share_due(actor=WORKER, at=at(9, 23, 18))
    assert reminders(talk) == []
    for _ in range(2):
        share_due(actor=WORKER, at=at(9, 24, 10))
        share_due(actor=WORKER, at=at(9, 28, 10))
    assert reminders(talk) == [("ahead", "2026-09-30", ["purpose"])]
    for _ in range(2):
        share_due(actor=WORKER, at=at(9, 30, 10))
        share_due(actor=WORKER, at=at(10, 3, 10))
    assert reminders(talk)[1:] == [("last", "2026-09-30", ["purpose"])]
    assert (
        Event.objects.get(stream=talk.stream, verb="conversation.reminded", payload__which="last").payload[
            "to"
        ]
        == cast.shen.pk
    )
    preparation.choose_purpose(talk, "growth", actor=cast.actor("shen"), at=at(10, 8, 9))
    share_due(actor=WORKER, at=at(10, 8, 10))
    (pack,) = packs(talk)
    assert (pack.notice_days, pack.is_late) == (4, True)


def test_a_moved_talk_moves_the_day_and_its_reminders(cast, talk) -> None:
    shen = cast.actor("shen")
    preparation.schedule(talk, TALK_AT, minutes=45, place="", actor=shen, at=at(9, 1))
    share_due(actor=WORKER, at=at(9, 30, 10))
    assert reminders(talk) == [("last", "2026-09-30", ["purpose"])]
    preparation.schedule(talk, at(10, 26, 14), minutes=45, place="", actor=shen, at=at(10, 8))
    share_due(actor=WORKER, at=at(10, 9, 10))
    assert len(reminders(talk)) == 1
    share_due(actor=WORKER, at=at(10, 14, 10))
    assert reminders(talk)[1:] == [("ahead", "2026-10-19", ["purpose"])]


def test_a_talk_without_a_time_is_counted_from_the_last_day(cast, talk) -> None:
    share_due(actor=WORKER, at=at(10, 20, 10))
    assert reminders(talk) == [("ahead", "2026-10-23", ["schedule", "purpose"])]


def test_an_enforced_notice_that_can_no_longer_be_kept_is_for_the_manager(cast, talk, cycle) -> None:
    ready(cast, talk)
    cycle.notice_rule = "enforce"
    cycle.save(update_fields=["notice_rule"])
    share_due(actor=WORKER, at=at(10, 8, 10))
    share_due(actor=WORKER, at=at(10, 9, 10))
    assert packs(talk) == []
    assert reminders(talk) == [("last", "2026-09-30", ["schedule"])]


def test_nothing_happens_where_the_cycle_leaves_it_to_managers(cast, talk, cycle) -> None:
    ready(cast, talk)
    cycle.share_by_itself = "off"
    cycle.save(update_fields=["share_by_itself"])
    assert share_due(actor=WORKER, at=at(9, 30, 10)) == {"shared": 0, "reminded": 0}
    assert packs(talk) == []


def test_only_the_system_may(cast, talk) -> None:
    ready(cast, talk)
    share_due(actor=cast.actor("he"), at=at(9, 30, 10))
    assert packs(talk) == []
    with pytest.raises(Refused):
        preparation.share(talk, actor=cast.actor("he"), at=at(9, 30, 10))


def test_the_worker_does_it_and_asks_no_more_for_more_people(cast, talk) -> None:
    ready(cast, talk)
    found = duties.round_at(at(9, 30, 10))
    assert found["shared"] == 1
    duties.round_at(at(9, 30, 10))
    with CaptureQueriesContext(connection) as quiet:
        share_due(actor=WORKER, at=at(9, 30, 11))
    assert len(quiet) <= 4


def test_the_consequence_is_said_in_words(cast, cycle) -> None:
    said = str(consequences(policy_of(cycle), own_days())["share_by_itself"])
    assert "由系统共享" in said and "10 月 23 日" in said and "10 月 20 日" in said
    cycle.share_by_itself = "off"
    assert "系统不会替他共享" in str(consequences(policy_of(cycle), own_days())["share_by_itself"])


def test_both_read_that_the_system_shared_it_and_what_each_version_changed(
    cast, talk, client, settings
) -> None:
    from django.urls import reverse

    from huitan.evidence import actions as evidence

    backend = "huitan.people.backend.Accounts"
    ready(cast, talk)
    share_due(actor=WORKER, at=at(9, 30, 10))
    settings.HUITAN_SCRIPTED_NOW = at(9, 30, 12).isoformat()
    url = reverse("pack", args=[talk.pk])
    client.force_login(cast.account("lin"), backend=backend)
    page = client.get(url).content.decode()
    assert "这一版是系统按周期规则到日子自动共享的" in page and "由系统共享" in page
    evidence.add(
        cast.lin,
        kind="note",
        occurred_on=date(2026, 6, 1),
        statement="新补的一件事",
        actor=SYSTEM,
        at=at(10, 8),
    )
    doubted = talk.pack_evidence().get(name="ECN 按期关闭率")
    evidence.correct(doubted, doubted.actual + 1, "核对过", actor=cast.actor("he"), at=at(10, 8))
    preparation.share(talk, actor=cast.actor("shen"), at=at(10, 8, 10))
    client.force_login(cast.account("shen"), backend=backend)
    page = client.get(url).content.decode()
    for words in (
        "新增：新补的一件事",
        "更改：ECN 按期关闭率",
        "没有打开过",
        "打开",
        "由系统共享",
        "由沈立文共享",
    ):
        assert words in page, words
