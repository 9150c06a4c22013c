"""What is asked with SQL kept ready is what the query itself would answer, for everybody and in any order."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import Count
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast
from tests.plans.items import several

from huitan.notifications import queries as messages
from huitan.people import prepared as preparing
from huitan.people.models import Employee
from huitan.people.prepared import counted, prepared
from huitan.plans.queries import ledger, ledger_figures, ledger_scope
from huitan.plans.queries.ledger import LedgerFilter
from huitan.plans.queries.ledger_order import ORDERINGS
from huitan.plans.queries.ledger_scope import scope_of

TODAY = date(2026, 7, 20)


@prepared
def near(actor, among, name):
    """Oneself, one's people and those named, all in one."""
    mine = Employee.objects.filter(manager=actor.employee_id) | Employee.objects.filter(pk=actor.employee_id)
    line = Employee.objects.filter(line__under=actor.line)
    return (mine | line | Employee.objects.filter(id__among=among or (), name=name)).order_by("pk")


@counted
def how_many(actor, _among):
    return Employee.objects.filter(manager=actor.employee_id), {"n": Count("pk")}


@pytest.fixture
def forgotten():
    connection.__dict__.pop("huitan_prepared", None)


@pytest.mark.usefixtures("forgotten")
def test_everybody_gets_their_own_whoever_asked_before(cast: Cast) -> None:
    everybody = [cast.actor(name) for name in cast.people if cast.people[name].account_id]
    some = tuple(person.pk for person in cast.people.values())
    for actor in (*everybody, *reversed(everybody)):
        for among in (some, some[:1], ()):
            assert near(actor, among, cast.sun.name) == near.afresh(actor, among, cast.sun.name)
        assert how_many(actor, None) == how_many.afresh(actor, None)
    assert len({len(near(actor, (), "")) for actor in everybody}) > 1
    kept = connection.__dict__["huitan_prepared"]
    assert len(kept) < len(everybody) * 4, "one for each kind of person, not for each person"


@pytest.mark.usefixtures("forgotten")
def test_the_products_own_say_what_their_queries_say(cast: Cast, cycle) -> None:
    several(cast, cycle)
    for name in (*cast.people, *reversed(cast.people)):
        if not cast.people[name].account_id:
            continue
        actor = cast.actor(name)
        read = scope_of(actor).read
        for narrow in {None, read}:
            for part in (part for parts in ORDERINGS.values() for part in parts):
                asked = (actor, narrow, LedgerFilter(), TODAY, part, "", 51, True)
                assert ledger._first_of(*asked) == ledger._first_of.afresh(*asked)
            figures = (actor, narrow, LedgerFilter(), TODAY, 2000)
            assert ledger_figures._open(*figures) == ledger_figures._open.afresh(*figures)
            assert ledger_scope._cycles(actor, narrow) == ledger_scope._cycles.afresh(actor, narrow)
            assert ledger_scope._owners(actor, narrow, None) == ledger_scope._owners.afresh(
                actor, narrow, None
            )
        assert messages._unread(actor, None) == messages._unread.afresh(actor, None)
        assert ledger_scope._near_units(actor, None, 9) == ledger_scope._near_units.afresh(actor, None, 9)


@pytest.mark.usefixtures("forgotten")
def test_the_first_time_costs_no_query_more(cast: Cast) -> None:
    actor = cast.actor("shen")
    for ask in (lambda: near(actor, (), ""), lambda: how_many(actor, None)):
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                ask()
            counts.append(len(asked))
        assert counts == [1, 1]


@pytest.mark.usefixtures("forgotten")
def test_a_number_that_is_written_into_something_else_is_asked_afresh(cast: Cast) -> None:
    @prepared
    def numbered(actor, _among):
        return Employee.objects.filter(pk=actor.employee_id).annotate(own=RawSQL(str(actor.employee_id), ()))

    for name in ("shen", "lin"):
        actor = cast.actor(name)
        (found,) = numbered(actor, None)
        assert found.own == actor.employee_id


@pytest.mark.usefixtures("forgotten")
def test_no_more_is_kept_than_is_said(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(preparing, "KEPT", 3)
    for name in "abcdef":
        near(cast.actor("shen"), (), name)
    assert len(connection.__dict__["huitan_prepared"]) == 3
