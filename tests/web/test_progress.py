"""面谈进度: every talk's stage, who may watch, and cancelling with a reason."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import walk
from tests.cast import at, talk_of

from huitan.conversations.actions import preparation
from huitan.conversations.models import Conversation
from huitan.conversations.queries.progress import (
    CANCELLED,
    Filter,
    by_department,
    page_of_progress,
    total_of,
    with_stage,
)
from huitan.conversations.queries.talks import rows, with_facts

BACKEND = "huitan.people.backend.Accounts"
NOW = at(7, 8, 10)


@pytest.fixture(autouse=True)
def now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture
def he(cast, client):
    client.force_login(cast.account("he"), backend=BACKEND)
    return client


def test_the_stage_in_sql_is_the_stage_of_the_facts(cast, cycle, talk) -> None:
    """Held equal after every step of the walk, on the day and after it."""
    actor = cast.actor("he")

    def compare() -> None:
        for when in (NOW, walk.TALK_AT, walk.TALK_AT + timedelta(days=60)):
            found = list(with_facts(with_stage(Conversation.objects.all(), when)))
            for stored, row in zip(found, rows(found, actor, when), strict=True):
                expected = CANCELLED if stored.state == "cancelled" else row.stage.number
                assert stored.stage_number == expected, (stored.state, when)
                assert stored.shared_late_once == row.is_late

    compare()
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    compare()
    walk.answer_survey(cast, talk)
    compare()
    preparation.add_topic(talk, "improvement", "ECN", actor=cast.actor("shen"), at=NOW)
    compare()
    other = talk_of(cast.chen, cycle)
    other.state = "cancelled"
    other.save(update_fields=["state"])
    compare()


def test_signed_talks_are_followed_up_then_accepted(cast, cycle, talk) -> None:
    walk.to_signed(cast, talk)
    when = walk.DONE_AT + timedelta(days=1)
    counted = total_of(by_department(cycle, Filter(), cast.actor("he"), when))
    assert counted.stages[5] == 1
    talk.plan.items.update(state="accepted")
    counted = total_of(by_department(cycle, Filter(), cast.actor("he"), when))
    assert (counted.stages[5], counted.stages[6], counted.held) == (0, 1, 1)
    assert counted.total == Conversation.objects.filter(review__cycle=cycle).count()


def test_hr_sees_all_and_an_hrbp_the_units_served(cast, cycle, talk) -> None:
    everybody = page_of_progress(cycle, Filter(), cast.actor("he"), NOW).rows
    assert {row.employee for row in everybody} == {"赵启明", "沈立文", "林晓岚", "陈思远", "钱进", "孙雨"}
    served = page_of_progress(cycle, Filter(), cast.actor("gu"), NOW).rows
    assert {row.employee for row in served} == {"赵启明", "沈立文", "林晓岚", "陈思远"}
    assert total_of(by_department(cycle, Filter(), cast.actor("gu"), NOW)).total == 4


def test_filters_and_keyset(cast, cycle, talk) -> None:
    he = cast.actor("he")
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 14))
    assert [r.employee for r in page_of_progress(cycle, Filter(late=True), he, NOW).rows] == ["林晓岚"]
    assert [r.employee for r in page_of_progress(cycle, Filter(stage=1), he, NOW).rows] == ["林晓岚"]
    inside = page_of_progress(cycle, Filter(department="制造中心/智能产线部"), he, NOW).rows
    assert [r.employee for r in inside] == ["沈立文", "林晓岚", "陈思远"]
    assert len(page_of_progress(cycle, Filter(department="制造中心"), he, NOW).rows) == 4
    first = page_of_progress(cycle, Filter(), he, NOW, size=4)
    rest = page_of_progress(cycle, Filter(), he, NOW, size=4, after=first.next_key)
    names = [r.employee for r in (*first.rows, *rest.rows)]
    assert (len(first.rows), len(rest.rows), rest.next_key) == (4, 2, "")
    assert len(set(names)) == 6
    groups = by_department(cycle, Filter(), he, NOW)
    assert [(g.path, g.figures.total) for g in groups] == [
        ("制造中心", 1),
        ("制造中心/智能产线部", 3),
        ("营销中心", 2),
    ]


def test_the_page_in_words(he, cast, cycle, talk) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 14))
    page = he.get(reverse("progress")).content.decode()
    for said in ("0 / 6 场谈完并有记录", "以 7 月 8 日 周三 10:00 为准", "林晓岚", "提前不足", "按部门"):
        assert said in page
    narrowed = he.get(reverse("progress"), {"stage": "1", "cycle": "2026h1"}).content.decode()
    assert "林晓岚" in narrowed and "孙雨" not in narrowed
    assert he.get(reverse("progress"), {"cycle": "none"}).status_code == 404
    odd = he.get(reverse("progress"), {"stage": "99", "after": "x,y", "name": "<script>"})
    assert odd.status_code == 200
    assert "<script>" not in odd.content.decode().split("<main")[1]


def test_without_a_cycle_the_page_says_so(he) -> None:
    assert "还没有开启的周期" in he.get(reverse("progress")).content.decode()


def test_cancelling_needs_a_reason_and_is_said(he, cast, cycle, talk) -> None:
    address = reverse("progress-cancel", args=[talk.pk])
    assert "取消与林晓岚的面谈" in he.get(address).content.decode()
    empty = he.post(address, {"cancel_reason": "  "})
    assert empty.status_code == 422
    assert "写明为什么取消" in empty.content.decode()
    done = he.post(address, {"cancel_reason": "7 月起长假"}, follow=True)
    assert "已取消与林晓岚的面谈" in done.content.decode()
    talk.refresh_from_db()
    assert (talk.state, talk.cancel_reason) == ("cancelled", "7 月起长假")
    late = he.post(address, {"cancel_reason": "再来一次"})
    assert late.status_code == 409
    assert "不能取消" in late.content.decode()


def test_cancelling_leads_back_to_the_list_one_came_from(he, cast, talk) -> None:
    """Several in a row, without filtering anew for each."""
    here = f"{reverse('progress')}?cycle={talk.review.cycle.key}&stage=0&name=00004"
    page = he.get(here).content.decode()
    assert "/progress/ready/?cycle=2026h1&amp;name=00004" in page
    way = unescape(re.search(r'href="([^"]*/cancel/[^"]*)"', page)[1])
    done = he.post(way, {"cancel_reason": "长期病假，并入下一周期。"})
    assert done.url == here
    address = reverse("progress-cancel", args=[talk.pk])
    assert "evil" not in he.get(address, {"back": "https://evil.example/progress/?"}).content.decode()


@pytest.mark.parametrize("who", ["shen", "lin", "sun", "tao"])
def test_others_do_not_watch_or_cancel(cast, client, cycle, talk, who: str) -> None:
    client.force_login(cast.account(who), backend=BACKEND)
    assert client.get(reverse("progress")).status_code == 403
    address = reverse("progress-cancel", args=[talk.pk])
    assert client.post(address, {"cancel_reason": "x"}).status_code == 403
    talk.refresh_from_db()
    assert talk.state == "preparing"


def test_an_hrbp_finds_no_talk_outside_the_units_served(cast, client, cycle, talk) -> None:
    client.force_login(cast.account("gu"), backend=BACKEND)
    outside = talk_of(cast.sun, cycle)
    assert client.get(reverse("progress-cancel", args=[outside.pk])).status_code == 404
    assert client.get(reverse("progress-cancel", args=[talk.pk])).status_code == 200


def test_one_talk_and_six_cost_the_same(he, cast, cycle, talk, django_assert_num_queries) -> None:
    with CaptureQueriesContext(connection) as one:
        he.get(reverse("progress"), {"name": "林晓岚"})
    with django_assert_num_queries(len(one)):
        he.get(reverse("progress"))
