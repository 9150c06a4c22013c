"""What a field of the company can hold; a longer text is the file's problem, not the database's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import attrgetter, le
from typing import Any, TypeVar

from huitan.evidence.models import Evidence
from huitan.intake import EventRow, Fault, KpiRow, Problem, Reading, RosterRow, Row
from huitan.intake.problems import N_, in_cell
from huitan.people.models import Department, Employee

R = TypeVar("R", bound=Row)

TOO_LONG = N_("%(column)s有 %(length)s 个字，最多 %(limit)s 个字。")
SHORTEN = N_("写短一些后重新上传。")
# A fact is unique by its words, and PostgreSQL compares at most 2,700 bytes of them.
STATEMENT = 800


def longest(model: Any, field: str) -> int:
    limit: int = model._meta.get_field(field).max_length
    return limit


ROSTER = {
    "staff_number": longest(Employee, "staff_number"),
    "name": longest(Employee, "name"),
    "position": longest(Employee, "position"),
    "email": longest(Employee, "email"),
}
KPI = {
    "kpi": longest(Evidence, "name"),
    "unit": longest(Evidence, "unit"),
    "source": longest(Evidence, "source"),
}
EVENT = {"source": longest(Evidence, "source"), "statement": STATEMENT}
TEXTS: dict[type, dict[str, int]] = {RosterRow: ROSTER, KpiRow: KPI, EventRow: EVENT}
DEPARTMENT = longest(Department, "name")
DEPARTMENT_PATH = longest(Department, "full_name")


def too_long(rows: Sequence[R], reading: Reading) -> tuple[tuple[R, ...], list[Problem]]:
    """The rows of one kind that fit, and a problem for each text that does not."""
    if not rows:
        return (), []
    limits = TEXTS[type(rows[0])]
    texts, most = attrgetter(*limits), tuple(limits.values())
    misplaced = {row.row for row in rows if isinstance(row, RosterRow) and not _fits(row.department)}
    kept: list[R] = []
    problems: list[Problem] = []
    for row in rows:
        if all(map(le, map(len, texts(row)), most)) and row.row not in misplaced:
            kept.append(row)
        else:
            problems += _problems(row, reading)
    return tuple(kept), problems


@lru_cache(maxsize=10_000)
def _fits(department: tuple[str, ...]) -> bool:
    longest_name = max(map(len, department), default=0)
    return longest_name <= DEPARTMENT and len("/".join(department)) <= DEPARTMENT_PATH


def _problems(row: Row, reading: Reading) -> Iterable[Problem]:
    for field, limit in TEXTS[type(row)].items():
        text = getattr(row, field)
        if len(text) > limit:
            yield _problem(row, reading, field, text, limit)
    if isinstance(row, RosterRow):
        path = "/".join(row.department)
        if len(path) > DEPARTMENT_PATH:
            yield _problem(row, reading, "department", path, DEPARTMENT_PATH)
        elif any(len(name) > DEPARTMENT for name in row.department):
            yield _problem(row, reading, "department", max(row.department, key=len), DEPARTMENT)


def _problem(row: Row, reading: Reading, field: str, text: str, limit: int) -> Problem:
    title = next((found for found, meant in reading.columns.items() if meant == field), field)
    fault = Fault(TOO_LONG, SHORTEN, {"length": str(len(text)), "limit": str(limit)})
    return in_cell(fault, row.row, title, text[:200])
