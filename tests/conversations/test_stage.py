"""The seven stages as a truth table: a state with its facts, and what each side reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.cast import at

from huitan.conversations.lifecycle import CONVERSATION
from huitan.conversations.queries.stage import (
    DONE,
    SIDES,
    STAGES,
    NextStep,
    TalkFacts,
    latest_instant,
    stage_of,
)
from huitan.core.sentences import say

NOW = at(7, 8, 10)
TALK_AT = at(7, 16, 14)
BASE = TalkFacts(
    state="preparing", employee="林晓岚", manager="沈立文", notice_days=7, talks_until=date(2026, 7, 31)
)
SCHEDULED = replace(BASE, scheduled_at=TALK_AT, purpose="improvement")
SHARED = replace(SCHEDULED, state="shared", shared_at=at(7, 6))
HEARD = replace(SHARED, opened_at=at(7, 7), survey_in=True)
READY = replace(HEARD, topics=3)
RECORDED = replace(READY, state="recorded", signing_due_on=date(2026, 7, 23))
SIGNED = replace(
    RECORDED,
    state="signed",
    signed=frozenset({"manager", "employee"}),
    items=2,
    running=2,
    employee_due_on=date(2026, 9, 30),
    manager_due_on=date(2026, 7, 24),
    check_in_on=date(2026, 8, 17),
)

# facts, stage, held up, manager's step, employee's step, HR's step, and whether each of the three has to wait
TABLE = [
    (BASE, 0, False, "定下与林晓岚面谈的时间", "等沈立文共享资料包", "等沈立文：定下", (0, 1, 1)),
    (
        replace(SCHEDULED, purpose=""),
        0,
        False,
        "选定和林晓岚谈什么",
        "等沈立文共享",
        "等沈立文：选定",
        (0, 1, 1),
    ),
    (SCHEDULED, 0, False, "共享林晓岚的资料包", "等沈立文共享资料包", "等沈立文：共享", (0, 1, 1)),
    (SHARED, 1, False, "等林晓岚交预调研", "读一读你的资料包", "等林晓岚交预调研", (1, 0, 1)),
    (replace(SHARED, opened_at=at(7, 7)), 1, False, "等林晓岚交预调研", "填预调研", "等林晓岚", (1, 0, 1)),
    (replace(SHARED, informal_note=True), 2, False, "焦点话题", "读一读", "等沈立文：选定", (0, 0, 1)),
    (HEARD, 2, False, "选定与林晓岚谈的焦点话题", "与沈立文面谈", "等沈立文：选定", (0, 0, 1)),
    (replace(READY, open_questions=2), 2, False, "回答林晓岚的 2 个提问", "与沈立文", "等沈立文", (0, 0, 1)),
    (replace(READY, open_contests=1), 2, False, "等 HR 核对 1 个", "与沈立文", "核对 1 个", (1, 0, 0)),
    (READY, 3, False, "与林晓岚面谈", "与沈立文面谈", "等沈立文：与林晓岚面谈", (0, 0, 1)),
    (
        replace(READY, state="talking"),
        3,
        False,
        "继续与林晓岚",
        "写下你自己的话",
        "等沈立文：继续",
        (0, 0, 1),
    ),
    (RECORDED, 4, False, "签字", "阅读记录并签字", "等沈立文：签字", (0, 0, 1)),
    (
        replace(RECORDED, signed=frozenset({"manager"})),
        4,
        False,
        "等林晓岚签字",
        "阅读记录并签字",
        "等林晓岚签字",
        (1, 0, 1),
    ),
    (
        replace(RECORDED, signed=frozenset({"employee"})),
        4,
        False,
        "签字",
        "等沈立文签字",
        "等沈立文：签字",
        (0, 1, 1),
    ),
    (
        replace(RECORDED, signed=frozenset({"manager"}), declined=True),
        4,
        True,
        "林晓岚不签字，等 HR 见证",
        "阅读记录并签字",
        "见证林晓岚不签字",
        (1, 0, 0),
    ),
    (
        replace(RECORDED, signed=frozenset({"manager"}), signing_lapsed=True),
        4,
        True,
        "等林晓岚签字",
        "阅读记录并签字",
        "过了签字期限",
        (1, 0, 0),
    ),
    (replace(RECORDED, declined=True, refusal=True), 4, False, "签字", "等沈立文签字", "等沈立文", (0, 1, 1)),
    (SIGNED, 5, False, "兑现答应的支持", "随时更新进展", "等沈立文：兑现", (0, 0, 1)),
    (replace(SIGNED, manager_due_on=None), 5, False, "跟进一次", "随时更新进展", "等沈立文", (0, 0, 1)),
    (
        replace(SIGNED, manager_due_on=None, check_in_on=None),
        5,
        False,
        "等林晓岚完成行动项",
        "随时更新进展",
        "等林晓岚",
        (1, 0, 1),
    ),
    (
        replace(SIGNED, employee_due_on=None, manager_due_on=date(2026, 7, 24), running=1),
        5,
        False,
        "兑现答应的支持",
        "等沈立文兑现支持",
        "等沈立文",
        (0, 1, 1),
    ),
    (
        replace(SIGNED, running=1, submitted_by_employee=1, employee_due_on=None),
        5,
        False,
        "验收 1 项行动",
        "等沈立文验收",
        "等沈立文：验收",
        (0, 1, 1),
    ),
    (
        replace(SIGNED, running=1, submitted_by_others=1, manager_due_on=None, check_in_on=None),
        5,
        False,
        "等林晓岚完成行动项",
        "验收答应你的 1 项支持",
        "等林晓岚",
        (1, 0, 1),
    ),
    (
        replace(
            SIGNED,
            running=0,
            submitted_by_others=1,
            employee_due_on=None,
            manager_due_on=None,
            check_in_on=None,
        ),
        6,
        False,
        "等林晓岚验收你的支持",
        "验收答应你的",
        "等林晓岚",
        (1, 0, 1),
    ),
    (
        replace(SIGNED, running=0, employee_due_on=None, manager_due_on=None, check_in_on=None),
        6,
        False,
        "给计划定结果",
        "等沈立文给计划定结果",
        "等沈立文：给计划",
        (0, 1, 1),
    ),
    (replace(SIGNED, state="closed"), 7, False, "已经走完", "已经走完", "已经走完", (0, 0, 0)),
    (replace(SHARED, state="cancelled"), 1, True, "面谈已取消", "面谈已取消", "面谈已取消", (1, 1, 1)),
    (replace(BASE, state="cancelled"), 0, True, "面谈已取消", "面谈已取消", "面谈已取消", (1, 1, 1)),
]


@pytest.mark.parametrize(
    ("facts", "number", "hold", "manager", "employee", "hr", "waits"),
    TABLE,
    ids=[f"{i}-{row[0].state}" for i, row in enumerate(TABLE)],
)
def test_stage_and_next_step_of_each_side(facts, number, hold, manager, employee, hr, waits):
    stage = stage_of(facts, NOW)
    assert (stage.number, stage.hold) == (number, hold)
    for side, wanted in zip(SIDES, (manager, employee, hr), strict=True):
        assert wanted in str(stage.next_for(side).text)
    assert tuple(int(stage.next_for(side).waits) for side in SIDES) == waits


def test_every_state_of_the_lifecycle_has_a_stage():
    for state in CONVERSATION.states:
        stage = stage_of(replace(READY, state=state), NOW)
        assert 0 <= stage.number <= DONE
        assert set(stage.steps) == set(SIDES)
    assert len(STAGES) == DONE


def test_on_the_day_the_talk_itself_comes_first_whatever_is_still_open():
    morning = at(7, 16, 8)
    stage = stage_of(replace(SHARED, open_questions=3), morning)
    step = stage.next_for("manager")
    assert stage.number == 3
    assert "面谈" in str(step.text) and step.by == TALK_AT
    assert not step.is_overdue(morning)


def test_a_talk_nobody_began_asks_to_begin_or_to_move_it():
    step = stage_of(READY, TALK_AT + timedelta(hours=5)).next_for("manager")
    assert "改期" in str(step.text)
    assert step.is_overdue(TALK_AT + timedelta(hours=5))


@pytest.mark.parametrize(
    ("facts", "by"),
    [
        (BASE, date(2026, 7, 24)),
        (SCHEDULED, date(2026, 7, 9)),
        (SHARED, TALK_AT),
        (RECORDED, date(2026, 7, 23)),
        (SIGNED, date(2026, 7, 24)),
        (
            replace(SIGNED, submitted_by_employee=1, employee_submitted_on=date(2026, 7, 20)),
            date(2026, 7, 20),
        ),
        (replace(BASE, talks_until=None), None),
    ],
)
def test_r08_the_managers_step_has_its_latest_time(facts, by):
    assert stage_of(facts, NOW).next_for("manager").by == by


def test_a_latest_day_lasts_until_its_end():
    step = NextStep(say("签字"), date(2026, 7, 8))
    assert not step.is_overdue(at(7, 8, 23, 0))
    assert step.is_overdue(at(7, 9, 0, 1))
    assert latest_instant(None) is None
    assert not NextStep(say("签字")).is_overdue(NOW)


def test_names_stay_values_so_that_another_language_can_place_them():
    step = stage_of(SCHEDULED, NOW).next_for("hr")
    assert set(step.text.params) == {"name", "what"}
    assert step.text.params["what"].params == {"name": "林晓岚"}
