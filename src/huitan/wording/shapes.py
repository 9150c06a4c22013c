"""Things that have a shape rather than a spelling: dates, counts, quotes, comparisons, rhetorical questions."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from .lexicon_index import Match

_FOLDER = Path(__file__).parent / "lexicon"


@lru_cache(maxsize=2)
def shapes_for(language: str) -> list[tuple[str, bool, re.Pattern[str]]]:
    """``(tag, sees capitals, pattern)`` in file order; lines with one tag are joined into one pattern."""
    joined: dict[tuple[str, bool], list[str]] = {}
    path = _FOLDER / language / "shapes.rules"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        tag, _, pattern = line.partition(" = ")
        cased = tag.startswith("cased:")
        joined.setdefault((tag.removeprefix("cased:"), cased), []).append(pattern)
    return [(tag, cased, re.compile("|".join(parts))) for (tag, cased), parts in joined.items()]


def find_shapes(language: str, text: str, cased: str) -> list[Match]:
    found: list[Match] = []
    for tag, sees_capitals, pattern in shapes_for(language):
        for match in pattern.finditer(cased if sees_capitals else text):
            if match.end() > match.start():
                found.append(Match(match.start(), match.end(), tag, f"<{tag}>"))
    return found
