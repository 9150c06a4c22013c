"""The days of a dispute over Chinese holidays: counted in working days, kept as they were set, overdue only computed."""

from __future__ import annotations

from datetime import date

import pytest
from tests.cast import at
from tests.disputes import steps

from huitan.conversations.models import Conversation
from huitan.cycles.models import Cycle, Review
from huitan.disputes.clocks import accept_by, answer_by, clock, further_by, window
from huitan.disputes.models import Dispute
from huitan.disputes.queries.rows import page_of_disputes

CYCLE = Cycle(dispute_days=5)


def talk_signed(when) -> Conversation:
    return Conversation(state="signed", signed_at=when, review=Review(cycle=CYCLE))


@pytest.mark.parametrize(
    ("signed", "until"),
    [
        (at(7, 16, 20), date(2026, 7, 23)),
        (at(9, 24, 9), date(2026, 10, 9)),  # 25 to 27 September and the national days 1 to 7 October are free
        (at(9, 30, 23), date(2026, 10, 13)),  # Saturday the 10th is worked
        (at(2, 13, 9), date(2026, 2, 27)),  # spring festival 15 to 23 February; the 14th is worked
        (at(12, 31, 9), date(2027, 1, 7)),  # 2027 is not known yet: weekdays count
    ],
)
def test_the_window_is_counted_in_working_days_over_the_holidays(signed, until):
    found = window(talk_signed(signed), signed, {})
    assert found is not None and found.is_counting
    assert found.until == until


def test_hrs_own_days_move_the_window():
    own = {date(2026, 7, 20): False, date(2026, 7, 18): True}
    assert window(talk_signed(at(7, 16)), at(7, 16), own).until == date(2026, 7, 23)
    assert window(talk_signed(at(7, 16)), at(7, 16), {date(2026, 7, 20): False}).until == date(2026, 7, 24)


def test_while_signing_runs_the_latest_day_is_said_and_then_counted_from_its_end():
    talk = Conversation(state="recorded", signing_due_on=date(2026, 7, 23), review=Review(cycle=CYCLE))
    running = window(talk, at(7, 20), {})
    assert (running.until, running.is_counting) == (date(2026, 7, 30), False)
    lapsed = window(talk, at(7, 24, 8), {})
    assert (lapsed.until, lapsed.is_counting) == (date(2026, 7, 30), True)
    assert window(Conversation(state="talking", review=Review(cycle=CYCLE)), at(7, 20), {}) is None


def test_each_step_has_the_length_the_cycle_sets():
    cycle = Cycle(dispute_accept_days=1, dispute_answer_days=3, dispute_further_days=2)
    friday = at(7, 17, 18)
    assert accept_by(cycle, friday, {}) == date(2026, 7, 20)
    assert answer_by(cycle, friday, {}) == date(2026, 7, 22)
    assert further_by(cycle, friday, {}) == date(2026, 7, 21)
    assert (Cycle().dispute_accept_days, Cycle().dispute_answer_days, Cycle().dispute_further_days) == (
        2,
        10,
        5,
    )


def test_overdue_is_computed_in_working_days_and_a_weekend_counts_as_past():
    assert clock(None, at(7, 17), {}) is None
    assert clock(date(2026, 7, 17), at(7, 17, 23), {}).days == 0
    saturday = clock(date(2026, 7, 17), at(7, 18, 9), {})
    assert saturday.is_over and saturday.days == -1
    assert clock(date(2026, 7, 17), at(7, 21, 9), {}).days == -2


def test_a_promise_made_is_not_moved_by_a_changed_policy(cast, talk):
    talk = steps.rated_and_signed(cast, talk)
    dispute = steps.accepted(cast, talk)
    assert dispute.answer_due_on == date(2026, 8, 3)
    Cycle.objects.update(dispute_answer_days=1, dispute_days=1)
    again = Dispute.objects.get(pk=dispute.pk)
    assert again.answer_due_on == date(2026, 8, 3) and again.last_day() == date(2026, 7, 23)
    row = page_of_disputes(cast.actor("he"), at(8, 5)).rows[0]
    assert (row.clock.on, row.clock.days) == (date(2026, 8, 3), -2)
