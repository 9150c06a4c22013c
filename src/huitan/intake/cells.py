"""A cell as a person reads it: stray spaces, full-width digits, invisible characters and the shape of a staff
number that a spreadsheet has turned into a number."""

import math
import re
from datetime import date, datetime, time, timedelta

Cell = int | float | str | bool | date | datetime | time | timedelta | None


class Percent(float):
    """A number from a cell with a percent format: 0.985, shown to the person as 98.5%."""


_INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\v\f\x85"
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\v\f\r"} | {127: None}
_CLEAN = {ord(c): None for c in _INVISIBLE} | {ord(c): " " for c in _SPACES} | _CONTROLS
_ODD = re.compile(f"[{_INVISIBLE}{_SPACES}\x00-\x08\x0e-\x1f\x7f]")
_WIDE_FORMS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDE_SIGNS = {"\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uffe5": "\u00a5", "\u2044": "/", "\u2215": "/"}
_WIDE = _WIDE_FORMS | {ord(k): v for k, v in _WIDE_SIGNS.items()}
_WIDE_ALNUM = {c: n for c, n in _WIDE_FORMS.items() if chr(n).isalnum()}
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007\U00020000-\U0003ffff"
_CJK_GAP = re.compile(f"(?<=[{_CJK}·]) +(?=[{_CJK}·])")
_PLAIN_NAME = re.compile(r"^[\u4e00-\u9fff]{2,4}\Z")
_HAS_CJK = re.compile(f"[{_CJK}]")
_RUNS = re.compile(r"\s+")
_PROTECTED = re.compile(r'^=\s*"(.*)"$', re.DOTALL)
_BLANKS = frozenset(
    [
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "/",
        "\\",
        "n/a",
        "#n/a",
        "null",
        "none",
        "nil",
        "无",
        "(空)",
        "空",
        "暂缺",
    ]
)
_ERRORS = frozenset(["#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#n/a", "#getting_data"])


def text(cell: Cell) -> str:
    """The cell as one trimmed string: invisible characters gone, odd spaces plain, 4.0 as "4"; "" for an empty one."""
    if type(cell) is not str:
        return _text_of_value(cell)
    if not cell.isprintable() or (not cell.isascii() and _ODD.search(cell)):
        cell = cell.translate(_CLEAN)
    cell = cell.strip()
    if cell[:1] in "='" and cell:
        guarded = _PROTECTED.match(cell)
        if guarded:
            cell = guarded[1].strip()
        elif cell[0] == "'" and cell[-1] != "'":
            cell = cell[1:].strip()
    return cell


def _text_of_value(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return shown_number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return text(cell) if isinstance(cell, str) else str(cell)


def shown_number(number: float) -> str:
    if isinstance(number, Percent):
        return shown_number(round(float(number) * 100, 8)) + "%"
    if math.isfinite(number) and number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return repr(round(number, 10)) if math.isfinite(number) else str(number)


def line(cell: Cell) -> str:
    """One line: line breaks and runs of spaces become one space."""
    value = text(cell)
    if " " not in value and "\n" not in value and "\r" not in value:
        return value
    return _RUNS.sub(" ", value)


def narrow(value: str) -> str:
    """Full-width letters, digits and signs as half-width ones."""
    return value if value.isascii() else value.translate(_WIDE)


def is_blank(value: str) -> bool:
    """Empty, or one of the marks people type for "nothing here" (only for fields that may stay empty)."""
    return not value or (len(value) <= 12 and narrow(value).casefold() in _BLANKS)


def is_error(value: str) -> bool:
    """An error left by a formula, such as #REF!"""
    return value[:1] == "#" and value.casefold() in _ERRORS


def label(cell: Cell) -> str:
    """A short text such as a position or a KPI name: one line, full-width letters and digits narrowed."""
    value = line(cell)
    return value if value.isascii() else value.translate(_WIDE_ALNUM)


def person_name(cell: Cell) -> str:
    """「龚 丽浩 」 is 「龚丽浩」; "Ann  Lee" is "Ann Lee"."""
    if type(cell) is str and _PLAIN_NAME.match(cell):
        return cell
    value = line(cell)
    if value.isascii():
        return value
    value = value.translate(_WIDE_ALNUM)
    for dot in "\u2022\u30fb\u2027\u2219\u22c5\uff0e":
        value = value.replace(dot, "·")
    return _CJK_GAP.sub("", value) if " " in value else value


def full_name(family: str, given: str) -> str:
    """Chinese family name first and without a space, Latin given name first."""
    if not (family and given):
        return family or given
    if _HAS_CJK.search(family) or _HAS_CJK.search(given):
        return family + given
    return f"{given} {family}"


def name_key(name: str) -> str:
    """Two spellings of one name compare equal: spaces, case, width and the order of Latin words do not matter."""
    if _PLAIN_NAME.match(name):
        return name
    words = _RUNS.sub(" ", narrow(name).replace(",", " ").casefold()).split()
    return " ".join(sorted(words)) if name.isascii() else "".join(words)


_POINT_ZERO = re.compile(r"^(\d+)\.0+$")
_ROUNDED = re.compile(r"^\d(\.\d+)?[eE]\+\d+$")


def staff_number(cell: Cell) -> str:
    """The staff number in its plain shape: half-width, no spaces, 123.0 as "123". Leading zeros stay as they are."""
    value = text(cell)
    if value.isascii() and value.isalnum():
        return value
    value = "".join(narrow(value).split())
    whole = _POINT_ZERO.match(value)
    return whole[1] if whole else value


def is_rounded_number(value: str) -> bool:
    """A long number shown as 1.00023E+11: its last digits are lost."""
    return bool(_ROUNDED.match(value)) and "." in value


def staff_number_key(cell: Cell) -> str:
    """What two spellings of one staff number share: '00123', 123, '00123' and 123.0 give "123"; "A123" and
    "0A123" stay apart."""
    value = cell if type(cell) is str and cell.isascii() and cell.isalnum() else staff_number(cell)
    if value.isdecimal():
        return value.lstrip("0") or "0"
    return value.upper()


def email(cell: Cell) -> str:
    plain = type(cell) is str and cell.isascii() and cell.isprintable() and " " not in cell
    value = str(cell) if plain else "".join(narrow(text(cell)).split())
    return value.lower().removeprefix("mailto:")
