"""Truth tables of the plan room's lifecycles: every state × every move, and every need."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from huitan.core.lifecycle import Lifecycle, shortfalls
from huitan.plans.lifecycle import (
    BLOCKER,
    CHECK_IN,
    DATE_CHANGE,
    NEXT_TIME,
    PLAN,
    PLAN_ITEM,
    SUPPORT_REQUEST,
)
from huitan.plans.models import Plan

NOW = datetime(2026, 7, 20, 2, tzinfo=UTC)

# state → {move: where it leads}; whatever is not named is refused.
TABLES: list[tuple[Lifecycle, dict[str, dict[str, str]]]] = [
    (
        PLAN_ITEM,
        {
            "draft": {"activate": "active"},
            "active": {"submit": "submitted", "drop": "dropped"},
            "submitted": {"accept": "accepted", "return": "returned"},
            "returned": {"submit": "submitted", "drop": "dropped"},
            "accepted": {},
            "dropped": {},
        },
    ),
    (PLAN, {"draft": {"activate": "active"}, "active": {"conclude": "concluded"}, "concluded": {}}),
    (
        CHECK_IN,
        {
            "planned": {"hold": "held", "miss": "missed", "cancel": "cancelled"},
            "missed": {"hold": "held", "cancel": "cancelled"},
            "held": {},
            "cancelled": {},
        },
    ),
    (
        DATE_CHANGE,
        {
            "requested": {"consent": "consented", "decline": "declined", "settle": "settled"},
            "consented": {},
            "declined": {},
            "settled": {},
        },
    ),
    (
        BLOCKER,
        {"open": {"resolve": "resolved", "settle": "settled"}, "resolved": {}, "settled": {}},
    ),
    (
        SUPPORT_REQUEST,
        {
            "asked": {"grant": "granted", "refuse": "refused", "settle": "settled"},
            "granted": {},
            "refused": {},
            "settled": {},
        },
    ),
    (NEXT_TIME, {"open": {"settle": "settled"}, "settled": {}}),
]
CASES = [
    (lifecycle, state, move.name, leads.get(move.name))
    for lifecycle, table in TABLES
    for state, leads in table.items()
    for move in lifecycle.moves
]


@pytest.mark.parametrize(("lifecycle", "table"), TABLES, ids=[t[0].name for t in TABLES])
def test_the_table_names_every_state(lifecycle, table) -> None:
    assert list(table) == list(lifecycle.states)


@pytest.mark.parametrize(
    ("lifecycle", "state", "move", "target"), CASES, ids=[f"{c[0].name}-{c[1]}-{c[2]}" for c in CASES]
)
def test_every_state_and_move(lifecycle, state, move, target) -> None:
    step = lifecycle.by_name[move]
    assert (step.target if state in step.sources else None) == target


def item(**changes):
    filled = {
        "pk": 1,
        "what": "更新台账",
        "owner_id": 4,
        "due_on": date(2026, 9, 30),
        "criterion": "四周按时",
        "submitted_evidence": "",
        "return_reason": "",
        "drop_reason": "",
        "files": SimpleNamespace(exists=lambda: False),
    }
    return SimpleNamespace(**{**filled, **changes})


@pytest.mark.parametrize(
    ("move", "changes", "missing"),
    [
        ("activate", {}, 0),
        ("activate", {"what": " "}, 1),
        ("activate", {"owner_id": None}, 1),
        ("activate", {"due_on": None}, 1),
        ("activate", {"criterion": "\n"}, 1),
        ("activate", {"what": "", "owner_id": None, "due_on": None, "criterion": ""}, 4),
        ("submit", {}, 1),
        ("submit", {"submitted_evidence": "台账四周"}, 0),
        ("submit", {"submitted_evidence": "  "}, 1),
        ("submit", {"files": SimpleNamespace(exists=lambda: True)}, 0),
        ("return", {}, 1),
        ("return", {"return_reason": "还差一周"}, 0),
        ("drop", {}, 1),
        ("drop", {"drop_reason": "改由系统做"}, 0),
        ("accept", {}, 0),
    ],
)
def test_r17_r22_what_each_move_of_an_item_needs(move, changes, missing) -> None:
    assert len(shortfalls(PLAN_ITEM.by_name[move], item(**changes), NOW)) == missing


def plan(unsettled: int = 0, has_items: bool = True, **changes):
    left = [SimpleNamespace(pk=n, ref=f"A-000{n}") for n in range(unsettled)]
    items = SimpleNamespace(exists=lambda: has_items, exclude=lambda **_: left)
    filled = {
        "OUTCOMES": Plan.OUTCOMES,
        "no_action_reason": "",
        "outcome": "",
        "outcome_reason": "",
        "items": items,
    }
    return SimpleNamespace(**{**filled, **changes})


@pytest.mark.parametrize(
    ("move", "stored", "missing"),
    [
        ("activate", plan(), 0),
        ("activate", plan(has_items=False), 1),
        ("activate", plan(has_items=False, no_action_reason="按现有做法继续"), 0),
        ("conclude", plan(), 1),
        ("conclude", plan(outcome="met"), 0),
        ("conclude", plan(outcome="perfect"), 1),
        ("conclude", plan(outcome="partly"), 1),
        ("conclude", plan(outcome="partly", outcome_reason="一项退回"), 0),
        ("conclude", plan(unsettled=2, outcome="met"), 2),
        ("conclude", plan(unsettled=2, outcome="partly", outcome_reason="还在做"), 0),
        ("conclude", plan(unsettled=2, outcome="not_met", outcome_reason="没有做"), 0),
        ("conclude", plan(unsettled=1, outcome="extended"), 1),
        ("conclude", plan(unsettled=1, outcome="extended", outcome_reason="下期接着做"), 0),
    ],
)
def test_r03_what_each_move_of_a_plan_needs(move, stored, missing) -> None:
    assert len(shortfalls(PLAN.by_name[move], stored, NOW)) == missing


def items(unsettled: bool = True):
    return SimpleNamespace(
        items=SimpleNamespace(filter=lambda **_: SimpleNamespace(exists=lambda: unsettled))
    )


def check_in(**changes):
    held = {
        "note": "降到 3 天",
        "missing_reason": "",
        "employee_said_at": NOW,
        "manager_said_at": NOW,
        "next_on": date(2026, 9, 16),
        "plan": items(),
    }
    return {**held, **changes}


@pytest.mark.parametrize(
    ("lifecycle", "move", "thing", "missing"),
    [
        (CHECK_IN, "hold", check_in(note=""), 1),
        (CHECK_IN, "hold", check_in(), 0),
        (CHECK_IN, "hold", check_in(employee_said_at=None), 1),
        (CHECK_IN, "hold", check_in(manager_said_at=None), 1),
        (CHECK_IN, "hold", check_in(employee_said_at=None, manager_said_at=None), 2),
        (CHECK_IN, "hold", check_in(employee_said_at=None, missing_reason="休产假"), 0),
        (CHECK_IN, "hold", check_in(next_on=None), 1),
        (CHECK_IN, "hold", check_in(next_on=None, plan=items(unsettled=False)), 0),
        (CHECK_IN, "miss", {"note": ""}, 0),
        (DATE_CHANGE, "consent", {"reply": ""}, 0),
        (DATE_CHANGE, "decline", {"reply": " "}, 1),
        (DATE_CHANGE, "decline", {"reply": "九月还有两周"}, 0),
        (BLOCKER, "resolve", {"resolution": " "}, 1),
        (BLOCKER, "resolve", {"resolution": "采购当天签了"}, 0),
        (SUPPORT_REQUEST, "grant", {"promise_id": None}, 1),
        (SUPPORT_REQUEST, "grant", {"promise_id": 7}, 0),
        (SUPPORT_REQUEST, "refuse", {"reply": ""}, 1),
        (SUPPORT_REQUEST, "refuse", {"reply": "今年没有预算"}, 0),
        (NEXT_TIME, "settle", {"result": ""}, 1),
        (NEXT_TIME, "settle", {"result": "定了人"}, 0),
    ],
)
def test_what_the_follow_up_of_a_plan_needs(lifecycle, move, thing, missing) -> None:
    assert len(shortfalls(lifecycle.by_name[move], SimpleNamespace(**thing), NOW)) == missing
