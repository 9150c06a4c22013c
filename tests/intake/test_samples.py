"""The customer's three files hold exactly what the truth beside them says."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.intake.workbooks import told

from huitan.intake import KnownPeople, KnownPerson, KpiRow, read, resolve_managers, resolve_people

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "company"
pytestmark = pytest.mark.skipif(
    not (SAMPLES / "truth.json").exists(), reason="the sample files are not beside this checkout"
)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def known() -> KnownPeople:
    rows, _ = resolve_managers(
        read((SAMPLES / "花名册.xlsx").read_bytes(), "花名册.xlsx", "roster"), KnownPeople()
    )
    return KnownPeople.of(
        KnownPerson(r.staff_number, r.name, r.email, "/".join(r.department), r.manager) for r in rows
    )


def test_roster_holds_the_people_and_units_of_the_truth_and_names_each_bad_row(truth: dict[str, Any]) -> None:
    reading = read((SAMPLES / "花名册.xlsx").read_bytes(), "花名册.xlsx", "roster")
    rows, problems = resolve_managers(reading, KnownPeople())
    assert len(rows) == truth["people"]
    units = {row.department[:depth] for row in rows for depth in range(1, len(row.department) + 1)}
    assert len(units) == truth["units"]
    assert told(reading.problems) == [
        (164, "入职日期 2024/02/30 不存在。"),
        (165, "工号 00021 在文件里出现了两次，内容相同。已采用第一行。"),
        (166, "这一行没有工号。"),
        (167, "自己管自己（90002）的汇报对象是自己。"),
    ]
    assert told(problems) == [(164, "汇报对象「88888」不在花名册中。")]
    assert (reading.header_row, reading.sheet) == (3, "花名册")
    assert reading.columns["汇报对象(工号)"] == "manager_number"
    assert [(skip.row, skip.reason) for skip in reading.skipped] == [(168, "total")]
    assert all(row.hired_on and row.email and row.status == "active" for row in rows)
    assert {row.staff_number for row in rows} == {f"{n:05d}" for n in range(1, 161)}
    assert [row.name for row in rows if row.staff_number == "00005"] == ["龚丽浩"]


def test_kpi_results_equal_the_truth(truth: dict[str, Any], known: KnownPeople) -> None:
    reading = read((SAMPLES / "KPI.xlsx").read_bytes(), "KPI.xlsx", "kpi")
    rows, problems = resolve_people(reading, known)
    assert len(rows) == truth["kpis"]
    assert [row for row, _ in told(reading.problems)] == [532, 532]
    assert told(problems) == [(531, "工号 77777 不在花名册中。")]
    for row, expected in zip(rows, truth["kpi_rows"], strict=False):
        assert isinstance(row, KpiRow)
        number, name, weight, target, actual, unit, direction = expected
        assert (row.staff_number, row.kpi, row.weight) == (number, name, weight)
        assert (row.target, row.unit, row.direction) == (target, unit, direction)
        cents_lost_in_the_file = 0.5 if actual > 1000 else 0
        assert row.actual == pytest.approx(actual, abs=cents_lost_in_the_file + 1e-9, rel=0)


def test_events_equal_the_truth(truth: dict[str, Any], known: KnownPeople) -> None:
    reading = read((SAMPLES / "关键事件.csv").read_bytes(), "关键事件.csv", "events")
    rows, problems = resolve_people(reading, known)
    assert (len(rows), reading.problems, problems) == (truth["events"], (), ())
    assert (reading.encoding, reading.delimiter) == ("gb18030", ",")
    for row in rows:
        assert not isinstance(row, KpiRow)
        said = f"{row.occurred_on.month}月{row.occurred_on.day}日"
        assert row.statement.startswith(said)
