from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from tests import kept
from tests.cast import at

from huitan.core import tallies
from huitan.core.models import Tally

NOW = at(7, 20, 10)


def test_counts_of_a_minute_by_name(db) -> None:
    assert [tallies.count("a", NOW) for _ in range(3)] == [1, 2, 3]
    assert tallies.count("b", NOW + timedelta(seconds=59)) == 1
    assert tallies.count("a", NOW + timedelta(seconds=59)) == 4
    assert tallies.count("a", NOW + timedelta(minutes=1)) == 1
    assert tallies.count("x" * 300, NOW) == 1


def test_minutes_gone_by_are_forgotten(db) -> None:
    tallies.count("a", NOW)
    tallies.count("a", NOW + timedelta(minutes=1))
    assert tallies.forget(NOW + timedelta(minutes=1)) == 1
    assert Tally.objects.get().count == 1


@pytest.mark.usefixtures("transactional_db")
def test_nothing_is_lost_when_many_count_at_once() -> None:
    def counts() -> None:
        for _ in range(25):
            tallies.count("a", NOW)
        connections.close_all()

    together = [threading.Thread(target=counts) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert tallies.count("a", NOW) == 101
    kept.empty()
