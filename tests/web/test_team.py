"""我的团队: own people, their stages across cycles, nobody else's."""

from __future__ import annotations

from datetime import date

import pytest
from tests import cast as the_cast
from tests import walk
from tests.cast import at

from huitan.conversations.queries.team import team as read_team
from huitan.people import actions as people_actions
from huitan.people.models import Employee

NOW = "2026-07-08T10:00:00+08:00"


@pytest.fixture(autouse=True)
def present(settings):
    settings.HUITAN_SCRIPTED_NOW = NOW
    return settings


def shown(client) -> str:
    answer = client.get("/team/")
    assert answer.status_code == 200
    html = answer.content.decode()
    return html[html.index('<main id="main"') : html.index("</main>")]


def test_own_people_with_stage_and_next_step(as_, cast, talk):
    walk.prepare(cast, talk)
    html = shown(as_("shen"))
    assert "2 人，下一步最近的在前" in html
    assert html.index("林晓岚") < html.index("陈思远")
    assert "共享林晓岚的资料包" in html and "定下与陈思远面谈的时间" in html
    assert "孙雨" not in html and "赵启明" not in html


def test_reports_of_reports_are_not_ones_team(as_, talk):
    html = shown(as_("zhao"))
    assert "沈立文" in html and "林晓岚" not in html


def test_talks_of_earlier_cycles_stay_at_hand(cast, talk):
    walk.to_signed(cast, talk)
    later = the_cast.open_cycle(
        "2026h2",
        name="2026 下半年",
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 12, 31),
        talks_from=date(2027, 1, 4),
        talks_until=date(2027, 1, 29),
    )
    lin = next(m for m in read_team(cast.actor("shen"), at(7, 20)) if m.id == cast.lin.pk)
    assert {t.cycle for t in lin.talks} == {"2026 上半年", later.name}
    assert lin.current is not None and lin.current.cycle == "2026 上半年"
    assert [t.cycle for t in lin.earlier] == [later.name]


def test_a_newcomer_without_a_talk_is_named_and_stands_last(as_, cast, talk):
    people_actions.enrol(
        [people_actions.RosterEntry("20001", "欧阳若曦·阿卜杜拉", "制造中心/智能产线部", "", "00003")],
        actor=the_cast.SYSTEM,
        at=at(7, 2),
    )
    html = shown(as_("shen"))
    assert html.index("陈思远") < html.index("欧阳若曦·阿卜杜拉")
    assert "还没有参加过面谈周期" in html


def test_who_has_left_is_gone_and_who_leads_nobody_reads_why(as_, cast, talk):
    Employee.objects.filter(pk=cast.chen.pk).update(status="left")
    assert "陈思远" not in shown(as_("shen"))
    assert "名册里还没有人向你汇报" in shown(as_("lin"))


def test_hostile_names_are_shown_as_text(as_, cast, talk):
    Employee.objects.filter(pk=cast.lin.pk).update(name='"><script>alert(1)</script>', position="<i>x</i>")
    html = shown(as_("shen"))
    assert "<script>" not in html and "<i>x" not in html


def test_a_fixed_number_of_queries_however_large_the_team(
    as_, cast, talk, django_assert_num_queries, django_assert_max_num_queries
):
    client = as_("shen")
    shown(client)
    with django_assert_max_num_queries(8) as first:
        shown(client)
    entries = [
        people_actions.RosterEntry(f"3000{i}", f"员工{i}", "制造中心/智能产线部", "", "00003")
        for i in range(3)
    ]
    people_actions.enrol(entries, actor=the_cast.SYSTEM, at=at(7, 2))
    with django_assert_num_queries(len(first)):
        shown(client)
