"""Bytes of a file to sheets of cells, whatever the file is called: its content tells what it is."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import python_calamine as calamine

from huitan.intake import apart, compound, delimited
from huitan.intake.archive import Archive, damaged, encrypted, wrong_type
from huitan.intake.cells import Cell, Percent
from huitan.intake.encoding import decode
from huitan.intake.problems import N_, Unusable

MAX_BYTES = 64 * 1024 * 1024
_MARKUP = re.compile(
    r"^\s*(?:<\?xml|<!doctype\s+html|<!--|<html|<head|<meta|<table|<body|<style|<div|mime-version:)",
    re.IGNORECASE,
)
_FOREIGN = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
    b"\x7fELF",
)

T = TypeVar("T")
Rows = list[list[Cell]]
Range = tuple[tuple[int, int], tuple[int, int]]
Score = Callable[[Sequence[Sequence[Cell]]], float]


@dataclass(frozen=True)
class Sheet:
    """``rows[0]`` is row 1 of the sheet; rows may differ in length. ``merges``: 0-based, both ends included.
    ``hidden_rows``: 1-based."""

    name: str
    rows: Rows
    merges: Sequence[Range] = ()
    encoding: str = ""
    delimiter: str = ""
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()


def sheets(data: bytes, score: Score) -> Iterator[Sheet]:
    """The sheets that a person sees, then the hidden ones. ``score`` judges the first rows of a text file to find its
    delimiter. Raises Unusable."""
    if len(data) > MAX_BYTES:
        raise Unusable(
            N_("文件有 %(size)s MB，超过上限 %(limit)s MB。"),
            N_("删掉用不到的工作表和列，或分成几个文件后重新上传。"),
            {"size": str(-(-len(data) // 2**20)), "limit": str(MAX_BYTES // 2**20)},
        )
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise Unusable(N_("文件是空的。"), N_("换一个有内容的文件重新上传。"))
    if data.startswith(b"PK"):
        archive = Archive(data)
        archive.check_growth()
        return _workbook(data, archive.percent_cells, archive.hidden_rows)
    if data.startswith(compound.MAGIC):
        return iter(cast(list[Sheet], apart.sheets(data)))
    if data.startswith(_FOREIGN):
        raise wrong_type()
    return iter([_text(data, score)])


def old_workbook(data: bytes) -> Iterator[Sheet]:
    """In this process; `apart.sheets` does the same in one of its own."""
    facts = compound.inspect(data)
    names = _open(data).sheet_names
    percent = {
        name: sheet.percent for name, sheet in zip(names, facts, strict=False) if len(names) == len(facts)
    }
    return _workbook(data, lambda name: percent.get(name, set()))


def _workbook(
    data: bytes,
    percent_cells: Callable[[str], set[tuple[int, int]]],
    hidden_rows: Callable[[str], frozenset[int]] = lambda _sheet: frozenset(),
) -> Iterator[Sheet]:
    book = _open(data)
    listed = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
    for sheet in sorted(listed, key=lambda s: s.visible != calamine.SheetVisibleEnum.Visible):
        rows, merges = _cells(book, sheet.name)
        for row, column in percent_cells(sheet.name) if rows else ():
            if row < len(rows) and column < len(rows[row]):
                value = rows[row][column]
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    rows[row][column] = Percent(value)
        hidden = sheet.visible != calamine.SheetVisibleEnum.Visible
        unseen = hidden_rows(sheet.name) if rows else frozenset()
        yield Sheet(sheet.name, rows, merges, hidden=hidden, hidden_rows=unseen)


def _open(data: bytes) -> calamine.CalamineWorkbook:
    return _guarded(lambda: calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)))


def _cells(book: calamine.CalamineWorkbook, name: str) -> tuple[Rows, Sequence[Range]]:
    def read() -> tuple[Rows, Sequence[Range]]:
        sheet = book.get_sheet_by_name(name)
        return cast(Rows, sheet.to_python(skip_empty_area=False)), sheet.merged_cell_ranges or ()

    return _guarded(read)


def _guarded(read: Callable[[], T]) -> T:
    """Calamine answers a malformed workbook with its own errors, or with a panic that is no Exception."""
    try:
        return read()
    except calamine.PasswordError as error:
        raise encrypted() from error
    except (calamine.CalamineError, ValueError, OverflowError, OSError, UnicodeError) as error:
        raise damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged() from error


def _text(data: bytes, score: Score) -> Sheet:
    text, encoding = decode(data)
    if _MARKUP.match(text):
        raise Unusable(
            N_("文件内容是网页或 XML，只是扩展名像表格。"), N_("用 Excel 打开它，另存为 .xlsx 后重新上传。")
        )
    rows, delimiter = delimited.split(text, score)
    return Sheet("", cast(Rows, rows), (), encoding, delimiter)
