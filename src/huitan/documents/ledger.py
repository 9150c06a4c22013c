"""The ledger as an Excel workbook, row by row into a file, so that a large company's list never lies in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.core.sentences import N_, listed
from huitan.plans.ledger_columns import COLUMNS
from huitan.plans.models import CAUSES, PlanItem
from huitan.plans.queries.ledger import LedgerRow


@dataclass(frozen=True)
class Column:
    """One column of the sheet: text, a day, or a share between 0 and 1."""

    label: str
    width: int
    value: Callable[[LedgerRow], str | date | float | None]
    look: str = "plain"


def _causes(row: LedgerRow) -> str:
    return listed(_(CAUSES[cause]) for cause in row.causes)


def _updated(row: LedgerRow) -> date | None:
    return timezone.localdate(row.updated_at) if row.updated_at else None


SHEET: Mapping[str, tuple[Column, ...]] = {
    "ref": (
        Column(N_("编号"), 10, lambda row: row.id),
        Column(N_("类型"), 8, lambda row: _(PlanItem.KINDS[row.kind])),
    ),
    "item": (
        Column(N_("事项"), 44, lambda row: row.what, "words"),
        Column(N_("验收标准"), 36, lambda row: row.criterion, "words"),
    ),
    "person": (Column(N_("员工"), 12, lambda row: row.employee),),
    "department": (Column(N_("部门"), 26, lambda row: row.department),),
    "manager": (Column(N_("直接上级"), 12, lambda row: row.manager),),
    "owner": (Column(N_("负责人"), 12, lambda row: row.owner),),
    "cause": (Column(N_("原因"), 22, _causes, "words"),),
    "progress": (
        Column(N_("进度"), 8, lambda row: row.progress / 100, "share"),
        Column(N_("最近进展"), 40, lambda row: row.latest, "words"),
    ),
    "updated": (Column(N_("更新日期"), 12, _updated, "day"),),
    "due": (Column(N_("截止日期"), 12, lambda row: row.due_on, "day"),),
    "state": (
        Column(N_("状态"), 10, lambda row: _(row.state_word)),
        Column(N_("申诉"), 22, lambda row: _("申诉处理中，结果暂不生效") if row.is_disputed else "", "words"),
    ),
    "cycle": (Column(N_("周期"), 16, lambda row: row.cycle),),
}
CELL_LIMIT = 32_767
ROW_LIMIT = 1_048_575


def write_ledger(
    rows: Iterable[LedgerRow],
    target: Path | IO[bytes],
    *,
    at: datetime,
    by: str,
    conditions: Sequence[tuple[str, str]] = (),
    columns: Sequence[str] = tuple(COLUMNS),
) -> int:
    """Write the rows and a sheet that says who exported what and when; returns how many rows were written.

    `columns` are those of the page; where a line of the page holds two things, the sheet has a column for each.

    Text stays text whatever it begins with: a cell starting with = + - @ is never a formula (CWE-1236). Rows beyond
    what a sheet holds are left out, and the second sheet says so.
    """
    book = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "remove_timezone": True,
        },
    )
    book.set_properties({"title": _("改进计划台账"), "author": by, "created": timezone.make_naive(at)})
    looks = {
        "head": book.add_format(
            {"bold": True, "bg_color": "#E3F0ED", "bottom": 1, "text_wrap": True, "valign": "top"}
        ),
        "words": book.add_format({"text_wrap": True, "valign": "top"}),
        "plain": book.add_format({"valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}),
        "share": book.add_format({"num_format": "0%", "valign": "top"}),
    }
    sheet = book.add_worksheet(_("台账"))
    shown = [column for key in columns for column in SHEET[key]]
    for number, column in enumerate(shown):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, _(column.label), looks["head"])
    sheet.freeze_panes(1, 1)
    count, cut = 0, False
    for row in rows:
        if count >= ROW_LIMIT:
            cut = True
            break
        count += 1
        for number, column in enumerate(shown):
            value, look = column.value(row), looks[column.look]
            if isinstance(value, float):
                sheet.write_number(count, number, value, look)
            elif isinstance(value, date):
                sheet.write_datetime(count, number, datetime.combine(value, time.min), look)
            elif value is not None:
                sheet.write_string(count, number, value[:CELL_LIMIT], look)
    sheet.autofilter(0, 0, count, len(shown) - 1)
    conditions = [*conditions, (_("列"), listed(_(column.label) for column in shown))]
    _note(book, looks["head"], looks["words"], count=count, cut=cut, at=at, by=by, conditions=conditions)
    book.close()
    return count


def _note(
    book: xlsxwriter.Workbook,
    head: object,
    words: object,
    *,
    count: int,
    cut: bool,
    at: datetime,
    by: str,
    conditions: Sequence[tuple[str, str]],
) -> None:
    sheet = book.add_worksheet(_("说明"))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 60)
    lines = [
        (_("导出人"), by),
        (_("导出时间"), f"{timezone.localtime(at):%Y-%m-%d %H:%M}"),
        (_("行数"), str(count)),
        *conditions,
        (_("逾期"), _("截止日期早于导出当天、还在进行或被退回的事项。")),
    ]
    if cut:
        lines.append((_("没有写完"), _("一张表放不下更多行。缩小筛选范围再导出。")))
    for number, (label, text) in enumerate(lines):
        sheet.write_string(number, 0, label, head)
        sheet.write_string(number, 1, text[:CELL_LIMIT], words)
