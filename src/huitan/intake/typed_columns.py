"""One column after the other becomes typed values; what cannot be typed becomes a problem of its row."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from huitan.intake import cells
from huitan.intake.body import Body
from huitan.intake.cells import Cell
from huitan.intake.dates import Written, column_order, read_date, settle
from huitan.intake.header import Header
from huitan.intake.problems import N_, Fault, Problem, in_cell
from huitan.intake.references import reference

T = TypeVar("T")

_EMPTY = Fault(N_("%(column)s是空的。"), N_("补上%(column)s后重新上传。"))
_NO_NUMBER = Fault(N_("这一行没有工号。"), N_("补上工号后重新上传。"))
_NOBODY = Fault(N_("这一行没有写是谁。"), N_("补上工号、邮箱或姓名后重新上传。"))
_NO_NAME = Fault(N_("这一行没有姓名。"), N_("补上姓名后重新上传。"))
_ROUNDED = Fault(
    N_("工号 %(value)s 被表格软件改成了科学计数，后几位已经丢失。"),
    N_("把工号列设成文本格式，重新填写后上传。"),
)
_NOT_A_STAFF_NUMBER = Fault(N_("工号写的是「%(value)s」，不像工号。"), N_("改成工号后重新上传。"))
_NOT_A_NAME = Fault(N_("%(column)s写的是「%(value)s」，不像姓名。"), N_("改成姓名后重新上传。"))
_NOT_AN_EMAIL = Fault(N_("%(column)s写的是「%(value)s」，不是邮箱地址。"), N_("改正或清空后重新上传。"))
_BROKEN_FORMULA = Fault(N_("%(column)s是公式出错的结果 %(value)s。"), N_("修好公式或改成数值后重新上传。"))
_LONGEST_NUMBER = 40
_NEVER_IN_A_NUMBER = frozenset('=+@"<>|;?!*%$,、。')


class Columns:
    """The body seen column by column, with the faults found so far. Indexes are positions in the body."""

    def __init__(self, header: Header, body: Body) -> None:
        self.header = header
        self.body = body
        self.count = len(body.rows)
        self.faults: dict[int, list[Problem]] = defaultdict(list)

    def has(self, field: str) -> bool:
        return field in self.header.fields

    def title(self, *fields: str) -> str:
        return next(
            (self.header.titles[self.header.fields[f]] for f in fields if f in self.header.fields), ""
        )

    def raw(self, field: str) -> list[Cell]:
        place = self.header.fields.get(field)
        return [""] * self.count if place is None else [row[place] for row in self.body.rows]

    def fault(self, index: int, fault: Fault, *fields: str) -> None:
        """Notes a fault at the first of ``fields`` that the file has."""
        place = next((self.header.fields[f] for f in fields if f in self.header.fields), None)
        title = self.header.titles[place] if place is not None else ""
        value = cells.text(self.body.rows[index][place])[:200] if place is not None else ""
        self.faults[index].append(in_cell(fault, self.body.numbers[index], title, value))

    def texts(
        self, field: str, clean: Callable[[Cell], str] = cells.label, *, optional: bool = True
    ) -> list[str]:
        """Cleaned texts, "" for an empty cell and, in an optional column, for a mark such as 无 or -."""
        if not self.has(field):
            return [""] * self.count
        known: dict[Any, str] = {}
        found: list[str] = []
        for cell in self.raw(field):
            key = cell if type(cell) is str else (type(cell), cell)
            value = known.get(key)
            if value is None:
                value = clean(cell)
                if optional and cells.is_blank(value):
                    value = ""
                known[key] = value
            found.append(value)
        return found

    def parsed(self, field: str, parse: Callable[[Cell], T | Fault], missing: T) -> list[T]:
        """Typed values; ``missing`` stands where the cell has a fault, which is noted."""
        if not self.has(field):
            return [missing] * self.count
        known: dict[Any, T | Fault] = {}
        found: list[T] = []
        for index, cell in enumerate(self.raw(field)):
            key = cell if type(cell) is str else (type(cell), cell)
            if key not in known:
                known[key] = _BROKEN_FORMULA if _is_error(cell) else parse(cell)
            value = known[key]
            if isinstance(value, Fault):
                self.fault(index, value, field)
                value = missing
            found.append(value)
        return found

    def dates(
        self, field: str, *, required: bool = False, never: Callable[[Cell], bool] = lambda _cell: False
    ) -> list[date | None]:
        """``never`` tells which cells stand for no date, beside the empty ones."""
        if not self.has(field):
            return [None] * self.count
        raw = self.raw(field)
        known: dict[tuple[type, Cell], Any] = {}
        for cell in raw:
            key = (type(cell), cell)
            if key not in known:
                blank = never(cell) or (type(cell) is str and cells.is_blank(cells.line(cell)))
                known[key] = None if blank else (_BROKEN_FORMULA if _is_error(cell) else read_date(cell))
        order = column_order(known.values())
        for key, value in known.items():
            if isinstance(value, Written):
                known[key] = settle(value, order)
        found: list[date | None] = []
        for index, cell in enumerate(raw):
            value = known[type(cell), cell]
            if isinstance(value, Fault):
                self.fault(index, value, field)
                value = None
            elif value is None and required:
                self.fault(index, _EMPTY, field)
            found.append(value)
        return found

    def required(self, field: str, values: Sequence[str]) -> None:
        for index, value in enumerate(values):
            if not value:
                self.required_at(index, field)

    def required_at(self, index: int, field: str) -> None:
        self.fault(index, _EMPTY, field)

    def staff_numbers(self) -> list[str]:
        """In one width where the file shows one: beside 00002 and 00003 a bare 4 is 00004."""
        if not self.has("staff_number"):
            return [""] * self.count
        found = []
        for index, cell in enumerate(self.raw("staff_number")):
            value = cells.staff_number(cell)
            if (
                type(cell) is bool
                or not (value.isascii() and value.isalnum())
                or len(value) > _LONGEST_NUMBER
            ):
                fault = _number_fault(cell, value)
                if fault:
                    self.fault(index, fault, "staff_number")
                    value = ""
            found.append(value)
        return padded(found, number_width(found))

    def names(self, *, required: bool) -> list[str]:
        if self.has("name"):
            found = self.texts("name", cells.person_name, optional=False)
        else:
            families = self.texts("family_name", cells.person_name, optional=False)
            given = self.texts("given_name", cells.person_name, optional=False)
            found = [cells.full_name(a, b) for a, b in zip(families, given, strict=True)]
        for index, name in enumerate(found):
            if cells.is_blank(name):
                found[index] = ""
                if required:
                    self.fault(index, _NO_NAME, "name", "family_name")
            elif required and (cells.is_error(name) or not any(c.isalpha() for c in name)):
                self.fault(index, _NOT_A_NAME, "name", "family_name")
        return found

    def people(self) -> tuple[list[str], list[str]]:
        """Staff numbers and names; without a column for numbers, 「张三(00001)」 says both."""
        numbers, names = self.staff_numbers(), self.names(required=False)
        if not self.has("staff_number"):
            for index, name in enumerate(names):
                who, beside = reference(name)
                if beside and "@" not in who:
                    numbers[index], names[index] = who, beside
        return numbers, names

    def somebody(self, *identities: Sequence[str]) -> None:
        """A file without staff numbers has to name each person some other way."""
        if not self.has("staff_number"):
            for index, given in enumerate(zip(*identities, strict=True)):
                if not any(given):
                    self.fault(index, _NOBODY, "name", "family_name", "email")

    def emails(self) -> list[str]:
        found = self.texts("email", cells.email)
        for index, value in enumerate(found):
            if value and not is_email(value):
                self.fault(index, _NOT_AN_EMAIL, "email")
                found[index] = ""
        return found

    def samples(self) -> Mapping[str, tuple[str, ...]]:
        shown: dict[str, tuple[str, ...]] = {}
        for place, title in enumerate(self.header.titles):
            if not title:
                continue
            values: dict[str, None] = {}
            for row in self.body.rows[:50]:
                value = cells.line(row[place])[:60]
                if value:
                    values[value] = None
                if len(values) == 3:
                    break
            shown[title] = tuple(values)
        return shown


def is_email(value: str) -> bool:
    local, at, domain = value.rpartition("@")
    plain = value.isascii() and value.isprintable() and not (set(value) & set(' ,;:<>()[]"\\'))
    return (
        bool(local and at and plain) and "@" not in local and "." in domain.strip(".") and ".." not in domain
    )


def number_width(numbers: Sequence[str]) -> int:
    """The common length of the file's numbers with leading zeros, 0 when there is none."""
    lengths = Counter(len(n) for n in numbers if n[:1] == "0" and len(n) > 1 and n.isdecimal())
    if not lengths:
        return 0
    width, count = lengths.most_common(1)[0]
    return width if count * 10 >= sum(lengths.values()) * 9 else 0


def padded(numbers: Sequence[str], width: int) -> list[str]:
    return [n.zfill(width) if 0 < len(n) < width and n.isdecimal() else n for n in numbers]


def _is_error(cell: Cell) -> bool:
    return type(cell) is str and cell[:1] == "#" and cells.is_error(cells.line(cell))


def _number_fault(cell: Cell, value: str) -> Fault | None:
    if cells.is_blank(value):
        return _NO_NUMBER
    if cells.is_rounded_number(value):
        return _ROUNDED
    if type(cell) is not str and (isinstance(cell, bool) or not value.isdecimal()):
        return _NOT_A_STAFF_NUMBER
    if len(value) > _LONGEST_NUMBER or cells.is_error(value):
        return _NOT_A_STAFF_NUMBER
    if _NEVER_IN_A_NUMBER & set(value) or not any(
        c.isdecimal() or (c.isascii() and c.isalpha()) for c in value
    ):
        return _NOT_A_STAFF_NUMBER
    return None
