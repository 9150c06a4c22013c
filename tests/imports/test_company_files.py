"""Leavers, dates to come and open directions in the files of companies, against the company as it is."""

from __future__ import annotations

import openpyxl
import pytest
from tests.cast import SYSTEM, Cast, at
from tests.intake.workbooks import saved, xlsx

from huitan.documents.rejected import workbook_of
from huitan.evidence.models import Evidence
from huitan.imports import actions, report
from huitan.imports.models import ImportRun
from huitan.people.models import Employee

pytestmark = pytest.mark.django_db
NOW = at(7, 2)
LEAVERS = ["工号", "姓名", "部门", "入职日期", "离职日期", "状态"]


def preview(kind: str, rows: list[list[object]], **more: object) -> ImportRun:
    return actions.preview(kind, xlsx(rows, **more), "表.xlsx", actor=SYSTEM, at=NOW)  # type: ignore[arg-type]


def test_a_date_of_leaving_that_has_come_says_who_has_left(cast: Cast) -> None:
    rows: list[list[object]] = [
        LEAVERS,
        ["90001", "走了", "制造中心", "2020-01-01", "2026-06-30", ""],
        ["90002", "要走", "制造中心", "2020-01-01", "2026-12-31", ""],
        ["90003", "回来", "制造中心", "2026-02-01", "2025-06-30", ""],
        ["90004", "两说", "制造中心", "2020-01-01", "2026-06-30", "在职"],
    ]
    run = actions.confirm(preview("roster", rows), actor=SYSTEM, at=NOW)
    found = dict(Employee.objects.filter(staff_number__startswith="9").values_list("name", "status"))
    assert found == {"走了": "left", "要走": "active", "回来": "active"}
    told = report.told(run.report)
    assert [(r["row"], r["column"]) for r in told["rejected"]] == [(5, "离职日期")]
    assert told["rejected"][0]["problem"] == "离职日期是 2026-06-30，在职状态写的却不是离职。"
    again = preview("roster", rows).report
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3)


def test_whose_manager_has_left_is_said_before_anything_is_written(cast: Cast) -> None:
    rows: list[list[object]] = [
        ["工号", "姓名", "部门", "上级工号", "状态"],
        ["90001", "走了", "制造中心", "", "离职"],
        ["90002", "留下", "制造中心", "90001", "在职"],
    ]
    assert any(
        "1 名在职员工的上级已离职：留下" in note for note in report.notes(preview("roster", rows).report)
    )


def test_a_fact_of_days_to_come_is_asked_back(cast: Cast) -> None:
    rows: list[list[object]] = [
        ["工号", "姓名", "类型", "发生日期", "事实描述"],
        ["00004", "", "成绩", "2062-03-05", "年份写错"],
        ["00004", "", "成绩", "2026-07-02", "今天"],
    ]
    run = actions.confirm(preview("events", rows), actor=SYSTEM, at=NOW)
    assert [r["problem"] for r in report.told(run.report)["rejected"]] == ["发生日期 2062-03-05 在将来。"]
    assert Evidence.objects.filter(statement="今天").exists()
    assert not Evidence.objects.filter(statement="年份写错").exists()


def test_an_open_direction_is_said_and_a_corrected_file_changes_only_that(cast: Cast, cycle) -> None:
    head = ["工号", "指标名称", "目标值", "实际值", "方向"]
    first: list[list[object]] = [head, ["00004", "产量", 1, 1, ""], ["00004", "客户投诉数", 3, 5, ""]]
    run = preview("kpi", first)
    assert any("2 个指标没有写方向，先当作越高越好：客户投诉数、产量" in n for n in report.notes(run.report))
    actions.confirm(run, actor=SYSTEM, at=NOW)
    corrected: list[list[object]] = [*first[:2], ["00004", "客户投诉数", 3, 5, "越低越好"]]
    run = actions.confirm(preview("kpi", corrected), actor=SYSTEM, at=NOW)
    assert (run.report["created"], run.report["updated"], run.report["unchanged"]) == (0, 1, 1)
    assert not any("方向" in note for note in report.notes(run.report))


