"""What has to be known of an .xlsx before it is unpacked: that it is one, that it does not grow beyond reason, and
which cells are shown as percent (calamine gives their bare fraction)."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from huitan.intake.problems import N_, Unusable

MAX_UNPACKED = 512 * 1024 * 1024
MAX_CELLS = 20_000_000
_MAX_SMALL_PART = 16 * 1024 * 1024
_CHUNK = 4 * 1024 * 1024
_OVERLAP = 512
_FAR = re.compile(rb' r="([A-Za-z]{2,7}|[A-Za-z]?(?=\d{6}))(\d{1,9})"')
_ADDRESS = re.compile(rb"""\br\s*=\s*["']\$?([A-Za-z]{0,7})\$?(\d{1,9})""")
_LARGE_COUNT = re.compile(rb"""ount\s*=\s*["']\s*\+?0*(\d{8,})""")
_NEAR_ROWS, _NEAR_COLUMNS = 99_999, 26
_ROW_STARTS = re.compile(rb"<(?:\w+:)?row[\s>/]")
_CELL_STARTS = re.compile(rb"<(?:\w+:)?c[\s>/]")
_FILLED = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']\$?([A-Za-z]{1,7})\$?(\d{1,9})["'][^>/]*>(?=[^<]|<[^/])"""
)
# A cell without anything in it, in either way of writing it.
_EMPTY = re.compile(rb"<(?:\w+:)?c\s[^>]*(?:/>|></(?:\w+:)?c>)")
_STYLED = rb"""<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"(?: t="n")? s="(?:%s)"(?: t="n")?>"""
_HIDDEN = re.compile(rb"""<(?:\w+:)?row\s[^>]*\bhidden=["'](?:1|true)["'][^>]*>""")
_ROW_NUMBER = re.compile(rb"""\sr=["'](\d{1,7})["']""")
_SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_PERCENT_IDS = frozenset((9, 10))
_QUOTED = re.compile(r'"[^"]*"|\\.')


