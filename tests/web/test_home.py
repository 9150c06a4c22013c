"""The home page: a to-do list computed from where things stand, for each role."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from tests import cast as the_cast
from tests import walk
from tests.cast import SYSTEM, at

from huitan.conversations.actions import opening, preparation, record, room, supporting, voice
from huitan.conversations.actions.handing_on import hand_on
from huitan.conversations.queries import home as home_queries
from huitan.conversations.queries.home import home as read_home
from huitan.conversations.queries.home_todos import check_in_todos
from huitan.people import actions as people_actions
from huitan.people.actions import RosterEntry, enrol
from huitan.people.models import Employee
from huitan.plans import actions as plans
from huitan.plans.models import CheckIn, PlanItem
from huitan.web import home as home_page

NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW
    return settings


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def titles(actor, when=None) -> list[str]:
    return [str(todo.title) for todo in read_home(actor, when or at(7, 8, 10)).todos]


def test_without_log_in_the_way_leads_to_it(client, db):
    answer = client.get("/")
    assert answer.status_code == 302 and answer["Location"].startswith(reverse("login"))


def test_r08_the_manager_is_told_to_share_by_the_last_day_that_keeps_the_notice(as_, cast, talk):
    walk.prepare(cast, talk)
    html = text_of(as_("shen").get("/"))
    assert "共享林晓岚的资料包" in html and "7 月 9 日" not in html and "明天" in html
    assert f'href="{reverse("prepare", args=[talk.pk])}#share"' in html
    assert "下一场面谈" in html and "3 号会客室" in html


def test_todos_are_sorted_by_latest_time_and_late_ones_are_said_in_words(as_, cast, talk):
    walk.prepare(cast, talk)
    found = titles(cast.actor("shen"))
    assert found == ["共享林晓岚的资料包", "定下与陈思远面谈的时间"]
    late = text_of_at(as_("shen"), "2026-07-11T10:00:00+08:00")
    assert "逾期 2 天" in late and "1 件事已经过了最晚时间" in late


def text_of_at(client, instant: str) -> str:
    from django.conf import settings

    before, settings.HUITAN_SCRIPTED_NOW = settings.HUITAN_SCRIPTED_NOW, instant
    try:
        return text_of(client.get("/"))
    finally:
        settings.HUITAN_SCRIPTED_NOW = before


def test_questions_then_topics_then_nothing_but_the_appointment(cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.answer_survey(cast, talk)
    lin, shen = cast.actor("lin"), cast.actor("shen")
    question = voice.ask(talk, "会签可以在哪一步升级？", actor=lin, at=at(7, 8, 9))
    assert "回答林晓岚的 1 个提问" in titles(shen)
    voice.answer(question, "第 3 个工作日", actor=shen, at=at(7, 8, 9))
    assert "选定与林晓岚谈的焦点话题" in titles(shen)
    preparation.add_topic(talk, "improvement", "ECN", actor=shen, at=at(7, 8, 9))
    assert not [t for t in titles(shen) if "林晓岚" in t]


def test_an_hour_before_the_greeting_counts_the_minutes(as_, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    assert "28 分钟后与林晓岚面谈" in text_of_at(as_("shen"), "2026-07-16T13:32:00+08:00")
    assert "28 分钟后与沈立文面谈" in text_of_at(as_("lin"), "2026-07-16T13:32:00+08:00")
    assert "进入面谈室" in text_of_at(as_("shen"), "2026-07-16T13:32:00+08:00")


def test_r07_the_employees_home_is_one_column_with_the_next_step_the_plan_and_the_talk(as_, cast, talk):
    walk.prepare(cast, talk)
    waiting = text_of(as_("lin").get("/"))
    assert "等沈立文共享资料包" in waiting and "现在没有要你做的" in waiting
    walk.share(cast, talk)
    html = text_of(as_("lin").get("/"))
    assert "读一读你的资料包" in html
    assert "我的面谈" in html and "我的计划" in html and "我的团队" not in html
    voice.open_pack(talk, actor=cast.actor("lin"), at=at(7, 8, 9))
    assert titles(cast.actor("lin")) == ["填预调研，三分钟"]


def test_r22_items_to_accept_promises_due_and_check_ins_reach_whoever_has_to_act(cast, talk):
    walk.to_signed(cast, talk)
    shen, lin = cast.actor("shen"), cast.actor("lin")
    action, promise = PlanItem.objects.get(kind="action"), PlanItem.objects.get(kind="support")
    july = at(7, 20, 10)
    assert any(t.startswith("你答应林晓岚的：") for t in titles(shen, july))
    plans.submit(promise, "纪要已发", actor=shen, at=july)
    assert f"验收沈立文兑现的支持 {promise.ref}" in titles(lin, july)
    assert not any(t.startswith("你答应") for t in titles(shen, july))
    plans.submit(action, "四周台账", actor=lin, at=at(8, 12))
    assert f"验收林晓岚的行动项 {action.ref}" in titles(shen, at(8, 12, 10))
    assert "与林晓岚跟进一次改进计划" in titles(shen, at(8, 12, 10))
    assert "与沈立文跟进一次改进计划" in titles(lin, at(8, 12, 10))
    plans.send_back(action, "还缺第 34 周", actor=shen, at=at(8, 13))
    back = [t for t in read_home(lin, at(8, 13, 10)).todos if t.kind == "action"]
    assert [str(t.why) for t in back] == ["退回了：还缺第 34 周"]
    plans.request_date(action, date(2026, 10, 15), "国庆前停机", actor=lin, at=at(8, 14))
    assert "答复林晓岚的改期申请" in titles(shen, at(8, 14, 10))
    assert "答复林晓岚的改期申请" not in titles(lin, at(8, 14, 10))
    plans.submit(action, "做完了", actor=lin, at=at(8, 14))
    assert "答复林晓岚的改期申请" not in titles(shen, at(8, 14, 10)), "first it is accepted or returned"


def test_s7_a_request_for_support_falls_to_the_manager_of_the_day(cast, talk):
    walk.to_signed(cast, talk)
    action = PlanItem.objects.get(kind="action")
    asked = supporting.ask(action, "请约采购", actor=cast.actor("lin"), at=at(8, 1))
    assert asked.asked_of == cast.shen and asked.linked is not None
    wanted = "答复林晓岚的支持请求"
    assert wanted in titles(cast.actor("shen"), at(8, 2))
    enrol([RosterEntry("00004", "林晓岚", "营销中心", "工艺工程师", "00006")], actor=SYSTEM, at=at(8, 2))
    assert wanted not in titles(cast.actor("qian"), at(8, 2)), "who promised the support still answers"
    hand_on(actor=SYSTEM, at=at(8, 2))
    assert wanted in titles(cast.actor("qian"), at(8, 2))
    assert wanted not in titles(cast.actor("zhao"), at(8, 2))


def test_check_ins_of_one_plan_are_one_errand(cast, talk):
    walk.to_signed(cast, talk)
    both = list(
        CheckIn.objects.filter(plan=talk.plan)
        .select_related("plan__review__employee__manager")
        .order_by("due_on")
    )
    assert len(both) == 2
    found = check_in_todos(both, cast.actor("shen"), date(2026, 9, 20))
    assert len(found) == 1
    assert "还有 1 次没有进行" in str(found[0].why)
    assert found[0].by == both[0].due_on
    assert check_in_todos(both, cast.actor("shen"), date(2026, 8, 1)) == []
    both[0].employee_said_at = walk.DONE_AT
    (left,) = check_in_todos(both, cast.actor("lin"), date(2026, 9, 20))
    assert left.args == (both[1].pk,), "who has written waits for the manager"
    assert len(check_in_todos(both, cast.actor("shen"), date(2026, 9, 20))) == 1


def test_r08_hr_sees_numbers_to_check_talks_without_a_date_and_late_packs(as_, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk, when=at(7, 13))
    contest = voice.contest(
        talk,
        walk.kpi(talk, "ECN 按期关闭率"),
        "我的台账是 78.6%",
        claim="78.6",
        actor=cast.actor("lin"),
        at=at(7, 13),
    )
    html = text_of(as_("gu").get("/"))
    assert "核对林晓岚有疑问的「ECN 按期关闭率」" in html
    assert reverse("contest-answer", args=[talk.pk, contest.pk]) in html
    assert f"{reverse('progress')}?late=1" in html
    late, undated = html.index("资料包共享晚了"), html.index("还没有定时间")
    assert undated < late and "陈思远" in html[undated:late] and "林晓岚" in html[late:]
    assert "还没有定时间" in text_of(as_("he").get("/"))


def test_r18_hr_is_called_to_witness_a_refusal_and_the_manager_sees_why_it_stands_still(as_, cast, talk):
    walk.to_recorded(cast, talk)
    walk.sign(cast, talk, "shen", when=walk.DONE_AT + timedelta(minutes=9))
    walk.sign(cast, talk, "lin", choice="decline", when=walk.DONE_AT + timedelta(hours=1))
    day_after = at(7, 17, 10)
    assert "见证林晓岚不签字" in titles(cast.actor("gu"), day_after)
    assert "见证林晓岚不签字" not in titles(cast.actor("shen"), day_after)
    notices = [str(n.title) for n in read_home(cast.actor("shen"), day_after).notices]
    assert "林晓岚的签字停住了" in notices
    record.witness_refusal(
        talk,
        "未说明",
        ["in_person", "email"],
        attempt=walk.attempt(at(7, 17, 11)),
        actor=cast.actor("gu"),
        at=at(7, 17, 11),
    )
    assert "见证林晓岚不签字" not in titles(cast.actor("gu"), at(7, 17, 12))


def test_hr_reads_nothing_of_what_the_two_wrote(as_, cast, talk):
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    walk.answer_survey(cast, talk)
    voice.ask(talk, "会签可以在哪一步升级？", actor=cast.actor("lin"), at=at(7, 8, 9))
    for name in ("gu", "he", "tao", "zhao", "sun"):
        html = text_of(as_(name).get("/"))
        assert "会签" not in html and "六西格玛" not in html


def test_auditors_home_leads_to_verification(as_, talk):
    html = text_of(as_("tao").get("/"))
    assert "校验历史和记录" in html and "林晓岚" not in html


def test_talks_of_a_closed_cycle_that_never_began_ask_nothing_any_more(cast, talk, cycle):
    assert titles(cast.actor("shen"))
    opening.close_cycle(cycle, actor=the_cast.SYSTEM, at=at(8, 3), reason="顺延")
    assert titles(cast.actor("shen"), at(8, 4)) == []
    assert read_home(cast.actor("gu"), at(8, 4)).undated == ()


def test_figures_count_the_managers_own_cycle(cast, talk):
    walk.to_signed(cast, talk)
    found = {f.label: (f.part, f.whole) for f in read_home(cast.actor("shen"), at(7, 20)).figures}
    assert found == {
        "已面谈": (1, 2),
        "达成共识的话题": (2, 2),
        "按期的改进项": (1, 1),
        "我承诺的支持": (0, 1),
    }
    cycle = read_home(cast.actor("shen"), at(7, 20)).cycle
    assert cycle is not None and (cycle.talked, cycle.total, cycle.days_left) == (1, 2, 11)


def test_a_quiet_item_and_a_missing_survey_are_noticed(cast, talk):
    walk.to_signed(cast, talk)
    quiet = [str(n.title) for n in read_home(cast.actor("shen"), at(8, 12)).notices]
    assert any("没有更新" in title for title in quiet)
    overdue = [n for n in read_home(cast.actor("shen"), at(10, 12)).notices if n.grave]
    assert overdue and "已经逾期" in str(overdue[0].title)


def test_somebody_without_any_talk_reads_what_will_stand_here(as_, cast, db):
    html = text_of(as_("wang").get("/"))
    assert "还没有面谈" in html or "没有等你的事" in html
    assert "没有要你做的" in text_of(as_("sun").get("/"))


def test_hostile_names_and_words_are_shown_as_text(as_, cast, talk):
    Employee.objects.filter(pk=cast.lin.pk).update(name="<script>alert(1)</script>", position='"><img src=x>')
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    voice.ask(talk, "<b onload=x>%(n)s</b>", actor=cast.actor("lin"), at=at(7, 8, 9))
    html = text_of(as_("shen").get("/"))
    assert "<script>alert" not in html and "<img src=x>" not in html and "<b onload" not in html
    assert "&lt;script&gt;alert(1)" in html


def more_people(cast, cycle, n: int) -> None:
    """Further reports of 沈立文, each with a scheduled and shared talk, a question and two topics."""
    shen = cast.actor("shen")
    entries = [
        people_actions.RosterEntry(f"1000{i}", f"员工{i}", "制造中心/智能产线部", "工程师", "00003")
        for i in range(n)
    ]
    people_actions.enrol(entries, actor=the_cast.SYSTEM, at=the_cast.START)
    people = list(Employee.objects.filter(staff_number__startswith="1000").order_by("staff_number"))
    from huitan.cycles.actions import enter_reviews

    for i, talk in enumerate(
        opening.open_conversations(enter_reviews(cycle, people), actor=the_cast.SYSTEM, at=the_cast.START)
    ):
        person = talk.review.employee
        the_cast.evidence_actions.enter_kpis(
            cycle,
            [the_cast.evidence_actions.KpiEntry(person, "准时率", Decimal(95), Decimal(80))],
            actor=the_cast.SYSTEM,
            at=the_cast.START,
        )
        preparation.choose_purpose(talk, "improvement", actor=shen, at=at(7, 2))
        preparation.schedule(talk, at(7, 20 + i), minutes=30, place="", actor=shen, at=at(7, 2))
        preparation.share(talk, actor=shen, at=at(7, 3))
        preparation.add_topic(talk, "improvement", "准时", actor=shen, at=at(7, 4))
        room.write(talk.topics.get(), "issue", "晚了三次", actor=shen, at=at(7, 4))


@pytest.mark.parametrize("name", ["shen", "lin", "gu", "he"])
def test_a_fixed_number_of_queries_however_large_the_team(
    as_, cast, cycle, talk, name, django_assert_num_queries, django_assert_max_num_queries
):
    walk.to_signed(cast, talk)
    more_people(cast, cycle, 1)
    client = as_(name)
    client.get("/")
    with django_assert_max_num_queries(15) as first:
        client.get("/")
    more_people(cast, cycle, 4)
    with django_assert_num_queries(len(first)):
        client.get("/")


def test_somebody_with_every_office_and_a_team_reads_the_page_with_as_few_questions(as_, cast, talk):
    """The watch over every page (tests/asking.py) counts them; this is who has most to be asked about."""
    walk.prepare(cast, talk)
    people_actions.grant(cast.account("shen"), "hr_admin", actor=SYSTEM, at=at(7, 1))
    people_actions.name_data_owner("MES", cast.account("shen"), actor=SYSTEM, at=at(7, 1))
    html = text_of(as_("shen").get("/"))
    assert "下一场面谈" in html and "还没有定时间" in html


def test_hr_sees_late_packs_also_where_many_talks_have_no_date_yet(cast, talk):
    walk.prepare(cast, talk)
    preparation.share(talk, actor=cast.actor("shen"), at=walk.TALK_AT - timedelta(hours=5))
    some = home_queries._held_up.afresh(cast.actor("he"), None, 1)
    assert [(t.pk == talk.pk, t.scheduled_at is None) for t in some] == [(False, True), (True, False)]
    assert home_page.at_most([]) == "" and home_page.at_most([talk] * 20) == "20"
    assert home_page.at_most([talk] * 21) == "20+"
