"""Sentences for people: a Chinese source text, its parameters, and the reader's language decided at the door.

Rules, refusals and proposals are decided far from any screen and sometimes stored, so they travel as
`Sentence` and become words only when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language, gettext


def N_(text: str) -> str:
    """Mark a source text for the catalogues without translating it here."""
    return text


@dataclass(frozen=True)
class Sentence:
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        words = gettext(self.text) if self.text else ""
        return words % {name: _worded(value) for name, value in self.params.items()} if self.params else words

    def __hash__(self) -> int:
        return hash((self.text, tuple(sorted((k, str(v)) for k, v in self.params.items()))))

    def as_json(self) -> dict[str, Any]:
        """Shape kept in the database: {"text": msgid, "params": {name: value}}."""
        return {"text": self.text, "params": {k: _kept(v) for k, v in self.params.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Sentence:
        return cls(stored["text"], {k: _read(v) for k, v in stored.get("params", {}).items()})


def say(text: str, **params: Any) -> Sentence:
    """A sentence with named values; a value that is itself a `Sentence` is put into words with it."""
    return Sentence(text, params)


def _kept(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_kept(one) for one in value]
    return value.as_json() if isinstance(value, Sentence) else value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(one) for one in value]
    return Sentence.from_json(value) if isinstance(value, dict) and "text" in value else value


def _worded(value: Any) -> Any:
    if isinstance(value, Sentence):
        return str(value)
    if isinstance(value, list | tuple):
        return listed(value)
    return value


def is_english() -> bool:
    """Whether the reader reads English; Chinese is what everything is written in."""
    return (get_language() or "").startswith("en")


def listed(words: Iterable[str | Sentence]) -> str:
    """「流程不合理、能力待提升」, in the reader's punctuation."""
    return gettext("、").join(str(word) for word in words)


def joined(sentences: Iterator[Sentence] | list[Sentence] | tuple[Sentence, ...]) -> str:
    return " ".join(str(sentence) for sentence in sentences)
