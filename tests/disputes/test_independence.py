"""Who may handle a dispute, over the whole cast and every kind of part; and who sees it, in both ways of asking."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cast import NAMES, SYSTEM
from tests.disputes import steps

from huitan.conversations.actions import voice
from huitan.core import access
from huitan.disputes.actions import outcome
from huitan.disputes.candidates import candidates, person_named, proposed
from huitan.disputes.independence import Case, Person, part_in
from huitan.disputes.models import Dispute
from huitan.people import actions as people_actions
from huitan.people.models import Employee

PARTS = {
    "lin": "是申诉的本人",
    "shen": "给过这次评级",
    "zhao": "是评价人的直接上级，认可过这个评价",
    "chen": "在评价人的汇报线下面",
    "wang": None,
    "gu": None,
    "he": None,
    "qian": "不是这个部门的 HRBP 或 HR 管理员，也不在员工的汇报线上面",
    "sun": "不是这个部门的 HRBP 或 HR 管理员，也不在员工的汇报线上面",
    "tao": "不是这个部门的 HRBP 或 HR 管理员，也不在员工的汇报线上面",
}


@pytest.mark.parametrize("who", NAMES)
def test_the_rule_over_the_whole_cast(cast, talk, who):
    dispute = steps.submitted(cast, steps.rated_and_signed(cast, talk))
    person = person_named(cast.lin, cast.people[who].pk)
    found = part_in(dispute.case(), person)
    assert (str(found) if found else None) == PARTS[who]
    listed = {c.id: c for c in candidates(dispute.employee, dispute.case())}
    if cast.people[who].pk in listed:
        part = listed[cast.people[who].pk].part
        assert (str(part) if part else None) == PARTS[who]
    else:
        assert PARTS[who] is not None


CASE = Case(
    employee=1,
    manager=2,
    raters=frozenset({3}),
    holder=4,
    raters_managers=frozenset({5, 6}),
    number_checkers=frozenset({70}),
    first_handler=8,
)
FREE = Person(9, 90, frozenset({20}), ("hrbp",))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, None),
        ({"id": 1}, "是申诉的本人"),
        ({"id": 3}, "给过这次评级"),
        ({"id": 4}, "主持了这次面谈"),
        ({"id": 2}, "是员工的直接上级"),
        ({"id": 5}, "是评价人的直接上级，认可过这个评价"),
        ({"line": frozenset({20, 3})}, "在评价人的汇报线下面"),
        ({"line": frozenset({4})}, "在评价人的汇报线下面"),
        ({"line": frozenset({1})}, "在申诉人的汇报线下面"),
        ({"account_id": 70}, "面谈前核对过被疑问的数字"),
        ({"id": 8}, "处理过第一次，复核要换一个人"),
        ({"at_work": False}, "已经离职"),
        ({"offices": ()}, "不是这个部门的 HRBP 或 HR 管理员，也不在员工的汇报线上面"),
        ({"offices": ("line",)}, None),
    ],
)
def test_every_kind_of_part_has_its_words(changes, part):
    found = part_in(CASE, replace(FREE, **changes))
    assert (str(found) if found else None) == part


def test_an_hrbp_who_checked_the_doubted_number_before_the_talk_has_a_part(cast, talk):
    from tests import walk

    walk.prepare(cast, talk)
    walk.share(cast, talk)
    ecn = walk.kpi(talk, "ECN 按期关闭率")
    doubt = voice.contest(talk, ecn, "口径不同", actor=cast.actor("lin"), at=walk.SHARED_AT)
    voice.confirm_number(doubt, "核对无误", actor=cast.actor("gu"), at=walk.ANSWERED_AT)
    case = Dispute(conversation=talk, begun_at=walk.DONE_AT, saved_at=walk.DONE_AT).case()
    by_id = {c.id: c.part for c in candidates(cast.lin, case)}
    assert str(by_id[cast.gu.pk]) == "面谈前核对过被疑问的数字"


def test_the_hrbp_is_proposed_before_the_admin_and_the_line_and_the_least_busy_first(cast, talk):
    talk = steps.rated_and_signed(cast, talk)
    dispute = steps.submitted(cast, talk)
    found = candidates(dispute.employee, dispute.case())
    assert [c.name for c in found if c.part is None] == ["顾清和", "何静", "汪鸣怡"]
    assert proposed(found).name == "顾清和"
    entry = people_actions.RosterEntry("00008", "顾清和", "职能中心/人力资源部", "HRBP", "00003")
    people_actions.enrol([entry], actor=SYSTEM, at=steps.SUBMITTED_AT)
    found = candidates(dispute.employee, dispute.case())
    assert proposed(found).name == "何静"
    assert proposed(c for c in found if c.part is not None) is None


def test_who_sees_it_is_the_same_for_lists_and_for_one_row_in_every_state(cast, talk):
    talk = steps.rated_and_signed(cast, talk)
    dispute = steps.begun(cast, talk)
    actors = {who: cast.actor(who) for who in NAMES}

    def seen(expected: set[str]) -> None:
        row = Dispute.objects.select_related(*Dispute.judged_with).get(pk=dispute.pk)
        listed = {who for who, actor in actors.items() if Dispute.objects.visible_to(actor).exists()}
        judged = {who for who, actor in actors.items() if access.judge(row, "read", actor)}
        assert listed == judged == expected

    seen({"lin"})
    steps.drafting.submit(dispute, actor=actors["lin"], at=steps.SUBMITTED_AT)
    seen({"lin", "shen", "gu", "he"})
    steps.handling.assign(dispute, cast.wang.pk, actor=actors["he"], at=steps.ASSIGNED_AT)
    seen({"lin", "shen", "gu", "he", "wang"})
    steps.handling.accept(dispute, actor=actors["wang"], at=steps.ACCEPTED_AT)
    steps.correct_both(cast, dispute, by="wang")
    steps.send(cast, dispute, by="wang")
    seen({"lin", "shen", "gu", "he", "wang", "tao"})
    outcome.raise_further(dispute, "再看", actor=actors["lin"], at=steps.DECIDED_AT)
    steps.handling.assign(dispute, cast.he.pk, actor=actors["he"], at=steps.DECIDED_AT)
    seen({"lin", "shen", "gu", "he", "wang", "tao"})


def test_an_hr_admin_who_holds_the_talk_is_the_rater_and_not_the_neutral_side(cast, talk):
    grant = people_actions.grant
    grant(cast.account("shen"), "hr_admin", actor=SYSTEM, at=steps.BEGUN_AT)
    dispute = steps.submitted(cast, steps.rated_and_signed(cast, talk))
    found = dispute.relations_of(cast.actor("shen"))
    assert "rater" in found and not found & {"hr_admin", "hrbp"}
    assert not access.judge(dispute, "assign", cast.actor("shen"))


def test_a_person_not_in_the_roster_is_nobody(cast):
    assert person_named(cast.lin, Employee.objects.order_by("-pk")[0].pk + 1) is None
