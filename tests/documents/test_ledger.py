"""The ledger as a workbook: what the cells hold, and that no text becomes a formula."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from tests.cast import at

from huitan.documents import ledger
from huitan.documents.ledger import write_ledger
from huitan.plans.queries.ledger import LedgerRow

AT = at(7, 20, 10)


def row(**changes) -> LedgerRow:
    fields = {
        "pk": 7,
        "id": "A-0007",
        "kind": "action",
        "what": "每周五更新 ECN 台账",
        "criterion": "连续 4 周按时",
        "employee": "欧阳若曦·阿卜杜拉",
        "department": "制造中心/智能产线部",
        "owner": "林晓岚",
        "owner_position": "工艺工程师",
        "causes": ("process", "skills"),
        "progress": 60,
        "latest": "前两周按时",
        "updated_at": None,
        "due_on": date(2026, 9, 30),
        "state": "running",
        "cycle": "2026 上半年",
    }
    return LedgerRow(**{**fields, **changes})


def written(rows, **changes) -> bytes:
    target = io.BytesIO()
    write_ledger(rows, target, at=AT, by="沈立文", **changes)
    return target.getvalue()


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def test_each_cell_has_its_type() -> None:
    sheet = opened(written([row()]))["台账"]
    heads = [cell.value for cell in sheet[1]]
    cells = dict(zip(heads, sheet[2], strict=True))
    assert cells["编号"].value == "A-0007"
    assert cells["原因"].value == "流程不合理、能力待提升"
    assert (cells["进度"].value, cells["进度"].number_format) == (0.6, "0%")
    assert cells["截止日期"].value.date() == date(2026, 9, 30)
    assert cells["状态"].value == "进行中"
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:P2"


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://example.org","x")',
        "=1+1",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "{=1+1}",
        "\t=1+1",
        "http://example.org/",
        "internal：台账！A1",
        "<b>&amp;</b>",
        "0123",
    ],
)
def test_text_stays_text_whatever_it_begins_with(text) -> None:
    content = written([row(what=text, latest=text, owner=text, criterion=text, employee=text)])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2
    for xml in sheets:
        assert "<f>" not in xml
        assert "<f " not in xml
        assert "<hyperlink" not in xml
    sheet = opened(content)["台账"]
    assert [sheet.cell(2, column).data_type for column in (3, 4, 5, 8, 11)] == ["s"] * 5
    assert sheet.cell(2, 3).value == text


def test_control_characters_and_overlong_text_do_not_break_the_book() -> None:
    sheet = opened(written([row(what="一\x00二\x0b三", latest="长" * 40_000)]))["台账"]
    assert sheet.cell(2, 3).value.startswith("一")
    assert len(sheet.cell(2, 11).value) == 32_767


def test_an_item_without_date_and_an_empty_list() -> None:
    sheet = opened(written([row(due_on=None, causes=())]))["台账"]
    assert (sheet.cell(2, 13).value, sheet.cell(2, 9).value or "") == (None, "")
    empty = opened(written([]))
    assert empty["台账"].max_row == 1
    assert {r[0].value: r[1].value for r in empty["说明"].iter_rows()}["行数"] == "0"


def test_the_second_sheet_says_who_when_and_under_which_conditions() -> None:
    book = opened(written([row()], conditions=[("状态", "进行中")]))
    said = {r[0].value: r[1].value for r in book["说明"].iter_rows()}
    assert (said["导出人"], said["导出时间"], said["状态"]) == ("沈立文", "2026-07-20 10:00", "进行中")


def test_what_does_not_fit_on_a_sheet_is_said(monkeypatch) -> None:
    monkeypatch.setattr(ledger, "ROW_LIMIT", 2)
    book = opened(written(row(id=f"A-{n:04d}") for n in range(5)))
    assert book["台账"].max_row == 3
    assert any(r[0].value == "没有写完" for r in book["说明"].iter_rows())


def test_it_is_written_to_a_path_as_well(tmp_path: Path) -> None:
    count = write_ledger([row(), row(kind="support", state="kept")], tmp_path / "a.xlsx", at=AT, by="沈立文")
    assert count == 2
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["台账"].cell(3, 14).value == "已兑现"


def test_r21_rows_pass_through_and_are_not_held(tmp_path: Path) -> None:
    """Twelve megabytes of text go by; what the workbook holds of it at any moment stays small."""

    def rows():
        for n in range(600):
            yield row(id=f"A-{n:04d}", latest=f"{n:04d}" * 5000)

    tracemalloc.start()
    try:
        write_ledger(rows(), tmp_path / "a.xlsx", at=AT, by="沈立文")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000, peak


def test_only_the_columns_asked_for_are_written_and_the_second_sheet_names_them() -> None:
    book = opened(written([row()], columns=("item", "due")))
    assert [cell.value for cell in book["台账"][1]] == ["事项", "验收标准", "截止日期"]
    assert {r[0].value: r[1].value for r in book["说明"].iter_rows()}["列"] == "事项、验收标准、截止日期"
