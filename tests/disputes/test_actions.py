"""What each step of a dispute does, refuses and leaves behind (R23)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests import walk
from tests.cast import SYSTEM, at
from tests.disputes import steps

from huitan.conversations.actions import opening
from huitan.conversations.models import Conversation
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.disputes.actions import drafting, handling, outcome
from huitan.disputes.actions.drafting import PointText
from huitan.disputes.actions.handling import AnswerText
from huitan.disputes.models import Answer, Dispute, Statement
from huitan.disputes.queries.verification import dispute_breaks
from huitan.people import actions as people_actions


@pytest.fixture
def signed(cast, talk) -> Conversation:
    return steps.rated_and_signed(cast, talk)


def refusal(act, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value


def review_of(talk):
    talk.review.refresh_from_db()
    return talk.review


def test_a_draft_is_made_once_and_seen_by_the_employee_alone(cast, signed):
    draft = steps.begun(cast, signed)
    assert drafting.begin(signed, actor=cast.actor("lin"), at=steps.BEGUN_AT).pk == draft.pk
    for who in cast.people:
        assert Dispute.objects.visible_to(cast.actor(who)).exists() == (who == "lin")
    assert not review_of(signed).is_disputed


def test_only_the_employee_begins_one_and_only_about_a_record(cast, signed):
    for who in ("shen", "gu", "he", "sun", "tao"):
        assert refusal(drafting.begin, signed, actor=cast.actor(who), at=steps.BEGUN_AT).kind == "forbidden"
    other = Conversation.objects.get(review__employee=cast.chen, review__cycle=signed.review.cycle)
    assert refusal(drafting.begin, other, actor=cast.actor("chen"), at=steps.BEGUN_AT).kind == "not_now"


def test_the_same_thing_is_contested_once(cast, signed):
    draft, lin = steps.begun(cast, signed), cast.actor("lin")
    again = drafting.add_point(draft, "rating", None, actor=lin, at=steps.BEGUN_AT)
    assert again.pk == steps.point(draft, "rating").pk and draft.points.count() == 2
    drafting.add_point(draft, "other", None, actor=lin, at=steps.BEGUN_AT)
    drafting.add_point(draft, "other", None, actor=lin, at=steps.BEGUN_AT)
    assert draft.points.count() == 4


def test_what_is_not_in_the_record_cannot_be_contested_or_cited(cast, signed):
    draft, lin = steps.begun(cast, signed), cast.actor("lin")
    foreign = cast.sun.evidence.get()
    when = steps.BEGUN_AT
    assert refusal(drafting.add_point, draft, "number", foreign.pk, actor=lin, at=when).kind == "invalid"
    assert refusal(drafting.add_point, draft, "topic", 999999, actor=lin, at=when).kind == "invalid"
    assert refusal(drafting.add_point, draft, "mood", None, actor=lin, at=when).kind == "invalid"
    texts = {steps.point(draft, "rating").pk: PointText("改过", "改过", (foreign.pk,))}
    assert refusal(drafting.save_draft, draft, texts, seen=None, actor=lin, at=when).kind == "invalid"
    assert steps.point(draft, "rating").claim == steps.CLAIM


def test_a_second_device_is_told_and_nothing_is_lost(cast, signed):
    draft, lin = steps.begun(cast, signed), cast.actor("lin")
    draft.refresh_from_db()
    seen, pk = draft.version, steps.point(draft, "rating").pk
    save = {"actor": lin, "at": steps.BEGUN_AT}
    drafting.save_draft(draft, {pk: PointText("手机上写的", "B")}, seen=seen, **save)
    stale = refusal(drafting.save_draft, draft, {pk: PointText("电脑上写的", "B")}, seen=seen, **save)
    assert stale.kind == "stale" and stale.current.points.get(pk=pk).claim == "手机上写的"


def test_nothing_is_handed_in_half(cast, signed):
    lin = cast.actor("lin")
    draft = drafting.begin(signed, actor=lin, at=steps.BEGUN_AT)
    assert "还没有一条申诉点" in str(refusal(drafting.submit, draft, actor=lin, at=steps.BEGUN_AT))
    drafting.add_point(draft, "rating", None, actor=lin, at=steps.BEGUN_AT)
    why = str(refusal(drafting.submit, draft, actor=lin, at=steps.BEGUN_AT))
    assert "第 1 点还没有写你的说法" in why and "第 1 点还没有写你认为对的" in why
    assert not review_of(signed).is_disputed


def test_handed_in_it_no_longer_changes_and_the_rating_waits(cast, signed):
    dispute, lin = steps.submitted(cast, signed), cast.actor("lin")
    assert dispute.state == "submitted" and review_of(signed).is_disputed
    assert dispute.window_until == date(2026, 7, 23) and dispute.accept_due_on == date(2026, 7, 21)
    point = steps.point(dispute, "rating")
    late = {"actor": lin, "at": steps.ASSIGNED_AT}
    texts = {point.pk: PointText("后来改的", "A")}
    assert refusal(drafting.save_draft, dispute, texts, seen=None, **late).kind == "not_now"
    assert refusal(drafting.add_point, dispute, "other", None, **late).kind == "not_now"
    assert refusal(drafting.attach, point, "a.txt", b"x", **late).kind == "not_now"
    assert refusal(drafting.remove_point, point, **late).kind == "not_now"
    assert refusal(drafting.begin, signed, **late).kind == "not_now"
    told = Event.objects.get(stream=dispute.stream, verb="dispute.submit").payload["points"]
    assert [p["claim"] for p in told] == [steps.CLAIM, "系统把两份撤销的 ECN 也算了。"]


def test_a_file_is_checked_by_its_content_and_its_hash_is_in_the_history(cast, signed):
    draft, lin = steps.begun(cast, signed), cast.actor("lin")
    point = steps.point(draft, "number")
    on = {"actor": lin, "at": steps.BEGUN_AT}
    assert refusal(drafting.attach, point, "台账.pdf", b"MZ\x90", **on).kind == "invalid"
    kept = drafting.attach(point, "台账.csv", "编号,关闭\n2207,晚\n".encode(), **on)
    gone = drafting.attach(point, "错的.txt", b"x", **on)
    drafting.detach(gone, **on)
    drafting.submit(draft, **on)
    told = Event.objects.get(stream=draft.stream, verb="dispute.submit").payload["points"]
    assert told[1]["files"] == [["台账.csv", kept.sha256]]


def test_after_the_last_day_the_draft_stays_but_cannot_be_handed_in(cast, signed):
    draft, lin = steps.begun(cast, signed), cast.actor("lin")
    too_late = at(7, 24, 8)
    assert "7 月 23 日 周四" in str(refusal(drafting.submit, draft, actor=lin, at=too_late))
    assert draft.points.count() == 2


def test_after_the_last_day_none_is_begun(cast, signed):
    why = refusal(drafting.begin, signed, actor=cast.actor("lin"), at=at(7, 24, 8))
    assert why.kind == "not_now" and "7 月 23 日 周四" in str(why)


def test_the_employee_may_dispute_while_signing_still_runs(cast, talk):
    walk.to_recorded(cast, talk)
    lin = cast.actor("lin")
    draft = drafting.begin(talk, actor=lin, at=walk.DONE_AT + timedelta(hours=1))
    topic = talk.topics.get(kind="improvement")
    point = drafting.add_point(draft, "topic", topic.pk, actor=lin, at=walk.DONE_AT + timedelta(hours=1))
    texts = {point.pk: PointText("超期的原因没有写全", "补上会签等待的天数")}
    sent = drafting.submit(draft, texts, actor=lin, at=walk.DONE_AT + timedelta(hours=1))
    assert sent.state == "submitted" and sent.window_until == date(2026, 7, 30)


def test_assigning_to_somebody_with_a_part_is_refused_with_the_rule(cast, signed):
    dispute, he = steps.submitted(cast, signed), cast.actor("he")
    for who, rule in (
        ("shen", "给过这次评级"),
        ("zhao", "是评价人的直接上级"),
        ("lin", "从名单里选"),
        ("sun", "从名单里选"),
        ("chen", "从名单里选"),
    ):
        why = refusal(handling.assign, dispute, cast.people[who].pk, actor=he, at=steps.ASSIGNED_AT)
        assert rule in str(why), who
        assert why.reasons[0].anchor == "id_handler"
    done = handling.assign(dispute, cast.wang.pk, actor=he, at=steps.ASSIGNED_AT)
    assert done.handler_id == cast.wang.pk and done.state == "assigned"


def test_only_hr_assigns_and_only_the_handler_handles(cast, signed):
    dispute = steps.submitted(cast, signed)
    when = steps.ASSIGNED_AT
    for who in ("lin", "shen", "gu", "wang", "tao", "sun"):
        assert (
            refusal(handling.assign, dispute, cast.gu.pk, actor=cast.actor(who), at=when).kind == "forbidden"
        )
    handling.assign(dispute, cast.gu.pk, actor=cast.actor("he"), at=when)
    for who in ("lin", "shen", "he", "wang"):
        assert refusal(handling.accept, dispute, actor=cast.actor(who), at=when).kind == "forbidden"
        gives = {"actor": cast.actor(who), "at": when}
        assert refusal(handling.recuse, dispute, "有关", **gives).kind == "forbidden"


def test_a_handler_who_turns_partial_can_no_longer_go_on_and_is_replaced(cast, signed):
    dispute = steps.accepted(cast, signed)
    steps.correct_both(cast, dispute)
    entry = people_actions.RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00008")
    people_actions.enrol([entry], actor=SYSTEM, at=steps.STATED_AT)
    dispute = Dispute.objects.get(pk=dispute.pk)
    assert "是员工的直接上级" in str(refusal(steps.send, cast, dispute))
    done = handling.reassign(
        dispute, cast.he.pk, "成了员工的上级", actor=cast.actor("he"), at=steps.DECIDED_AT
    )
    assert done.state == "assigned" and done.handler_id == cast.he.pk
    assert done.accept_due_on == date(2026, 7, 28) and done.answer_due_on is None
    assert done.answers_now() == []
    assert Answer.objects.filter(by=cast.gu, sent_at__isnull=True).count() == 2


def test_the_handler_may_say_to_have_a_part(cast, signed):
    dispute = steps.assigned(cast, signed)
    done = handling.recuse(dispute, "和评价人是亲属", actor=cast.actor("gu"), at=steps.ACCEPTED_AT)
    assert done.state == "submitted" and done.handler is None
    assert not Dispute.objects.visible_to(cast.actor("wang")).exists()


def test_each_side_has_its_own_box_and_cannot_change_what_it_sent(cast, signed):
    dispute = steps.accepted(cast, signed)
    own, theirs = (dispute.statements.get(side=side) for side in ("employee", "rater"))
    when = steps.STATED_AT
    assert refusal(handling.state, own, "代写", actor=cast.actor("shen"), at=when).kind == "forbidden"
    assert refusal(handling.state, theirs, "代写", actor=cast.actor("lin"), at=when).kind == "forbidden"
    assert refusal(handling.state, own, "  ", actor=cast.actor("lin"), at=when).kind == "invalid"
    handling.state(own, "等会签的三份有邮件。", actor=cast.actor("lin"), at=when)
    handling.state(theirs, "四份都在他的清单上。", actor=cast.actor("shen"), at=when)
    assert refusal(handling.state, own, "再改", actor=cast.actor("lin"), at=when).kind == "not_now"
    own.refresh_from_db()
    own.text = "改过"
    with pytest.raises(TypeError):
        own.save()
    with pytest.raises(TypeError):
        own.delete()
    assert Statement.objects.get(pk=own.pk).text == "等会签的三份有邮件。"


def test_the_handler_asks_again_only_after_the_reply(cast, signed):
    dispute, gu = steps.accepted(cast, signed), cast.actor("gu")
    ask = {"actor": gu, "at": steps.STATED_AT}
    assert refusal(handling.ask, dispute, "rater", "哪四份？", **ask).kind == "not_now"
    theirs = dispute.statements.get(side="rater")
    handling.state(theirs, "四份都在清单上。", actor=cast.actor("shen"), at=steps.STATED_AT)
    asked = handling.ask(dispute, "rater", "哪四份？", **ask)
    handling.state(asked, "2207、2211、2214、2218。", actor=cast.actor("shen"), at=steps.STATED_AT)
    assert dispute.statements.filter(side="rater", sent_at__isnull=False).count() == 2


def test_two_tabs_at_once_the_second_is_told_with_both_texts(cast, signed):
    dispute, gu = steps.accepted(cast, signed), cast.actor("gu")
    point = steps.point(dispute, "rating")
    say = {"actor": gu, "at": steps.STATED_AT}
    handling.answer(point, AnswerText("explained", "第一个窗口写的"), seen=0, **say)
    stale = refusal(handling.answer, point, AnswerText("explained", "第二个窗口写的"), seen=0, **say)
    assert stale.kind == "stale" and stale.current.text == "第一个窗口写的"
    assert Answer.objects.get().text == "第一个窗口写的"


def test_the_outcome_is_not_sent_while_a_point_is_unanswered_or_half_answered(cast, signed):
    dispute, gu = steps.accepted(cast, signed), cast.actor("gu")
    why = str(refusal(steps.send, cast, dispute))
    assert "第 1 点还没有答复" in why and "第 2 点还没有答复" in why
    rating, number = dispute.points.all()
    say = {"seen": None, "actor": gu, "at": steps.STATED_AT}
    same = signed.review.cycle.levels.get(label="C")
    handling.answer(rating, AnswerText("corrected", "核对过", new_level=same.pk), **say)
    handling.answer(number, AnswerText("explained", "数字是对的"), **say)
    why = str(refusal(steps.send, cast, dispute))
    assert "选的就是现在的评级" in why and "至少一条证据或记录里的一段" in why
    handling.answer(rating, AnswerText("corrected", " "), **say)
    why = str(refusal(steps.send, cast, dispute))
    assert "还没有选改成哪一档" in why and "第 1 点还没有写核对了什么" in why
    handling.answer(number, AnswerText("corrected", "核对过", new_value=Decimal("71.4")), **say)
    assert "写的就是现在的数" in str(refusal(steps.send, cast, dispute))
    assert signed.review.ratings.count() == 1


def test_the_outcome_sent_is_the_one_that_was_read(cast, signed):
    dispute = steps.accepted(cast, signed)
    steps.correct_both(cast, dispute)
    seen = steps.seen_hash(dispute)
    steps.explain_both(cast, dispute)
    stale = refusal(outcome.decide, dispute, seen_hash=seen, actor=cast.actor("gu"), at=steps.DECIDED_AT)
    assert stale.kind == "stale"
    assert signed.review.ratings.count() == 1


def test_a_corrected_text_leaves_the_signed_record_as_it_was(cast, signed):
    lin, gu = cast.actor("lin"), cast.actor("gu")
    before = signed.current_record()
    draft = drafting.begin(signed, actor=lin, at=steps.BEGUN_AT)
    topic = signed.topics.get(kind="improvement")
    point = drafting.add_point(draft, "topic", topic.pk, actor=lin, at=steps.BEGUN_AT)
    texts = {point.pk: PointText("原因没有写全", "补上会签等待")}
    drafting.submit(draft, texts, actor=lin, at=steps.SUBMITTED_AT)
    handling.assign(draft, cast.gu.pk, actor=cast.actor("he"), at=steps.ASSIGNED_AT)
    handling.accept(draft, actor=gu, at=steps.ACCEPTED_AT)
    say = {"seen": None, "actor": gu, "at": steps.STATED_AT}
    handling.answer(point, AnswerText("corrected", "会签记录有据可查"), **say)
    assert "还没有写更正后怎么说" in str(refusal(steps.send, cast, draft))
    handling.answer(
        point, AnswerText("corrected", "会签记录有据可查", new_text="四份超期里三份等会签超过 5 天。"), **say
    )
    steps.send(cast, draft)
    after = signed.current_record()
    assert (after.pk, after.hash, after.content) == (before.pk, before.hash, before.content)


def test_being_told_is_not_agreeing_and_takes_no_right_away(cast, signed):
    dispute, lin = steps.corrected(cast, signed), cast.actor("lin")
    when = at(7, 27, 9)
    assert refusal(outcome.finish, dispute, actor=lin, at=when).kind == "incomplete"
    assert refusal(outcome.acknowledge, dispute, actor=cast.actor("shen"), at=when).kind == "forbidden"
    outcome.acknowledge(dispute, actor=lin, at=when)
    outcome.acknowledge(dispute, actor=lin, at=when + timedelta(hours=1))
    assert Event.objects.filter(stream=dispute.stream, verb="dispute.acknowledged").count() == 1
    assert review_of(signed).is_disputed
    outcome.raise_further(dispute, "评级理由仍然只看结果", actor=lin, at=when)
    assert Dispute.objects.get(pk=dispute.pk).level == 2


def test_the_further_level_has_another_handler_and_ends_there(cast, signed):
    dispute, lin, he = steps.explained(cast, signed), cast.actor("lin"), cast.actor("he")
    when = at(7, 28, 9)
    assert refusal(outcome.raise_further, dispute, " ", actor=lin, at=when).kind == "incomplete"
    again = outcome.raise_further(dispute, "会签的邮件没有看", actor=lin, at=when)
    assert again.state == "submitted" and again.handler is None and again.accept_due_on == date(2026, 7, 30)
    why = refusal(handling.assign, dispute, cast.gu.pk, actor=he, at=when)
    assert "处理过第一次" in str(why)
    handling.assign(dispute, cast.wang.pk, actor=he, at=when)
    handling.accept(dispute, actor=cast.actor("wang"), at=when)
    assert Statement.objects.filter(dispute=dispute, level=2).count() == 2
    steps.correct_both(cast, dispute, by="wang", when=when)
    ended = steps.send(cast, dispute, by="wang", when=when)
    assert ended.state == "concluded" and not review_of(signed).is_disputed
    assert refusal(outcome.raise_further, dispute, "再来", actor=lin, at=when).kind == "not_now"
    outcome.acknowledge(dispute, actor=lin, at=when)
    assert Answer.objects.filter(point__dispute=dispute, sent_at__isnull=False).count() == 4
    assert not list(events.breaks(dispute.stream)) and not dispute_breaks()


def test_the_window_for_the_further_level_closes_by_itself(cast, signed):
    dispute = steps.explained(cast, signed)
    assert dispute.further_until == date(2026, 7, 31)
    assert outcome.lapse_further(actor=SYSTEM, at=at(7, 31, 23)) == 0
    assert outcome.lapse_further(actor=SYSTEM, at=at(8, 1, 1)) == 1
    assert outcome.lapse_further(actor=SYSTEM, at=at(8, 1, 1)) == 0
    dispute.refresh_from_db()
    assert dispute.state == "concluded" and dispute.acknowledged_at is None
    assert not review_of(signed).is_disputed
    late = refusal(outcome.raise_further, dispute, "晚了", actor=cast.actor("lin"), at=at(8, 3))
    assert late.kind == "not_now"


def test_withdrawn_with_a_reason_it_may_be_raised_again_within_the_window(cast, signed):
    dispute, lin = steps.assigned(cast, signed), cast.actor("lin")
    assert refusal(outcome.withdraw, dispute, "", actor=lin, at=steps.ACCEPTED_AT).kind == "incomplete"
    assert (
        refusal(outcome.withdraw, dispute, "x", actor=cast.actor("he"), at=steps.ACCEPTED_AT).kind
        == "forbidden"
    )
    outcome.withdraw(dispute, "想先再谈一次", actor=lin, at=steps.ACCEPTED_AT)
    assert not review_of(signed).is_disputed
    again = steps.submitted(cast, signed, when=at(7, 23, 17))
    assert again.pk != dispute.pk and review_of(signed).is_disputed


def test_withdrawing_the_further_level_leaves_the_first_outcome(cast, signed):
    dispute, lin = steps.corrected(cast, signed), cast.actor("lin")
    outcome.raise_further(dispute, "还想再看", actor=lin, at=at(7, 27))
    outcome.withdraw(dispute, "不用了", actor=lin, at=at(7, 28))
    assert signed.review.ratings.last().level.label == "B" and not review_of(signed).is_disputed
    assert refusal(drafting.begin, signed, actor=lin, at=at(7, 23)).kind == "not_now"


def test_a_cycle_is_not_closed_over_an_open_dispute(cast, signed):
    dispute, he = steps.explained(cast, signed), cast.actor("he")
    cycle = signed.review.cycle
    why = refusal(opening.close_cycle, cycle, actor=he, at=at(7, 28), reason="归档")
    assert "还有 1 件申诉没有结束" in str(why)
    outcome.acknowledge(dispute, actor=cast.actor("lin"), at=at(7, 28))
    outcome.finish(dispute, actor=cast.actor("lin"), at=at(7, 28))
    assert opening.close_cycle(cycle, actor=he, at=at(7, 28), reason="归档").state == "closed"


def test_when_the_only_hr_admin_has_a_part_the_proposal_stands_by_itself(cast, signed):
    entry = people_actions.RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00009")
    people_actions.enrol([entry], actor=SYSTEM, at=steps.BEGUN_AT)
    talk = Conversation.objects.get(pk=signed.pk)
    dispute = steps.submitted(cast, talk)
    assert dispute.state == "assigned" and dispute.handler_id not in (cast.he.pk, cast.shen.pk, cast.lin.pk)


@pytest.mark.parametrize("table", ["point", "statement", "answer"])
def test_a_text_changed_behind_the_product_is_found(cast, signed, table):
    dispute = steps.accepted(cast, signed)
    own = dispute.statements.get(side="employee")
    handling.state(own, "等会签的三份有邮件。", actor=cast.actor("lin"), at=steps.STATED_AT)
    steps.correct_both(cast, dispute)
    steps.send(cast, dispute)
    assert dispute_breaks() == ()
    if table == "point":
        dispute.points.filter(kind="rating").update(claim="没有意见")
    elif table == "statement":
        dispute.statements.filter(pk=own.pk).update(text="没有意见")
    else:
        Answer.objects.filter(point__kind="number").update(new_value=Decimal("71.4"))
    assert [b.where for b in dispute_breaks()] == [dispute.stream]
    assert [b.where for b in dispute_breaks(dispute.stream)] == [dispute.stream]
    assert dispute_breaks(f"conversation:{signed.pk}") == ()
