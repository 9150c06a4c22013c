"""The ledger as an Excel workbook, row by row into a file, so that a large company's list never lies in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.core.sentences import listed
from huitan.plans.models import CAUSES, PlanItem
from huitan.plans.queries.ledger import LedgerRow

CELL_LIMIT = 32_767
ROW_LIMIT = 1_048_575


def write_ledger(
    rows: Iterable[LedgerRow],
    target: Path | IO[bytes],
    *,
    at: datetime,
    by: str,
    conditions: Sequence[tuple[str, str]] = (),
) -> int:
    """Write the rows and a sheet that says who exported what and when; returns how many rows were written.

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
    head = book.add_format(
        {"bold": True, "bg_color": "#E3F0ED", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    words = book.add_format({"text_wrap": True, "valign": "top"})
    plain = book.add_format({"valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
    share = book.add_format({"num_format": "0%", "valign": "top"})
    sheet = book.add_worksheet(_("台账"))
    columns = _columns()
    for number, (label, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, label, head)
    sheet.freeze_panes(1, 1)
    count, cut = 0, False
    for row in rows:
        if count >= ROW_LIMIT:
            cut = True
            break
        count += 1
        texts = (
            (0, row.id, plain),
            (1, _(PlanItem.KINDS[row.kind]), plain),
            (2, row.what, words),
            (3, row.criterion, words),
            (4, row.employee, plain),
            (5, row.department, plain),
            (6, row.owner, plain),
            (7, listed(_(CAUSES[c]) for c in row.causes), words),
            (9, row.latest, words),
            (11, _(row.state_word), plain),
            (12, row.cycle, plain),
            (13, _("申诉处理中，结果暂不生效") if row.is_disputed else "", words),
        )
        cells = {number: (text, look) for number, text, look in texts}
        for number in range(len(columns)):
            if number == 8:
                sheet.write_number(count, number, row.progress / 100, share)
            elif number == 10:
                if row.due_on:
                    sheet.write_datetime(
                        count, number, datetime.combine(row.due_on, datetime.min.time()), day
                    )
            else:
                text, look = cells[number]
                sheet.write_string(count, number, text[:CELL_LIMIT], look)
    sheet.autofilter(0, 0, count, len(columns) - 1)
    _note(book, head, words, count=count, cut=cut, at=at, by=by, conditions=conditions)
    book.close()
    return count


def _columns() -> list[tuple[str, int]]:
    return [
        (_("编号"), 10),
        (_("类型"), 8),
        (_("事项"), 44),
        (_("验收标准"), 36),
        (_("员工"), 12),
        (_("部门"), 26),
        (_("负责人"), 12),
        (_("原因"), 22),
        (_("进度"), 8),
        (_("最近进展"), 40),
        (_("截止日期"), 12),
        (_("状态"), 10),
        (_("周期"), 16),
        (_("申诉"), 22),
    ]


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
