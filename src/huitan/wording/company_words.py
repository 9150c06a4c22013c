"""A company's own words: some never count as a finding, some always do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .finding import Finding
from .rubric import CODES, SEVERITY

_MESSAGE = {
    "zh": "「{word}」是公司约定不用的说法。",
    "en": "“{word}” is a wording the company has agreed not to use.",
}
_NO_REASON = {"zh": "换一个说法，写看得见的事实。", "en": "Choose another wording; write what can be seen."}


@dataclass(frozen=True, slots=True)
class CompanyWords:
    """``allow``: words a finding may not stand on. ``forbid``: word → (code, reason shown to the writer)."""

    allow: frozenset[str] = frozenset()
    forbid: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = {code for code, _ in self.forbid.values()} - set(CODES)
        if unknown:
            raise ValueError(f"unknown codes in forbidden words: {sorted(unknown)}")

    def excuses(self, text: str, finding: Finding) -> bool:
        """Whether the finding stands on an allowed word."""
        if finding.start is None or finding.end is None:
            return False
        lowered = text.lower()
        if len(lowered) != len(text):
            lowered = text
        for word in self.allow:
            needle = word.lower()
            at = lowered.find(needle) if needle else -1
            while at >= 0:
                if at < finding.end and finding.start < at + len(needle):
                    return True
                at = lowered.find(needle, at + len(needle))
        return False

    def findings(self, text: str, language: str, allowed: frozenset[str]) -> list[Finding]:
        lowered = text.lower()
        if len(lowered) != len(text):
            lowered = text
        found = []
        for word, (code, reason) in self.forbid.items():
            at = lowered.find(word.lower()) if word and code in allowed else -1
            if at >= 0:
                found.append(
                    Finding(
                        code,
                        at,
                        at + len(word),
                        SEVERITY[code],
                        _MESSAGE[language].format(word=text[at : at + len(word)]),
                        reason or _NO_REASON[language],
                        "company-word",
                        (word,),
                    )
                )
        return found
