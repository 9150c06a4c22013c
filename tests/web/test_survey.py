"""The employee's survey on the phone (R07)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from tests import walk
from tests.cast import at

from huitan.conversations.actions import voice
from huitan.conversations.models import Question, SelfScore, Survey
from huitan.core.models import Event

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture
def shared(cast, talk, client, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T10:00:00+08:00"
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    client.force_login(cast.account("lin"), backend=BACKEND)
    return talk


def words(talk, **changes):
    ecn = walk.kpi(talk, "ECN 按期关闭率").pk
    return {
        "own_view": "新品导入我最满意。",
        "difficulties": "会签平均等 6 天。",
        "growth": "",
        "questions": "",
        f"score-{ecn}": "3.5",
        **changes,
    }


def test_r07_each_result_has_nine_half_steps_and_a_way_to_leave_it_out(shared, client) -> None:
    page = client.get(reverse("survey", args=[shared.pk])).content.decode()
    ecn = walk.kpi(shared, "ECN 按期关闭率").pk
    for step in ("1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"):
        assert f'type="radio" name="score-{ecn}" value="{step}"' in page
    assert f'name="score-{ecn}" value="" checked' in page
    assert "只有你能看到" in page
    assert "沈立文能看到全部内容" in page
    assert "目标 90%" in page


def test_the_draft_is_kept_while_typing_and_nobody_else_reads_it(cast, shared, client) -> None:
    answer = client.post(reverse("survey-save", args=[shared.pk]), words(shared, version="0"))
    assert answer.status_code == 200
    assert answer.json()["saved_at"] == "10:00:00"
    assert SelfScore.objects.get(conversation=shared).score == Decimal("3.5")
    again = client.get(reverse("survey", args=[shared.pk])).content.decode()
    assert "会签平均等 6 天。" in again
    assert f'data-version="{answer.json()["version"]}"' in again
    for who in ("shen", "gu", "he", "zhao", "wang"):
        client.force_login(cast.account(who), backend=BACKEND)
        seen = client.get(reverse("survey", args=[shared.pk]))
        assert seen.status_code in (403, 404)
        assert "会签平均" not in seen.content.decode()
    assert not Event.objects.filter(verb__startswith="survey").exists()


def test_a_score_is_taken_back(shared, client) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率").pk
    client.post(reverse("survey-save", args=[shared.pk]), words(shared))
    client.post(reverse("survey-save", args=[shared.pk]), words(shared, **{f"score-{ecn}": ""}))
    assert not SelfScore.objects.exists()


def test_r07_handing_in_sends_words_scores_and_questions_at_once(shared, client) -> None:
    sent = words(shared, questions="按期率怎么算？\n\n会签能在哪一步升级？")
    answer = client.post(reverse("survey", args=[shared.pk]), sent, follow=True)
    page = answer.content.decode()
    assert "已交给沈立文" in page
    assert "不再改动" in page
    assert [q.text for q in Question.objects.all()] == ["按期率怎么算？", "会签能在哪一步升级？"]
    survey = Survey.objects.get()
    assert survey.submitted_at == at(7, 8, 10)
    assert Event.objects.get(verb="survey.submitted").payload["scores"] == {
        walk.kpi(shared, "ECN 按期关闭率").ref: "3.5"
    }


def test_nothing_written_is_not_handed_in_and_no_question_is_sent(shared, client) -> None:
    answer = client.post(reverse("survey", args=[shared.pk]), {"questions": "只有一个问题"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "至少写一句或打一个分，再交。" in page
    assert "只有一个问题" in page
    assert not Question.objects.exists()
    assert not Survey.objects.exists()


def test_what_was_handed_in_no_longer_changes(cast, shared, client) -> None:
    walk.answer_survey(cast, shared)
    page = client.get(reverse("survey", args=[shared.pk])).content.decode()
    assert "<textarea" not in page[page.index("<main") :]
    assert "想考六西格玛绿带。" in page
    late = client.post(
        reverse("survey-save", args=[shared.pk]), words(shared), headers={"X-Requested-With": "fetch"}
    )
    assert late.status_code == 409
    assert "调研已经交了" in late.content.decode()
    assert client.post(reverse("survey", args=[shared.pk]), words(shared)).status_code == 409
    assert Survey.objects.get().own_view == "新品导入我最满意。"


@pytest.mark.parametrize("score", ["0.5", "5.5", "3.2", "x", "NaN"])
def test_a_score_off_the_scale_is_said_at_its_result_and_the_words_stay(shared, client, score) -> None:
    ecn = walk.kpi(shared, "ECN 按期关闭率").pk
    sent = words(shared, **{f"score-{ecn}": score})
    answer = client.post(reverse("survey", args=[shared.pk]), sent)
    assert answer.status_code == 422
    assert "评分在 1.0 到 5.0 之间" in answer.content.decode()
    assert "会签平均等 6 天。" in answer.content.decode()
    saving = client.post(reverse("survey-save", args=[shared.pk]), sent)
    assert saving.status_code == 422
    assert list(saving.json()["errors"]) == [f"score-{ecn}"]
    assert not Survey.objects.exists()


def test_a_second_device_does_not_overwrite_the_first(cast, shared, client, settings) -> None:
    first = client.post(reverse("survey-save", args=[shared.pk]), words(shared, version="0")).json()
    settings.HUITAN_SCRIPTED_NOW = "2026-07-08T11:00:00+08:00"
    voice.save_survey(shared, {"own_view": "在手机上改过"}, {}, actor=cast.actor("lin"), at=at(7, 8, 10, 30))
    stale = client.post(
        reverse("survey-save", args=[shared.pk]),
        words(shared, own_view="在电脑上改的", version=first["version"]),
    )
    assert stale.status_code == 412
    assert stale.json()["values"]["own_view"] == "在手机上改过"
    assert stale.json()["version"] > first["version"]
    ecn = walk.kpi(shared, "ECN 按期关闭率").pk
    assert stale.json()["values"][f"score-{ecn}"] == ["3.5"]
    handed = client.post(
        reverse("survey", args=[shared.pk]), words(shared, own_view="在电脑上改的", version=first["version"])
    )
    page = handed.content.decode()
    assert handed.status_code == 412
    assert "在电脑上改的" in page
    assert "在手机上改过" in page
    assert Survey.objects.get().submitted_at is None


def test_a_device_that_never_saw_a_draft_does_not_blank_it(cast, shared, client) -> None:
    voice.save_survey(shared, {"own_view": "手机上写的"}, {}, actor=cast.actor("lin"), at=at(7, 8, 9))
    answer = client.post(reverse("survey", args=[shared.pk]), {"difficulties": "电脑上写的", "version": "0"})
    assert answer.status_code == 412
    assert "手机上写的" in answer.content.decode()
    assert "电脑上写的" in answer.content.decode()
    assert Survey.objects.get().own_view == "手机上写的"


def test_before_the_pack_is_shared_no_number_is_shown(cast, talk, client) -> None:
    client.force_login(cast.account("lin"), backend=BACKEND)
    page = client.get(reverse("survey", args=[talk.pk])).content.decode()
    assert "71.4" not in page
    assert "资料包共享后，这里会列出你的各项结果" in page


@pytest.mark.parametrize(("who", "status"), [("chen", 404), ("sun", 404), ("shen", 403), ("gu", 403)])
def test_nobody_else_reads_or_writes_it(cast, shared, client, who, status) -> None:
    client.force_login(cast.account(who), backend=BACKEND)
    for url in (reverse("survey", args=[shared.pk]), reverse("survey-save", args=[shared.pk])):
        assert client.post(url, words(shared)).status_code == status
    assert client.get(reverse("survey", args=[shared.pk])).status_code == status
    assert not Survey.objects.exists()


def test_hostile_words_stay_words(shared, client) -> None:
    client.post(
        reverse("survey-save", args=[shared.pk]),
        words(shared, own_view="</textarea><script>alert(1)</script>"),
    )
    page = client.get(reverse("survey", args=[shared.pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_asks_the_same_whatever_the_number_of_results(
    cast, cycle, shared, client, django_assert_num_queries
) -> None:
    from tests.cast import SYSTEM

    from huitan.evidence import actions as evidence
    from huitan.evidence.models import Evidence

    url = reverse("survey", args=[shared.pk])
    client.get(url)
    with django_assert_num_queries(QUERIES):
        client.get(url)
    entries = [evidence.KpiEntry(cast.lin, f"指标 {n}", Decimal(1), Decimal(1)) for n in range(5)]
    evidence.enter_kpis(cycle, entries, actor=SYSTEM, at=at(7, 8))
    evidence.share(Evidence.objects.filter(employee=cast.lin), at(7, 8))
    for n in range(3):
        voice.ask(shared, f"问题 {n}", actor=cast.actor("lin"), at=at(7, 8))
    with django_assert_num_queries(QUERIES):
        client.get(url)


QUERIES = 8
