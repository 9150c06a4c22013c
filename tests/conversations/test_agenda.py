from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitan.conversations.agenda import PROTECTED, SMALLEST, WEIGHTS, borrow, minutes
from huitan.conversations.models import Conversation
from huitan.conversations.models.conversation import SECTIONS

LENGTHS = st.sampled_from(Conversation.LENGTHS)
PURPOSES = st.sampled_from(sorted(Conversation.PURPOSES))


def test_r16_sixty_minutes_for_improvement_are_12_25_13_10():
    assert minutes("improvement", 60) == {"highlights": 12, "improvements": 25, "plan": 13, "support": 10}


@pytest.mark.parametrize("length", Conversation.LENGTHS)
@pytest.mark.parametrize("purpose", sorted(Conversation.PURPOSES))
def test_r06_r16_the_parts_come_in_order_and_fill_the_length(purpose, length):
    parts = minutes(purpose, length)
    assert list(parts) == list(SECTIONS)
    assert sum(parts.values()) == length
    assert min(parts.values()) >= SMALLEST


def test_r06_the_purpose_moves_the_weights():
    growth, improvement = minutes("growth", 60), minutes("improvement", 60)
    assert growth["support"] > improvement["support"]
    assert growth["improvements"] < improvement["improvements"]


def test_without_a_purpose_the_weights_are_those_of_improvement():
    assert minutes("", 45) == minutes("improvement", 45)


def test_every_purpose_has_weights_of_a_hundred():
    assert set(WEIGHTS) == set(Conversation.PURPOSES)
    assert {sum(shares.values()) for shares in WEIGHTS.values()} == {100}


@given(PURPOSES, LENGTHS, st.sampled_from(list(SECTIONS)), st.integers(0, 30))
def test_r16_borrowing_keeps_the_length_and_never_cuts_the_employees_part(purpose, length, towards, wanted):
    before = minutes(purpose, length)
    after = borrow(before, towards, wanted)
    assert sum(after.values()) == length
    assert after[PROTECTED] >= before[PROTECTED]
    assert 0 <= after[towards] - before[towards] <= wanted
    assert all(after[key] >= min(SMALLEST, before[key]) for key in before)


def test_r16_only_later_parts_lend():
    before = minutes("improvement", 60)
    after = borrow(before, "improvements", 3)
    assert after["highlights"] == before["highlights"]
    assert after["plan"] == before["plan"] - 3


def test_the_last_part_that_may_lend_has_nobody_behind_it():
    before = minutes("improvement", 30)
    assert borrow(before, "plan", 5) == before
