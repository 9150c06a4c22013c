"""What can be wrong with a cell, a row or a whole file, as sentences a translator can reach.

Sentences are Chinese msgids with ``%(name)s`` placeholders; the doors translate the template first and fill it
in afterwards, so that one catalogue entry serves every value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


def N_(msgid: str) -> str:
    """Marks a msgid for Babel (keyword ``N_``) without translating it here."""
    return msgid


# What stands in a sentence's places; a list is put in the reader's punctuation.
Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one value cannot be used, before it is known in which row and column it stood."""

    problem: str
    hint: str
    params: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why one row is left out. ``row`` is 1-based as the person sees it in the sheet;
    ``column`` is the header as found ("" when the row as a whole is meant)."""

    row: int
    column: str
    value: str
    problem: str
    hint: str
    params: Values = field(default_factory=dict)


class Unusable(Exception):
    """Nothing of the file can be used. ``sheet``, ``header_row`` and ``found`` (header cells as found) are
    filled when a table was seen but its columns were not enough, so that a door can offer a mapping;
    ``columns`` says what of them was understood."""

    def __init__(
        self,
        problem: str,
        hint: str = "",
        params: Values | None = None,
        *,
        sheet: str = "",
        header_row: int = 0,
        found: tuple[str, ...] = (),
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = problem
        self.hint = hint
        self.params: Values = params or {}
        self.sheet = sheet
        self.header_row = header_row
        self.found = found
        self.columns: Mapping[str, str] = columns or {}
        super().__init__(fill(problem, self.params) + fill(hint, self.params))


def fill(template: str, params: Values, gettext: Callable[[str], str] = N_) -> str:
    if not params:
        return template.replace("%%", "%")
    comma = gettext(N_("、"))
    return template % {name: v if isinstance(v, str) else comma.join(v) for name, v in params.items()}


def sentence(problem: Problem | Fault | Unusable, gettext: Callable[[str], str] = N_) -> tuple[str, str]:
    """The two sentences (what and why, what to do) in the reader's language, placeholders filled in."""
    hint = gettext(problem.hint) if problem.hint else ""
    return fill(gettext(problem.problem), problem.params, gettext), fill(hint, problem.params, gettext)


def in_cell(fault: Fault, row: int, column: str, value: str) -> Problem:
    """A fault put where it happened; ``%(column)s`` and ``%(value)s`` are open to every sentence."""
    return Problem(
        row, column, value, fault.problem, fault.hint, {"column": column, "value": value, **fault.params}
    )
