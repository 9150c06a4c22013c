"""What a check of a file found: one sentence per point, holding, not holding, or not checked. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huitan.core.sentences import Sentence, say


@dataclass(frozen=True)
class Finding:
    """`holds` is None where nothing could be checked."""

    key: str
    holds: bool | None
    sentence: Sentence


@dataclass(frozen=True)
class Examination:
    """`facts` are what the file says about itself: kind, key, version, hash, sealed_at, certificate."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the file."""
        return bool(self.findings) and all(f.holds is not False for f in self.findings)

    @property
    def is_certain(self) -> bool:
        return self.holds and all(f.holds for f in self.findings if f.key == "certificate")

    @property
    def conclusion(self) -> Sentence:
        if not self.holds:
            return say("这份文件不成立，或者不是现在有效的一份。")
        if not self.is_certain:
            return say("文件没有被改动过；是不是公司盖的封印，还没有核对。")
        return say("这份文件成立。")

    def with_more(self, *findings: Finding) -> Examination:
        return Examination((*self.findings, *findings), self.facts)

    def as_json(self) -> dict[str, Any]:
        return {
            "findings": [[f.key, f.holds, f.sentence.as_json()] for f in self.findings],
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Examination:
        return cls(
            tuple(Finding(key, holds, Sentence.from_json(said)) for key, holds, said in stored["findings"]),
            stored["facts"],
        )


def only(key: str, sentence: Sentence) -> Examination:
    """Nothing more could be looked at than what this sentence says."""
    return Examination((Finding(key, False, sentence),))


def not_compared(examined: Examination) -> Examination:
    """The same, saying that no database was asked; of a file that does not hold, the database has nothing to say."""
    if not examined.holds:
        return examined
    said = say("没有查数据库：系统里有没有这一份、之后有没有新版本，没有核对。")
    return examined.with_more(Finding("database", None, said))
