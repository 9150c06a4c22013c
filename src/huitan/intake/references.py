"""A person named in a cell: 00003 · 石华杰 · shi@example.com · 石华杰(00003) · 00003 石华杰."""

import re

from huitan.intake.cells import Cell, is_blank, line, narrow, person_name, staff_number

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NUMBER = r"[A-Za-z]{0,6}-?\d[A-Za-z0-9_-]*"
_JOINT = r"(?:\s*[(\[【/|,、_]\s*|\s*[-—:]\s*|\s+)"
_NAME_FIRST = re.compile(
    rf"^(?P<name>[^\d@]*[^\d@\s(\[【/|,、_\-—:]){_JOINT}(?P<number>{_NUMBER})\s*[)\]】]?$"
)
_NUMBER_FIRST = re.compile(rf"^(?P<number>{_NUMBER}){_JOINT}(?P<name>[^\d@)\]】]+?)\s*[)\]】]?$")
_CJK_NAME_NUMBER = re.compile(r"^(?P<name>[\u4e00-\u9fff·]{2,})(?P<number>\d{4,})$")
_ONE_CODE = re.compile(r"^(?=.*\d)[A-Za-z0-9._-]+$")
_TRIM = " ()[]【】<>/|,、;:-—"


def reference(cell: Cell) -> tuple[str, str]:
    """(staff number, e-mail or name to look up; name written beside it or ""). ("", "") for nobody."""
    if not isinstance(cell, str):
        return staff_number(cell), ""
    value = narrow(line(cell))
    if value.isascii() and value.isalnum():
        return ("", "") if is_blank(value) else (value, "")
    if is_blank(value):
        return "", ""
    found = _EMAIL.search(value)
    if found:
        beside = _NUMBER_FIRST.sub("", (value[: found.start()] + value[found.end() :]).strip(_TRIM))
        return found[0].lower(), person_name(beside.strip(_TRIM))
    if _ONE_CODE.match(value):
        return staff_number(value), ""
    match = _NAME_FIRST.match(value) or _NUMBER_FIRST.match(value) or _CJK_NAME_NUMBER.match(value)
    if match:
        return staff_number(match["number"]), person_name(match["name"].strip(_TRIM))
    if any(c.isdigit() for c in value) and value.isascii():
        return staff_number(value), ""
    return person_name(line(cell)), ""
