from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from huitan.core.sentences import Sentence

Level = Literal["good", "look", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is, and what to do about it where something is to be done."""

    key: str
    level: Level
    sentence: Sentence
    todo: Sentence | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "level": self.level,
            "sentence": str(self.sentence),
            "todo": str(self.todo) if self.todo else None,
        }


def good(key: str, sentence: Sentence) -> Finding:
    return Finding(key, "good", sentence)


def look(key: str, sentence: Sentence, todo: Sentence) -> Finding:
    """Not broken, but somebody should know."""
    return Finding(key, "look", sentence, todo)


def bad(key: str, sentence: Sentence, todo: Sentence) -> Finding:
    return Finding(key, "bad", sentence, todo)
