"""The list of talks one may see, and where a talk leads each of its readers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from tests import cast as the_cast
from tests import walk
from tests.cast import at

from huitan.conversations.actions import opening
from huitan.conversations.models import Conversation
from huitan.conversations.queries.stage import NextStep
from huitan.conversations.queries.talks import page_of_talks
from huitan.core.sentences import say
from huitan.people.models import Employee
from huitan.web.talks import due_of

NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW
    return settings


def listed(client, query: str = "") -> str:
    answer = client.get(f"/talks/{query}")
    assert answer.status_code == 200
    html = answer.content.decode()
    return html[html.index('<main id="main"') : html.index("</main>")]


@pytest.mark.parametrize(
    ("name", "seen", "unseen"),
    [
        ("lin", ["林晓岚"], ["陈思远", "孙雨", "沈立文的"]),
        ("shen", ["林晓岚", "陈思远", "沈立文"], ["孙雨"]),
        ("gu", ["林晓岚", "陈思远", "沈立文", "赵启明"], ["孙雨"]),
        ("he", ["林晓岚", "陈思远", "孙雨", "钱进"], []),
        ("qian", ["孙雨"], ["林晓岚", "陈思远"]),
        ("zhao", ["沈立文"], ["林晓岚", "陈思远"]),
        ("tao", ["还没有面谈"], ["林晓岚", "孙雨"]),
    ],
)
def test_one_lists_the_talks_one_may_see(as_, talk, name, seen, unseen):
    html = listed(as_(name))
    assert [word for word in seen if word not in html] == []
    assert [word for word in unseen if word in html] == []


def test_each_row_has_stage_next_step_and_its_latest_time(as_, cast, talk):
    walk.prepare(cast, talk)
    html = listed(as_("shen"))
    assert "资料包" in html and "共享林晓岚的资料包" in html and "明天" in html and "去共享" in html
    assert html.index("林晓岚") < html.index("定下与陈思远面谈的时间")
    assert "等沈立文：共享林晓岚的资料包" in listed(as_("gu"))


def test_filters_stand_in_the_address(as_, cast, talk, cycle):
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    client = as_("he")
    assert "陈思远" not in listed(client, "?state=shared") and "林晓岚" in listed(client, "?state=shared")
    assert "林晓岚" not in listed(client, "?state=unscheduled")
    assert "没有符合条件的面谈" in listed(client, "?cycle=nowhere")
    assert "林晓岚" in listed(client, f"?cycle={cycle.key}&name=晓岚")
    assert "陈思远" not in listed(client, "?name=00004")
    assert "林晓岚" in listed(client, "?state=nonsense&before=abc")
    assert "林晓岚" in listed(client, "?before=" + "9" * 40)


def test_pages_follow_each_other_without_gap_or_repetition(cast, talk):
    he = cast.actor("he")
    everything = {row.id for row in page_of_talks(he, at(7, 8)).rows}
    found, before = [], None
    while True:
        page = page_of_talks(he, at(7, 8), before=before, size=2)
        found += [row.id for row in page.rows]
        before = page.next_key
        if before is None:
            break
    assert len(found) == len(set(found)) and set(found) == everything and len(everything) == 6
    assert page_of_talks(he, at(7, 8)).by_urgency and not page_of_talks(he, at(7, 8), size=2).by_urgency


def test_the_next_page_keeps_the_filters(as_, talk, monkeypatch):
    monkeypatch.setattr("huitan.conversations.queries.talks.page_of_talks.__kwdefaults__", {
        **page_of_talks.__kwdefaults__, "size": 2
    })  # fmt: skip
    html = listed(as_("he"), "?state=preparing")
    assert "?state=preparing&amp;before=" in html and "新的在前" in html


def test_a_talk_leads_its_reader_to_the_fitting_page_at_every_state(as_, cast, talk):
    where = reverse("talk", args=[talk.pk])

    def leads(name: str) -> str:
        answer = as_(name).get(where)
        if answer.status_code == 404:
            return "404"
        return answer["Location"].split("/")[-2]

    def all_lead() -> tuple[str, ...]:
        return tuple(leads(name) for name in ("shen", "lin", "gu", "zhao", "tao", "sun"))

    assert all_lead() == ("prepare", "pack", "prepare", "404", "404", "404")
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    assert all_lead() == ("prepare", "pack", "prepare", "404", "404", "404")
    walk.answer_survey(cast, talk)
    walk.begin(cast, talk)
    assert all_lead() == ("room", "room", "prepare", "404", "404", "404")
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    walk.complete(cast, talk)
    assert all_lead() == ("record", "sign", "record", "404", "404", "404")
    walk.sign(cast, talk, "lin", when=walk.DONE_AT + timedelta(hours=1))
    assert leads("lin") == "record"
    walk.sign(cast, talk, "shen", when=walk.DONE_AT + timedelta(hours=2))
    assert all_lead() == ("record", "record", "record", "record", "record", "404")


def test_the_line_above_and_auditors_read_signed_talks_only(as_, cast, talk):
    walk.to_signed(cast, talk)
    for name in ("zhao", "tao"):
        html = listed(as_(name))
        assert "林晓岚" in html and "看记录" in html and "陈思远" not in html


def test_s7_after_the_line_moved_only_who_held_the_talk_is_asked_to_sign(cast, talk):
    walk.to_recorded(cast, talk)
    Employee.objects.filter(pk=cast.lin.pk).update(manager=cast.qian)
    old = next(r for r in page_of_talks(cast.actor("shen"), at(7, 17)).rows if r.id == talk.pk)
    new = next(r for r in page_of_talks(cast.actor("qian"), at(7, 17)).rows if r.id == talk.pk)
    assert (str(old.step.text), old.step.waits) == ("签字", False)
    assert (str(new.step.text), new.step.waits) == ("等沈立文签字", True)


def test_what_is_over_stands_last_and_asks_nothing(as_, cast, talk, cycle):
    opening.cancel(talk, "调岗", actor=cast.actor("he"), at=at(7, 5))
    html = listed(as_("shen"))
    assert html.index("陈思远") < html.index("林晓岚") and "面谈已取消" in html
    opening.close_cycle(cycle, actor=the_cast.SYSTEM, at=at(8, 3), reason="顺延")
    assert "周期已关闭，这场面谈没有进行" in listed(as_("shen"))


def test_hostile_names_and_filters_are_shown_as_text(as_, cast, talk):
    Employee.objects.filter(pk=cast.lin.pk).update(name="<script>alert(1)</script>")
    html = listed(as_("he"), '?name="><script>alert(2)</script>')
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in listed(as_("he"))


@pytest.mark.parametrize("name", ["shen", "he"])
def test_a_fixed_number_of_queries_with_one_row_and_with_many(
    as_, cast, talk, name, django_assert_num_queries, django_assert_max_num_queries
):
    walk.to_signed(cast, talk)
    client = as_(name)
    with django_assert_max_num_queries(10) as one:
        listed(client, "?name=林晓岚")
    with django_assert_num_queries(len(one)):
        listed(client)
    assert Conversation.objects.count() == 6


@pytest.mark.parametrize(
    ("by", "text", "tone"),
    [
        (None, "", ""),
        (at(7, 8).date(), "今天", "warn"),
        (at(7, 9).date(), "明天", "warn"),
        (at(7, 12).date(), "7 月 12 日 周日", ""),
        (at(7, 6).date(), "逾期 2 天", "risk"),
        (at(7, 8, 14), "今天 14:00", "warn"),
        (at(7, 8, 9), "今天已过", "risk"),
        (at(7, 16, 14), "7 月 16 日 周四 14:00", ""),
    ],
)
def test_a_latest_time_is_said_in_words_never_by_colour_alone(by, text, tone, db):
    from zoneinfo import ZoneInfo

    from django.utils import timezone

    with timezone.override(ZoneInfo("Asia/Shanghai")):
        due = due_of(by, at(7, 8, 10))
    assert (due.text, due.tone) == (text, tone)
    assert NextStep(say("签字"), by).waits is False
