"""What a file turned out to hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from huitan.intake.problems import Problem

Kind = Literal["roster", "kpi", "events"]
KINDS: tuple[Kind, ...] = ("roster", "kpi", "events")
Skip = Literal["total", "header", "note", "units"]


@dataclass(frozen=True, slots=True)
class RosterRow:
    """``department``: path from the top, () when not given. ``status``: active, probation, on_leave, left or "";
    ``left_on`` may lie ahead.
    The manager is as written until ``resolve_managers`` has put the staff number into ``manager``."""

    row: int
    staff_number: str
    name: str
    department: tuple[str, ...] = ()
    position: str = ""
    manager: str = ""
    manager_name: str = ""
    hired_on: date | None = None
    email: str = ""
    status: str = ""
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class KpiRow:
    """``weight`` in percent points (40.0), None when not given; ``target`` and ``actual`` in ``unit``, which is "%"
    for percent points (98.5). ``direction``: up, down or ""."""

    row: int
    staff_number: str
    name: str
    kpi: str
    weight: float | None
    target: float
    actual: float
    unit: str = ""
    direction: str = ""
    source: str = ""
    as_of: date | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    """``kind``: achievement, contribution or incident."""

    row: int
    staff_number: str
    name: str
    kind: str
    occurred_on: date
    statement: str
    source: str = ""
    email: str = ""


Row = RosterRow | KpiRow | EventRow


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is no data: a total, a header printed again, a note under the table, or the units below
    the header."""

    row: int
    reason: Skip
    text: str


@dataclass(frozen=True)
class Reading:
    """``columns``: header as found → field. ``header_row`` and every ``row`` are 1-based as seen in the sheet.
    ``rejected``: what could be typed of the rows that have problems, so that later checks can still name what
    else is wrong with them; a value at fault stands empty, on 0 or on ``date.min``. ``samples``: header as found → up to three values, for the preview.
    ``other_sheets``: sheets with the same columns that were not read.
    ``hidden_rows``: rows read that a person does not see in the sheet. For a workbook ``encoding`` and
    ``delimiter`` are "", for a text file ``sheet`` is ""."""

    kind: Kind
    filename: str
    sheet: str
    encoding: str
    delimiter: str
    header_row: int
    columns: Mapping[str, str]
    ignored_columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    rejected: tuple[Row, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    other_sheets: tuple[str, ...] = ()
    hidden_rows: tuple[int, ...] = ()

    def column_of(self, *fields: str) -> str:
        """The header as found of the first of these fields that the file has, "" when it has none."""
        for wanted in fields:
            for found, meaning in self.columns.items():
                if meaning == wanted:
                    return found
        return ""
