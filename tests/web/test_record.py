from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests import walk
from tests.cast import Cast, at

from huitan.conversations import coach
from huitan.conversations.actions import preparation, record, room, voice
from huitan.conversations.models import Conversation, Record, RecordView
from huitan.conversations.queries.record_difference import differences
from huitan.conversations.record_text import short

BACKEND = "huitan.people.backend.Accounts"
HOSTILE = '<script>alert(1)</script>"&'


@pytest.fixture(autouse=True)
def _scripted(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-07-16T16:00:00+08:00"


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.account(who), backend=BACKEND)
    return client


def words(response) -> str:
    return response.content.decode()


def url_of(talk: Conversation) -> str:
    return reverse("record", args=[talk.pk])


@pytest.fixture
def talked(cast, talk) -> Conversation:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    return talk


@pytest.fixture
def recorded(cast, talked) -> Conversation:
    walk.complete(cast, talked)
    talked.refresh_from_db()
    return talked


@pytest.fixture
def second(cast, recorded) -> Conversation:
    """A second version, after the manager changed one sentence."""
    shen = cast.actor("shen")
    record.revise(recorded, "补上装配线返工的台数", actor=shen, at=at(7, 16, 16))
    topic = recorded.topics.get(kind="improvement")
    room.write(topic, "issue", "4 份 ECN 超期，装配线返工 10 台。", actor=shen, at=at(7, 16, 16))
    walk.complete(cast, recorded, when=at(7, 16, 16, 30))
    recorded.refresh_from_db()
    return recorded


def test_the_record_is_read_from_its_frozen_text_not_from_the_rows(cast, recorded):
    recorded.topics.filter(kind="improvement").update(issue="后来改过的字", words="后来改过的话")
    page = words(browser(cast, "lin").get(url_of(recorded)))
    assert "2 月到 5 月有 4 份 ECN 超期" in page and "会签平均要等 6 天" in page
    assert "后来改过" not in page
    current = recorded.current_record()
    assert short(current.hash) in page and current.hash in page
    for text in ("流程不合理", "达成共识", "E-", "每周五更新 ECN 台账", "会议纪要三方确认", "第 1 版"):
        assert text in page
    assert "还有 5 个工作日" in page


def test_who_reads_it_is_kept_and_everybody_sees_the_list(cast, recorded):
    browser(cast, "gu").get(url_of(recorded))
    page = words(browser(cast, "lin").get(url_of(recorded)))
    assert "顾清和" in page and "HRBP" in page and "本人" in page
    assert RecordView.objects.filter(record=recorded.current_record()).count() == 2


@pytest.mark.parametrize(
    ("who", "before", "after"),
    [("shen", 200, 200), ("lin", 200, 200), ("gu", 200, 200), ("he", 200, 200)]
    + [("zhao", 404, 200), ("tao", 404, 200), ("sun", 404, 404), ("chen", 404, 404)],
)
def test_the_line_and_auditors_read_it_once_signed(cast, recorded, who, before, after):
    client = browser(cast, who)
    assert client.get(url_of(recorded)).status_code == before
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    walk.sign(cast, recorded, "lin", when=walk.DONE_AT + timedelta(minutes=9))
    answer = client.get(url_of(recorded))
    assert answer.status_code == after
    if who in ("zhao", "tao"):
        page = words(answer)
        assert "我已阅读全文并同意" in page and "我已阅读全文并确认" in page
        for button in ("签字确认</a>", "阅读并签字</a>", "修改记录</a>", "见证拒签</a>"):
            assert button not in page


def test_before_there_is_a_record_the_page_says_how_it_comes(cast, talk):
    page = words(browser(cast, "lin").get(url_of(talk)))
    assert "还没有面谈记录" in page
    assert browser(cast, "lin").get(url_of(talk), {"version": 3}).status_code == 404


