"""One spelling for matching, with a way back to the offsets of the text the person typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TRADITIONAL = Path(__file__).parent / "lexicon" / "traditional.txt"
_DROPPED = frozenset(
    chr(code)
    for code in (
        0xAD,
        0x61C,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        0xFE0E,
        0xFE0F,
        0xFEFF,
    )
)
_QUOTES = {
    "「": "“",
    "」": "”",
    "『": "“",
    "』": "”",
    "„": "“",
    "‟": "“",
    "«": "“",
    "»": "”",
    "’": "'",
    "‘": "'",
}
_OTHER = {"。": "。", "｡": "。", "•": "\n", "●": "\n", "—": "-", "–": "-", "‑": "-", "−": "-", "\u3000": " "}


@dataclass(frozen=True, slots=True)
class Normalised:
    """``cased`` and ``text`` (lower case) have equal length; ``offsets[i]`` is i's place in the original.

    ``offsets`` is None when every character stayed where it was, which is the usual case.
    """

    original: str
    cased: str
    text: str
    offsets: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original offsets of normalised ``[start, end)``, never empty when the original is not."""
        if self.offsets is None:
            return start, end
        if not self.offsets:
            return 0, len(self.original)
        first = self.offsets[min(start, len(self.offsets) - 1)]
        last = self.offsets[max(min(end, len(self.offsets)) - 1, 0)]
        return first, max(last + 1, first)


@lru_cache(maxsize=1)
def _character_map() -> dict[int, str]:
    table: dict[int, str] = {}
    for line in _TRADITIONAL.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            table.update({ord(pair[0]): pair[1] for pair in line.split()})
    table.update({ord(old): new for old, new in (_QUOTES | _OTHER).items()})
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
    table.update({ord(mark): "" for mark in _DROPPED})
    for code in (
        *range(0x2460, 0x2474),
        *range(0x2150, 0x2190),
        *range(0xF900, 0xFB00),
        *range(0x2E80, 0x2FE0),
    ):
        folded = unicodedata.normalize("NFKC", chr(code))
        if folded != chr(code):
            table.setdefault(code, folded)
    return table


def normalise(original: str) -> Normalised:
    table = _character_map()
    cased = original.translate(table)
    if all(len(table.get(ord(c), c)) == 1 for c in set(original)):
        offsets = None
    else:
        pieces: list[str] = []
        offsets = []
        for index, char in enumerate(original):
            mapped = table.get(ord(char), char)
            pieces.append(mapped)
            offsets.extend([index] * len(mapped))
        cased = "".join(pieces)
    lowered = cased.lower()
    if len(lowered) != len(cased):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in cased)
    return Normalised(original, cased, lowered, offsets)


def detect_language(text: str) -> str:
    """'zh' when Chinese characters carry the text (one of them says as much as two letters), else 'en'."""
    sample = text[:4000]
    chinese = sum("㐀" <= c <= "鿿" for c in sample)
    latin = sum(c.isascii() and c.isalpha() for c in sample)
    return "zh" if chinese * 3 > latin else "en"
