"""The rows below the header that are data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from huitan.intake.cells import Cell, line, narrow
from huitan.intake.columns import header_key
from huitan.intake.header import Header
from huitan.intake.reading import Skip, SkippedRow
from huitan.intake.tables import Range, Rows, Sheet
from huitan.intake.units import unit_of

_WORDS = r"(?:合\s*计|小\s*计|总\s*计|共\s*计|累\s*计|汇\s*总|平均值?|grand\s+total|sub\s*-?\s*totals?|totals?|average)"
_TOTAL_HINT = re.compile(r"计|汇|均|total|average|TOTAL|Total|Average")
_TOTAL = re.compile(
    rf"^(?:本页|本表|部门|全部|公司|人数|权重)?{_WORDS}(?:人数)?\s*(?:[:(].*|\d+\s*人?)?$", re.IGNORECASE
)
_BARE_TOTAL = re.compile(rf"^{_WORDS}\s*[:]?$", re.IGNORECASE)
_NAMED_TOTAL = re.compile(
    r"^\S.{0,30}?[\s\-—:]*(?:小\s*计|合\s*计|总\s*计|\bsub\s*-?\s*total|\btotal)\s*[:]?$", re.IGNORECASE
)
_NOTE = re.compile(
    r"^[(【\[*※]?\s*(?:备\s*注|说\s*明|注\s*[:\d]|注意|填表|制表|审核|审批|批准|复核|打印|编制|填报|单位负责人|以上|以下|"
    r"本表|此表|数据来源\s*[:]|统计日期\s*[:]|note|remark|prepared|approved|reviewed|printed|generated|source\s*:|end of)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[:。;,!?]")


@dataclass(frozen=True)
class Body:
    """Data rows with their 1-based row numbers, all as wide as the header; and what was left out. ``units``: column →
    what a row of units right below the header says."""

    numbers: list[int]
    rows: Rows
    skipped: tuple[SkippedRow, ...]
    units: Mapping[int, str] = field(default_factory=dict)


def select(sheet: Sheet, header: Header) -> Body:
    width = len(header.titles)
    rows = filled_rows(sheet, header)
    judge = _Judge(header)
    numbers: list[int] = []
    kept: Rows = []
    skipped: list[SkippedRow] = []
    units: dict[int, str] = {}
    for number, row in enumerate(rows, start=header.row + 2):
        if len(row) != width:
            row = (row + [""] * (width - len(row)))[:width]
        reason: Skip | Literal["blank"] | None = judge.reason(row)
        if not kept and reason != "total" and (found_units := judge.units(row)):
            units, reason = found_units, "units"
        if reason is None:
            numbers.append(number)
            kept.append(row)
        elif reason != "blank":
            shown = " ".join(found for cell in row if (found := line(cell)))
            skipped.append(SkippedRow(number, reason, shown[:120]))
    return Body(numbers, kept, tuple(skipped), units)


def filled_rows(sheet: Sheet, header: Header) -> Rows:
    """The rows below the header, each with what the merged cells over it say."""
    rows = sheet.rows[header.row + 1 :]
    return _fill_down(rows, sheet.merges, header.row + 1) if sheet.merges else rows


def _fill_down(rows: Rows, merges: Sequence[Range], start: int) -> Rows:
    """A merged range over several rows belongs to each of them; one over several columns does not."""
    filled = list(rows)
    done: dict[int, int] = {}
    for (top, left), (bottom, _right) in sorted(merges):
        if top < start or bottom == top or top - start >= len(filled) or top <= done.get(left, -1):
            continue
        done[left] = bottom
        above = filled[top - start]
        value = above[left] if left < len(above) else ""
        for at in range(top - start + 1, min(bottom - start + 1, len(filled))):
            if left < len(filled[at]) and filled[at][left] in ("", None):
                filled[at] = [*filled[at][:left], value, *filled[at][left + 1 :]]
    return filled


class _Judge:
    """Tells data from totals, repeated headers and notes. A row with a staff number is data unless it says total."""

    def __init__(self, header: Header) -> None:
        fields = header.fields
        self.number = fields.get("staff_number", -1)
        self.name = fields.get("name", fields.get("family_name", -1))
        self.subject = fields.get("kpi", fields.get("kind", -1))
        self.amounts = frozenset(fields[field] for field in ("target", "actual") if field in fields)
        self.used = frozenset(fields.values())
        self.titles = {place: header_key(title) for place, title in enumerate(header.titles) if title}

    def reason(self, row: Sequence[Cell]) -> Literal["total", "header", "note", "blank"] | None:
        first: Cell = ""
        for cell in row:
            if cell != "" and cell is not None and (type(cell) is not str or not cell.isspace()):
                first = cell
                break
        else:
            return "blank"
        has_number = self.number >= 0 and _looks_like_number(row[self.number])
        if self._is_total(row, first, has_number):
            return "total"
        if has_number:
            return None
        filled = [(place, value) for place, cell in enumerate(row) if (value := line(cell))]
        if not filled:
            return "blank"
        same = sum(1 for place, value in filled if header_key(value) == self.titles.get(place))
        if same >= 2 and same * 5 >= len(filled) * 3:
            return "header"
        return self._note(filled)

    def units(self, row: Sequence[Cell]) -> dict[int, str]:
        """The units when this row names nothing else, such as 万元 below 目标值."""
        if not self.amounts:
            return {}
        found = {place: unit_of(line(cell)) for place, cell in enumerate(row) if line(cell)}
        return found if all(found.values()) and self.amounts & found.keys() else {}

    def _is_total(self, row: Sequence[Cell], first: Cell, has_number: bool) -> bool:
        if type(first) is str and _TOTAL_HINT.search(first):
            value = narrow(line(first))
            if (_BARE_TOTAL if has_number else _TOTAL).match(value):
                return True
            if not has_number and _NAMED_TOTAL.match(value):
                return True
        if self.name >= 0:
            name = row[self.name]
            if type(name) is str and _TOTAL_HINT.search(name):
                value = narrow(line(name))
                if _BARE_TOTAL.match(value) or _NAMED_TOTAL.match(value):
                    return True
        subject = row[self.subject] if self.subject >= 0 else ""
        return (
            type(subject) is str
            and bool(_TOTAL_HINT.search(subject))
            and bool(_BARE_TOTAL.match(narrow(line(subject))))
        )

    def _note(self, filled: Sequence[tuple[int, str]]) -> Literal["note", "blank"] | None:
        place, value = filled[0][0], narrow(filled[0][1])
        used = [at for at, _ in filled if at in self.used]
        if not used:
            return "blank" if len(filled) == 1 and len(value) <= 8 else "note"
        if len(filled) <= 3 and _NOTE.match(value):
            return "note"
        if len(filled) == 1:
            is_name = place == self.name and len(value) <= 20 and not _SENTENCE.search(value)
            return None if is_name else "note"
        return None


def _looks_like_number(cell: Cell) -> bool:
    if type(cell) is str:
        if cell.isascii() and cell.isalnum():
            return not cell.isalpha()
        value = "".join(narrow(line(cell)).split())
        return 0 < len(value) <= 24 and value.isascii() and any(c.isdigit() for c in value)
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)