def test_versions_stand_side_by_side_and_the_difference_is_readable(cast, second):
    client = browser(cast, "lin")
    page = words(client.get(url_of(second), {"compare": 1}))
    assert "和第 1 版比，改了什么" in page and "补上装配线返工的台数" in page
    assert "「ECN 按期关闭」的问题" in page and "2 月到 5 月有 4 份 ECN 超期" in page
    old = words(client.get(url_of(second), {"version": 1}))
    assert "已被新版本取代" in old and "阅读并签字" not in old
    assert client.get(url_of(second), {"version": 9}).status_code == 404
    assert client.get(url_of(second), {"compare": 2}).status_code == 404
    assert client.get(url_of(second), {"version": "x"}).status_code == 404
    # Reading an old version is reading: it is kept with that version.
    assert RecordView.objects.filter(record__conversation=second, record__version=1).count() == 1


def test_a_fact_is_shown_as_it_stood_in_that_version(cast, recorded):
    topic = recorded.topics.get(kind="improvement")
    fact = topic.evidence.get()
    url = reverse("record-fact", args=[recorded.pk, 1, fact.ref])
    fact.actual = 99
    fact.save()
    page = words(browser(cast, "lin").get(url, headers={"HX-Request": "true"}))
    assert "71.4%" in page and "99%" not in page
    assert browser(cast, "sun").get(url).status_code == 404
    missing = reverse("record-fact", args=[recorded.pk, 1, "E-9999"])
    assert browser(cast, "lin").get(missing).status_code == 404


def test_a_record_frozen_late_says_so(cast, talked):
    late = walk.complete(cast, talked)
    assert not late.is_late
    shen = cast.actor("shen")
    record.revise(talked, "补一句", actor=shen, at=at(7, 28))
    walk.complete(cast, talked, when=at(7, 28, 10))
    page = words(browser(cast, "lin").get(url_of(talked)))
    assert "定稿晚了" in page and "按规定应在" in page


def test_the_signing_clock_counts_working_days_and_silence_is_not_agreement(cast, recorded, settings):
    settings.HUITAN_SCRIPTED_NOW = "2026-07-27T09:00:00+08:00"
    page = words(browser(cast, "lin").get(url_of(recorded)))
    assert "逾期 2 个工作日" in page and "没有回应不当作同意" in page


@pytest.mark.parametrize("more", [0, 2])
def test_the_record_asks_the_database_a_fixed_number_of_times(cast, talked, django_assert_num_queries, more):
    shen = cast.actor("shen")
    for n in range(more):
        topic = preparation.add_topic(talked, "growth", f"方向 {n}", actor=shen, at=walk.TALK_AT)
        room.write(topic, "direction", "学绿带", actor=shen, at=walk.TALK_AT)
        room.choose(topic, consensus="agreed", actor=shen, at=walk.TALK_AT)
        question = voice.ask(talked, f"问题 {n}", actor=cast.actor("lin"), at=walk.TALK_AT)
        voice.answer(question, "可以", actor=shen, at=walk.TALK_AT)
    walk.complete(cast, talked)
    client = browser(cast, "lin")
    client.get(url_of(talked))
    with django_assert_num_queries(12):
        assert client.get(url_of(talked)).status_code == 200


def test_revising_needs_a_note_and_belongs_to_the_manager(cast, recorded):
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    url = reverse("revise", args=[recorded.pk])
    assert browser(cast, "lin").get(url).status_code == 403
    client = browser(cast, "shen")
    assert "重新打开记录" in words(client.get(url))
    assert client.post(url, {"change_note": "  "}).status_code == 422
    assert client.post(url, {"change_note": "补上台数"}).url == reverse("room", args=[recorded.pk])
    recorded.refresh_from_db()
    assert recorded.state == "talking"
    assert "正在修改记录：补上台数" in words(client.get(reverse("room", args=[recorded.pk])))
    again = client.post(url, {"change_note": "再改"})
    assert again.status_code == 409 and "再改" in words(again)


