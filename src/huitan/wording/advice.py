"""Words a finding uses: why, and a question that fits the very sentence it stands under."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from .reading import Clause, Reading

_FILE = Path(__file__).parent / "advice.toml"
_SLOT = re.compile(r"\{(\w+)\}")
_SLOT_TAGS = {"dimension": "dim", "frequency": "freq", "item": "deliv", "time": "vaguedue", "person": "name"}
_LONGEST_QUOTE = {"zh": 24, "en": 60}


@lru_cache(maxsize=1)
def advice() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _shorten(words: str, language: str) -> str:
    words = " ".join(words.split()).strip("，。；：！？、,.;:!? ")
    limit = _LONGEST_QUOTE[language]
    return words if len(words) <= limit else words[:limit].rstrip() + "…"


def _slots(reading: Reading, clauses: list[Clause], words: str) -> dict[str, str]:
    slots = {"words": _shorten(words, reading.language)} if words.strip() else {}
    for slot, tag in _SLOT_TAGS.items():
        for clause in clauses:
            for match in clause.found:
                if match.tag == tag and slot not in slots:
                    start, end = reading.norm.span(match.start, match.end)
                    slots[slot] = _shorten(reading.norm.original[start:end], reading.language)
    return {slot: text for slot, text in slots.items() if text}


def _with_full_width_marks(text: str, language: str) -> str:
    if language != "zh":
        return text
    return re.sub(r"(?<=[^\x00-\x7f])([,:;?!])", lambda m: "，：；？！"[",:;?!".index(m.group())], text)


def advise(code: str, reading: Reading, clauses: list[Clause], words: str) -> tuple[str, str]:
    """``(message, hint)`` for one finding; ``words`` is what it points at in the original, or empty."""
    texts = advice()[code][reading.language]
    slots = _slots(reading, clauses, words)
    why = texts["why"] if "words" in slots else texts["why_missing"]
    fitting = [hint for hint in texts["hints"] if set(_SLOT.findall(hint)) <= set(slots)]
    hint = fitting[0] if fitting else texts["fix"]

    def fill(template: str) -> str:
        template = _with_full_width_marks(template, reading.language)
        return _SLOT.sub(lambda m: slots.get(m.group(1), ""), template)

    return fill(why), fill(hint)
