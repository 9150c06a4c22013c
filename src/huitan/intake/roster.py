"""Rows of a roster."""

from collections.abc import Sequence

from huitan.intake import cells
from huitan.intake.columns import DEPARTMENT_LEVELS, NAMED_LEVELS
from huitan.intake.departments import Path, joined, paths
from huitan.intake.problems import N_, Fault
from huitan.intake.reading import RosterRow
from huitan.intake.references import reference
from huitan.intake.typed_columns import Columns, number_width, padded
from huitan.intake.words import parse_has_left, parse_status

_STILL_HERE = ("至今", "长期", "无固定期限", "未离职", "在职")
_ABOVE = NAMED_LEVELS[:6]
_BELOW = NAMED_LEVELS[7:]
_NO_UPPER = Fault(
    N_("%(column)s是空的，下一级部门却写了。"),
    N_("补上%(column)s后重新上传；只在第一行写了一次的，向下填满。"),
)
_LEFT_OR_NOT = Fault(N_("%(column)s写的是「%(value)s」，和在职状态对不上。"), N_("两列改成一致后重新上传。"))


def rows(table: Columns) -> list[RosterRow]:
    """One row per body row, in order; what is wrong with them is noted in ``table.faults``."""
    numbers = table.staff_numbers()
    names = table.names(required=True)
    managers, manager_names = _managers(table)
    width = number_width(numbers)
    return list(
        map(
            RosterRow,
            table.body.numbers,
            numbers,
            names,
            _departments(table),
            table.texts("position"),
            padded(managers, width),
            manager_names,
            table.dates("hired_on"),
            table.emails(),
            _statuses(table),
            table.dates("left_on", never=_no_end),
        )
    )


def _departments(table: Columns) -> list[Path]:
    given = paths(table.texts("department"))
    numbered = [table.texts(field) for field in DEPARTMENT_LEVELS if table.has(field)]
    above = [table.texts(field) for field in _ABOVE if table.has(field)]
    below = [table.texts(field) for field in _BELOW if table.has(field)]
    if numbered:
        above = numbered
        below = []
        _refuse_gaps(table, given, numbered)
    if not above and not below:
        return given
    return joined([*above, *below], given, len(above))


def _refuse_gaps(table: Columns, given: Sequence[Path], levels: Sequence[Sequence[str]]) -> None:
    """Under a top level written only once, the levels below would become departments of their own."""
    top, *lower = levels
    if not any(top):
        return
    field = next(field for field in DEPARTMENT_LEVELS if table.has(field))
    for index, name in enumerate(top):
        if not name and not given[index] and any(level[index] for level in lower):
            table.fault(index, _NO_UPPER, field)


def _no_end(cell: cells.Cell) -> bool:
    """9999-12-31, as systems write it for whoever is still here."""
    value = cells.line(cell)
    return value.startswith("9999") or value in _STILL_HERE


def _statuses(table: Columns) -> list[str]:
    """The status in words, or what a column 是否离职 says; where both speak they have to agree."""
    found = table.parsed("status", parse_status, "")
    for index, answer in enumerate(table.parsed("has_left", parse_has_left, "")):
        if not answer:
            continue
        if not found[index]:
            found[index] = "left" if answer == "left" else "active"
        elif (found[index] == "left") != (answer == "left"):
            table.fault(index, _LEFT_OR_NOT, "has_left")
    return found


def _managers(table: Columns) -> tuple[list[str], list[str]]:
    """Whoever names the manager most surely: staff number, then the free column, e-mail, name."""
    managers = [""] * table.count
    names = [""] * table.count
    for field in ("manager_number", "manager", "manager_email", "manager_name"):
        if not table.has(field):
            continue
        known: dict[cells.Cell, tuple[str, str]] = {}
        for index, cell in enumerate(table.raw(field)):
            if cell == "" or cell is None:
                continue
            found = known.get(cell)
            if found is None:
                found = known[cell] = reference(cell)
            who, name = found
            if not managers[index]:
                managers[index] = who
            elif field == "manager_name" or (
                field == "manager" and not name and not cells.staff_number_key(who).isdecimal()
            ):
                name = name or who
            if name and not names[index]:
                names[index] = name
    return managers, names
