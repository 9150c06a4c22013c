"""Rows stored straight are the rows the ORM would store, and the quick chain is the chain the one-by-one way makes."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest
import rfc8785
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import START, SYSTEM, enrol, open_cycle

from huitan.core import bulk, events
from huitan.core.models import Event
from huitan.evidence.models import Evidence
from huitan.people.models import Department

pytestmark = pytest.mark.django_db
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_every_kind_of_value_is_stored_as_the_orm_stores_it() -> None:
    cast = enrol()
    cycle = open_cycle()
    fields = {
        "employee": cast.lin,
        "cycle": cycle,
        "kind": "kpi",
        "occurred_on": date(2026, 6, 30),
        "target": Decimal("98.5"),
        "actual": Decimal("-0.25"),
        "unit": "%\t\\N\n引号\"'",
        "added_at": START,
    }
    by_orm = Evidence.objects.create(name="一", **fields)
    quick = [Evidence(name="二", **fields), Evidence(name="三", **fields)]
    bulk.give_ids(quick)
    bulk.store(quick)
    assert by_orm.pk < quick[0].pk < quick[1].pk
    for row in quick:
        stored = Evidence.objects.get(pk=row.pk)
        for field in Evidence._meta.local_concrete_fields:
            if field.attname not in ("id", "name"):
                assert getattr(stored, field.attname) == getattr(
                    Evidence.objects.get(pk=by_orm.pk), field.attname
                )
    # The next row made by the ORM gets a number of its own.
    assert Evidence.objects.create(name="四", **fields).pk > quick[1].pk


def test_what_the_database_refuses_is_refused_as_ever() -> None:
    double = [Department(name="a", full_name="a"), Department(name="a", full_name="a")]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.give_ids(double)
        bulk.store(double)
    assert not Department.objects.exists()


def test_one_by_one_and_all_at_once_make_the_same_chain() -> None:
    told = [
        ("plan:1", "a.b", {"x": 1}),
        ("plan:2", "a.b", {"y": "“引”\n"}),
        ("plan:1", "a.c", {"z": [None, True]}),
    ]
    found = []
    for quick in (False, True):
        with pytest.raises(RuntimeError), transaction.atomic():
            events.append("plan:1", "first", actor=SYSTEM, at=START, payload={"n": 0})
            if quick:
                entries = [events.Entry(*one) for one in told]
                assert events.append_all(entries, actor=SYSTEM, at=START) == 3
            else:
                for stream, verb, payload in told:
                    events.append(stream, verb, actor=SYSTEM, at=START, payload=payload)
            found.append(
                list(Event.objects.order_by("stream", "seq").values_list("stream", "payload", "hash"))
            )
            assert list(events.breaks()) == []
            raise RuntimeError
    assert found[0] == found[1]


@given(
    stream=NAMES,
    verb=NAMES,
    actor=NAMES,
    payload=st.dictionaries(st.text(), st.integers(-9, 9) | NAMES | st.none()),
)
def test_the_fingerprint_is_over_the_canonical_form_of_the_whole(stream, verb, actor, payload) -> None:

    event = Event(
        stream=stream, seq=3, at=START, actor=actor, verb=verb, payload=payload, previous_hash=events.GENESIS
    )
    whole = {
        "stream": stream,
        "seq": 3,
        "at": START.isoformat(),
        "actor": actor,
        "verb": verb,
        "payload": payload,
        "previous": events.GENESIS,
    }
    try:
        expected = hashlib.sha256(rfc8785.dumps(whole)).hexdigest()
    except rfc8785.CanonicalizationError:
        return
    assert events.fingerprint(event) == expected


def test_any_number_of_values_is_one_parameter_of_one_query(django_assert_num_queries) -> None:
    numbers = [
        department.pk for department in (Department.objects.create(name=n, full_name=n) for n in "ab\"'")
    ]
    with django_assert_num_queries(3):
        names = Department.objects.filter(full_name__among=["a", '"', "'", *map(str, range(3000))])
        assert {one.full_name for one in names} == {"a", '"', "'"}
        assert Department.objects.filter(pk__among=numbers[1:]).count() == 3
        assert not Department.objects.filter(full_name__among=[]).exists()


def test_streams_of_any_number_go_on_at_their_heads_in_a_fixed_number_of_queries(
    django_assert_max_num_queries,
) -> None:
    names = [f"plan:{n}" for n in range(3)]
    with transaction.atomic(), django_assert_max_num_queries(10):
        events.append_all([events.Entry(name, "a", {}) for name in names], actor=SYSTEM, at=START)
    with transaction.atomic(), django_assert_max_num_queries(10):
        more = [events.Entry(name, "b", {"n": n}) for name in [*names, "plan:new"] for n in (1, 2)]
        events.append_all(more, actor=SYSTEM, at=START)
    assert list(events.breaks()) == []
    assert Event.objects.filter(stream="plan:1").count() == 3
