"""面谈准备: the manager's page, every form of it, and HR's answer to a doubted number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from tests import cast as the_cast
from tests import walk
from tests.cast import at

from huitan.conversations.actions import preparation, room, voice
from huitan.conversations.models import Contest, ManagerScore, Pack, PrivateNote, Question, Topic
from huitan.conversations.queries.prepare import for_preparation
from huitan.conversations.queries.prepare import preparation as read
from huitan.core.models import Event
from huitan.cycles.actions import rate
from huitan.cycles.models import Rating
from huitan.evidence.models import Evidence
from huitan.people.models import Employee
from huitan.plans import actions as plans

NOW = "2026-07-03T10:00:00+08:00"


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW
    return settings


@pytest.fixture
def shen(as_):
    return as_("shen")


def page_of(client, talk, status: int = 200) -> str:
    answer = client.get(reverse("prepare", args=[talk.pk]))
    assert answer.status_code == status
    return answer.content.decode()


def send(client, name: str, *args, **fields):
    return client.post(reverse(name, args=args), fields)


def prepared(cast, talk):
    shen = cast.actor("shen")
    again = for_preparation(type(talk).objects.filter(pk=talk.pk), shen).get()
    return read(again, shen, at(7, 8, 10))


SCHEDULE = {"day": "2026-07-16", "start": "14:00", "minutes": "60", "place": "3 号会客室"}


def test_s2_from_an_empty_page_to_a_shared_pack(shen, cast, talk, present):
    empty = page_of(shen, talk)
    assert "定下与林晓岚面谈的时间" in empty and "还没有定面谈时间。先安排时间和地点。" in empty
    answer = send(shen, "prepare-schedule", talk.pk, **SCHEDULE)
    assert answer.status_code == 302 and answer["Location"].endswith("#schedule")
    assert "已定在 7 月 16 日 周四 14:00，60 分钟" in page_of(shen, talk)
    assert send(shen, "prepare-purpose", talk.pk, purpose="improvement").status_code == 302
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    send(shen, "prepare-score", talk.pk, ecn.pk, score="2.8", reason="四份超期")
    score = ManagerScore.objects.get()
    assert (score.score, score.reason) == (Decimal("2.8"), "四份超期")
    keys = [line.proposal.key for line in prepared(cast, talk).proposals]
    send(shen, "prepare-topics-adopt", talk.pk, key=keys)
    assert Topic.objects.count() == len(keys) > 2
    preview = shen.get(reverse("share", args=[talk.pk])).content.decode()
    assert "提前 13 天，符合至少 7 天的规定" in preview and "四份超期" not in preview
    answer = send(shen, "share", talk.pk)
    assert answer.status_code == 302
    html = page_of(shen, talk)
    assert "已共享给林晓岚（第 1 版），7 月 16 日 周四面谈" in html and "提前 13 天" in html
    talk.refresh_from_db()
    assert talk.state == "shared" and Pack.objects.get().notice_days == 13


def test_r04_the_dossier_shows_target_actual_completion_and_source(shen, talk):
    html = page_of(shen, talk)
    for words in ("ECN 按期关闭率", "90%", "71.4%", "完成率 79%", "41 天", "完成率 110%", "权重 40%"):
        assert words in html
    assert "新品导入比目标提前 4 天" in html and "导入评审纪要" in html
    facts, outside = html.split("本周期以外的事实 1 条，不能作为本周期依据")
    assert "去年的一次盘点差异" in outside and "去年的一次盘点差异" not in facts


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("prepare-schedule", {**SCHEDULE, "day": "2026-07-01"}, "面谈时间已经过去了"),
        ("prepare-schedule", {**SCHEDULE, "day": "", "place": "老地方"}, "选一个日期"),
        ("prepare-schedule", {**SCHEDULE, "minutes": "90"}, "选 30、45 或 60 分钟"),
        ("prepare-purpose", {"purpose": "gossip"}, "选业绩改进、职业发展或协作问题"),
        ("prepare-topics-add", {"kind": "improvement", "title": " "}, "给话题起个名字"),
        ("prepare-topics-adopt", {}, "选至少一个建议"),
        (
            "prepare-fact",
            {"kind": "incident", "occurred_on": "2026-07-09", "statement": "未来的事"},
            "发生日期在将来",
        ),
        ("prepare-rate", {"level": "", "reason": "写好的理由"}, "选一档"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_says_what_to_do(shen, talk, name, fields, said):
    answer = send(shen, name, talk.pk, **fields)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    for typed in ("老地方", "未来的事", "写好的理由"):
        assert (typed in fields.values()) == (typed in html)
    assert not Event.objects.filter(stream=talk.stream).exclude(verb="conversation.opened").exists()


def test_a_score_out_of_range_keeps_its_reason_at_its_own_result(shen, talk):
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    answer = send(shen, "prepare-score", talk.pk, ecn.pk, score="5.5", reason="写了很久的理由")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "评分在 1.0 到 5.0 之间" in html and "写了很久的理由" in html and 'value="5.5"' in html
    assert not ManagerScore.objects.exists()


def test_r09_topics_are_proposed_with_reasons_and_leave_the_list_once_adopted(shen, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    walk.answer_survey(cast, talk)
    voice.contest(talk, walk.kpi(talk, "ECN 按期关闭率"), "78.6%", actor=cast.actor("lin"), at=at(7, 8))
    before = prepared(cast, talk)
    first = next(line for line in before.proposals if line.proposal.kind == "improvement").proposal
    assert "认知差 1.2" in [str(why) for why in first.why]
    html = page_of(shen, talk)
    assert "「ECN 按期关闭率」上看法差得最远" in html and "员工对这个数字有疑问" in html
    send(shen, "prepare-topics-adopt", talk.pk, key=[first.key])
    after = prepared(cast, talk)
    assert first.key not in [line.proposal.key for line in after.proposals]
    assert [t.title for t in after.topics] == ["ECN 按期关闭率"]
    assert after.topics[0].wanted_by_employee and after.topics[0].number == 1
    assert send(shen, "prepare-topics-adopt", talk.pk, key=["kpi:999"]).status_code == 422


def test_topics_move_by_buttons_and_by_dragging_and_the_ends_stay(shen, cast, talk):
    actor = cast.actor("shen")
    ids = [
        preparation.add_topic(talk, "improvement", title, actor=actor, at=at(7, 3)).pk
        for title in ("甲", "乙", "丙")
    ]
    send(shen, "prepare-topic-move", talk.pk, ids[2], direction="up")
    assert [t.title for t in talk.live_topics()] == ["甲", "丙", "乙"]
    send(shen, "prepare-topic-move", talk.pk, ids[0], direction="up")
    assert [t.title for t in talk.live_topics()] == ["甲", "丙", "乙"]
    dragged = shen.post(
        reverse("prepare-topics-order", args=[talk.pk]),
        {"topic": [ids[1], ids[2], ids[0]]},
        headers={"X-Requested-With": "fetch"},
    )
    assert dragged.status_code == 204
    assert [t.title for t in talk.live_topics()] == ["乙", "丙", "甲"]
    assert send(shen, "prepare-topic-move", talk.pk, 999999, direction="up").status_code == 404


def test_r09_the_employee_orders_too_but_a_reader_does_not(as_, cast, talk):
    actor = cast.actor("shen")
    ids = [preparation.add_topic(talk, "improvement", t, actor=actor, at=at(7, 3)).pk for t in ("甲", "乙")]
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    answer = send(as_("lin"), "prepare-topic-move", talk.pk, ids[1], direction="up")
    assert answer.status_code == 302 and answer["Location"].startswith(reverse("pack", args=[talk.pk]))
    assert [t.title for t in talk.live_topics()] == ["乙", "甲"]
    assert send(as_("gu"), "prepare-topic-move", talk.pk, ids[1], direction="down").status_code == 403


def test_a_topic_the_employee_asked_for_is_not_dropped_without_a_reason(shen, cast, talk):
    topic = preparation.add_topic(talk, "growth", "绿带", actor=cast.actor("lin"), at=at(7, 3))
    answer = send(shen, "prepare-topic-remove", talk.pk, topic.pk, reason="")
    assert answer.status_code == 422 and "写明原因" in answer.content.decode()
    topic.refresh_from_db()
    assert topic.state == "active"
    send(shen, "prepare-topic-remove", talk.pk, topic.pk, reason="放到职业发展面谈")
    topic.refresh_from_db()
    assert (topic.state, topic.state_reason) == ("removed", "放到职业发展面谈")


def test_r11_facts_are_tied_to_topics_and_untied(shen, cast, talk):
    topic = preparation.add_topic(talk, "improvement", "ECN", actor=cast.actor("shen"), at=at(7, 3))
    assert "还没有事例" in page_of(shen, talk)
    incident = Evidence.objects.get(statement__startswith="ECN-2207")
    send(shen, "prepare-topic-cite", talk.pk, topic.pk, evidence=incident.pk)
    assert list(topic.evidence.all()) == [incident]
    assert "还缺事例" not in page_of(shen, talk)
    send(shen, "prepare-topic-cite", talk.pk, topic.pk, evidence=incident.pk, remove="on")
    assert not topic.evidence.exists()
    old = Evidence.objects.get(statement="去年的一次盘点差异")
    refused = send(shen, "prepare-topic-cite", talk.pk, topic.pk, evidence=old.pk)
    assert refused.status_code == 422 and "不在本周期内" in refused.content.decode()
    stranger = Evidence.objects.get(employee=cast.sun)
    assert send(shen, "prepare-topic-cite", talk.pk, topic.pk, evidence=stranger.pk).status_code == 422


def test_a_fact_is_written_down_and_says_whether_it_counts(shen, talk):
    fields = {
        "kind": "achievement",
        "occurred_on": "2026-05-06",
        "statement": "带两名新人上岗",
        "source": "周报",
    }
    send(shen, "prepare-fact", talk.pk, **fields)
    html = page_of(shen, talk)
    assert "共享资料包后，对方会看到" in html and "带两名新人上岗" in html
    send(shen, "prepare-fact", talk.pk, **{**fields, "occurred_on": "2025-05-06", "statement": "更早的事"})
    assert "不在本周期内" in page_of(shen, talk)


def test_r08_sharing_late_is_said_and_an_enforcing_cycle_refuses_it(shen, cast, talk, cycle, present):
    walk.prepare(cast, talk)
    present.HUITAN_SCRIPTED_NOW = "2026-07-13T10:00:00+08:00"
    preview = shen.get(reverse("share", args=[talk.pk])).content.decode()
    assert "只提前 3 天" in preview and "HR 会看到提前不足" in preview
    type(cycle).objects.filter(pk=cycle.pk).update(notice_rule="enforce")
    refused = send(shen, "share", talk.pk)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "本周期规定至少提前 7 天共享" in html and 'aria-disabled="true"' in html
    assert not Pack.objects.exists()
    type(cycle).objects.filter(pk=cycle.pk).update(notice_rule="warn")
    send(shen, "share", talk.pk)
    assert Pack.objects.get().is_late
    assert "提前不足，HR 能看到" in page_of(shen, talk)


def test_r08_data_changed_after_sharing_ask_for_a_new_version(shen, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    assert "数据没有变化" in shen.get(reverse("share", args=[talk.pk])).content.decode()
    assert "数据有更新" not in page_of(shen, talk)
    send(shen, "prepare-fact", talk.pk, kind="incident", occurred_on="2026-06-01", statement="一次漏检")
    assert "员工看到的还是旧版" in page_of(shen, talk)
    send(shen, "share", talk.pk)
    assert [p.version for p in talk.packs.all()] == [1, 2]
    assert "员工看到的还是旧版" not in page_of(shen, talk)


def test_r07_the_survey_is_read_once_handed_in_and_a_note_stands_in_for_it(shen, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    lin = cast.actor("lin")
    voice.save_survey(talk, {"difficulties": "草稿里的话"}, {}, actor=lin, at=at(7, 3, 11))
    assert "草稿里的话" not in page_of(shen, talk)
    send(shen, "prepare-informal", talk.pk, text="午饭时说想学六西格玛")
    assert "午饭时说想学六西格玛" in page_of(shen, talk)
    voice.submit_survey(talk, actor=lin, at=at(7, 3, 12))
    assert "草稿里的话" in page_of(shen, talk)


def test_r12_questions_are_answered_parked_or_declined(shen, cast, talk):
    walk.prepare(cast, talk)
    lin = cast.actor("lin")
    asked = [voice.ask(talk, f"问题{i}", actor=lin, at=at(7, 3, i + 1)) for i in range(3)]
    empty = send(shen, "prepare-question", talk.pk, asked[0].pk, how="answer", text="")
    assert empty.status_code == 422 and "写下答复" in empty.content.decode()
    send(shen, "prepare-question", talk.pk, asked[0].pk, how="answer", text="第 3 个工作日")
    send(shen, "prepare-question", talk.pk, asked[1].pk, how="park", text="要问财务", until="2026-07-20")
    undated = send(shen, "prepare-question", talk.pk, asked[2].pk, how="park", text="保留的字")
    assert undated.status_code == 422 and "保留的字" in undated.content.decode()
    send(shen, "prepare-question", talk.pk, asked[2].pk, how="decline", text="涉及他人薪酬")
    assert sorted(Question.objects.values_list("state", flat=True)) == ["answered", "declined", "parked"]
    html = page_of(shen, talk)
    assert "第 3 个工作日" in html and "7 月 20 日" in html and "涉及他人薪酬" in html


def test_r24_causes_and_support_stand_before_the_rating_and_ratings_stay(shen, cast, talk):
    topic = preparation.add_topic(talk, "improvement", "ECN", actor=cast.actor("shen"), at=at(7, 3))
    html = page_of(shen, talk)
    assert html.index("先看原因和支持") < html.index('name="level"')
    assert "还没谈，面谈里先听员工说" in html
    room.choose(topic, causes=["process"], actor=cast.actor("shen"), at=at(7, 3))
    assert "流程不合理" in page_of(shen, talk)
    levels = {level.label: level.pk for level in talk.review.cycle.levels.all()}
    bare = send(shen, "prepare-rate", talk.pk, level=levels["C"], reason=" ")
    assert bare.status_code == 422 and not Rating.objects.exists()
    send(shen, "prepare-rate", talk.pk, level=levels["C"], reason="按期率 71.4%")
    send(shen, "prepare-rate", talk.pk, level=levels["B"], reason="导入提前 4 天")
    assert [r.level.label for r in Rating.objects.all()] == ["C", "B"]
    html = page_of(shen, talk)
    assert "按期率 71.4%" in html and "导入提前 4 天" in html


def test_r03_the_last_plan_and_what_became_of_it_open_the_preparation(shen, cast, talk, present):
    walk.to_signed(cast, talk)
    lin, boss = cast.actor("lin"), cast.actor("shen")
    action = talk.plan.items.get(kind="action")
    promise = talk.plan.items.get(kind="support")
    plans.submit(promise, "纪要已发", actor=boss, at=at(7, 20))
    plans.accept(promise, "质量部认可", actor=lin, at=at(7, 21))
    later = the_cast.open_cycle(
        "2026h2",
        name="2026 下半年",
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 12, 31),
        talks_from=date(2027, 1, 4),
        talks_until=date(2027, 1, 29),
    )
    present.HUITAN_SCRIPTED_NOW = "2027-01-05T10:00:00+08:00"
    following = the_cast.talk_of(cast.lin, later)
    html = page_of(shen, following)
    assert "上期的计划和结果" in html and "质量部认可" in html and action.what in html
    assert f"上期计划 {action.ref} 还没有验收" in html
    assert "没验收的，采纳为话题或先去验收" in html
    send(shen, "prepare-topics-adopt", following.pk, key=[f"item:{action.ref}"])
    assert "没验收的，采纳为话题或先去验收" not in page_of(shen, following)


def autosave(client, talk, **fields):
    return client.post(reverse("prepare-note", args=[talk.pk]), fields, headers={"X-Requested-With": "fetch"})


def test_the_private_note_saves_itself_and_shows_both_texts_on_conflict(shen, cast, talk):
    first = autosave(shen, talk, text="先肯定", version="0")
    assert first.status_code == 200
    assert first.json() == {"version": 1, "saved_at": "10:00"}
    clash = autosave(shen, talk, text="另一窗口", version="0")
    assert clash.status_code == 412
    assert clash.json()["version"] == 1 and clash.json()["values"] == {"text": "先肯定"}
    assert clash.json()["changed_by"] == "沈立文"
    assert autosave(shen, talk, text="字" * 20000, version="1").json()["errors"]["text"]
    plain = send(shen, "prepare-note", talk.pk, text="不用脚本也能存", version="1")
    assert plain.status_code == 302
    assert PrivateNote.objects.get().text == "不用脚本也能存"


def test_private_notes_have_one_reader(as_, cast, talk):
    preparation.keep_private_note(talk, "只给自己看的话", actor=cast.actor("shen"), at=at(7, 3))
    assert "只给自己看的话" in page_of(as_("shen"), talk)
    for name in ("gu", "he"):
        assert "只给自己看的话" not in page_of(as_(name), talk)
        refused = autosave(as_(name), talk, text="x", version="0")
        assert refused.status_code == 403 and "error" in refused.json()


POSTS = [
    ("prepare-schedule", ()),
    ("prepare-purpose", ()),
    ("prepare-topics-adopt", ()),
    ("prepare-topics-add", ()),
    ("prepare-fact", ()),
    ("prepare-informal", ()),
    ("prepare-rate", ()),
    ("share", ()),
]


@pytest.mark.parametrize(("name", "more"), POSTS)
def test_only_the_direct_manager_prepares(as_, cast, talk, name, more):
    for who, status in (("gu", 403), ("he", 403), ("lin", 403), ("sun", 404), ("qian", 404), ("zhao", 404)):
        assert send(as_(who), name, talk.pk, *more).status_code == status, who
    assert not Event.objects.filter(stream=talk.stream).exclude(verb="conversation.opened").exists()


def test_each_reader_is_led_to_the_page_of_their_own(as_, talk):
    assert as_("lin").get(reverse("prepare", args=[talk.pk])).status_code == 302
    for name in ("sun", "qian", "zhao", "tao"):
        page_of(as_(name), talk, status=404)


def test_hr_watches_without_reading_what_the_two_wrote(as_, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    walk.answer_survey(cast, talk)
    preparation.add_topic(talk, "improvement", "换型指导书", actor=cast.actor("shen"), at=at(7, 3))
    for name in ("gu", "he"):
        html = page_of(as_(name), talk)
        assert "林晓岚的面谈" in html and "面谈的内容只有员工和上级能看" in html
        for content in ("四份超期", "六西格玛", "换型指导书", "你的评分", "会签"):
            assert content not in html


def test_evidence_opens_in_place_for_those_who_may_read_it(as_, cast, talk):
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    address = reverse("prepare-evidence", args=[talk.pk, ecn.pk])
    html = as_("shen").get(address, headers={"HX-Request": "true"}).content.decode()
    assert as_("shen").get(address)["Location"].endswith(f"/prepare/#evidence-{ecn.pk}")
    assert "71.4%" in html and "ERP" in html and "越高越好" in html
    other = Evidence.objects.get(employee=cast.chen)
    assert as_("shen").get(reverse("prepare-evidence", args=[talk.pk, other.pk])).status_code == 404
    assert as_("sun").get(reverse("prepare-evidence", args=[talk.pk, ecn.pk])).status_code == 404
    assert as_("lin").get(reverse("prepare-evidence", args=[talk.pk, ecn.pk])).status_code == 404


@pytest.fixture
def contest(cast, talk) -> Contest:
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    return voice.contest(
        talk, ecn, "我的台账是 78.6%", claim="78.6%", actor=cast.actor("lin"), at=at(7, 3, 10)
    )


def test_r08_hr_corrects_a_number_and_both_values_stay(as_, talk, contest):
    hr = as_("gu")
    address = ("contest-answer", talk.pk, contest.pk)
    html = hr.get(reverse(address[0], args=address[1:])).content.decode()
    assert "71.4%" in html and "78.6%" in html and "我的台账是 78.6%" in html
    half = send(hr, *address, outcome="correct", text="核对了 ERP", value="")
    assert half.status_code == 422
    assert "写上更正后的数" in half.content.decode() and "核对了 ERP" in half.content.decode()
    done = send(hr, *address, outcome="correct", text="一份重复计入", value="78.6")
    assert done.status_code == 302
    contest.refresh_from_db()
    assert (contest.state, contest.value_before, contest.value_after) == (
        "corrected",
        Decimal("71.4"),
        Decimal("78.6"),
    )
    assert talk.packs.count() == 2
    after = hr.get(reverse(address[0], args=address[1:])).content.decode()
    assert "已更正" in after and 'name="outcome"' not in after
    manager = page_of(as_("shen"), talk)
    assert "78.6%" in manager and "HR：一份重复计入" in manager


def test_r08_a_number_that_stands_is_confirmed_with_an_explanation(as_, talk, contest):
    hr = as_("he")
    assert send(hr, "contest-answer", talk.pk, contest.pk, outcome="confirm", text=" ").status_code == 422
    assert (
        send(hr, "contest-answer", talk.pk, contest.pk, outcome="confirm", text="口径一致").status_code == 302
    )
    again = send(hr, "contest-answer", talk.pk, contest.pk, outcome="confirm", text="再来一次")
    assert again.status_code == 409
    contest.refresh_from_db()
    assert (contest.state, contest.answer) == ("confirmed", "口径一致")


@pytest.mark.parametrize(
    ("name", "status"), [("shen", 403), ("lin", 403), ("sun", 404), ("tao", 404), ("zhao", 404)]
)
def test_r08_a_number_is_checked_by_hr_alone(as_, talk, contest, name, status):
    address = reverse("contest-answer", args=[talk.pk, contest.pk])
    assert as_(name).get(address).status_code == status
    assert as_(name).post(address, {"outcome": "confirm", "text": "无误"}).status_code == status
    contest.refresh_from_db()
    assert contest.state == "open"


def test_once_the_talk_runs_the_page_says_why_nothing_can_be_changed(shen, cast, talk, present):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    walk.begin(cast, talk)
    present.HUITAN_SCRIPTED_NOW = "2026-07-16T14:05:00+08:00"
    html = page_of(shen, talk)
    assert "面谈正在进行，准备不再修改" in html
    assert reverse("prepare-schedule", args=[talk.pk]) not in html
    refused = send(shen, "prepare-schedule", talk.pk, **{**SCHEDULE, "day": "2026-07-20", "place": "楼下"})
    assert refused.status_code == 409


def test_a_missing_manager_and_long_names_do_not_break_the_page(as_, cast, talk):
    Employee.objects.filter(pk=cast.lin.pk).update(name="欧阳若曦·阿卜杜拉" * 6, position="")
    assert "欧阳若曦·阿卜杜拉" in page_of(as_("shen"), talk)
    Employee.objects.filter(pk=cast.lin.pk).update(manager=None)
    page_of(as_("shen"), talk, status=404)
    assert "还没有直接上级" in page_of(as_("he"), talk)


def test_hostile_text_is_shown_as_text(shen, cast, talk):
    bad = '"><script>alert(1)</script>%(n)s'
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    lin = cast.actor("lin")
    voice.ask(talk, bad, actor=lin, at=at(7, 3, 11))
    voice.contest(talk, walk.kpi(talk, "ECN 按期关闭率"), bad, claim=bad, actor=lin, at=at(7, 3, 11))
    voice.save_survey(talk, {"difficulties": bad, "growth": bad}, {}, actor=lin, at=at(7, 3, 11))
    voice.submit_survey(talk, actor=lin, at=at(7, 3, 11))
    preparation.add_topic(talk, "improvement", bad, actor=cast.actor("shen"), at=at(7, 3, 11))
    rate(talk.review, talk.review.cycle.levels.first(), bad, actor=cast.actor("shen"), at=at(7, 3, 11))
    html = page_of(shen, talk)
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html


def test_a_fixed_number_of_queries_however_much_there_is(
    shen, cast, talk, django_assert_num_queries, django_assert_max_num_queries
):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 3))
    walk.answer_survey(cast, talk)
    lin, boss = cast.actor("lin"), cast.actor("shen")
    facts = list(Evidence.objects.filter(employee=cast.lin, kind="kpi").order_by("pk"))

    def more(i: int) -> None:
        voice.ask(talk, f"问题{i}", evidence=facts[i], actor=lin, at=at(7, 8, 10 + i))
        voice.contest(talk, facts[i], "不对", actor=lin, at=at(7, 8, 10 + i))
        preparation.add_topic(
            talk, "improvement", f"话题{i}", evidence=facts[: i + 1], actor=boss, at=at(7, 8)
        )

    more(0)
    page_of(shen, talk)
    with django_assert_max_num_queries(15) as first:
        page_of(shen, talk)
    more(1)
    more(2)
    with django_assert_num_queries(len(first)):
        page_of(shen, talk)


def test_r18_once_there_is_a_record_the_rating_is_not_changed_from_here(shen, cast, talk, present):
    walk.to_signed(cast, talk)
    level = talk.review.cycle.levels.first()
    assert 'name="level"' not in page_of(shen, talk)
    refused = send(shen, "prepare-rate", talk.pk, level=level.pk, reason="改一改")
    assert refused.status_code == 409 and "走异议处理" in refused.content.decode()
    assert not Rating.objects.exists()
