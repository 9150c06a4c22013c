"""Who may do what with a plan: every relation × every action, and the relations an item knows besides."""

from __future__ import annotations

from datetime import date

import pytest

from huitan.core.access import Policy
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM
from huitan.plans import actions
from huitan.plans.models import Blocker, CheckIn, DateChange, NextTime, Plan, PlanItem, SupportRequest
from huitan.plans.policy import (
    ASKED,
    BLOCKER,
    CHECK_IN,
    DATE_CHANGE,
    NEXT_TIME,
    OTHER_SIDE,
    OWNER,
    PLAN,
    PLAN_ITEM,
    SUCCESSOR,
    SUPPORT_REQUEST,
)

RELATIONS = (SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM, OWNER, OTHER_SIDE, SUCCESSOR, ASKED)
EVERYBODY_ROUND_IT = {SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM}
SIGNING = {SELF, MANAGER, HRBP, HR_ADMIN, SYSTEM}
MAY: list[tuple[Policy, dict[str, set[str]]]] = [
    (
        PLAN,
        {
            "read": EVERYBODY_ROUND_IT,
            "edit": {MANAGER},
            "activate": SIGNING,
            "conclude": {MANAGER},
            "export": EVERYBODY_ROUND_IT,
        },
    ),
    (
        PLAN_ITEM,
        {
            "activate": SIGNING,
            "update": {OWNER},
            "submit": {OWNER},
            "accept": {OTHER_SIDE},
            "return": {OTHER_SIDE},
            "drop": {OTHER_SIDE},
            "request_date": {OWNER},
            "remind": {MANAGER, LINE, HRBP, HR_ADMIN},
            "block": {OWNER},
            "ask_support": {OWNER},
            "measure": {OWNER, OTHER_SIDE},
            "take_over": {SUCCESSOR},
        },
    ),
    (CHECK_IN, {"say": {SELF, MANAGER}, "hold": {MANAGER}, "miss": {SYSTEM}, "cancel": {MANAGER, SYSTEM}}),
    (DATE_CHANGE, {"consent": {OTHER_SIDE}, "decline": {OTHER_SIDE}, "settle": {OTHER_SIDE}}),
    (BLOCKER, {"resolve": {OWNER, OTHER_SIDE}, "settle": {OTHER_SIDE}}),
    (SUPPORT_REQUEST, {"grant": {ASKED}, "refuse": {ASKED}, "settle": {OTHER_SIDE}}),
    (NEXT_TIME, {"settle": {SELF, MANAGER}}),
]
CASES = [
    (policy, action, relation, relation in allowed)
    for policy, table in MAY
    for action, allowed in table.items()
    for relation in RELATIONS
]


@pytest.mark.parametrize(("policy", "table"), MAY, ids=[p.name for p, _ in MAY])
def test_the_table_names_every_action(policy, table) -> None:
    assert set(table) == set(policy.may)


@pytest.mark.parametrize(
    ("policy", "action", "relation", "allowed"), CASES, ids=[f"{p.name}-{a}-{r}" for p, a, r, _ in CASES]
)
def test_every_relation_and_action(policy, action, relation, allowed) -> None:
    answer = policy.judge(action, frozenset({relation}))
    assert bool(answer) is allowed
    assert allowed or str(answer.reason)


@pytest.mark.parametrize("policy", [p for p, _ in MAY], ids=[p.name for p, _ in MAY])
def test_without_a_relation_nothing_is_allowed(policy) -> None:
    assert not any(policy.judge(action, frozenset()) for action in policy.may)


@pytest.mark.parametrize("model", [Plan, PlanItem, CheckIn, DateChange, Blocker, SupportRequest, NextTime])
def test_every_move_has_its_policy(model) -> None:
    assert {move.name for move in model.lifecycle.moves} <= set(model.policy.may)


@pytest.mark.parametrize(
    ("owner", "who", "known"),
    [
        ("lin", "lin", {SELF, OWNER}),
        ("lin", "shen", {MANAGER, OTHER_SIDE}),
        ("lin", "zhao", {LINE}),
        ("lin", "gu", {HRBP}),
        ("lin", "he", {HR_ADMIN}),
        ("lin", "tao", {AUDITOR}),
        ("lin", "sun", set()),
        ("shen", "shen", {MANAGER, OWNER}),
        ("shen", "lin", {SELF, OTHER_SIDE}),
        ("qian", "qian", {OWNER}),
        ("qian", "lin", {SELF, OTHER_SIDE}),
        ("qian", "shen", {MANAGER, OTHER_SIDE}),
    ],
)
def test_r22_the_owner_is_never_the_other_side(cast, talk, owner, who, known) -> None:
    item = actions.put_item(
        talk.plan,
        {"what": "更新台账", "owner": cast.people[owner], "due_on": date(2026, 9, 30), "criterion": "四周"},
        actor=cast.actor("shen"),
        at=talk.opened_at,
    )
    found = item.relations_of(cast.actor(who))
    assert found == known
    assert not {OWNER, OTHER_SIDE} <= found


def test_a_draft_item_is_nobodys_ledger(cast, talk) -> None:
    item = actions.put_item(
        talk.plan,
        {"what": "更新台账", "owner": cast.lin, "due_on": date(2026, 9, 30), "criterion": "四周"},
        actor=cast.actor("shen"),
        at=talk.opened_at,
    )
    for who in ("lin", "shen", "he"):
        assert not PlanItem.objects.visible_to(cast.actor(who)).filter(pk=item.pk).exists()
