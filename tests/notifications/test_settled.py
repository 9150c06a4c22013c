"""No event is missed because a longer transaction commits after a shorter one that began later (PostgreSQL)."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from tests.cast import SYSTEM, at

from huitan.core import events

only_postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer at a time: ids commit in their order"
)


@only_postgres
@pytest.mark.django_db(transaction=True)
def test_a_reader_waits_for_the_writer_with_the_smaller_id() -> None:
    written, may_commit = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            events.append("test:slow", "test.slow", actor=SYSTEM, at=at(7, 1))
            written.set()
            may_commit.wait(10)
        connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    assert written.wait(10)
    with transaction.atomic():
        quick = events.append("test:quick", "test.quick", actor=SYSTEM, at=at(7, 1))
    with pytest.raises(events.Busy):
        events.settled()
    may_commit.set()
    writer.join()
    assert events.settled() == quick.pk
    assert set(events.Event.objects.values_list("verb", flat=True)) == {"test.slow", "test.quick"}


@only_postgres
@pytest.mark.django_db(transaction=True)
def test_housekeeping_on_the_table_holds_up_nobody() -> None:
    """VACUUM and ANALYZE, also the automatic ones, keep this lock while they run: no reader waits for it."""
    kept, may_end = threading.Event(), threading.Event()

    def housekeeping() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE core_event IN SHARE UPDATE EXCLUSIVE MODE")
            kept.set()
            may_end.wait(10)
        connection.close()

    with transaction.atomic():
        event = events.append("test:quick", "test.quick", actor=SYSTEM, at=at(7, 1))
    keeper = threading.Thread(target=housekeeping)
    keeper.start()
    assert kept.wait(10)
    try:
        assert events.settled() == event.pk
    finally:
        may_end.set()
        keeper.join()


@pytest.mark.django_db
def test_an_empty_history_is_settled_at_nothing() -> None:
    assert events.settled() == 0
