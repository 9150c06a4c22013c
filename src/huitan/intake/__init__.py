"""A messy workbook or CSV in, clean typed rows and row-level problems out. No Django, no database, no clock."""

from huitan.intake.cells import staff_number_key
from huitan.intake.columns import fields_of
from huitan.intake.known_people import KnownPeople, KnownPerson, resolve_managers, resolve_people
from huitan.intake.problems import Fault, Problem, Unusable, sentence
from huitan.intake.reader import read
from huitan.intake.reading import KINDS, EventRow, Kind, KpiRow, Reading, RosterRow, Row, SkippedRow

__all__ = [
    "KINDS",
    "EventRow",
    "Fault",
    "Kind",
    "KnownPeople",
    "KnownPerson",
    "KpiRow",
    "Problem",
    "Reading",
    "RosterRow",
    "Row",
    "SkippedRow",
    "Unusable",
    "fields_of",
    "read",
    "resolve_managers",
    "resolve_people",
    "sentence",
    "staff_number_key",
]