class Archive:
    """An .xlsx whose parts are safe to unpack. Raises Unusable when it is something else or too large."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._parts = {info.filename.lstrip("/").lower(): info for info in self._zip.infolist()}
        except (
            zipfile.BadZipFile,
            ValueError,
            NotImplementedError,
            OSError,
            EOFError,
            UnicodeError,
        ) as error:
            raise damaged() from error
        if any(info.flag_bits & 1 for info in self._parts.values()):
            raise encrypted()
        if not any(name in self._parts for name in ("xl/workbook.xml", "xl/workbook2.xml")):
            raise _other_archive(frozenset(self._parts))
        if sum(info.file_size for info in self._parts.values()) > MAX_UNPACKED:
            raise too_large()

    def check_growth(self) -> None:
        """Unpacks what calamine may unpack, within limits: the sizes written in a zip may lie, one cell in the
        last corner makes a sheet of 17 billion cells, a table of strings gets the memory that its count claims,
        and any part may be declared to be a sheet."""
        for info in self._parts.values():
            self._check_area(info)

    def _check_area(self, info: zipfile.ZipInfo) -> None:
        """Only addresses beyond Z99999 are looked at one by one, and none in a sheet written the usual way."""
        width, height = _NEAR_COLUMNS, _NEAR_ROWS
        rows = 0
        loose = False
        tail = b""
        for chunk in self._chunks(info):
            window = tail + chunk
            if any(int(count) > MAX_CELLS for count in _LARGE_COUNT.findall(window)):
                raise too_large()
            rows += chunk.count(b"<row")
            usual = _is_usual(window)
            loose = loose or not usual
            for letters, digits in (_FAR if usual else _ADDRESS).findall(window):
                width = max(width, _column_number(letters))
                height = max(height, int(digits))
            tail = window[-_OVERLAP:]
        if loose:
            width, height = max(width, self._longest_row(info)), max(height, rows)
        if width * height > MAX_CELLS and self._filled_area(info) > MAX_CELLS:
            raise too_large()

    def _longest_row(self, info: zipfile.ZipInfo) -> int:
        """Cells without an address stand one after the other."""
        longest = count = 0
        for chunk in self._chunks(info):
            first, *others = _ROW_STARTS.split(chunk)
            count += len(_CELL_STARTS.findall(first))
            longest = max(longest, count)
            for row in others:
                count = len(_CELL_STARTS.findall(row))
                longest = max(longest, count)
        return longest

    def _filled_area(self, info: zipfile.ZipInfo) -> int:
        """The area that really holds values: a format painted down to the last row does not count."""
        width = height = addressed = total = 0
        tail = b""
        for chunk in self._chunks(info):
            window = tail + chunk
            for column, row in _FILLED.findall(window):
                width = max(width, _column_number(column))
                height = max(height, int(row))
                addressed += 1
            total += len(_CELL_STARTS.findall(window)) - len(_EMPTY.findall(window))
            tail = window[-_OVERLAP:]
        if total > addressed:
            width, height = max(width, self._longest_row(info)), max(height, 1_048_576)
        return width * height

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        start = info.header_offset
        head = self._data[start : start + 30]
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise damaged()
        start += 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        packed = memoryview(self._data)[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            yield bytes(packed)
            return
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise damaged()
        unpacker = zlib.decompressobj(-15)
        size = 0
        pending: bytes | memoryview = packed
        try:
            while not unpacker.eof:
                chunk = unpacker.decompress(pending, _CHUNK)
                pending = unpacker.unconsumed_tail
                size += len(chunk)
                if size > info.file_size:
                    raise too_large()
                if not chunk and not pending:
                    break
                yield chunk
        except zlib.error as error:
            raise damaged() from error

    def _small_part(self, name: str) -> ElementTree.Element | None:
        info = self._parts.get(name.lstrip("/").lower())
        if info is None or info.file_size > _MAX_SMALL_PART:
            return None
        content = b"".join(self._chunks(info))
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            return None
        try:
            return ElementTree.fromstring(content)
        except (ElementTree.ParseError, ValueError, LookupError):
            return None

    def percent_cells(self, sheet: str) -> set[tuple[int, int]]:
        """0-based (row, column) of the sheet's cells with a percent format."""
        styles = self._percent_styles()
        part = self._part_of(sheet) if styles else None
        info = self._parts.get(part) if part else None
        if info is None:
            return set()
        pattern = re.compile(_STYLED % b"|".join(str(style).encode() for style in styles))
        cells: set[tuple[int, int]] = set()
        tail = b""
        for chunk in self._chunks(info):
            window = tail + chunk
            cells.update(
                (int(row) - 1, _column_number(column) - 1) for column, row in pattern.findall(window)
            )
            tail = window[-_OVERLAP:]
        return cells

    def hidden_rows(self, sheet: str) -> frozenset[int]:
        """1-based numbers of the rows that a person does not see, hidden by hand or by a filter."""
        part = self._part_of(sheet)
        info = self._parts.get(part) if part else None
        found: set[int] = set()
        tail = b""
        for chunk in self._chunks(info) if info else ():
            window = tail + chunk
            for row in _HIDDEN.findall(window) if b"hidden" in window else ():
                number = _ROW_NUMBER.search(row)
                if number:
                    found.add(int(number[1]))
            tail = window[-_OVERLAP:]
        return frozenset(found)

    def _percent_styles(self) -> list[int]:
        root = self._small_part("xl/styles.xml")
        if root is None:
            return []
        space = _STRICT if root.tag.startswith(_STRICT) else _SPREADSHEET
        codes = {
            _whole(fmt.get("numFmtId")): fmt.get("formatCode") or "" for fmt in root.iter(f"{space}numFmt")
        }
        formats = root.find(f"{space}cellXfs")
        return [
            index
            for index, style in enumerate(formats if formats is not None else ())
            if _whole(style.get("numFmtId")) in _PERCENT_IDS
            or is_percent_format(codes.get(_whole(style.get("numFmtId")), ""))
        ]

    def _part_of(self, sheet: str) -> str | None:
        book = self._small_part("xl/workbook.xml")
        relations = self._small_part("xl/_rels/workbook.xml.rels")
        if book is None or relations is None:
            return None
        targets = {item.get("Id"): item.get("Target") or "" for item in relations}
        for element in book.iter():
            if element.tag.endswith("}sheet") and element.get("name") == sheet:
                wanted = next((element.get(key) for key in _RELATIONS if element.get(key)), None)
                target = targets.get(wanted, "")
                path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                return path.lower()
        return None


def _is_usual(window: bytes) -> bool:
    """Every cell says its address first, as ``<c r="``, and no element name has a prefix. What is cut off at the
    window's end stands whole in the next one."""
    end = len(window)
    cells = window.count(b"<c", 0, end - 4)
    addressed = window.count(b'<c r="')
    if cells != addressed:
        cells -= sum(window.count(other, 0, end - 3) for other in (b"<co", b"<cf", b"<cu"))
    return cells == addressed and b":c" not in window and b":row" not in window


def is_percent_format(code: str) -> bool:
    return "%" in _QUOTED.sub("", code)


def _whole(number: str | None) -> int:
    return int(number) if number and number.isascii() and number.isdecimal() else -1


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def damaged() -> Unusable:
    return Unusable(N_("文件打不开，可能已损坏。"), N_("用 Excel 打开它，另存为 .xlsx 后重新上传。"))


def encrypted() -> Unusable:
    return Unusable(N_("文件有打开密码，读不了里面的内容。"), N_("去掉密码，另存后重新上传。"))


def too_large() -> Unusable:
    return Unusable(
        N_("文件展开后太大，没有读取。"), N_("删掉多余的工作表、行和列，或分成几个文件后重新上传。")
    )


def wrong_type() -> Unusable:
    return Unusable(N_("文件不是表格。"), N_("请上传 .xlsx、.xls、.csv 或 .tsv 文件。"))


def _other_archive(parts: frozenset[str]) -> Unusable:
    if "xl/workbook.bin" in parts or "content.xml" in parts or "index/document.iwa" in parts:
        return Unusable(
            N_("这种工作簿格式（.xlsb、.ods 或 Numbers）读不了。"),
            N_("用 Excel 打开它，另存为 .xlsx 后重新上传。"),
        )
    return wrong_type()
