"""A generated company is a real one: its history verifies, and rows and texts are what the product's own actions make."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import transaction

from huitan.cli.generate.build import Building
from huitan.cli.generate.company import FEWEST, MOST
from huitan.conversations import record_text
from huitan.conversations.actions.preparation import pack_content
from huitan.conversations.lifecycle import CONVERSATION
from huitan.conversations.models import Conversation, Pack, Record
from huitan.core.lifecycle import shortfalls
from huitan.core.models import Event
from huitan.cycles.models import Cycle
from huitan.disputes.queries.verification import verify
from huitan.evidence.actions.results import _content
from huitan.evidence.models import Evidence
from huitan.notifications.actions.listening import listen
from huitan.people.models import Department, Duty, Employee
from huitan.plans.models import CheckIn, PlanItem

NOW = datetime(2026, 7, 16, 4, tzinfo=UTC)


def build(size: int, *, seed: int = 7, cycles: int = 1) -> None:
    Building(size, seed, cycles, NOW, "!").build(lambda line: None)


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """Three hundred people and two cycles, shared by the tests that only look."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            build(300, cycles=2)
            yield
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def test_verify_finds_nothing(company, db) -> None:
    found = verify(at=NOW)
    assert found.breaks == ()
    assert found.counts["records"] > 300
    assert found.counts["seals"] > 0


def test_everybody_stands_in_the_tree(company, db) -> None:
    people = list(Employee.objects.select_related("manager", "department"))
    assert len(people) == 300
    reports = Counter(p.manager_id for p in people if p.manager_id)
    assert all(FEWEST <= n <= MOST for n in reports.values())
    assert [p.name for p in people if p.manager is None] == ["汪鸣怡"]
    assert all(p.line == f"{p.manager.line}{p.pk}/" for p in people if p.manager)
    for unit in Department.objects.select_related("parent"):
        above = unit.parent
        assert unit.path == f"{above.path if above else '/'}{unit.pk}/"
        assert unit.full_name == (f"{above.full_name}/{unit.name}" if above else unit.name)
    kinds = Counter(Duty.objects.values_list("kind", flat=True))
    assert kinds["hr_admin"] == kinds["auditor"] == 1
    assert kinds["hrbp"] > 1


def test_talks_items_and_check_ins_are_in_every_state(company, db) -> None:
    running = Cycle.objects.get(state="open")
    talks = Counter(Conversation.objects.filter(review__cycle=running).values_list("state", flat=True))
    assert set(talks) == set(CONVERSATION.states)
    past = Conversation.objects.exclude(review__cycle=running).values_list("state", flat=True)
    assert set(past) == {"closed"}
    assert set(PlanItem.objects.values_list("state", flat=True)) == {
        "draft",
        "active",
        "submitted",
        "returned",
        "accepted",
        "dropped",
    }
    assert set(CheckIn.objects.values_list("state", flat=True)) == {"planned", "held", "missed", "cancelled"}


def test_nothing_has_happened_after_now_or_before_the_step_before(company, db) -> None:
    assert Event.objects.filter(at__gt=NOW).count() == 0
    last: dict[str, datetime] = {}
    for stream, at in Event.objects.order_by("stream", "seq").values_list("stream", "at"):
        if stream.startswith(("conversation:", "plan:")):
            assert at >= last.get(stream, at), stream
            last[stream] = at


def test_frozen_texts_are_what_the_product_would_freeze(company, db) -> None:
    for record in Record.objects.order_by("-pk")[:60]:
        talk = record.conversation
        assert record_text.compose(talk, 1, record.composed_at) == record.content
    for pack in Pack.objects.order_by("-pk")[:60]:
        assert pack_content(pack.conversation) == pack.content


def test_what_was_entered_is_told_as_the_product_tells_it(company, db) -> None:
    for event in Event.objects.filter(verb__startswith="evidence.").order_by("-pk")[:40]:
        for told in event.payload["entered"]:
            assert told == _content(Evidence.objects.get(pk=told["id"]))


def test_every_talk_that_is_over_had_what_it_needs(company, db) -> None:
    complete = CONVERSATION.by_name["complete"]
    for talk in Conversation.objects.filter(state__in=["recorded", "signed", "closed"]).order_by("-pk")[:40]:
        assert list(shortfalls(complete, talk, NOW)) == []


def test_the_worker_tells_nobody_the_past(company, db) -> None:
    assert listen(NOW) == 0
