"""The customer's three files through preview and confirm: exactly what the truth says, and twice changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.cast import SYSTEM, at

from huitan.core import events as history
from huitan.cycles import actions as cycles
from huitan.evidence.models import Evidence
from huitan.imports import actions, report
from huitan.imports.models import ImportRun
from huitan.people.models import Department, Employee

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "company"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (SAMPLES / "truth.json").exists(), reason="the sample files are not beside this checkout"
    ),
]
NOW = at(7, 1)


@pytest.fixture
def truth() -> dict[str, Any]:
    return json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))


def bring(kind: str, name: str) -> ImportRun:
    data = (SAMPLES / name).read_bytes()
    run = actions.preview(kind, data, name, actor=SYSTEM, at=NOW)
    before = (Employee.objects.count(), Evidence.objects.count())
    assert run.state == "previewed"
    done = actions.confirm(run, actor=SYSTEM, at=NOW)
    if done.report["created"] == 0:
        assert (Employee.objects.count(), Evidence.objects.count()) == before
    return done


def told(run: ImportRun) -> dict[str, Any]:
    return report.told(run.report)


def open_a_cycle() -> None:
    cycles.set_up(
        {
            "key": "2026h1",
            "name": "2026 上半年",
            "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 6, 30),
            "talks_from": date(2026, 7, 1),
            "talks_until": date(2026, 7, 31),
        },
        departments=Department.objects.filter(parent=None),
        levels=cycles.DEFAULT_LEVELS,
        actor=SYSTEM,
        at=NOW,
    )


def test_the_roster_brings_people_and_units_and_names_each_bad_row(truth: dict[str, Any]) -> None:
    run = bring("roster", "花名册.xlsx")
    found = told(run)
    assert (found["created"], found["updated"], found["unchanged"]) == (truth["people"], 0, 0)
    assert (found["sheet"], found["header_row"]) == ("花名册", 3)
    assert Employee.objects.count() == truth["people"]
    assert Department.objects.count() == truth["units"]
    assert {row["row"] for row in found["rejected"]} == {164, 165, 166, 167}
    said = {(row["row"], row["problem"]) for row in found["rejected"]}
    assert (164, "汇报对象「88888」不在花名册中。") in said
    assert (164, "入职日期 2024/02/30 不存在。") in said
    assert all(row["hint"] for row in found["rejected"])
    assert not Employee.objects.filter(staff_number__in=["90001", "90002"]).exists()
    fourth = Employee.objects.select_related("manager").get(staff_number="00004")
    assert fourth.line.endswith(f"/{fourth.pk}/")
    assert Employee.objects.filter(manager=None).count() == 1


def test_kpis_and_events_equal_the_truth(truth: dict[str, Any]) -> None:
    bring("roster", "花名册.xlsx")
    open_a_cycle()
    found = told(bring("kpi", "KPI.xlsx"))
    assert found["created"] == truth["kpis"]
    assert [row["row"] for row in found["rejected"]] == [531, 532, 532]
    for number, name, weight, target, actual, unit, direction in truth["kpi_rows"]:
        kept = Evidence.objects.get(kind="kpi", employee__staff_number=number, name=name)
        assert (kept.weight, kept.unit, kept.direction) == (weight, unit, direction)
        assert kept.target == Decimal(str(target))
        assert abs(kept.actual - Decimal(str(actual))) <= (Decimal("0.5") if actual > 1000 else 0)
    found = told(bring("events", "关键事件.csv"))
    assert (found["created"], found["rejected"]) == (truth["events"], [])
    assert (found["encoding"], found["delimiter"]) == ("gb18030", ",")
    assert set(Evidence.objects.exclude(kind="kpi").values_list("cycle", flat=True)) == {None}


def test_a_second_import_changes_nothing(truth: dict[str, Any]) -> None:
    for kind, name, rows in (
        ("roster", "花名册.xlsx", truth["people"]),
        ("kpi", "KPI.xlsx", truth["kpis"]),
        ("events", "关键事件.csv", truth["events"]),
    ):
        if kind == "kpi":
            open_a_cycle()
        bring(kind, name)
        before = Counter(history.Event.objects.values_list("verb", flat=True))
        again = told(bring(kind, name))
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, rows)
        after = Counter(history.Event.objects.values_list("verb", flat=True))
        assert after - before == Counter({"import.previewed": 1, "import.confirmed": 1})
    assert list(history.breaks()) == []