def test_the_rows_to_mend_keep_merged_titles_merged_people_and_units(cast: Cast, cycle) -> None:
    rows: list[list[object]] = [
        ["工号", "指标名称", "目标与完成", None],
        [None, None, "目标值", "实际值"],
        [None, None, "万元", "万元"],
        ["00004", "销售额", 10, 9],
        [None, "回款", 10, "待定"],
    ]
    run = preview("kpi", rows, merges=["A1:A2", "B1:B2", "C1:D1", "A4:A5"])
    assert [r["row"] for r in run.report["rejected"]] == [5]
    again = actions.preview("kpi", workbook_of(run), "改.xlsx", actor=SYSTEM, at=NOW).report
    assert [(r["row"], r["column"], r["value"]) for r in again["rejected"]] == [(3, "实际值", "待定")]
    assert [s["reason"] for s in again["skipped"]] == ["units"]


def test_what_was_understood_is_offered_again_when_columns_are_missing(cast: Cast, cycle) -> None:
    run = preview("kpi", [["工号", "指标名称", "目标值", "完成率"], ["00004", "产量", 1, 1]])
    assert run.report["understood"] == {"工号": "staff_number", "指标名称": "kpi", "目标值": "target"}


def test_who_left_and_is_listed_again_and_who_shares_an_address_is_said(cast: Cast) -> None:
    head: list[object] = ["工号", "姓名", "部门", "邮箱"]
    left: list[list[object]] = [[*head, "状态"], ["90001", "走了", "制造中心", "a@example.com", "离职"]]
    actions.confirm(preview("roster", left), actor=SYSTEM, at=NOW)
    people: list[list[object]] = [
        ["90001", "走了", "制造中心", "a@example.com"],
        ["90002", "甲", "制造中心", "line@example.com"],
        ["90003", "乙", "制造中心", "line@example.com"],
        ["90004", "丙", "制造中心", "a@example.com"],
    ]
    said = report.notes(preview("roster", [head, *people]).report)
    assert any("1 名已离职的人又在文件里，没有写状态，仍当作离职：走了" in note for note in said)
    assert any("1 个邮箱写给了不止一个在职的人：line@example.com" in note for note in said)


def test_the_preview_says_what_changes_and_whose_number_has_another_name(cast: Cast) -> None:
    head: list[object] = ["工号", "姓名", "部门", "岗位"]
    first: list[list[object]] = [
        head,
        ["90001", "甲", "制造中心", "员工"],
        ["90002", "乙", "制造中心", "员工"],
    ]
    run = actions.confirm(preview("roster", first), actor=SYSTEM, at=NOW)
    assert not any("改动" in note for note in report.notes(run.report))
    again = preview(
        "roster", [head, ["90001", "丙", "制造中心", "组长"], ["90002", "乙", "制造中心", "组长"]]
    )
    again.refresh_from_db()
    said = report.notes(again.report)
    assert "已有的人有改动：姓名 1 人、岗位 2 人。" in said
    assert any("1 个工号的姓名和现有的不同：甲 → 丙。" in note for note in said)


def test_rows_that_a_filter_hides_are_read_and_said(cast: Cast) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (["工号", "姓名", "部门"], *([f"9000{n}", "新人", "制造中心"] for n in range(1, 6))):
        page.append(row)
    page.row_dimensions[3].hidden = page.row_dimensions[5].hidden = True
    run = actions.preview("roster", saved(book), "筛选.xlsx", actor=SYSTEM, at=NOW)
    assert run.report["created"] == 5
    assert report.notes(run.report)[0].startswith("表里隐藏或被筛掉的 2 行也读了：第 3、5 行。")


def test_nobody_is_said_to_be_taken_who_was_not(cast: Cast) -> None:
    head: list[object] = ["工号", "姓名", "部门", "上级工号"]
    rows: list[list[object]] = [
        head,
        ["90001", "甲", "制造中心", "77777"],
        ["90001", "甲", "制造中心", "00006"],
    ]
    found = report.told(preview("roster", rows).report)["rejected"]
    assert [row["row"] for row in found] == [2, 3]
    assert found[1]["problem"] == "工号 90001 在文件里出现了两次，第一行没能导入，这一行也没有采用。"
