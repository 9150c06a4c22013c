"""What stands beside an item: blockers, support that is asked for, measures, evidence, and a new manager (R19, R22, S7)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests import walk
from tests.cast import SYSTEM, at

from huitan.conversations.actions import supporting
from huitan.conversations.actions.handing_on import hand_on
from huitan.conversations.queries.thread import item_thread
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.evidence.models import Evidence
from huitan.people.actions import RosterEntry, enrol
from huitan.plans import actions
from huitan.plans.measure_line import finding, measure_line
from huitan.plans.models import Blocker, CheckIn, Measure, Plan, PlanItem, SupportRequest

NOW = at(7, 20)


@pytest.fixture
def plan(cast, talk) -> Plan:
    walk.to_signed(cast, talk)
    talk.plan.refresh_from_db()
    return talk.plan


@pytest.fixture
def action(plan) -> PlanItem:
    return plan.items.get(kind="action")


@pytest.fixture
def promise(plan) -> PlanItem:
    return plan.items.get(kind="support")


def refused(act, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value


def new_manager(cast, who: str, when) -> None:
    number = cast.people[who].staff_number
    enrol(
        [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", number)], actor=SYSTEM, at=when
    )


def test_r20_a_plan_ends_with_a_decision_about_every_item(cast, plan, action, promise) -> None:
    """R20, R22: what is not settled goes on or is dropped for a reason, and nobody drops what they owe themselves."""
    shen, on = cast.actor("shen"), actions.GOES_ON
    end = ("not_met", "夹具没到")
    assert refused(actions.conclude, plan, *end, actor=cast.actor("lin"), at=NOW).kind == "forbidden"
    undecided = refused(actions.conclude, plan, *end, {action.pk: on}, actor=shen, at=NOW)
    assert [reason.anchor for reason in undecided.reasons] == [f"id_fate_{promise.pk}"]
    own = {action.pk: on, promise.pk: actions.Fate(False, "不用了")}
    assert refused(actions.conclude, plan, *end, own, actor=shen, at=NOW).kind == "forbidden"
    mute = {action.pk: actions.Fate(False, " "), promise.pk: on}
    assert [r.anchor for r in refused(actions.conclude, plan, *end, mute, actor=shen, at=NOW).reasons] == [
        f"id_why_{action.pk}"
    ]
    both = {action.pk: on, promise.pk: on}
    assert len(refused(actions.conclude, plan, "met", "", both, actor=shen, at=NOW).reasons) == 2
    assert len(refused(actions.conclude, plan, "met", "", actor=shen, at=NOW).reasons) == 2
    assert not Event.objects.filter(verb__in=["item.drop", "plan.conclude"]).exists()

    fates = {action.pk: actions.Fate(False, "改由系统做"), promise.pk: on}
    done = actions.conclude(plan, *end, fates, actor=shen, at=NOW)
    action.refresh_from_db()
    assert (done.state, action.state, action.drop_reason) == ("concluded", "dropped", "改由系统做")
    told = Event.objects.get(verb="plan.conclude").payload
    assert (told["going_on"], told["dropped"]) == ([promise.pk], [action.pk])
    assert plan.check_ins.filter(state="planned").exists()
    actions.drop(promise, "不再需要", actor=cast.actor("lin"), at=NOW)
    assert not plan.check_ins.filter(state="planned").exists()


def test_r22_what_was_handed_in_is_answered_before_its_plan_is_called_missed(
    cast, plan, action, promise
) -> None:
    shen, both = cast.actor("shen"), {action.pk: actions.GOES_ON, promise.pk: actions.GOES_ON}
    actions.submit(action, "四周台账", actor=cast.actor("lin"), at=NOW)
    actions.submit(promise, "纪要已发", actor=shen, at=NOW)
    waits = refused(actions.conclude, plan, "not_met", "没有做", both, actor=shen, at=NOW)
    assert [reason.anchor for reason in waits.reasons] == [f"id_fate_{action.pk}"]
    assert actions.conclude(plan, "extended", "等验收", both, actor=shen, at=NOW).state == "concluded"


def test_r19_what_goes_on_has_a_check_in_ahead(cast, plan, action, promise) -> None:
    for check_in in plan.check_ins.all():
        actions.say_part(check_in, {"saw": "两周"}, actor=cast.actor("shen"), at=NOW)
        again = None if check_in != plan.check_ins.last() else date(2026, 10, 30)
        late = {"next_on": again, "missing_reason": "出差", "actor": cast.actor("shen"), "at": NOW}
        actions.hold_check_in(check_in, "接着做", **late)
    CheckIn.objects.filter(plan=plan, state="planned").delete()
    both = {action.pk: actions.GOES_ON, promise.pk: actions.GOES_ON}
    actions.conclude(plan, "partly", "还差两周", both, actor=cast.actor("shen"), at=NOW)
    ahead = plan.check_ins.filter(state="planned")
    assert [c.due_on for c in ahead] == [date(2026, 8, 20)] and ahead[0].due_on > NOW.date()
    assert Event.objects.filter(verb="plan.check_ins_set").last().payload["dates"] == ["2026-08-20"]


def test_a_blocker_is_said_by_the_owner_and_resolved_by_either_side(cast, action) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    assert refused(actions.block, action, "会签", date(2026, 7, 18), actor=shen, at=NOW).kind == "forbidden"
    assert refused(actions.block, action, " ", date(2026, 7, 18), actor=lin, at=NOW).kind == "invalid"
    assert refused(actions.block, action, "会签", date(2026, 7, 21), actor=lin, at=NOW).kind == "invalid"
    early = refused(actions.block, action, "会签", date(2025, 7, 18), actor=lin, at=NOW)
    assert str(early.reasons[0].sentence) == "这一项 7 月 16 日 周四才定下。选那天或以后卡住的日子。"
    blocker = actions.block(action, "会签没人接", date(2026, 7, 18), actor=lin, at=NOW)
    for who in ("zhao", "gu", "he"):
        assert refused(actions.resolve, blocker, "x", actor=cast.actor(who), at=NOW).kind == "forbidden"
    assert refused(actions.resolve, blocker, "  ", actor=lin, at=NOW).kind == "incomplete"
    done = actions.resolve(blocker, "质量部定了人", actor=shen, at=NOW)
    assert (done.state, done.resolution, done.resolved_by) == ("resolved", "质量部定了人", cast.shen)
    assert refused(actions.resolve, blocker, "再说一次", actor=lin, at=NOW).kind == "not_now"


def test_what_is_sent_again_because_the_answer_got_lost_is_said_once(cast, action) -> None:
    lin = cast.actor("lin")

    def say(minutes: int, percent: int, note: str, value: str | None = None) -> int:
        when, number = NOW + timedelta(minutes=minutes), value and Decimal(value)
        actions.update_progress(action, percent, note, value=number or None, actor=lin, at=when)
        told = Event.objects.filter(verb="item.progressed").count()
        assert action.updates.count() == told
        return told

    asked = {"name": "按期率", "unit": "%", "start": Decimal("71.4"), "target": Decimal(90)}
    actions.set_measure(action, **asked, actor=lin, at=NOW)
    assert [say(0, 50, "会签上线 "), say(3, 50, "会签上线"), say(4, 75, "会签上线")] == [1, 1, 2]
    assert [say(5, 50, "会签上线"), say(6, 50, "会签上线", "80"), say(7, 50, "会签上线", "80.0")] == [3, 4, 4]
    # Much later the same number is a number of its own.
    assert say(90, 50, "会签上线", "80") == 5
    first = actions.block(action, "等夹具", NOW.date(), actor=lin, at=NOW)
    assert actions.block(action, "等夹具 ", NOW.date(), actor=lin, at=NOW + timedelta(minutes=2)) == first
    actions.resolve(first, "到了", actor=cast.actor("shen"), at=NOW + timedelta(minutes=5))
    assert actions.block(action, "等夹具", NOW.date(), actor=lin, at=NOW + timedelta(minutes=9)) != first
    assert Event.objects.filter(verb="blocker.raised").count() == 2


def test_what_is_open_about_an_item_ends_with_it(cast, action) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    actions.block(action, "会签没人接", date(2026, 7, 18), actor=lin, at=NOW)
    supporting.ask(action, "请约质量部", actor=lin, at=NOW)
    actions.request_date(action, date(2026, 10, 15), "停线", actor=lin, at=NOW)
    actions.submit(action, "四周台账", actor=lin, at=NOW)
    actions.accept(action, actor=shen, at=NOW)
    for beside in (action.blockers.get(), action.support_requests.get(), action.date_changes.get()):
        assert beside.state == "settled"


def test_support_is_asked_of_whoever_promised_it_else_of_the_manager(cast, plan, action, promise) -> None:
    """R19: to the owner of the promise of the same topic; without one to the manager; never to oneself."""
    lin = cast.actor("lin")
    PlanItem.objects.filter(pk=promise.pk).update(owner=cast.qian)
    asked = supporting.ask(action, "约质量部定时限", actor=lin, at=NOW)
    assert (asked.asked_of, asked.linked) == (cast.qian, promise)
    assert refused(supporting.ask, action, "再要一项", actor=lin, at=NOW).kind == "not_now"
    no = actions.refuse(asked, "今年没有预算", actor=cast.actor("qian"), at=NOW)
    assert (no.state, no.reply, no.answered_by) == ("refused", "今年没有预算", cast.qian)
    PlanItem.objects.filter(pk=promise.pk).update(state="accepted")
    second = supporting.ask(action, "那请你约", actor=lin, at=NOW)
    assert (second.asked_of, second.linked) == (cast.shen, None)
    # Nobody who has left is asked.
    SupportRequest.objects.filter(pk=second.pk).update(state="settled")
    type(cast.shen).objects.filter(pk=cast.shen.pk).update(status="left")
    above = supporting.ask(action, "那请您约", actor=lin, at=NOW)
    assert (above.asked_of, above.linked) == (cast.zhao, None)
    assert actions.refuse(above, "先等接手的人", actor=cast.actor("zhao"), at=NOW).state == "refused"
    type(cast.shen).objects.filter(pk=cast.shen.pk).update(status="active")
    # A manager's own action goes one up.
    SupportRequest.objects.filter(pk=second.pk).update(state="settled")
    PlanItem.objects.filter(pk=action.pk).update(owner=cast.shen)
    third = supporting.ask(action, "要人", actor=cast.actor("shen"), at=NOW)
    assert third.asked_of == cast.zhao
    assert (
        refused(actions.refuse, third, "自己答复自己", actor=cast.actor("shen"), at=NOW).kind == "forbidden"
    )


def test_a_yes_is_a_promise_tracked_like_any_other(cast, plan, action, promise) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    asked = supporting.ask(action, "约质量部定时限", actor=lin, at=NOW)
    given = actions.Promise("约质量部经理定两天时限", date(2026, 8, 20), "纪要三方签字")
    assert refused(actions.grant, asked, given, actor=lin, at=NOW).kind == "forbidden"
    late = actions.Promise("约", date(2026, 7, 20), "纪要")
    assert refused(actions.grant, asked, late, actor=shen, at=NOW).kind == "invalid"
    done = actions.grant(asked, given, actor=shen, at=NOW)
    made = done.promise
    assert made is not None
    assert (made.kind, made.state, made.owner, made.due_on, made.criterion) == (
        "support", "active", cast.shen, date(2026, 8, 20), "纪要三方签字",
    )  # fmt: skip
    assert made.plan_id == plan.pk
    actions.submit(made, "纪要已签", actor=shen, at=NOW)
    actions.accept(made, actor=lin, at=NOW)
    # A promise there is already can be the answer, if it is one's own and still owed.
    second = supporting.ask(action, "还要带教", actor=lin, at=NOW)
    assert refused(actions.grant, second, made, actor=shen, at=NOW).kind == "invalid"
    assert actions.grant(second, promise, actor=shen, at=NOW).promise == promise


def test_a_measure_is_stated_before_anything_is_counted_and_then_stands(cast, action) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    fields = {"name": "按期率", "unit": "%", "start": Decimal("71.4"), "target": Decimal(90)}
    early = {"value": Decimal(72), "actor": lin, "at": NOW}
    assert refused(actions.update_progress, action, 10, "", **early).kind == "invalid"
    assert refused(actions.set_measure, action, **fields, actor=cast.actor("gu"), at=NOW).kind == "forbidden"
    same = {**fields, "target": Decimal("71.4")}
    assert refused(actions.set_measure, action, **same, actor=lin, at=NOW).kind == "invalid"
    huge = {**fields, "target": Decimal("1e16")}
    assert refused(actions.set_measure, action, **huge, actor=lin, at=NOW).kind == "invalid"
    assert actions.set_measure(action, **fields, actor=lin, at=NOW).direction == "up"
    actions.set_measure(action, **{**fields, "target": Decimal(88)}, actor=shen, at=NOW)
    told = Event.objects.filter(verb="item.measured").last()
    assert told.payload["before"]["target"] == "90.0000" and told.payload["target"] == "88"
    stated = [str(m.label) for m in item_thread(action, shen, NOW).moments if "怎么衡量" in str(m.label)]
    assert stated == ["定下怎么衡量：71.4% → 90%", "改了怎么衡量：71.4% → 88%"]
    actions.update_progress(action, 20, "两周", value=Decimal("80.2"), actor=lin, at=NOW)
    assert refused(actions.set_measure, action, **fields, actor=lin, at=NOW).kind == "not_now"
    assert Event.objects.filter(verb="item.progressed").last().payload["value"] == "80.2"


def measure(start: str, target: str) -> Measure:
    return Measure(
        name="周期", unit="天", start=Decimal(start), target=Decimal(target),
        direction="up" if Decimal(target) > Decimal(start) else "down",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start", "target", "counted", "said"),
    [
        ("6", "2", [], "还没有填过数"),
        ("6", "2", ["5"], "从起点到目标走了 25%"),
        ("6", "2", ["5", "4"], "从起点到目标走了 50%"),
        ("6", "2", ["4", "5"], "走了 25%，比上次退了 25 个百分点"),
        ("6", "2", ["4", "4"], "走了 50%，和上次一样"),
        ("6", "2", ["7"], "离目标比开始时更远"),
        ("6", "2", ["2"], "达到了目标"),
        ("6", "2", ["1.5"], "达到了目标"),
        ("71.4", "90", ["89.99"], "从起点到目标走了 99%"),
        ("-5", "5", ["0"], "从起点到目标走了 50%"),
    ],
)
def test_the_finding_of_a_measure(start, target, counted, said) -> None:
    days = [(NOW + timedelta(days=n), Decimal(value)) for n, value in enumerate(counted)]
    line = measure_line(measure(start, target), date(2026, 7, 16), days)
    assert str(line.finding) == said
    assert line.finding == finding(line.values)


def test_of_two_values_on_one_day_the_last_stands() -> None:
    line = measure_line(
        measure("6", "2"), date(2026, 7, 16), [(NOW, Decimal(5)), (NOW + timedelta(hours=1), Decimal(3))]
    )
    assert [(v.on, v.value, v.share) for v in line.values] == [(date(2026, 7, 20), Decimal(3), 75)]


def test_r22_an_accepted_action_becomes_evidence_by_itself_and_once(cast, plan, action, promise) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    before = Evidence.objects.count()
    actions.submit(action, "第 30 到 33 周台账", actor=lin, at=at(9, 1))
    actions.send_back(action, "还缺第 34 周", actor=shen, at=at(9, 2))
    assert Evidence.objects.count() == before
    actions.submit(action, "四周齐了", actor=lin, at=at(9, 9))
    actions.accept(action, "看过台账", actor=shen, at=at(9, 10))
    action.refresh_from_db()
    fact = action.evidence
    assert fact is not None
    assert (fact.employee, fact.kind, fact.occurred_on, fact.source, fact.effect) == (
        cast.lin, "achievement", date(2026, 9, 10), action.ref, "看过台账",
    )  # fmt: skip
    assert action.what in fact.statement and action.criterion in fact.statement
    assert fact.shared_at is not None and fact.item == action
    assert refused(actions.accept, action, actor=shen, at=at(9, 11)).kind == "not_now"
    # What the manager kept is no fact about the employee's work.
    actions.submit(promise, "纪要已签", actor=shen, at=at(9, 10))
    actions.accept(promise, actor=lin, at=at(9, 10))
    assert Evidence.objects.count() == before + 1


def test_two_actions_in_the_same_words_are_two_facts(cast, plan, action) -> None:
    lin, shen = cast.actor("lin"), cast.actor("shen")
    twin = PlanItem.objects.get(pk=action.pk)
    twin.pk = None
    twin.save(force_insert=True)
    for item in (action, twin):
        actions.submit(item, "齐了", actor=lin, at=at(9, 9))
        actions.accept(item, "看过", actor=shen, at=at(9, 10))
    assert PlanItem.objects.filter(evidence__isnull=False).values("evidence").distinct().count() == 2


def test_s7_a_binding_plan_is_handed_on_with_its_promises(cast, plan, action, promise) -> None:
    assert hand_on(actor=SYSTEM, at=NOW) == 0
    new_manager(cast, "chen", NOW)
    assert hand_on(actor=SYSTEM, at=NOW) == 1
    assert hand_on(actor=SYSTEM, at=NOW) == 0, "once"
    told = Event.objects.get(verb="plan.handed_on")
    assert told.payload == {"from": cast.shen.pk, "to": cast.chen.pk, "offered": [promise.pk]}
    promise.refresh_from_db()
    action.refresh_from_db()
    assert (promise.offered_to, promise.owner, action.offered_to) == (cast.chen, cast.shen, None)
    for who in ("lin", "shen", "zhao", "gu"):
        assert refused(actions.take_over, promise, actor=cast.actor(who), at=NOW).kind == "forbidden"
    taken = actions.take_over(promise, actor=cast.actor("chen"), at=NOW)
    assert (taken.owner_id, taken.offered_to) == (cast.chen.pk, None)
    assert Event.objects.get(verb="item.taken_over").payload["from"] == cast.shen.pk


def test_s7_the_promise_of_the_one_before_can_be_closed_with_a_reason(cast, plan, promise) -> None:
    new_manager(cast, "chen", NOW)
    hand_on(actor=SYSTEM, at=NOW)
    chen = cast.actor("chen")
    assert refused(actions.drop, promise, " ", actor=chen, at=NOW).kind == "incomplete"
    assert actions.drop(promise, "流程已经改了，不再需要", actor=chen, at=NOW).state == "dropped"


def test_s7_an_owed_promise_reaches_the_manager_of_the_day(cast, plan, promise) -> None:
    """Also over a time without a manager, past one who never took it over, and back to who made it."""

    def offered_to(who: str | None):
        if who is None:
            type(cast.lin).objects.filter(pk=cast.lin.pk).update(manager=None)
        else:
            new_manager(cast, who, NOW)
        assert hand_on(actor=SYSTEM, at=NOW) == 1
        promise.refresh_from_db()
        return promise.offered_to

    assert offered_to(None) is None
    assert offered_to("chen") == cast.chen
    assert offered_to("zhao") == cast.zhao
    assert refused(actions.take_over, promise, actor=cast.actor("chen"), at=NOW).kind == "forbidden"
    assert offered_to(None) is None
    assert refused(actions.take_over, promise, actor=cast.actor("zhao"), at=NOW).kind == "forbidden"
    assert offered_to("shen") is None, "his own all along"
    assert offered_to("chen") == cast.chen
    assert actions.take_over(promise, actor=cast.actor("chen"), at=NOW).owner == cast.chen
    assert offered_to("zhao") == cast.zhao


def test_s7_a_running_talk_is_handed_on_and_who_has_no_manager_waits_for_one(cast, talk) -> None:
    walk.prepare(cast, talk)
    enrolled = [RosterEntry("00004", "林晓岚", "制造中心/智能产线部", "工艺工程师", "00005")]
    enrol(enrolled, actor=SYSTEM, at=walk.PREPARED_AT)
    assert hand_on(actor=SYSTEM, at=walk.PREPARED_AT) == 1
    told = Event.objects.get(verb="conversation.handed_on")
    expected = {"from": cast.shen.pk, "to": cast.chen.pk, "held": False}
    assert (told.stream, told.payload) == (talk.stream, expected)
    type(cast.lin).objects.filter(pk=cast.lin.pk).update(manager=None)
    assert hand_on(actor=SYSTEM, at=walk.PREPARED_AT) == 1
    new_manager(cast, "shen", walk.PREPARED_AT)
    assert hand_on(actor=SYSTEM, at=walk.PREPARED_AT) == 1
    assert Event.objects.filter(verb="conversation.handed_on").last().payload["to"] == cast.shen.pk


def test_a_blocker_cannot_be_left_on_what_does_not_run(cast, action) -> None:
    actions.submit(action, "台账", actor=cast.actor("lin"), at=NOW)
    late = refused(actions.block, action, "卡住", date(2026, 7, 18), actor=cast.actor("lin"), at=NOW)
    assert late.kind == "not_now"
    assert not Blocker.objects.exists()