def test_r18_a_refusal_is_witnessed_by_hr_with_two_ways_of_serving(cast, recorded):
    walk.sign(cast, recorded, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    url = reverse("refusal", args=[recorded.pk])
    assert browser(cast, "shen").get(url).status_code == 403
    assert browser(cast, "lin").get(url).status_code == 403
    client = browser(cast, "gu")
    assert "见证拒签" in words(client.get(url_of(recorded)))
    one_way = client.post(url, {"reason": "认为口径不对", "served_by": ["email"], "note": "7 月 16 日"})
    assert one_way.status_code == 422
    assert "两种方式送达" in words(one_way) and "认为口径不对" in words(one_way)
    assert (
        client.post(
            url, {"reason": "认为口径不对", "served_by": ["email", "in_person"], **walk.ATTEMPT}
        ).status_code
        == 302
    )
    recorded.refresh_from_db()
    assert recorded.state == "signed"
    page = words(browser(cast, "lin").get(url_of(recorded)))
    assert "记录已送达" in page and "认为口径不对" in page and "当面递交" in page
    assert client.get(url).url == url_of(recorded)


def test_hostile_words_stay_words_on_paper(cast, talked):
    topic = talked.topics.get(kind="improvement")
    room.write(topic, "words", HOSTILE, actor=cast.actor("lin"), at=walk.TALK_AT)
    room.write(topic, "title", HOSTILE, actor=cast.actor("shen"), at=walk.TALK_AT)
    walk.complete(cast, talked)
    for name in ("record", "sign"):
        page = words(browser(cast, "lin").get(reverse(name, args=[talked.pk])))
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_r15_both_statements_stand_in_the_record(cast, talked):
    topic = talked.topics.get(kind="improvement")
    shen = cast.actor("shen")
    room.choose(topic, consensus="reserved", actor=shen, at=walk.TALK_AT)
    room.write(topic, "manager_statement", "按 ERP 口径计算", actor=shen, at=walk.TALK_AT)
    walk.complete(cast, talked)
    page = words(browser(cast, "lin").get(url_of(talked)))
    assert "按 ERP 口径计算" in page and "会签平均要等 6 天" in page and "保留异议" in page


def test_differences_name_what_is_new_gone_or_changed(cast, second):
    old, new = (r.content for r in Record.objects.filter(conversation=second).order_by("version"))
    changed = {**new, "questions": [{**_question(), "text": "新问题"}], "topics": new["topics"][:1]}
    changed["plan"] = {**new["plan"], "items": new["plan"]["items"][:1]}
    found = {str(d.where): (d.before, d.after) for d in differences(old, changed)}
    assert found["提问「新问题」"] == ("", "新问题")
    assert found["话题「ECN 按期关闭」"] == ("ECN 按期关闭", "")
    assert [w for w in found if w.startswith("计划 A-")]
    assert differences(old, old) == []


def _question() -> dict[str, object]:
    return {"text": "", "evidence": "", "state": "answered", "answer": "可以", "parked_until": None}


def test_r24_a_poor_performer_is_met_with_causes_first():
    opening = coach.advise(coach.Moment(section="highlights", struggling=lambda: True))
    assert "最难" in str(opening.say) and "结果" in str(opening.why)
    usual = coach.advise(coach.Moment(kind="improvement", step="facts"))
    gentle = coach.advise(coach.Moment(kind="improvement", step="facts", struggling=lambda: True))
    assert usual != gentle and "先" in str(gentle.why)


def test_r15_r16_the_coach_says_overrun_and_difference_calmly():
    over = coach.advise(
        coach.Moment(section="improvements", kind="improvement", step="causes", over=True, topics_left=2)
    )
    assert "后续面谈" in str(over.say)
    apart = coach.advise(coach.Moment(kind="improvement", step="consensus", consensus="reserved"))
    assert "不争对错" in str(apart.say)
    for step in coach.STEPS:
        assert str(coach.advise(coach.Moment(kind="improvement", step=step)).say)
        assert coach.STEP_WORDS[step]
