"""Text with delimiters to rows of strings."""

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence

from huitan.intake.problems import N_, Unusable

DELIMITERS = (",", "\t", ";", "|", "\uff0c", "^", "~")
_PROBE_LINES = 60
_EXCEL_HINT = re.compile(r"^\ufeff?\"?sep=(.)\"?\r?\n", re.IGNORECASE)

Grid = list[list[str]]


def split(text: str, score: Callable[[Sequence[Sequence[str]]], float]) -> tuple[Grid, str]:
    """Rows and the delimiter under which the text looks most like the table that is looked for: ``score`` judges
    the first rows, the steadier number of columns decides between equals. A line ``sep=;``, which Excel obeys and
    does not show, is not counted as a row."""
    hint = _EXCEL_HINT.match(text)
    if hint:
        return _parse(text[hint.end() :], hint[1]), hint[1]
    head = _first_lines(text)
    present = [d for d in DELIMITERS if d in head] or [","]
    best = max(present, key=lambda d: _judge(head, d, score))
    return _parse(text, best), best


def _judge(
    head: str, delimiter: str, score: Callable[[Sequence[Sequence[str]]], float]
) -> tuple[float, float, int]:
    try:
        rows = _parse(head, delimiter)
    except Unusable:
        return (-1.0, 0.0, 0)
    widths = [len(row) for row in rows if len(row) > 1]
    usual = max(set(widths), key=widths.count) if widths else 0
    steadiness = widths.count(usual) / len(rows) if usual and rows else 0.0
    return score(rows), steadiness, -DELIMITERS.index(delimiter)


def _first_lines(text: str) -> str:
    """Whole lines, and no open quote at the end."""
    lines = text[:200_000].splitlines(keepends=True)[:_PROBE_LINES]
    if len(lines) > 1 and len(text) > 200_000 and len(lines) < _PROBE_LINES:
        lines.pop()
    return "".join(lines)


def _parse(text: str, delimiter: str) -> Grid:
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    with contextlib.suppress(csv.Error):
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    try:
        quoted = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        literal = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error as error:
        raise Unusable(
            N_("文件里有一格太长，读不完整。"), N_("用 Excel 打开原表，另存为 .xlsx 后重新上传。")
        ) from error
    if _even_rows(literal) > _even_rows(quoted):
        return [[_unquoted(cell) for cell in row] for row in literal]
    return quoted


def _even_rows(rows: Grid) -> int:
    """How many rows have the usual width: an open quote swallows rows, a literal reading breaks quoted ones."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(widths.values(), default=0)


def _unquoted(cell: str) -> str:
    if len(cell) >= 2 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell.removeprefix('"')
