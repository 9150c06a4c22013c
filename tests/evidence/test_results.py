"""Results and people written by the thousand: the rows and the history are what one by one would have made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.cast import START, SYSTEM

from huitan.core import events
from huitan.core.models import Event
from huitan.evidence import actions
from huitan.evidence.actions import KpiEntry, results
from huitan.evidence.models import Evidence
from huitan.people.actions import RosterEntry, enrol
from huitan.people.models import Department, Employee, fields_of


def enter(cycle, *entries: KpiEntry) -> list[str]:
    return actions.enter_kpis(cycle, entries, actor=SYSTEM, at=START)


def test_the_history_says_of_a_new_result_what_is_stored(cast, cycle) -> None:
    number = Decimal("90.5000")
    first = KpiEntry(
        cast.lin, "准时率", number, None, Decimal("40.000"), "%", "down", "MES", date(2026, 3, 1)
    )
    assert enter(cycle, first, KpiEntry(cast.lin, "产出", number, number)) == ["created", "created"]
    told = Event.objects.get(verb="evidence.kpi_entered")
    assert told.stream == cast.lin.stream
    stored = Evidence.objects.filter(employee=cast.lin, kind="kpi").order_by("id")
    assert told.payload == {"entered": [results._content(row) for row in stored]}
    assert [row.added_at for row in stored] == [START, START]


def test_a_result_named_twice_at_once_is_entered_and_then_changed(cast, cycle) -> None:
    before, after = (KpiEntry(cast.lin, "准时率", Decimal(90), Decimal(value)) for value in (80, 85))
    assert enter(cycle, before, before, after) == ["created", "unchanged", "updated"]
    stored = Evidence.objects.get(employee=cast.lin, kind="kpi")
    assert stored.actual == 85
    told = list(Event.objects.filter(verb__startswith="evidence.kpi").order_by("id"))
    assert [one.verb for one in told] == ["evidence.kpi_entered", "evidence.kpi_changed"]
    assert told[1].payload == {"id": stored.pk, "name": "准时率", "changes": {"actual": ["80", "85"]}}
    assert list(events.breaks()) == []


def test_changing_one_of_many_results_leaves_the_others(cast, cycle) -> None:
    people = (cast.lin, cast.chen, cast.sun)
    rows = [KpiEntry(who, "准时率", Decimal(90), Decimal(80), source="MES") for who in people]
    enter(cycle, *rows)
    assert enter(cycle, rows[0], rows[1]._replace(actual=Decimal(81)), rows[2]) == [
        "unchanged",
        "updated",
        "unchanged",
    ]
    found = Evidence.objects.filter(kind="kpi").order_by("id")
    assert [(row.employee_id, row.actual, row.source, row.added_at) for row in found] == [
        (who.pk, actual, "MES", START) for who, actual in zip(people, (80, 81, 80), strict=True)
    ]


def test_new_people_stand_under_their_managers_and_departments_with_their_history(cast) -> None:
    entries = [
        RosterEntry("00902", "下", "制造中心/新部/一组", "技工", "00901", date(2026, 1, 5), "x@example.com"),
        RosterEntry("00901", "上", "制造中心/新部", "班长", "00002"),
    ]
    assert set(enrol(entries, actor=SYSTEM, at=START).values()) == {"created"}
    below, above = (Employee.objects.get(staff_number=number) for number in ("00902", "00901"))
    assert below.line == f"{above.line}{below.pk}/" and above.line.startswith(above.manager.line)
    group = Department.objects.get(full_name="制造中心/新部/一组")
    assert (group.name, group.path) == ("一组", f"{group.parent.path}{group.pk}/")
    assert group.parent.parent == Department.objects.get(full_name="制造中心")
    for person in (below, above):
        told = Event.objects.get(stream=person.stream)
        assert (told.verb, told.payload) == ("employee.enrolled", fields_of(person))
