"""Rows of a roster."""

from huitan.intake import cells
from huitan.intake.columns import DEPARTMENT_LEVELS, NAMED_LEVELS
from huitan.intake.departments import Path, joined, paths
from huitan.intake.reading import RosterRow
from huitan.intake.references import reference
from huitan.intake.typed_columns import Columns, number_width, padded
from huitan.intake.words import parse_status

_ABOVE = NAMED_LEVELS[:6]
_BELOW = NAMED_LEVELS[7:]


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
            table.parsed("status", parse_status, ""),
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
    if not above and not below:
        return given
    return joined([*above, *below], given, len(above))


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
