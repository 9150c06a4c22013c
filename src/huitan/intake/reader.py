"""The door of the room: a file in, typed rows and problems out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from huitan.intake import duplicates, events, kpi, reporting_line, roster
from huitan.intake.body import select
from huitan.intake.header import (
    Header,
    check_header,
    check_mapping,
    find_header,
    header_score,
    missing_columns,
    score_rows,
)
from huitan.intake.problems import N_, Problem, Unusable
from huitan.intake.reading import KINDS, Kind, Reading, RosterRow, Row
from huitan.intake.tables import Sheet, sheets
from huitan.intake.typed_columns import Columns

_TYPED: Mapping[Kind, Callable[[Columns], Sequence[Any]]] = {
    "roster": roster.rows,
    "kpi": kpi.rows,
    "events": events.rows,
}
_MORE_THAN_A_SAMPLE = 3
Tell = Callable[[str, int], None]


def nobody(_step: str, _rows: int) -> None: ...


def read(
    data: bytes, filename: str, kind: Kind, *, mapping: Mapping[str, str] | None = None, tell: Tell = nobody
) -> Reading:
    """Reads one file. ``mapping`` overrides what a column means: {header as found: field}, "" to ignore a column.
    ``tell`` hears of each step as it begins (opening, columns, together), with the rows known by then.

    Raises Unusable when no row of the file can be used, ValueError for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind: {kind}")
    chosen = dict(mapping or {})
    check_mapping(kind, chosen)
    tell("opening", 0)
    sheet, header, others = _best_sheet(data, kind, chosen)
    body = select(sheet, header)
    if not body.rows:
        raise Unusable(
            N_("表头（第 %(row)s 行）下面没有数据。"),
            N_("填好内容后重新上传。"),
            {"row": str(header.row + 1)},
            sheet=sheet.name,
            header_row=header.row + 1,
            found=tuple(title for title in header.titles if title),
        )
    tell("columns", len(body.rows))
    table = Columns(header, body)
    typed = _TYPED[kind](table)
    tell("together", len(typed))
    _check_together(table, typed)
    rows, rejected, problems = _parted(table, typed)
    return Reading(
        kind=kind,
        filename=filename,
        sheet=sheet.name,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        header_row=header.row + 1,
        columns=header.columns,
        ignored_columns=header.ignored,
        rows=rows,
        problems=problems,
        rejected=rejected,
        skipped=body.skipped,
        samples=table.samples(),
        other_sheets=others,
        hidden_rows=tuple(number for number in body.numbers if number in sheet.hidden_rows),
    )


def _best_sheet(data: bytes, kind: Kind, mapping: Mapping[str, str]) -> tuple[Sheet, Header, tuple[str, ...]]:
    """The sheet whose header fits best; a visible one before a hidden one, one with data before a template."""
    ranked: list[tuple[tuple[bool, bool, float, bool], int, Sheet, Header | None]] = []
    for place, sheet in enumerate(sheets(data, lambda rows: score_rows(kind, rows, mapping))):
        header = find_header(kind, sheet, mapping)
        complete = header is not None and not missing_columns(kind, header)
        filled = header is not None and len(sheet.rows) - header.row - 1 > _MORE_THAN_A_SAMPLE
        rank = (complete, not sheet.hidden, header_score(kind, header) if header else 0.0, filled)
        ranked.append((rank, -place, sheet, header))
    if not any(any(map(any, sheet.rows)) for _, _, sheet, _ in ranked):
        raise Unusable(N_("文件里没有内容。"), N_("换一个有内容的文件重新上传。"))
    _, _, sheet, found = max(ranked, key=lambda entry: entry[:2])
    header = check_header(kind, found, sheet, mapping)
    others = tuple(s.name for rank, _, s, _ in ranked if rank[0] and s is not sheet)
    return sheet, header, others


def _check_together(table: Columns, typed: Sequence[Row]) -> None:
    repeated: set[int] = set()
    faulty = {index for index, faults in table.faults.items() if faults}
    dates = {title for field in ("as_of", "occurred_on") if (title := table.title(field))}
    undated = {index for index in faulty if any(fault.column in dates for fault in table.faults[index])}
    for index, fault in list(duplicates.find(typed, faulty, undated)):
        repeated.add(index)
        table.faults[index].clear()
        table.fault(index, fault, "staff_number", "email", "name", "family_name")
    people = [
        (index, row)
        for index, row in enumerate(typed)
        if isinstance(row, RosterRow) and index not in repeated
    ]
    for place, fault in reporting_line.faults([row for _, row in people]):
        table.fault(people[place][0], fault, "manager_number", "manager", "manager_email", "manager_name")


def _parted(
    table: Columns, typed: Sequence[Row]
) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Problem, ...]]:
    bad = {index for index, faults in table.faults.items() if faults}
    rows = tuple(row for index, row in enumerate(typed) if index not in bad)
    rejected = tuple(typed[index] for index in sorted(bad))
    problems = tuple(problem for index in sorted(bad) for problem in table.faults[index])
    return rows, rejected, problems
