"""The data pack on the phone (R08): receipt, questions, doubts about numbers, versions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import at
from tests.reading import main_of

from huitan.conversations.actions import voice
from huitan.conversations.models import Contest, PackOpening, Question
from huitan.evidence.models import Evidence

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture
def shared(cast, talk, client, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    client.force_login(cast.account("lin"), backend=BACKEND)
    return talk


def test_r08_reading_it_leaves_one_receipt_that_the_manager_sees(cast, shared, client) -> None:
    url = reverse("pack", args=[shared.pk])
    page = main_of(client.get(url))
    client.get(url)
    for words in ("ECN 按期关闭率", "71.4%", "完成率 79%", "新品导入比目标提前 4 天", "来源：ERP"):
        assert words in page
    assert "去年的一次盘点差异" not in page
    opening = PackOpening.objects.get()
    assert (opening.by, opening.at) == (cast.lin, at(7, 8, 10))
    client.force_login(cast.account("shen"), backend=BACKEND)
    seen = main_of(client.get(url))
    assert "林晓岚 7 月 8 日 周三 10:00 打开了第 1 版" in seen
    assert "对这个数字有疑问" not in seen
    assert PackOpening.objects.count() == 1


def test_before_it_is_shared_the_page_says_by_when(cast, talk, client, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-04T10:00:00+08:00"
    walk.prepare(cast, talk)
    client.force_login(cast.account("lin"), backend=BACKEND)
    page = main_of(client.get(reverse("pack", args=[talk.pk])))
    assert "沈立文还没有共享资料包" in page
    assert "7 月 9 日" in page
    assert "71.4" not in page


def test_r08_a_question_is_pinned_to_its_item(shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    answer = client.post(
        reverse("pack-question", args=[shared.pk]), {"evidence": ecn.pk, "text": "<b>会签</b>等待算不算？"}
    )
    assert answer.url == reverse("pack", args=[shared.pk]) + f"#item-{ecn.pk}"
    assert Question.objects.get().evidence == ecn
    page = main_of(client.get(reverse("pack", args=[shared.pk])))
    item = page[page.index(f'id="item-{ecn.pk}"') : page.index("</article>")]
    assert "&lt;b&gt;会签&lt;/b&gt;等待算不算？" in item


def test_a_question_on_its_own(shared, client) -> None:
    client.post(reverse("pack-question", args=[shared.pk]), {"text": "年终评级怎么定？"})
    assert Question.objects.get().evidence is None


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_question_is_said_where_it_was_typed(shared, client, text) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    answer = client.post(reverse("pack-question", args=[shared.pk]), {"evidence": ecn.pk, "text": text})
    assert answer.status_code == 422
    page = answer.content.decode()
    item = page[page.index(f'id="item-{ecn.pk}"') : page.index("</article>")]
    assert "写下你想问什么。" in item
    assert not Question.objects.exists()


def test_r08_a_number_is_doubted_checked_and_both_values_stay(cast, shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    answer = client.post(
        reverse("pack-contest", args=[shared.pk]),
        {"evidence": ecn.pk, "claim": "78.6%", "reason": "一份 ECN 重复计入了。"},
        follow=True,
    )
    assert "已请 HR 核对「ECN 按期关闭率」" in answer.content.decode()
    contest = Contest.objects.get()
    assert (contest.claim, contest.value_before) == ("78.6%", Decimal("71.4"))
    page = main_of(client.get(reverse("pack", args=[shared.pk])))
    item = page[page.index(f'id="item-{ecn.pk}"') : page.index("</article>")]
    assert "待核对" in item
    assert "对这个数字有疑问" not in item
    voice.correct_number(contest, Decimal(78), "一份重复计入", actor=cast.actor("gu"), at=at(7, 9))
    page = main_of(client.get(reverse("pack", args=[shared.pk])))
    for words in ("71.4%", "78.6%", "78%", "一份重复计入", "新版本：和第 1 版比改了什么", "第 2 版"):
        assert words in page
    first = main_of(client.get(reverse("pack", args=[shared.pk]), {"version": 1}))
    assert "后来有更新" in first
    assert "这是旧版本，只能看" in first
    assert "<textarea" not in first


def test_a_number_found_right_keeps_its_value_and_says_why(cast, shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    contest = voice.contest(shared, ecn, "记错了", actor=cast.actor("lin"), at=at(7, 8))
    voice.confirm_number(contest, "对过 ERP，四份都超期。", actor=cast.actor("gu"), at=at(7, 8, 9))
    page = main_of(client.get(reverse("pack", args=[shared.pk])))
    assert "核对无误" in page
    assert "对过 ERP，四份都超期。" in page


def test_a_doubt_without_reason_keeps_what_was_typed(shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    answer = client.post(
        reverse("pack-contest", args=[shared.pk]), {"evidence": ecn.pk, "claim": "七十八点六"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "写一句哪里不对" in page
    assert 'value="七十八点六"' in page


def test_a_second_doubt_about_the_same_number_waits_for_the_first(cast, shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    voice.contest(shared, ecn, "记错了", actor=cast.actor("lin"), at=at(7, 8))
    answer = client.post(
        reverse("pack-contest", args=[shared.pk]), {"evidence": ecn.pk, "reason": "还是不对"}
    )
    assert answer.status_code == 409
    assert "正在核对" in answer.content.decode()


def test_somebody_elses_number_cannot_be_named(cast, shared, client) -> None:
    other = Evidence.objects.get(employee=cast.chen)
    for name, field in (("pack-question", "text"), ("pack-contest", "reason")):
        url = reverse(name, args=[shared.pk])
        assert client.post(url, {"evidence": other.pk, field: "?"}).status_code == 404
    assert not Question.objects.exists()
    assert not Contest.objects.exists()


@pytest.mark.parametrize(
    ("who", "read", "write"),
    [
        ("shen", 200, 403),
        ("gu", 200, 403),
        ("he", 200, 403),
        ("zhao", 404, 404),
        ("chen", 404, 404),
        ("sun", 404, 404),
    ],
)
def test_who_reads_it_and_who_writes(cast, shared, client, who, read, write) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    client.force_login(cast.account(who), backend=BACKEND)
    assert client.get(reverse("pack", args=[shared.pk])).status_code == read
    asked = client.post(reverse("pack-question", args=[shared.pk]), {"text": "?"})
    doubted = client.post(reverse("pack-contest", args=[shared.pk]), {"evidence": ecn.pk, "reason": "?"})
    assert asked.status_code == write
    assert doubted.status_code in (write, 404)
    assert not PackOpening.objects.exists()


def test_hr_reads_numbers_and_doubts_but_not_the_questions(cast, shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率")
    voice.ask(shared, "升级找谁？", evidence=ecn, actor=cast.actor("lin"), at=at(7, 8))
    voice.contest(shared, ecn, "重复计入", actor=cast.actor("lin"), at=at(7, 8))
    client.force_login(cast.account("gu"), backend=BACKEND)
    page = main_of(client.get(reverse("pack", args=[shared.pk])))
    assert "重复计入" in page
    assert "升级找谁？" not in page


def test_late_sharing_is_said(cast, talk, client, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-13T10:00:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 12))
    client.force_login(cast.account("lin"), backend=BACKEND)
    assert "提前不足：这一版离面谈只有 4 天" in main_of(client.get(reverse("pack", args=[talk.pk])))


def test_r03_the_last_plan_and_its_results_open_the_pack(cast, talk, client, settings) -> None:
    from datetime import date

    from tests import cast as the_cast

    walk.to_signed(cast, talk)
    later = the_cast.open_cycle(
        "2026h2",
        name="2026 下半年",
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 12, 31),
        talks_from=date(2027, 1, 4),
        talks_until=date(2027, 1, 29),
    )
    following = the_cast.talk_of(cast.lin, later)
    the_cast.evidence_actions.enter_kpis(
        later,
        [the_cast.evidence_actions.KpiEntry(cast.lin, "ECN 按期关闭率", Decimal(90), Decimal(92), unit="%")],
        actor=the_cast.SYSTEM,
        at=at(12, 30),
    )
    settings.HUITAN_SCRIPTED_NOW = "2026-12-31T10:00:00+08:00"
    from huitan.conversations.actions import preparation

    shen = cast.actor("shen")
    preparation.choose_purpose(following, "growth", actor=shen, at=at(12, 30))
    preparation.schedule(following, at(1, 14, 14, year=2027), minutes=45, place="", actor=shen, at=at(12, 30))
    preparation.share(following, actor=shen, at=at(12, 31))
    client.force_login(cast.account("lin"), backend=BACKEND)
    page = main_of(client.get(reverse("pack", args=[following.pk])))
    assert "上一期的改进计划和结果" in page
    assert "每周五更新 ECN 台账并通报超期" in page


def test_an_unknown_version_is_not_there(shared, client) -> None:
    assert client.get(reverse("pack", args=[shared.pk]), {"version": 9}).status_code == 404
    assert client.get(reverse("pack", args=[shared.pk]), {"version": "x"}).status_code == 200


def test_the_page_asks_the_same_whatever_the_number_of_items(
    cast, shared, client, django_assert_num_queries
) -> None:
    url = reverse("pack", args=[shared.pk])
    client.get(url)
    with django_assert_num_queries(QUERIES):
        client.get(url)
    lin = cast.actor("lin")
    for item in Evidence.objects.filter(employee=cast.lin, shared_at__isnull=False):
        voice.ask(shared, "为什么？", evidence=item, actor=lin, at=at(7, 8))
        if item.kind == "kpi":
            voice.contest(shared, item, "不对", actor=lin, at=at(7, 8))
    with django_assert_num_queries(QUERIES):
        client.get(url)


QUERIES = 12
