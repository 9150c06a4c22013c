"""校验: what holds is said in words, and the history of a signed talk tells who did what, never what was written."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.cast import SYSTEM, at, talk_of

from huitan.conversations.queries.history import VERBS
from huitan.core import events
from huitan.core.models import Event
from huitan.notifications.who_hears import HEARD, SILENT

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-20T10:00:00+08:00"


@pytest.fixture
def tao(cast, client):
    client.force_login(cast.account("tao"), backend=BACKEND)
    return client


def test_an_untouched_history_holds(tao, cast, talk) -> None:
    walk.to_signed(cast, talk)
    before = tao.get(reverse("verify")).content.decode()
    assert "全部完好" not in before and "林晓岚" in before
    page = tao.post(reverse("verify")).content.decode()
    assert "全部完好，没有被动过。" in page
    assert f"{Event.objects.count():,} 条历史" in page


def test_a_changed_event_is_named(tao, cast, talk) -> None:
    walk.to_signed(cast, talk)
    Event.objects.filter(stream=talk.stream, seq=2).update(payload={"to": "never"})
    page = tao.post(reverse("verify")).content.decode()
    assert "处对不上" in page
    assert f"面谈 {talk.pk} 的历史，第 2 条" in page
    assert "内容被改动过" in page
    assert reverse("verify-talk", args=[talk.pk]) in page


def test_the_history_says_who_did_what_but_not_the_words(tao, cast, talk) -> None:
    walk.to_signed(cast, talk)
    page = tao.get(reverse("verify-talk", args=[talk.pk])).content.decode()
    for said in (
        "沈立文",
        "共享了资料包",
        "林晓岚",
        "交了预调研",
        "签字",
        "员工：同意（第 1 版）",
        "全部完好",
    ):
        assert said in page
    for private in ("会签要等", "ECN-2207 晚了 6 天", "我最满意"):
        assert private not in page


def test_everything_that_happens_to_a_talk_has_words() -> None:
    elsewhere = {"pulse.given", "wording.word_added", "wording.word_retired"}
    nouns = {verb.split(".")[0] for verb in VERBS}
    happening = {verb for verb in {*HEARD, *SILENT} - elsewhere if verb.split(".")[0] in nouns}
    assert sorted(happening - set(VERBS)) == []


def test_a_change_of_manager_names_both(tao, cast, talk) -> None:
    walk.to_signed(cast, talk)
    with transaction.atomic():
        payload = {"from": cast.shen.pk, "to": None, "offered": []}
        events.append(talk.plan.stream, "plan.handed_on", actor=SYSTEM, at=at(7, 19), payload=payload)
    page = tao.get(reverse("verify-talk", args=[talk.pk])).content.decode()
    assert "换了直接上级" in page and "沈立文 → 没有直接上级" in page


def test_an_unsigned_talk_has_no_page_here(tao, cast, cycle, talk) -> None:
    assert tao.get(reverse("verify-talk", args=[talk.pk])).status_code == 404
    walk.to_signed(cast, talk)
    assert tao.get(reverse("verify-talk", args=[talk.pk])).status_code == 200
    assert tao.get(reverse("verify-talk", args=[talk_of(cast.sun, cycle).pk])).status_code == 404


@pytest.mark.parametrize("who", ["shen", "lin", "gu"])
def test_others_are_refused(cast, client, talk, who: str) -> None:
    walk.to_signed(cast, talk)
    client.force_login(cast.account(who), backend=BACKEND)
    assert client.get(reverse("verify")).status_code == 403
    assert client.post(reverse("verify")).status_code == 403
    assert client.get(reverse("verify-talk", args=[talk.pk])).status_code == 403


def test_an_hr_admin_may_and_nothing_is_written(cast, client, talk) -> None:
    walk.to_signed(cast, talk)
    client.force_login(cast.account("he"), backend=BACKEND)
    before = Event.objects.count()
    assert client.post(reverse("verify")).status_code == 200
    assert client.get(reverse("verify-talk", args=[talk.pk])).status_code == 200
    assert Event.objects.count() == before


def test_longer_histories_cost_no_more_queries(tao, cast, talk, django_assert_num_queries) -> None:
    walk.to_signed(cast, talk)
    address = reverse("verify-talk", args=[talk.pk])
    tao.get(address)
    with CaptureQueriesContext(connection) as short:
        tao.get(address)

    for _ in range(3):
        events.append(
            talk.stream, "record.viewed", actor=cast.actor("wang"), at=at(7, 19), payload={"version": 1}
        )
    with django_assert_num_queries(len(short)):
        page = tao.get(address).content.decode()
    assert "3 次" in page
