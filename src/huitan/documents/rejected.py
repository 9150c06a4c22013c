"""The rows of an upload that could not be imported, as the same sheet with a column 问题 to mend them by."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

import xlsxwriter
from django.utils.translation import gettext

from huitan.core import files
from huitan.core.moves import Refused
from huitan.core.sentences import N_, say
from huitan.imports.models import ImportRun
from huitan.imports.queries import bad_rows
from huitan.intake.body import filled_rows
from huitan.intake.cells import Cell, Percent
from huitan.intake.header import find_header, score_rows
from huitan.intake.tables import Sheet, sheets

PROBLEM = N_("问题")
WIDE, USUAL = 60, 16
CELL_LIMIT = 32_767


def workbook_of(run: ImportRun) -> bytes:
    """An .xlsx of the header as found and the rejected rows as uploaded, each with what is wrong with it.

    Raises Refused when the uploaded file is no longer there.
    """
    sheet = _sheet(run)
    wrong = {
        bad.row: "\n".join(f"{c.problem}{c.hint}" for c in bad.complaints) for bad in bad_rows(run.report)
    }
    titles, numbered = _as_read(run, sheet)
    title = gettext(PROBLEM)
    keep = [place for place, found in enumerate(titles) if found != title]
    above = [s["row"] for s in run.report.get("skipped", []) if s["reason"] == "units"]
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "percent": book.add_format({"num_format": "0.00%"}),
            "problem": book.add_format({"text_wrap": True, "valign": "top", "font_color": "#A8332B"}),
        }
        page = book.add_worksheet(_sheet_name(sheet.name))
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(keep) - 1, 0), USUAL)
        page.set_column(len(keep), len(keep), WIDE)
        for column, place in enumerate(keep):
            page.write_string(0, column, titles[place], styles["head"])
        page.write_string(0, len(keep), title, styles["head"])
        for line, number in enumerate((*above, *sorted(wrong)), start=1):
            row = numbered.get(number, [])
            for column, place in enumerate(keep):
                _write(page, line, column, row[place] if place < len(row) else "", styles)
            page.write_string(line, len(keep), wrong.get(number, ""), styles["problem"])
    return out.getvalue()


def _sheet(run: ImportRun) -> Sheet:
    data = files.content(run.sha256)
    if data is None or "header_row" not in run.report:
        raise Refused("not_now", say("上传的文件已不在服务器上，或内容变了。请重新上传。"))

    def score(rows: Sequence[Sequence[Cell]]) -> float:
        return score_rows(run.kind, rows, run.mapping)

    return next(sheet for sheet in sheets(data, score) if sheet.name == run.report["sheet"])


def _as_read(run: ImportRun, sheet: Sheet) -> tuple[tuple[str, ...], dict[int, list[Cell]]]:
    """The titles and, by number, the rows: what a merged cell says stands in each row and title that it covers."""
    header = find_header(run.kind, sheet, run.mapping)
    if header is None or header.row + 1 != run.report["header_row"]:
        raise Refused("not_now", say("上传的文件已不在服务器上，或内容变了。请重新上传。"))
    rows = filled_rows(sheet, header)
    return header.titles, dict(enumerate(rows, start=header.row + 2))


def _write(page: Any, row: int, column: int, cell: Cell, styles: dict[str, Any]) -> None:
    """Texts stay texts: a staff number keeps its zeros, and nothing becomes a formula."""
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, int | float) and not isfinite(float(cell)):
        page.write_string(row, column, str(cell))  # 1E999: a cell holds it, Excel cannot
    elif isinstance(cell, Percent):
        page.write_number(row, column, float(cell), styles["percent"])
    elif isinstance(cell, int | float):
        page.write_number(row, column, cell)
    elif isinstance(cell, datetime):
        page.write_datetime(row, column, cell, styles["moment"] if cell.time() != time() else styles["date"])
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime.combine(cell, time()), styles["date"])
    elif isinstance(cell, time | timedelta):
        page.write_string(row, column, str(cell))
    else:
        page.write_string(row, column, cell[:CELL_LIMIT])


def _sheet_name(name: str) -> str:
    kept = "".join(c for c in name if c not in "[]:*?/\\'").strip()
    return kept[:31] or gettext("没有导入的行")
