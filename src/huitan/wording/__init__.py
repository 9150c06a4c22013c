"""The wording check: reads one feedback text and says what the receiver could not understand, check or act on."""

from .company_words import CompanyWords
from .finding import Finding
from .linter import lint
from .rubric import CODES, FIELDS

__all__ = ["CODES", "FIELDS", "CompanyWords", "Finding", "lint"]
