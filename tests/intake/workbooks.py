"""Awkward files, made on the spot."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import xlwt

from huitan.intake import KpiRow, Problem, Reading, RosterRow, read, sentence

ROSTER = ["工号", "姓名", "部门", "岗位", "汇报对象", "入职日期", "邮箱", "状态"]
BOSS = ["00001", "赵启明", "制造中心", "总监", "", "2019-03-01", "zhao@example.com", "在职"]
MANAGER = ["00002", "沈立文", "制造中心/装配一部", "经理", "00001", "2020-04-01", "shen@example.com", "在职"]
WORKER = ["00003", "林晓岚", "制造中心/装配一部", "技术员", "00002", "2021-05-01", "lin@example.com", "在职"]
PEOPLE = [BOSS, MANAGER, WORKER]
KPI = ["工号", "姓名", "指标名称", "权重", "目标值", "实际值", "单位", "方向"]
EVENTS = ["工号", "姓名", "类型", "发生日期", "事实描述", "证据来源"]

Rows = Sequence[Any]


def wide(value: str) -> str:
    """The value in full-width characters, as an input method set to Chinese writes them."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)


def xlsx(
    rows: Rows, *, merges: Sequence[str] = (), formats: dict[str, str] | None = None, title: str = "Sheet1"
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    return saved(book)


def saved(book: Any) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def xls(
    rows: Rows, *, percent: Sequence[tuple[int, int]] = (), merges: Sequence[tuple[int, int, int, int]] = ()
) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("花名册")
    style = xlwt.easyxf(num_format_str="0.0%")
    covered = {
        (r, c)
        for top, bottom, left, right in merges
        for r in range(top, bottom + 1)
        for c in range(left, right + 1)
    }
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if (r, c) in percent:
                sheet.write(r, c, value, style)
            elif (r, c) not in covered and value is not None:
                sheet.write(r, c, value)
    for top, bottom, left, right in merges:
        sheet.write_merge(top, bottom, left, right, rows[top][left])
    return saved(book)


def csv(rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    lines = (delimiter.join("" if v is None else str(v) for v in row) for row in rows)
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def roster(rows: Rows, **how: Any) -> Reading:
    return read(xlsx(rows), "花名册.xlsx", "roster", **how)


def kpi(rows: Rows, **how: Any) -> Reading:
    return read(xlsx(rows, **how), "KPI.xlsx", "kpi")


def people(reading: Reading) -> dict[str, RosterRow]:
    return {row.staff_number: row for row in reading.rows if isinstance(row, RosterRow)}


def results(reading: Reading) -> list[KpiRow]:
    return [row for row in reading.rows if isinstance(row, KpiRow)]


def told(problems: Sequence[Problem]) -> list[tuple[int, str]]:
    return [(problem.row, sentence(problem)[0]) for problem in problems]
