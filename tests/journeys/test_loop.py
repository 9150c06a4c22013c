from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests import cast as the_cast
from tests import walk
from tests.cast import at

from huitan.conversations.actions import opening, preparation, record, room, voice
from huitan.conversations.models import Conversation
from huitan.conversations.queries.prepare import proposals
from huitan.core import events
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.people.models import Department
from huitan.plans import actions as plans
from huitan.plans.models import CheckIn, PlanItem


def test_s1_only_missed_kpis_is_not_enough_and_the_action_returns_next_cycle(cast, talk):
    """An internet company's manager lists only missed KPIs; the product says what is missing; the loop closes."""
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.begin(cast, talk)
    shen, lin = cast.actor("shen"), cast.actor("lin")

    topic = preparation.add_topic(talk, "improvement", "ECN 按期关闭", actor=shen, at=walk.TALK_AT)
    room.write(topic, "issue", "按期率 71.4%，没有达标。", actor=shen, at=walk.TALK_AT)
    with pytest.raises(Refused) as refused:
        walk.complete(cast, talk)
    said = str(refused.value)
    assert refused.value.kind == "incomplete"
    for missing in ("亮点", "事例", "原因", "改进方向", "支持措施", "共识", "自己的话", "行动项"):
        assert missing in said
    preparation.remove_topic(topic, "重新整理", actor=shen, at=walk.TALK_AT)
    walk.highlight(cast, talk)
    improved = walk.improvement(cast, talk)
    proposal = room.put_action(
        talk,
        {
            "what": "自己做一张会签超时看板",
            "owner": cast.lin,
            "due_on": date(2026, 8, 28),
            "criterion": "看板上线，质量部每天在用",
        },
        topic=improved,
        actor=shen,
        at=walk.TALK_AT,
    )
    walk.complete(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT + timedelta(minutes=5))
    walk.sign(cast, talk, "lin", when=walk.DONE_AT + timedelta(hours=1))
    item = PlanItem.objects.get(pk=proposal.pk)
    assert item.state == "active"
    plans.update_progress(item, 60, "看板已能显示超时的会签", actor=lin, at=at(8, 10))
    plans.submit(item, "看板 8 月 20 日上线，质量部在用", actor=lin, at=at(8, 21))
    plans.accept(item, actor=shen, at=at(8, 24))
    later = the_cast.open_cycle(
        "2026h2",
        name="2026 下半年",
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 12, 31),
        talks_from=date(2027, 1, 4),
        talks_until=date(2027, 1, 29),
    )
    following = the_cast.talk_of(cast.lin, later)
    assert following.previous_plan == talk.plan
    states = {i.ref: i.state for i in following.previous_plan.items.all()}
    assert states[item.ref] == "accepted"
    assert not list(events.breaks())


def test_s2_shared_a_week_ahead_questions_pinned_number_contested_agenda_leads_with_both(cast, talk):
    """A manufacturer: the pack goes out early, the employee works with it, the agenda leads with what both marked."""

    walk.prepare(cast, talk)
    walk.share(cast, talk)
    pack = talk.packs.get()
    assert (pack.notice_days, pack.is_late) == (10, False)
    lin = cast.actor("lin")
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    voice.open_pack(talk, actor=lin, at=at(7, 7, 8))
    voice.open_pack(talk, actor=lin, at=at(7, 7, 9))
    assert Event.objects.filter(stream=talk.stream, verb="pack.opened").count() == 1
    voice.ask(talk, "按期率是怎么算的？", evidence=ecn, actor=lin, at=at(7, 7, 8))
    voice.ask(talk, "会签可以在哪一步升级？", evidence=ecn, actor=lin, at=at(7, 7, 8))
    contest = voice.contest(talk, ecn, "我自己的台账是 78.6%", claim="78.6", actor=lin, at=at(7, 7, 8))
    walk.answer_survey(cast, talk)
    first = next(p for p in proposals(talk) if p.kind == "improvement")
    assert first.title == "ECN 按期关闭率"
    reasons = " ".join(str(s) for s in first.why)
    assert "认知差 1.2" in reasons and "2 个提问" in reasons and "疑问" in reasons
    voice.correct_number(contest, 78, "核对 ERP：一份重复计入", actor=cast.actor("gu"), at=at(7, 9))
    contest.refresh_from_db()
    assert (contest.value_before, contest.value_after) == (ecn.actual, 78)
    assert talk.packs.count() == 2
    assert [p.version for p in talk.packs.all()] == [1, 2]


