"""What has to be known of an .xls before it is unpacked: that it holds a workbook, that it is not encrypted, how
large its sheets are (their cells may stand anywhere in 65,536 × 65,536) and which cells are shown as percent."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from huitan.intake.archive import MAX_CELLS, damaged, encrypted, is_percent_format, too_large, wrong_type

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE_FROM = 0xFFFFFFFA
_DIRECTORY_ENTRY = 128
_MINI_CUTOFF = 4096
_SECTOR_COUNTS = (40, 44, 64, 72)
_BOF, _EOF, _BOUND_SHEET, _FILE_PASS, _FORMAT, _XF = 0x0809, 0x000A, 0x0085, 0x002F, 0x041E, 0x00E0
_DIMENSIONS, _STRINGS = 0x0200, 0x00FC
_NUMBER, _RK, _FORMULA, _MULTI_RK = 0x0203, 0x027E, 0x0006, 0x00BD
_CELLS = frozenset((_NUMBER, _RK, _FORMULA, 0x00FD, 0x0204, 0x00D6, 0x0205, 0x0201, 0x00BE, _MULTI_RK))
_NUMBERS = frozenset((_NUMBER, _RK, _FORMULA))


@dataclass
class SheetFacts:
    """Sizes are counts; ``percent`` holds 0-based (row, column)."""

    rows: int = 0
    columns: int = 0
    percent: set[tuple[int, int]] = field(default_factory=set)


class _Container:
    """The file system inside an OLE compound file, as far as one stream needs it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, mini_shift = _short(data, 30), _short(data, 32)
        if len(data) < 512 or not 7 <= shift <= 16 or not 2 <= mini_shift < shift:
            raise damaged()
        self.sector, self.mini_sector = 1 << shift, 1 << mini_shift
        sectors = len(data) // self.sector + 1
        if any(_long(data, at) > sectors for at in _SECTOR_COUNTS):
            raise damaged()
        self.table = self._allocation()
        directory = self._chain(_long(data, 48))
        self.entries = [
            directory[at : at + _DIRECTORY_ENTRY]
            for at in range(0, len(directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY)
        ]
        if any(_long(entry, 120) > len(data) for entry in self.entries if entry[66] in (2, 5)):
            raise damaged()

    def _allocation(self) -> list[int]:
        data, per_sector = self.data, self.sector // 4
        sectors = [_long(data, 76 + 4 * n) for n in range(109)]
        following, seen = _long(data, 68), set[int]()
        while following < _FREE_FROM and following not in seen:
            seen.add(following)
            part = self._sector(following)
            if len(part) < self.sector:
                break
            sectors += [_long(part, 4 * n) for n in range(per_sector - 1)]
            following = _long(part, self.sector - 4)
        table: list[int] = []
        for number in sectors:
            if number < _FREE_FROM:
                part = self._sector(number)
                table += [_long(part, at) for at in range(0, len(part) - 3, 4)]
        return table

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.sector
        return self.data[start : start + self.sector]

    def _chain(self, first: int) -> bytes:
        parts, number, left = [], first, len(self.table)
        while number < len(self.table) and left > 0:
            parts.append(self._sector(number))
            number = self.table[number]
            left -= 1
        return b"".join(parts)

    def named(self, *names: str) -> bytes | None:
        """The entry of the first of these names that exists."""
        for name in names:
            raw = name.encode("utf-16-le") + b"\0\0"
            for entry in self.entries:
                if entry.startswith(raw):
                    return entry
        return None

    def stream(self, entry: bytes) -> bytes:
        first, size = _long(entry, 116), _long(entry, 120)
        if size >= _MINI_CUTOFF:
            return self._chain(first)[:size]
        minis = self._chain(_long(self.entries[0], 116))
        mini_table = self._chain(_long(self.data, 60))
        parts, number, left = [], first, len(mini_table) // 4
        while number < len(mini_table) // 4 and left > 0:
            parts.append(minis[number * self.mini_sector : (number + 1) * self.mini_sector])
            number = _long(mini_table, number * 4)
            left -= 1
        return b"".join(parts)[:size]


def inspect(data: bytes) -> list[SheetFacts]:
    """One entry per sheet, in the order of the workbook. Raises Unusable when there is no readable workbook or when a
    sheet is too large, in whichever stream it hides."""
    container = _Container(data)
    if container.named("EncryptedPackage"):
        raise encrypted()
    workbook = container.named("Workbook", "Book")
    if workbook is None:
        raise wrong_type()
    found: list[SheetFacts] = []
    for entry in container.entries:
        stream = container.stream(entry)
        if entry == workbook or stream[:1] == b"\x09":
            facts = _Scan(stream).sheets()
            if any(sheet.rows * sheet.columns > MAX_CELLS for sheet in facts):
                raise too_large()
            found = facts if entry == workbook else found
    return found


class _Scan:
    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.formats: dict[int, bool] = {9: True, 10: True}
        self.styles: list[int] = []
        self.offsets: list[int] = []

    def sheets(self) -> list[SheetFacts]:
        for kind, body in self._records(0):
            if kind == _FILE_PASS:
                raise encrypted()
            if kind == _FORMAT and len(body) > 5:
                self.formats[_short(body, 0)] = is_percent_format(_format_code(body))
            elif kind == _XF and len(body) >= 4:
                self.styles.append(_short(body, 2))
            elif kind == _STRINGS and _long(body, 4) > len(self.stream):
                raise damaged()
            elif kind == _BOUND_SHEET and len(body) >= 4:
                self.offsets.append(_long(body, 0))
            elif kind == _EOF:
                break
        return [self._sheet(offset) for offset in self.offsets]

    def _sheet(self, offset: int) -> SheetFacts:
        facts = SheetFacts()
        percent = {number for number, code in enumerate(self.styles) if self.formats.get(code)}
        depth = 0
        for kind, body in self._records(offset):
            if kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    break
            elif kind == _DIMENSIONS:
                _check_dimensions(body)
            elif kind in _CELLS and len(body) >= 6:
                row, column = _short(body, 0), _short(body, 2)
                last = _short(body, len(body) - 2) if kind == _MULTI_RK else column
                facts.rows = max(facts.rows, row + 1)
                facts.columns = max(facts.columns, column + 1, last + 1)
                if kind in _NUMBERS and _short(body, 4) in percent:
                    facts.percent.add((row, column))
                elif kind == _MULTI_RK:
                    styles = range(4, len(body) - 6, 6)
                    facts.percent.update(
                        (row, column + n) for n, at in enumerate(styles) if _short(body, at) in percent
                    )
        return facts

    def _records(self, start: int) -> Iterator[tuple[int, bytes]]:
        stream, at, end = self.stream, start, len(self.stream)
        while at + 4 <= end:
            kind, length = _short(stream, at), _short(stream, at + 2)
            yield kind, stream[at + 4 : at + 4 + length]
            at += 4 + length


def _check_dimensions(body: bytes) -> None:
    """Calamine sets memory aside for the size that the sheet claims, before it has seen a cell."""
    if len(body) >= 14:
        rows, columns = _long(body, 4) - _long(body, 0), _short(body, 10) - _short(body, 8)
    else:
        rows, columns = _short(body, 2) - _short(body, 0), _short(body, 6) - _short(body, 4)
    if rows < 0 or columns < 0 or rows * columns > MAX_CELLS:
        raise damaged()


def _format_code(body: bytes) -> str:
    """BIFF8 carries a flag for 16-bit letters; a % is found either way."""
    return body[5:].decode("utf-16-le", "replace") if body[4] & 1 else body[5:].decode("latin-1")


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _long(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
