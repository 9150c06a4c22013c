"""METHOD.md rule by rule: `grep -r r07 tests` answers where a rule is held. Rules with a journey of their own stand
in tests/journeys as well."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests import cast as the_cast
from tests import walk
from tests.cast import at
from tests.disputes import steps as disputes

from huitan.conversations import agenda
from huitan.conversations.actions import preparation, record, room, voice
from huitan.conversations.models import PrivateNote, Record, Signature
from huitan.conversations.queries.prepare import proposals
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.disputes.actions import handling, outcome
from huitan.disputes.actions.handling import AnswerText
from huitan.evidence import actions as evidence_actions
from huitan.evidence.models import Evidence
from huitan.evidence.queries import dossier
from huitan.people.actions import RosterEntry, enrol, prove
from huitan.plans import actions as plans
from huitan.plans.models import CheckIn, PlanItem


@pytest.fixture
def room_open(cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    return talk


def refusal(act, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value


def test_r01_no_end_while_a_topic_has_no_consensus_or_there_is_neither_action_nor_reason(
    cast, room_open
) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    room.choose(topic, consensus="", actor=shen, at=walk.TALK_AT)
    assert "还没有选共识" in str(refusal(walk.complete, cast, room_open))
    preparation.remove_topic(topic, "并入下次", actor=shen, at=walk.TALK_AT)
    for item in PlanItem.objects.filter(plan=room_open.plan):
        room.remove_action(item, room_open, actor=shen, at=walk.TALK_AT)
    room.write_on_talk(room_open, "silence_note", "员工口头说过", actor=shen, at=walk.TALK_AT)
    assert "还没有行动项" in str(refusal(walk.complete, cast, room_open))
    room.no_action(room_open, "目标已经达到，下期不需要单独的行动", actor=shen, at=walk.TALK_AT)
    assert walk.complete(cast, room_open).version == 1


def test_r01_a_talk_in_which_only_one_side_wrote_says_so(cast, room_open) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    room.write(topic, "words", "", actor=cast.actor("lin"), at=walk.TALK_AT)
    assert "自己的话" in str(refusal(walk.complete, cast, room_open))
    room.write_on_talk(room_open, "silence_note", "员工表示口头说过即可", actor=shen, at=walk.TALK_AT)
    made = walk.complete(cast, room_open)
    assert made.content["silence_note"] == "员工表示口头说过即可"


def test_r20_a_promise_struck_from_the_list_comes_back_while_its_words_stand_in_the_topic(
    cast, room_open
) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    room.remove_action(topic.items.get(kind="support"), room_open, actor=shen, at=walk.TALK_AT)
    kept = walk.complete(cast, room_open).content["plan"]["items"]
    assert [i["what"] for i in kept if i["kind"] == "support"] == [topic.items.get(kind="support").what]


def test_r20_support_without_words_is_no_promise_and_causes_follow_the_topic(cast, room_open) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    room.choose(topic, causes=["goals"], actor=shen, at=walk.TALK_AT)
    assert {tuple(i.causes) for i in topic.items.all()} == {("goals",)}
    room.write(topic, "support", "", actor=shen, at=walk.TALK_AT)
    assert not topic.items.filter(kind="support").exists()


def test_r02_each_shortfall_asks_for_cause_and_direction(cast, room_open) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    bare = preparation.add_topic(
        room_open,
        "improvement",
        "ECN",
        evidence=[walk.kpi(room_open, "ECN 按期关闭率")],
        actor=shen,
        at=walk.TALK_AT,
    )
    room.write(bare, "issue", "按期率 71.4%，目标 90%。", actor=shen, at=walk.TALK_AT)
    said = str(refusal(walk.complete, cast, room_open))
    assert "还没有选原因" in said
    assert "改进方向" in said


def test_r03_the_next_conversation_opens_with_the_last_plan(cast, talk) -> None:
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
    assert following.previous_plan_id == talk.plan_id
    assert any("上期计划" in str(why) for p in proposals(following) for why in p.why)
    assert {row["ref"] for row in preparation.pack_content(following)["previous_plan"]} == {
        item.ref for item in talk.plan.items.all()
    }


def test_r04_evidence_has_date_and_source_and_belongs_to_its_cycle(cast, talk) -> None:
    shen = cast.actor("shen")
    found = dossier(cast.lin, talk.review.cycle, shen)
    assert found.kpis[0].name == "ECN 按期关闭率"
    assert all(row.source and row.occurred_on for row in found.all)
    assert [row.statement for row in found.outside] == ["去年的一次盘点差异"]
    last_year = Evidence.objects.get(statement="去年的一次盘点差异")
    topic = preparation.add_topic(talk, "improvement", "盘点", actor=shen, at=at(7, 3))
    assert "不在本周期内" in str(refusal(room.cite, topic, last_year, actor=shen, at=at(7, 3)))


def test_r06_purpose_is_needed_and_sets_the_agenda(cast, talk) -> None:
    shen = cast.actor("shen")
    preparation.schedule(talk, walk.TALK_AT, minutes=60, place="", actor=shen, at=at(7, 3))
    assert "这次谈什么" in str(refusal(walk.share, cast, talk))
    preparation.choose_purpose(talk, "growth", actor=shen, at=at(7, 3))
    assert {s.key: s.minutes for s in talk.sections.all()} == agenda.minutes("growth", 60)
    assert agenda.minutes("growth", 60) != agenda.minutes("improvement", 60)


def test_r07_the_survey_is_the_employees_until_handed_in_and_then_stays(cast, talk) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    walk.prepare(cast, talk)
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    voice.save_survey(talk, {"difficulties": "会签慢"}, {ecn.pk: Decimal("4.0")}, actor=lin, at=at(7, 8))
    assert all("认知差" not in str(w) for p in proposals(talk) for w in p.why)
    voice.submit_survey(talk, actor=lin, at=at(7, 8))
    talk.refresh_from_db()
    assert any("认知差" in str(w) for p in proposals(talk) for w in p.why)
    assert refusal(voice.save_survey, talk, {}, {}, actor=lin, at=at(7, 9)).kind == "not_now"
    assert refusal(voice.save_survey, talk, {}, {}, actor=shen, at=at(7, 9)).kind == "forbidden"


def test_r07_an_empty_survey_is_not_a_voice(cast, talk) -> None:
    assert refusal(voice.submit_survey, talk, actor=cast.actor("lin"), at=at(7, 8)).kind == "incomplete"


def test_r07_an_informal_talk_can_stand_in_for_the_survey(cast, talk) -> None:
    preparation.note_informal_talk(talk, "午饭时说会签太慢", actor=cast.actor("shen"), at=at(7, 3))
    talk.refresh_from_db()
    assert talk.informal_note == "午饭时说会签太慢"


def test_r08_late_sharing_is_marked_or_refused_by_policy(cast) -> None:
    for rule in ("warn", "enforce"):
        cycle = the_cast.open_cycle(
            f"2026-{rule}",
            name=rule,
            notice_rule=rule,
            starts_on=date(2026, 1, 1) if rule == "warn" else date(2026, 2, 1),
        )
        the_cast.bring_results(cast, cycle)
        talk = the_cast.talk_of(cast.lin, cycle)
        walk.prepare(cast, talk)
        if rule == "warn":
            walk.share(cast, talk, when=at(7, 12))
            pack = talk.packs.get()
            assert (pack.notice_days, pack.is_late) == (4, True)
        else:
            caught = refusal(walk.share, cast, talk, when=at(7, 12))
            assert "只剩 4 天" in str(caught)
            assert "7 天" in str(caught)
            walk.share(cast, talk, when=at(7, 9))
            assert not talk.packs.get().is_late


def test_r08_the_pack_is_frozen_and_changes_only_as_a_new_version(cast, talk) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    first = talk.packs.get()
    evidence_actions.enter_kpis(
        talk.review.cycle,
        [
            evidence_actions.KpiEntry(
                cast.lin, "ECN 按期关闭率", Decimal(90), Decimal(60), Decimal(40), "%", "up", "ERP"
            )
        ],
        actor=the_cast.SYSTEM,
        at=at(7, 7),
    )
    first.refresh_from_db()
    assert [k["actual"] for k in first.content["kpis"] if k["name"] == "ECN 按期关闭率"] == ["71.4000"]
    walk.share(cast, talk, when=at(7, 8))
    assert talk.packs.count() == 2
    walk.share(cast, talk, when=at(7, 8))
    assert talk.packs.count() == 2


def test_r08_a_number_is_contested_once_at_a_time_and_both_values_stay(cast, talk) -> None:
    lin, gu, shen = cast.actor("lin"), cast.actor("gu"), cast.actor("shen")
    walk.prepare(cast, talk)
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    assert refusal(voice.contest, talk, ecn, "不对", actor=lin, at=at(7, 5)).kind == "not_now"
    walk.share(cast, talk)
    raised = voice.contest(talk, ecn, "我的台账是 78.6%", claim="78.6%", actor=lin, at=at(7, 7))
    assert refusal(voice.contest, talk, ecn, "再说一次", actor=lin, at=at(7, 7)).kind == "not_now"
    assert refusal(voice.confirm_number, raised, "没错", actor=shen, at=at(7, 8)).kind == "forbidden"
    assert refusal(voice.confirm_number, raised, " ", actor=gu, at=at(7, 8)).kind == "incomplete"
    voice.confirm_number(raised, "ERP 核对无误", actor=gu, at=at(7, 8))
    raised.refresh_from_db()
    assert (raised.state, raised.value_before) == ("confirmed", Decimal("71.4"))


def test_r09_both_sides_order_the_topics(cast, talk) -> None:
    shen, lin = cast.actor("shen"), cast.actor("lin")
    first = preparation.add_topic(talk, "improvement", "甲", actor=shen, at=at(7, 3))
    second = preparation.add_topic(talk, "improvement", "乙", actor=lin, at=at(7, 4))
    assert second.wanted_by_employee
    preparation.order_topics(talk, [second.pk, first.pk], actor=lin, at=at(7, 4))
    assert [t.title for t in talk.topics.all()] == ["乙", "甲"]
    assert Event.objects.filter(verb="topic.ordered").get().actor == lin.key
    assert "写明原因" in str(refusal(preparation.remove_topic, second, "", actor=shen, at=at(7, 5)))


def test_r10_no_improvement_topic_is_settled_before_a_highlight_with_evidence(cast, room_open) -> None:
    shen = cast.actor("shen")
    topic = preparation.add_topic(room_open, "improvement", "ECN", actor=shen, at=walk.TALK_AT)
    assert "亮点" in str(refusal(room.choose, topic, consensus="agreed", actor=shen, at=walk.TALK_AT))
    room.write_on_talk(
        room_open, "highlight_skip_reason", "入职两周，还没有结果", actor=shen, at=walk.TALK_AT
    )
    room.choose(topic, consensus="agreed", actor=shen, at=walk.TALK_AT)
    room_open.refresh_from_db()
    assert room_open.highlight_skip_reason == "入职两周，还没有结果"


def test_r11_an_improvement_topic_cites_an_instance_and_says_first_raised(cast, room_open) -> None:
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    topic.evidence.clear()
    assert "还没有事例" in str(refusal(walk.complete, cast, room_open))
    first = next(p for p in proposals(room_open) if p.kind == "improvement")
    assert first.first_raised


def test_r12_the_employees_words_are_the_employees_alone(cast, room_open) -> None:
    topic = walk.highlight(cast, room_open)
    for who in ("shen", "zhao", "he", "gu", "sun"):
        kind = refusal(room.write, topic, "words", "替她写的", actor=cast.actor(who), at=walk.TALK_AT).kind
        assert kind == "forbidden"
    assert (
        refusal(room.write, topic, "issue", "员工改的", actor=cast.actor("lin"), at=walk.TALK_AT).kind
        == "forbidden"
    )


def test_r12_every_question_ends_answered_parked_or_declined(cast, room_open) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    walk.highlight(cast, room_open)
    walk.improvement(cast, room_open)
    asked = [voice.ask(room_open, f"问题{n}", actor=lin, at=walk.TALK_AT) for n in range(3)]
    assert "还没有答复" in str(refusal(walk.complete, cast, room_open))
    voice.answer(asked[0], "满 2 天由我升级", actor=shen, at=walk.TALK_AT)
    assert (
        refusal(voice.park, asked[1], date(2026, 7, 1), "预算后", actor=shen, at=walk.TALK_AT).kind
        == "incomplete"
    )
    voice.park(asked[1], date(2026, 9, 10), "预算定后答复", actor=shen, at=walk.TALK_AT)
    assert refusal(voice.decline, asked[2], "", actor=shen, at=walk.TALK_AT).kind == "incomplete"
    voice.decline(asked[2], "涉及他人的薪酬", actor=shen, at=walk.TALK_AT)
    made = walk.complete(cast, room_open)
    assert [q["state"] for q in made.content["questions"]] == ["answered", "parked", "declined"]


def test_r13_a_cause_outside_the_employees_hands_is_not_left_to_the_employee(cast, room_open) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    promise = topic.items.get(kind="support")
    room.put_action(room_open, {"owner": cast.lin}, item=promise, topic=topic, actor=shen, at=walk.TALK_AT)
    assert "不在员工一个人手里" in str(refusal(walk.complete, cast, room_open))
    room.choose(topic, causes=["skills"], actor=shen, at=walk.TALK_AT)
    walk.complete(cast, room_open)


@pytest.mark.parametrize("part", ["issue", "direction", "support"])
def test_r14_feedback_has_all_three_parts(cast, room_open, part) -> None:
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    room.write(topic, part, "  ", actor=cast.actor("shen"), at=walk.TALK_AT)
    word = {"issue": "具体问题", "direction": "改进方向", "support": "支持措施"}[part]
    assert word in str(refusal(walk.complete, cast, room_open))


def test_r15_a_difference_is_kept_with_both_statements(cast, room_open) -> None:
    shen = cast.actor("shen")
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    room.choose(topic, consensus="reserved", actor=shen, at=walk.TALK_AT)
    assert "还缺你的说法" in str(refusal(walk.complete, cast, room_open))
    room.write(topic, "manager_statement", "变更通知 2 月 10 日已发邮件。", actor=shen, at=walk.TALK_AT)
    kept = next(t for t in walk.complete(cast, room_open).content["topics"] if t["consensus"] == "reserved")
    assert kept["words"]
    assert kept["manager_statement"]


@pytest.mark.parametrize("purpose", list(agenda.WEIGHTS))
@pytest.mark.parametrize("length", [30, 45, 60])
def test_r16_minutes_fill_the_talk_and_the_employees_part_is_never_cut(purpose, length) -> None:
    planned = agenda.minutes(purpose, length)
    assert sum(planned.values()) == length
    assert list(planned) == ["highlights", "improvements", "plan", "support"]
    lent = agenda.borrow(planned, "improvements", 10)
    assert lent["support"] == planned["support"]
    assert sum(lent.values()) == length
    assert lent["plan"] >= agenda.SMALLEST


def test_r17_what_owner_date_and_criterion_are_all_needed(cast, room_open) -> None:
    walk.highlight(cast, room_open)
    walk.improvement(cast, room_open)
    shen = cast.actor("shen")
    room.put_action(room_open, {"what": "更新台账"}, actor=shen, at=walk.TALK_AT)
    said = str(refusal(walk.complete, cast, room_open))
    for missing in ("负责人", "截止日期", "验收标准"):
        assert missing in said


def test_r18_signing_needs_the_person_the_text_and_a_fresh_proof(cast, room_open) -> None:
    walk.highlight(cast, room_open)
    walk.improvement(cast, room_open)
    made = walk.complete(cast, room_open)
    when = walk.DONE_AT + timedelta(minutes=10)
    sign = {"choice": "agree", "seen_hash": made.hash, "at": when}
    lin, shen = cast.actor("lin"), cast.actor("shen")
    proof = cast.prove("lin", when)
    wrong = [
        ({**sign, "side": "employee", "actor": shen, "proof": cast.prove("shen", when)}, "forbidden"),
        ({**sign, "side": "manager", "actor": lin, "proof": proof}, "forbidden"),
        ({**sign, "side": "employee", "actor": lin, "proof": cast.prove("shen", when)}, "forbidden"),
        (
            {**sign, "side": "employee", "actor": lin, "proof": cast.prove("lin", when - timedelta(hours=1))},
            "forbidden",
        ),
        ({**sign, "side": "employee", "actor": lin, "proof": proof, "seen_hash": "0" * 64}, "stale"),
        ({**sign, "side": "employee", "actor": lin, "proof": proof, "choice": "reserve"}, "invalid"),
    ]
    for arguments, kind in wrong:
        assert refusal(record.sign, room_open, **arguments).kind == kind
    assert not Signature.objects.exists()
    assert refusal(prove, cast.account("lin"), "not the password", when).kind == "invalid"
    walk.sign(cast, room_open, "lin", "reserve", "按期率口径不一致", when=when)
    assert Signature.objects.get().sentence == "我已阅读全文，对部分内容保留异议"


def test_r18_a_change_voids_both_signatures_and_makes_a_new_version(cast, room_open) -> None:
    walk.highlight(cast, room_open)
    topic = walk.improvement(cast, room_open)
    walk.complete(cast, room_open)
    walk.sign(cast, room_open, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    shen = cast.actor("shen")
    when = walk.DONE_AT + timedelta(minutes=30)
    assert refusal(record.revise, room_open, " ", actor=shen, at=when).kind == "incomplete"
    record.revise(room_open, "补充话题 1 的日期", actor=shen, at=when)
    room.write(topic, "issue", "2 月 14 日到 5 月有 4 份 ECN 超期。", actor=shen, at=when)
    second = room.complete(room_open, actor=shen, at=when + timedelta(minutes=5))
    assert (second.version, second.change_note) == (2, "补充话题 1 的日期")
    assert not second.signed_by("manager")
    assert Record.objects.get(version=1).signed_by("manager")
    walk.sign(cast, room_open, "lin", when=when + timedelta(hours=1))
    room_open.refresh_from_db()
    assert room_open.state == "recorded"
    walk.sign(cast, room_open, "shen", when=when + timedelta(hours=2))
    room_open.refresh_from_db()
    assert room_open.state == "signed"


def test_r18_silence_is_never_agreement(cast, room_open) -> None:
    walk.highlight(cast, room_open)
    walk.improvement(cast, room_open)
    walk.complete(cast, room_open)
    walk.sign(cast, room_open, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    for day in (24, 25):
        record.lapse_signing(actor=the_cast.SYSTEM, at=at(7, day))
    assert Event.objects.filter(verb="conversation.signing_lapsed").count() == 1
    room_open.refresh_from_db()
    assert room_open.state == "recorded"
    walk.sign(cast, room_open, "lin", when=at(7, 27))
    room_open.refresh_from_db()
    assert room_open.state == "signed"


def test_s6_refusal_to_sign_is_witnessed_by_somebody_who_did_not_hold_the_talk(cast, room_open) -> None:
    walk.highlight(cast, room_open)
    walk.improvement(cast, room_open)
    made = walk.complete(cast, room_open)
    when = walk.DONE_AT + timedelta(hours=1)
    walk.sign(cast, room_open, "shen", when=when)
    walk.sign(cast, room_open, "lin", "decline", "不认可口径", when=when)
    room_open.refresh_from_db()
    assert room_open.state == "recorded"
    shen, gu = cast.actor("shen"), cast.actor("gu")
    assert (
        refusal(record.witness_refusal, room_open, "x", ["email", "im"], actor=shen, at=when).kind
        == "forbidden"
    )
    assert "两种方式" in str(refusal(record.witness_refusal, room_open, "口径", ["email"], actor=gu, at=when))
    record.witness_refusal(room_open, "不认可口径", ["in_person", "email"], actor=gu, at=when)
    room_open.refresh_from_db()
    assert room_open.state == "signed"
    walk.sign(cast, room_open, "lin", "reserve", "口径另行核对", when=when + timedelta(days=1))
    assert made.signed_by("employee")
    assert room_open.plan.items.filter(state="active").count() == 2


def test_s7_a_new_manager_gets_plan_and_record_but_not_private_notes(cast, talk) -> None:
    preparation.keep_private_note(talk, "先肯定她", actor=cast.actor("shen"), at=at(7, 3))
    walk.to_signed(cast, talk)
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")],
        actor=the_cast.SYSTEM,
        at=at(8, 1),
    )
    chen, shen = cast.actor("chen"), cast.actor("shen")
    model = type(talk)
    assert model.objects.visible_to(chen).filter(pk=talk.pk).exists()
    assert PlanItem.objects.visible_to(chen).filter(plan=talk.plan).count() == 2
    assert not PrivateNote.objects.visible_to(chen).exists()
    assert model.objects.visible_to(shen).filter(pk=talk.pk).exists()
    assert refusal(
        preparation.schedule, talk, at(9, 1), minutes=30, place="", actor=shen, at=at(8, 2)
    ).kind in (
        "not_now",
        "forbidden",
    )


def test_r19_check_ins_come_from_the_plan_and_a_missed_one_is_noted_after_grace(cast, talk) -> None:
    walk.to_signed(cast, talk)
    due = [c.due_on for c in CheckIn.objects.all()]
    assert due == [date(2026, 8, 17), date(2026, 9, 16)]
    assert plans.miss_check_ins(actor=the_cast.SYSTEM, at=at(8, 20)) == 0
    assert plans.miss_check_ins(actor=the_cast.SYSTEM, at=at(8, 21)) == 1
    assert plans.miss_check_ins(actor=the_cast.SYSTEM, at=at(8, 21)) == 0
    late = CheckIn.objects.get(state="missed")
    walk.check_in(cast, late, "补做跟进", when=at(8, 24))


def test_r20_what_was_said_in_the_room_is_record_and_plan_without_typing_again(cast, talk) -> None:
    walk.to_signed(cast, talk)
    made = talk.current_record()
    topic = next(t for t in made.content["topics"] if t["kind"] == "improvement")
    promise = talk.plan.items.get(kind="support")
    assert promise.what == topic["support"]
    assert {i["ref"] for i in made.content["plan"]["items"]} == {i.ref for i in talk.plan.items.all()}
    assert set(topic["items"]) == {i.ref for i in talk.plan.items.all()}
    assert promise.causes == topic["causes"]


def test_r21_an_update_is_seen_by_the_manager_at_once(cast, talk) -> None:
    walk.to_signed(cast, talk)
    item = talk.plan.items.get(kind="action")
    plans.update_progress(item, 40, "第一周已更新", actor=cast.actor("lin"), at=at(7, 20))
    seen = PlanItem.objects.visible_to(cast.actor("shen")).get(pk=item.pk)
    assert (seen.progress, seen.latest_note) == (40, "第一周已更新")


def test_r22_accepted_by_somebody_else_with_evidence_and_dates_move_by_consent(cast, talk) -> None:
    walk.to_signed(cast, talk)
    lin, shen = cast.actor("lin"), cast.actor("shen")
    item = talk.plan.items.get(kind="action")
    assert refusal(plans.submit, item, "  ", actor=lin, at=at(9, 1)).kind == "incomplete"
    plans.submit(item, "四周台账", actor=lin, at=at(9, 1))
    assert refusal(plans.accept, item, actor=lin, at=at(9, 1)).kind == "forbidden"
    assert refusal(plans.accept, item, actor=cast.actor("he"), at=at(9, 1)).kind == "forbidden"
    assert refusal(plans.send_back, item, "", actor=shen, at=at(9, 2)).kind == "incomplete"
    plans.send_back(item, "还缺第 34 周", actor=shen, at=at(9, 2))
    change = plans.request_date(item, date(2026, 10, 20), "停机检修", actor=lin, at=at(9, 3))
    item.refresh_from_db()
    assert item.due_on == date(2026, 9, 30)
    assert refusal(plans.consent, change, actor=lin, at=at(9, 3)).kind == "forbidden"
    plans.consent(change, actor=shen, at=at(9, 4))
    item.refresh_from_db()
    change.refresh_from_db()
    assert (change.from_on, change.to_on, item.due_on) == (
        date(2026, 9, 30),
        date(2026, 10, 20),
        date(2026, 10, 20),
    )


def test_private_notes_have_one_reader_and_no_trace(cast, talk) -> None:
    preparation.keep_private_note(talk, "只给我自己", actor=cast.actor("shen"), at=at(7, 3))
    for who in ("lin", "zhao", "gu", "he", "tao", "wang", "sun"):
        assert not PrivateNote.objects.visible_to(cast.actor(who)).exists()
    assert PrivateNote.objects.visible_to(cast.actor("shen")).get().text == "只给我自己"
    assert not [e for e in Event.objects.all() if "只给我自己" in str(e.payload)]
    walk.to_signed(cast, talk)
    assert "只给我自己" not in str(talk.current_record().content)
    assert (
        refusal(preparation.keep_private_note, talk, "偷看", actor=cast.actor("he"), at=at(7, 3)).kind
        == "forbidden"
    )


def test_r23_each_point_is_answered_and_a_correction_leaves_the_first_rating_beside_it(cast, talk) -> None:
    talk = disputes.rated_and_signed(cast, talk)
    disputes.corrected(cast, talk)
    given = list(talk.review.ratings.select_related("level", "given_by"))
    assert [(r.level.label, r.reason, r.given_by.name) for r in given] == [
        ("C", "按期率 71.4%，四份超期", "沈立文"),
        ("B", "核对会签记录：三份超期等会签超过 5 天，不在员工手里。", "顾清和"),
    ]
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    changed = Event.objects.get(stream=ecn.stream, verb="evidence.kpi_changed").payload
    assert changed["changes"]["actual"] == ["71.4000", "78.6000"]


def test_r23_an_explanation_needs_the_instance_that_explains_it(cast, talk) -> None:
    dispute = disputes.accepted(cast, disputes.rated_and_signed(cast, talk))
    for point in dispute.points.all():
        text = AnswerText("explained", "数字是对的")
        handling.answer(point, text, seen=None, actor=cast.actor("gu"), at=disputes.DECIDED_AT)
    assert "至少一条证据或记录里的一段" in str(refusal(disputes.send, cast, dispute))
    disputes.explain_both(cast, dispute)
    assert disputes.send(cast, dispute).state == "decided"
    assert talk.review.ratings.count() == 1


def test_r23_the_handler_is_never_the_person_who_rated(cast, talk) -> None:
    dispute = disputes.submitted(cast, disputes.rated_and_signed(cast, talk))
    he = cast.actor("he")
    for who in ("shen", "zhao", "chen", "lin"):
        handler = cast.people[who].pk
        refused = refusal(handling.assign, dispute, handler, actor=he, at=disputes.ASSIGNED_AT)
        assert refused.kind == "invalid", who


def test_r23_every_step_has_a_clock_in_working_days(cast, talk) -> None:
    """Handed in on Friday 17 July: taken on by Tuesday; taken on on Monday: answered by 3 August; then five days."""
    dispute = disputes.corrected(cast, disputes.rated_and_signed(cast, talk))
    dates = (dispute.window_until, dispute.accept_due_on, dispute.answer_due_on, dispute.further_until)
    assert dates == (date(2026, 7, 23), date(2026, 7, 21), date(2026, 8, 3), date(2026, 7, 31))


def test_r23_the_employee_confirms_having_been_told_and_the_rating_waits_until_the_end(cast, talk) -> None:
    talk = disputes.rated_and_signed(cast, talk)
    dispute, lin = disputes.explained(cast, talk), cast.actor("lin")
    outcome.acknowledge(dispute, actor=lin, at=disputes.DECIDED_AT)
    talk.review.refresh_from_db()
    assert talk.review.is_disputed
    outcome.finish(dispute, actor=lin, at=disputes.DECIDED_AT)
    talk.review.refresh_from_db()
    assert not talk.review.is_disputed
    told = [e.verb for e in Event.objects.filter(stream=dispute.stream).order_by("seq")]
    assert told[-3:] == ["dispute.decide", "dispute.acknowledged", "dispute.finish"]
