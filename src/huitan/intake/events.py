"""Rows of events: achievements, contributions, incidents."""

from datetime import date

from huitan.intake import cells
from huitan.intake.reading import EventRow
from huitan.intake.typed_columns import Columns
from huitan.intake.words import parse_event_kind

_MISSING = date.min


def rows(table: Columns) -> list[EventRow]:
    """One row per body row, in order; a row without a usable date has a fault and stands on ``date.min``."""
    numbers, names = table.people()
    kinds = _kinds(table)
    days = [day or _MISSING for day in table.dates("occurred_on", required=True)]
    statements = table.texts("statement", cells.text)
    table.required("statement", statements)
    sources = table.texts("source")
    emails = table.emails()
    table.somebody(emails, names)
    return list(map(EventRow, table.body.numbers, numbers, names, kinds, days, statements, sources, emails))


def _kinds(table: Columns) -> list[str]:
    kinds = table.parsed("kind", parse_event_kind, "")
    for index, (kind, cell) in enumerate(zip(kinds, table.raw("kind"), strict=True)):
        if not kind and cells.is_blank(cells.line(cell)):
            table.required_at(index, "kind")
    return kinds
