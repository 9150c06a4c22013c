"""`huitan import` as a shell sees it: exit codes, the report, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from tests.cast import Cast
from tests.intake.workbooks import saved

from huitan.cli.importing import import_
from huitan.imports.models import ImportRun
from huitan.people.models import Employee

ROSTER = "工号,姓名,部门,汇报对象工号\n00011,新人,营销中心,00006\n"
BAD = ROSTER + "00012,又一人,营销中心,77777\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(import_, list(words))


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str | bytes, name: str = "花名册.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("gbk"))
        return str(path)

    return write


def test_all_rows_in_exits_0_and_reports_the_contract(cast: Cast, file) -> None:
    result = run("roster", file(ROSTER), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "kind": "roster",
        "file": "花名册.csv",
        "sheet": "",
        "encoding": "gb18030",
        "delimiter": ",",
        "header_row": 1,
        "columns": {
            "工号": "staff_number",
            "姓名": "name",
            "部门": "department",
            "汇报对象工号": "manager_number",
        },
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
    }
    assert Employee.objects.filter(staff_number="00011").exists()


def test_rejected_rows_exit_3_and_the_good_ones_are_in(cast: Cast, file) -> None:
    result = run("roster", file(BAD), "--json")
    assert result.exit_code == 3
    (rejected,) = json.loads(result.stdout)["rejected"]
    assert rejected == {
        "row": 3,
        "column": "汇报对象工号",
        "value": "77777",
        "problem": "汇报对象「77777」不在花名册中。",
        "hint": "改成在职的人，或先导入这个人，再重新上传。",
    }
    assert Employee.objects.filter(staff_number="00011").exists()
    words = run("roster", file(BAD))
    assert "第 3 行：汇报对象「77777」不在花名册中。" in words.stdout


def test_a_dry_run_stores_nothing(cast: Cast, file) -> None:
    result = run("roster", file(BAD), "--dry-run", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["created"], len(told["rejected"])) == (3, 1, 1)
    assert set(told) == {
        *("kind", "file", "sheet", "encoding", "delimiter", "header_row", "columns"),
        *("created", "updated", "unchanged", "rejected"),
    }
    assert not Employee.objects.filter(staff_number="00011").exists()
    assert not ImportRun.objects.exists()


def test_a_column_can_be_mapped(cast: Cast, file) -> None:
    path = file("某某号,姓名,部门\n00011,新人,营销中心\n")
    refused = run("roster", path)
    assert refused.exit_code == 1
    assert "缺少列：工号" in refused.stderr
    assert run("roster", path, "--map", "某某号=staff_number").exit_code == 0
    assert run("roster", path, "--map", "某某号=nonsense").exit_code == 1
    assert run("roster", path, "--map", "某某号").exit_code == 2


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\x00" * 400, "zeros.xlsx"),
        (b"PK\x03\x04" + bytes(range(256)) * 8, "broken.xlsx"),
        (b"%PDF-1.7 nothing", "paper.xlsx"),
        ("<html><table><tr><td>工号</td></tr></table></html>".encode(), "page.xls"),
        ("只有一句话,没有表".encode(), "note.csv"),
    ],
)
def test_nothing_usable_exits_1_with_a_sentence(cast: Cast, file, content: bytes, name: str) -> None:
    result = run("roster", file(content, name), "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert set(told) == {"kind", "file", "error"}
    assert (told["kind"], told["file"]) == ("roster", name)
    assert told["error"].strip() == result.stderr.strip() != ""
    assert "Traceback" not in result.output


def test_no_file_and_a_folder_exit_1(cast: Cast, tmp_path: Path) -> None:
    missing = run("events", str(tmp_path / "没有.csv"), "--json")
    assert (missing.exit_code, json.loads(missing.stdout)["file"]) == (1, "没有.csv")
    folder = run("events", str(tmp_path))
    assert folder.exit_code == 1
    assert "文件夹" in folder.stderr


def test_kpi_asks_for_a_cycle_and_names_them(cast: Cast, cycle, file) -> None:
    path = file("工号,指标名称,目标值,实际值\n00004,产量,10,9\n", "KPI.csv")
    assert run("kpi", path, "--cycle", "2030").exit_code == 2
    done = run("kpi", path, "--json")
    assert (done.exit_code, json.loads(done.stdout)["created"]) == (0, 1)
    again = run("kpi", path, "--cycle", "2026h1", "--json")
    assert json.loads(again.stdout)["unchanged"] == 1


def test_acting_as_somebody_without_the_office_is_refused(cast: Cast, file) -> None:
    result = run("roster", file(ROSTER), "--as", "00003")
    assert result.exit_code == 4
    assert "HR 管理员" in result.stderr
    done = run("roster", file(ROSTER), "--as", "00009", "--json")
    assert done.exit_code == 0
    assert ImportRun.objects.latest("id").by == cast.he


def test_sheets_that_were_not_read_are_named(cast: Cast, file) -> None:
    book = openpyxl.Workbook()
    for name, number in (("制造部", "00011"), ("营销部", "00012")):
        page = book.create_sheet(name)
        for row in (["工号", "姓名", "部门"], [number, "新人", name]):
            page.append(row)
    del book["Sheet"]
    result = run("roster", file(saved(book), "花名册.xlsx"), "--dry-run")
    assert "这些工作表也像是同样的数据，没有读：营销部。" in result.stdout
