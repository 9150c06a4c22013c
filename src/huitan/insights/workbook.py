"""The cockpit as an Excel workbook: one sheet a figure, each with its definition and date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from huitan.insights.figures import COLUMNS
from huitan.insights.models import PulseCount
from huitan.insights.queries.cockpit import Cockpit, FigureView
from huitan.insights.words import place_name, unit_name
from huitan.plans.models import CAUSES

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
LONGEST_NAME = 31
Row = Sequence[str | int | None]


def write_workbook(shown: Cockpit, target: IO[bytes], *, at: datetime, by: str) -> None:
    """Text stays text whatever it begins with; what is hidden on screen is hidden here, with the same reason."""
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        title = _("HR 驾驶舱")
        book.set_properties({"title": title, "author": by, "created": timezone.make_naive(at)})
        looks = _Looks(book)
        _sheet(book, looks, title, _about(shown, at, by), ())
        for figure in shown.figures:
            _sheet(book, looks, _(figure.title), _head(figure, shown), tuple(_table(figure, shown)))
        if shown.units:
            head = [_("部门"), _("人数"), *(_(c.column) + " %" for c in COLUMNS)]
            rows = [[unit_name(u.name, u.is_own_level, u.merged), u.people, *u.shares] for u in shown.units]
            _sheet(book, looks, _("按部门"), [(_("截至"), _when(shown))], (head, *rows))
        if shown.causes:
            head = [_("部门"), _("话题"), *(_(word) for word in CAUSES.values())]
            rows = [[unit_name(c.name, c.is_own_level, c.merged), c.topics, *c.counts] for c in shown.causes]
            _sheet(book, looks, _("各部门的原因"), [(_("截至"), _when(shown))], (head, *rows))


class _Looks:
    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bg_color": "#E3F0ED", "bottom": 1, "text_wrap": True})
        self.words = book.add_format({"text_wrap": True, "valign": "top"})
        self.plain = book.add_format({"valign": "top"})


def _sheet(
    book: Any, looks: _Looks, name: str, notes: Iterable[tuple[str, str]], rows: Sequence[Row]
) -> None:
    """The notes on top, then the table; a title's characters that a sheet may not have are left out."""
    sheet = book.add_worksheet("".join(c for c in name if c not in "[]:*?/\\")[:LONGEST_NAME])
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 12, 14)
    line = 0
    for label, text in notes:
        sheet.write_string(line, 0, label, looks.head)
        sheet.write_string(line, 1, text, looks.words)
        line += 1
    for number, row in enumerate(rows):
        look = looks.plain if number else looks.head
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(line + 1 + number, column, value, look)
            elif value is not None:
                sheet.write_string(line + 1 + number, column, value, look)


def _about(shown: Cockpit, at: datetime, by: str) -> list[tuple[str, str]]:
    return [
        (_("周期"), shown.cycle.name),
        (_("部门"), place_name(shown)),
        (_("人数"), "—" if shown.hidden else str(shown.people)),
        (_("对照"), shown.previous.name if shown.previous else _("没有更早的周期")),
        (_("截至"), _when(shown)),
        (_("导出人"), by),
        (_("导出时间"), f"{timezone.localtime(at):%Y-%m-%d %H:%M}"),
        *([(_("注意"), _("数字正在从头计算，还不完整。"))] if shown.is_counting else []),
        (_("少于五人"), _("不足五人的组不单独显示，也不能从别的数字相减得出。")),
    ]


def _head(figure: FigureView, shown: Cockpit) -> list[tuple[str, str]]:
    return [
        (_("发现"), str(figure.hidden or figure.finding)),
        (_("怎么算的"), _(figure.definition)),
        (_("截至"), _when(shown)),
    ]


def _table(figure: FigureView, shown: Cockpit) -> Iterable[Row]:
    if not figure.has_table:
        return
    if figure.weeks:
        yield (_("周日"), _("逾期的项数"))
        yield from ((week.on.isoformat(), week.n) for week in figure.weeks)
    elif figure.parts:
        yield (_("问题"), *(f"{_(word)} %" for word in PulseCount.ANSWERS.values()))
        yield from ((_(question), yes, partly, no) for question, yes, partly, no in figure.parts)
    elif figure.lines:
        per_hundred = figure.lines[0].unit != "%"
        share = _("每百场") if per_hundred else _("占比 %")
        yield (_("分项"), _("数"), _("其中"), share, shown.previous.name if shown.previous else _("上一周期"))
        yield from ((_(v.label), v.n, v.of, v.share, v.before) for v in figure.lines)


def _when(shown: Cockpit) -> str:
    return f"{timezone.localtime(shown.as_of):%Y-%m-%d %H:%M}" if shown.as_of else "—"
