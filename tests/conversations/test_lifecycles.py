"""Truth tables: every state × every move, and every relation × every action."""

from __future__ import annotations

import pytest

from huitan.conversations import policy
from huitan.conversations.lifecycle import CONTEST, CONVERSATION, QUESTION
from huitan.people.relations import AUDITOR, HR_ADMIN, HRBP, LINE, MANAGER, SELF, SYSTEM

# state → moves that start there; anything else is not offered.
EXPECTED = {
    "preparing": {"share": "shared", "cancel": "cancelled"},
    "shared": {"begin": "talking", "cancel": "cancelled"},
    "talking": {"complete": "recorded"},
    "recorded": {"revise": "talking", "conclude": "signed"},
    "signed": {"close": "closed"},
    "closed": {},
    "cancelled": {},
}


@pytest.mark.parametrize("state", list(CONVERSATION.states))
def test_conversation_moves_from_each_state(state: str) -> None:
    assert {m.name: m.target for m in CONVERSATION.from_state(state)} == EXPECTED[state]


@pytest.mark.parametrize(
    ("table", "open_states", "ends"),
    [
        (QUESTION, {"open", "parked"}, {"answered", "declined"}),
        (CONTEST, {"open"}, {"confirmed", "corrected"}),
    ],
    ids=["question", "contest"],
)
def test_ends_are_final(table, open_states, ends) -> None:
    assert {s for s in table.states if table.from_state(s)} == open_states
    assert set(table.states) == open_states | ends


# action → who may; written out once more by hand, on purpose.
WHO = {
    "read": {SELF, MANAGER, HRBP, HR_ADMIN, SYSTEM},
    "read_content": {SELF, MANAGER},
    "read_record": {SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM, policy.HELD_BY},
    "prepare": {MANAGER},
    "share": {MANAGER, SYSTEM},
    "remind": {HRBP, HR_ADMIN, SYSTEM},
    "begin": {MANAGER},
    "write": {MANAGER},
    "speak": {SELF},
    "order_topics": {SELF, MANAGER},
    "add_evidence": {SELF, MANAGER},
    "answer_number": {HRBP, HR_ADMIN},
    "complete": {MANAGER},
    "revise": {MANAGER},
    "sign_as_manager": {policy.HELD_BY},
    "sign_as_employee": {SELF},
    "witness_refusal": {HRBP, HR_ADMIN},
    "conclude": {SELF, MANAGER, HRBP, HR_ADMIN, policy.HELD_BY},
    "close": {MANAGER},
    "cancel": {HRBP, HR_ADMIN, SYSTEM},
    "hand_over": {MANAGER, policy.HELD_BY},
    "lapse": {SYSTEM},
    "export": {SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM, policy.HELD_BY},
}


@pytest.mark.parametrize("action", sorted(set(policy.CONVERSATION.may) | set(WHO)))
def test_conversation_policy(action: str) -> None:
    everybody = {SELF, MANAGER, LINE, HRBP, HR_ADMIN, AUDITOR, SYSTEM, policy.HELD_BY}
    allowed = {r for r in everybody if policy.CONVERSATION.judge(action, frozenset({r}))}
    assert allowed == WHO[action]
    assert not policy.CONVERSATION.judge(action, frozenset())


def test_every_move_of_a_lifecycle_stands_in_its_policy() -> None:
    for table, rules in (
        (CONVERSATION, policy.CONVERSATION),
        (QUESTION, policy.QUESTION),
        (CONTEST, policy.CONTEST),
    ):
        assert {m.name for m in table.moves} <= set(rules.may)


def test_a_refusal_says_why() -> None:
    for action in policy.CONVERSATION.may:
        answer = policy.CONVERSATION.judge(action, frozenset())
        assert str(answer.reason)
