"""Preview, confirm, discard: what is compared, what is written, and what a bad row does to the others."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import cast as the_cast
from tests.cast import SYSTEM, Cast, at

from huitan.conversations.actions.opening import close_cycle
from huitan.core import events as history
from huitan.core import files
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.evidence.models import Evidence
from huitan.imports import actions, report
from huitan.imports.models import ImportRun
from huitan.people.models import Department, Employee

NOW = at(7, 2)
ROSTER = ["工号", "姓名", "部门", "汇报对象工号"]
KPI = ["工号", "姓名", "指标名称", "权重", "目标值", "实际值", "单位"]


def sheet(header: list[str], *rows: list[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode("utf-8-sig")


def preview(kind: str, data: bytes, **more: object) -> ImportRun:
    return actions.preview(kind, data, f"{kind}.csv", actor=SYSTEM, at=NOW, **more)


def bring(kind: str, data: bytes, **more: object) -> dict[str, object]:
    run = actions.confirm(preview(kind, data, **more), actor=SYSTEM, at=NOW)
    return report.told(run.report)


def test_preview_writes_nothing_of_the_company(cast: Cast) -> None:
    before = list(Employee.objects.values_list("staff_number", "name", "department_id", "manager_id"))
    seen = Event.objects.exclude(stream__startswith="import:").count()
    data = sheet(
        ROSTER, ["00004", "林晓岚", "新部门/一组", "00002"], ["00011", "新人", "新部门/一组", "00004"]
    )
    run = preview("roster", data)
    assert (run.report["created"], run.report["updated"]) == (1, 1)
    assert list(Employee.objects.values_list("staff_number", "name", "department_id", "manager_id")) == before
    assert not Department.objects.filter(name="新部门").exists()
    assert Event.objects.exclude(stream__startswith="import:").count() == seen
    assert files.content(run.sha256) == data


def test_a_number_and_its_text_with_zeros_are_one_person(cast: Cast) -> None:
    found = bring(
        "roster", sheet(ROSTER, [4, "林晓岚", "制造中心/智能产线部", 3], [11, "新人", "营销中心", 6])
    )
    assert (found["created"], found["unchanged"], found["rejected"]) == (1, 1, [])
    fresh = Employee.objects.select_related("manager").get(name="新人")
    assert (fresh.staff_number, fresh.manager.staff_number, fresh.status) == ("00011", "00006", "active")


def test_a_rejected_row_never_blocks_the_others(cast: Cast) -> None:
    found = bring(
        "roster",
        sheet(
            ROSTER,
            ["00011", "甲", "营销中心", "99999"],
            ["00012", "乙", "营销中心", "00011"],
            ["00013", "丙" * 129, "营销中心", "00006"],
            ["00014", "丁", "营销中心", "00006"],
        ),
    )
    assert found["created"] == 2
    assert [(row["row"], row["column"]) for row in found["rejected"]] == [(2, "汇报对象工号"), (4, "姓名")]
    waiting = Employee.objects.get(staff_number="00012")
    assert waiting.manager is None
    mended = bring(
        "roster", sheet(ROSTER, ["00011", "甲", "营销中心", "00006"], ["00012", "乙", "营销中心", "00011"])
    )
    assert (mended["created"], mended["updated"]) == (1, 1)


def test_people_missing_from_a_roster_stay(cast: Cast) -> None:
    run = preview("roster", sheet(ROSTER, ["00004", "林晓岚", "制造中心/智能产线部", "00003"]))
    actions.confirm(run, actor=SYSTEM, at=NOW)
    assert Employee.objects.exclude(status="left").count() == len(the_cast.ROSTER)
    assert "9 名在职员工保持不变" in "".join(report.notes(run.report))


def test_a_circle_closed_through_a_known_line_is_left_out(cast: Cast) -> None:
    """赵启明 reports to 汪鸣怡 in the company; the file lets 汪鸣怡 report to 沈立文, who is below 赵启明."""
    found = bring(
        "roster",
        sheet(ROSTER, ["00001", "汪鸣怡", "公司", "00003"], ["00011", "新人", "公司", "00001"]),
    )
    assert found["created"] == 1
    assert [row["row"] for row in found["rejected"]] == [2]
    assert "00001 →" in found["rejected"][0]["problem"] or "→ 00001" in found["rejected"][0]["problem"]
    assert Employee.objects.get(staff_number="00001").manager is None


def test_the_company_may_move_between_preview_and_confirm(cast: Cast) -> None:
    run = preview("roster", sheet(ROSTER, ["00011", "新人", "营销中心", "00006"]))
    bring("roster", sheet(ROSTER, ["11", "新人", "营销中心", "00006"]))
    done = actions.confirm(run, actor=SYSTEM, at=NOW)
    assert (done.report["created"], done.report["unchanged"]) == (0, 1)
    with pytest.raises(Refused) as refused:
        actions.confirm(done, actor=SYSTEM, at=NOW)
    assert refused.value.kind == "not_now"


def test_a_file_changed_on_disk_is_not_imported(cast: Cast) -> None:
    run = preview("roster", sheet(ROSTER, ["00011", "新人", "营销中心", "00006"]))
    files.path(run.sha256).write_bytes(b"something else")
    with pytest.raises(Refused) as refused:
        actions.confirm(run, actor=SYSTEM, at=NOW)
    assert refused.value.kind == "not_now"
    assert not Employee.objects.filter(name="新人").exists()


def test_a_discarded_run_cannot_be_confirmed(cast: Cast) -> None:
    run = actions.discard(
        preview("roster", sheet(ROSTER, ["00011", "新人", "营销中心", "00006"])), actor=SYSTEM, at=NOW
    )
    with pytest.raises(Refused):
        actions.confirm(run, actor=SYSTEM, at=NOW)


@pytest.mark.parametrize("who", ["shen", "gu", "tao", "lin"])
def test_only_hr_admins_import(cast: Cast, who: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.preview("roster", sheet(ROSTER), "x.csv", actor=cast.actor(who), at=NOW)
    assert refused.value.kind == "forbidden"
    assert not ImportRun.objects.visible_to(cast.actor(who)).exists()


def test_what_a_kpi_row_leaves_open_stays_as_known(cast: Cast, cycle) -> None:
    the_cast.bring_results(cast, cycle)
    narrow = ["工号", "指标名称", "目标值", "实际值"]
    found = bring(
        "kpi", sheet(narrow, [4, "ecn 按期关闭率", "90%", "75%"], [4, "新品导入周期", 45, 41]), cycle=cycle
    )
    assert (found["updated"], found["unchanged"], found["rejected"]) == (1, 1, [])
    kept = Evidence.objects.get(employee=cast.lin, name="ECN 按期关闭率")
    assert (kept.actual, kept.weight, kept.source, kept.direction) == (Decimal(75), Decimal(40), "ERP", "up")
    changed = Event.objects.get(verb="evidence.kpi_changed")
    assert changed.payload["changes"] == {"actual": ["71.4000", "75.0000"]}


def test_of_several_dates_the_newest_result_counts(cast: Cast, cycle) -> None:
    dated = [*KPI, "数据日期"]
    found = bring(
        "kpi",
        sheet(
            dated,
            [4, "林晓岚", "产量", 100, 10, 8, "件", "2026-03-31"],
            [4, "林晓岚", "产量", 100, 10, 9, "件", "2026-06-30"],
        ),
    )
    assert (found["created"], [row["row"] for row in found["rejected"]]) == (1, [2])
    kept = Evidence.objects.get(name="产量")
    assert (kept.actual, kept.occurred_on) == (Decimal(9), date(2026, 6, 30))


def test_many_decimals_compare_equal_the_second_time(cast: Cast, cycle) -> None:
    data = sheet(KPI, [4, "林晓岚", "产量", 33.3333, 3, "2.66666666", "件"])
    assert bring("kpi", data)["created"] == 1
    assert bring("kpi", data)["unchanged"] == 1


def test_kpis_need_to_know_their_cycle(cast: Cast) -> None:
    data = sheet(KPI, [4, "林晓岚", "产量", 100, 10, 8, "件"])
    with pytest.raises(Refused, match="还没有周期"):
        preview("kpi", data)
    the_cast.draft_cycle("2026h1")
    the_cast.draft_cycle(
        "2025h2",
        starts_on=date(2025, 7, 1),
        ends_on=date(2025, 12, 31),
        talks_from=date(2026, 1, 4),
        talks_until=date(2026, 1, 31),
    )
    with pytest.raises(Refused, match="2025h2") as refused:
        preview("kpi", data)
    assert "2026h1" in str(refused.value)
    dated = sheet([*KPI, "数据日期"], [4, "林晓岚", "产量", 100, 10, 8, "件", "2026-06-30"])
    the_cast.draft_cycle(
        "2027h1",
        starts_on=date(2027, 1, 1),
        ends_on=date(2027, 6, 30),
        talks_from=date(2027, 7, 1),
        talks_until=date(2027, 7, 31),
    )
    run = preview("kpi", dated, cycle=None)
    assert run.cycle is not None and run.cycle.key == "2026h1"


def test_a_closed_cycle_takes_no_more_results(cast: Cast, cycle) -> None:
    close_cycle(cycle, actor=SYSTEM, at=NOW, reason="演练")
    cycle.refresh_from_db()
    with pytest.raises(Refused) as refused:
        preview("kpi", sheet(KPI, [4, "林晓岚", "产量", 100, 10, 8, "件"]), cycle=cycle)
    assert refused.value.kind == "not_now"


def test_missing_columns_can_be_mapped_without_uploading_again(cast: Cast) -> None:
    data = sheet(["某某号", "全名", "部门"], ["00011", "新人", "营销中心"])
    run = actions.preview(
        "roster",
        sheet(["某某号", "姓名", "部门"], ["00011", "新人", "营销中心"]),
        "x.csv",
        actor=SYSTEM,
        at=NOW,
    )
    assert run.report["found"] == ["某某号", "姓名", "部门"]
    assert "error" in report.told(run.report)
    again = actions.read_again(run, {"某某号": "staff_number"}, cycle=None, actor=SYSTEM, at=NOW)
    run.refresh_from_db()
    assert (run.state, again.report["created"]) == ("discarded", 1)
    with pytest.raises(Refused):
        preview("roster", data[:20])


def test_more_rows_cost_no_more_queries(cast: Cast, django_assert_num_queries) -> None:
    def rows(first: int, n: int) -> bytes:
        return sheet(ROSTER, *[[f"{first + i:05d}", f"员工{i}", "营销中心", "00006"] for i in range(n)])

    few, many = preview("roster", rows(100, 2)), preview("roster", rows(200, 60))
    with CaptureQueriesContext(connection) as first:
        actions.confirm(few, actor=SYSTEM, at=NOW)
    with django_assert_num_queries(len(first)):
        actions.confirm(many, actor=SYSTEM, at=NOW)


def test_the_history_stays_whole(cast: Cast, cycle) -> None:
    bring("roster", sheet(ROSTER, *[[f"{n:05d}", f"员工{n}", "营销中心", "00006"] for n in range(20, 260)]))
    bring(
        "kpi", sheet(KPI, *[[n, f"员工{n}", "产量", 100, 10, n, "件"] for n in range(20, 260)]), cycle=cycle
    )
    assert list(history.breaks()) == []
