"""What the check has to say about one place in a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``start``/``end`` are offsets into the text as given, or None when something is missing from it.

    ``reasons`` names what decided: a rule with the words it saw, or the model's strongest features.
    """

    code: str
    start: int | None
    end: int | None
    severity: str
    message: str
    hint: str
    rule: str
    reasons: tuple[str, ...] = ()

    def explain(self) -> str:
        return f"{self.rule}: " + ", ".join(self.reasons) if self.reasons else self.rule