def test_s5_thirty_minutes_with_one_topic_carried_over(cast, talk):

    shen = cast.actor("shen")
    walk.prepare(cast, talk)
    preparation.schedule(talk, walk.TALK_AT, minutes=30, place="3 号会客室", actor=shen, at=at(7, 3))
    assert sum(s.minutes for s in talk.sections.all()) == 30
    walk.share(cast, talk)
    walk.begin(cast, talk)
    walk.highlight(cast, talk)
    walk.improvement(cast, talk)
    second = preparation.add_topic(
        talk,
        "improvement",
        "一次交检合格率",
        evidence=[walk.kpi(talk, "一次交检合格率")],
        actor=shen,
        at=walk.TALK_AT,
    )
    protected = talk.sections.get(key="support").minutes
    room.enter_section(talk, "improvements", actor=shen, at=walk.TALK_AT + timedelta(minutes=6))
    room.borrow_minutes(talk, "improvements", 3, actor=shen, at=walk.TALK_AT + timedelta(minutes=18))
    assert talk.sections.get(key="support").minutes == protected
    assert sum(s.minutes for s in talk.sections.all()) == 30
    room.carry_over(second, actor=shen, at=walk.TALK_AT + timedelta(minutes=28))
    with pytest.raises(Refused) as refused:
        walk.complete(cast, talk)
    assert "后续面谈" in str(refused.value)
    room.set_follow_up(talk, at(7, 23, 10), actor=shen, at=walk.TALK_AT)
    record_made = walk.complete(cast, talk)
    follow_up = Conversation.objects.get(kind="follow_up", follows=talk)
    carried = follow_up.topics.get()
    assert (carried.title, carried.carried_from_id) == ("一次交检合格率", second.pk)
    assert carried.evidence.count() == 1
    assert follow_up.scheduled_at == at(7, 23, 10)
    states = {t["title"]: t["state"] for t in record_made.content["topics"]}
    assert states["一次交检合格率"] == "carried_over"


def test_the_whole_loop_to_the_end(cast, talk):
    walk.to_signed(cast, talk)
    shen, lin = cast.actor("shen"), cast.actor("lin")
    assert talk.state == "signed"
    plan = talk.plan
    plan.refresh_from_db()
    assert plan.state == "active"
    assert [c.due_on for c in CheckIn.objects.filter(plan=plan)] == [date(2026, 8, 17), date(2026, 9, 16)]
    action = plan.items.get(kind="action")
    promise = plan.items.get(kind="support")
    assert promise.owner == cast.shen
    with pytest.raises(Refused) as own:
        plans.submit(promise, "纪要已签", actor=shen, at=at(7, 23))
        plans.accept(promise, actor=shen, at=at(7, 23))
    assert own.value.kind == "forbidden"
    plans.accept(promise, actor=lin, at=at(7, 23, 12))
    plans.submit(action, "第 30 到 33 周台账", actor=lin, at=at(9, 1))
    plans.send_back(action, "还缺第 34 周", actor=shen, at=at(9, 2))
    change = plans.request_date(action, date(2026, 10, 15), "国庆前产线停机", actor=lin, at=at(9, 3))
    plans.consent(change, actor=shen, at=at(9, 4))
    action.refresh_from_db()
    assert action.due_on == date(2026, 10, 15)
    assert change.from_on == date(2026, 9, 30)
    plans.submit(action, "四周齐了", actor=lin, at=at(10, 9))
    plans.accept(action, actor=shen, at=at(10, 10))
    walk.check_in(cast, plan.check_ins.first(), "台账按时，会签降到 3 天", when=at(8, 17))
    record.close(talk, "met", "", actor=shen, at=at(10, 12))
    talk.refresh_from_db()
    assert talk.state == "closed"
    assert not list(events.breaks())


def test_a_person_without_manager_is_named_not_lost(cast):
    cycle = the_cast.draft_cycle()

    cycle.departments.set(Department.objects.filter(full_name="公司"))
    with pytest.raises(Refused) as refused:
        opening.open_cycle(cycle, actor=the_cast.SYSTEM, at=the_cast.START)
    assert "直接上级" in str(refused.value)
