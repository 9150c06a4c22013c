"""Who is held up by what before the talks of a cycle, as an Excel workbook written row by row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import IO

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.conversations.queries.ready import Row


def write_ready(rows: Iterable[Row], target: IO[bytes], *, at: datetime, by: str, cycle: str) -> int:
    """One line per person and step; texts stay texts whatever they begin with."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    count = 0
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": _("准备情况"), "author": by, "created": timezone.make_naive(at)})
        head = book.add_format({"bold": True, "bg_color": "#E3F0ED", "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        sheet = book.add_worksheet(_("准备情况"))
        columns = [
            (_("员工"), 14),
            (_("部门"), 30),
            (_("上级"), 14),
            (_("缺什么"), 20),
            (_("等谁"), 14),
            (_("从什么时候起"), 18),
            (_("面谈时间"), 18),
            (_("周期"), 18),
        ]
        for number, (label, width) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, label, head)
        sheet.freeze_panes(1, 1)
        for row in rows:
            for block in row.blocks:
                count += 1
                for number, text in enumerate(
                    (row.employee, row.department, row.manager, _(block.step.word), block.by)
                ):
                    sheet.write_string(count, number, text)
                sheet.write_datetime(count, 5, timezone.localtime(block.since), moment)
                if row.scheduled_at:
                    sheet.write_datetime(count, 6, timezone.localtime(row.scheduled_at), moment)
                sheet.write_string(count, 7, cycle)
        sheet.autofilter(0, 0, count, len(columns) - 1)
        note = book.add_worksheet(_("说明"))
        note.set_column(0, 1, 30)
        for number, (label, text) in enumerate(
            (
                (_("导出人"), by),
                (_("导出时间"), f"{timezone.localtime(at):%Y-%m-%d %H:%M}"),
                (_("行数"), str(count)),
            )
        ):
            note.write_string(number, 0, label, head)
            note.write_string(number, 1, text)
    return count
