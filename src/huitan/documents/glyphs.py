"""What the document's font can show. A character it lacks is named instead, 「〔U+1F600 GRINNING FACE〕」: PDF/A wants
every character to be visible, and a reader of evidence wants to know that something stood there.

Marks that only change the direction of writing are named too: they could make a sentence read other than it was written.
"""

from __future__ import annotations

import functools
import re
import struct
import unicodedata
from pathlib import Path

import pylopdf_fonts_zh_cn

FONTS = (Path(pylopdf_fonts_zh_cn.sans_path()), Path(pylopdf_fonts_zh_cn.serif_path()))
# A run of letters or digits longer than this gets places where a line may break.
LONGEST_RUN = 24
NAMED = "〔U+"
ZERO_WIDTH_SPACE = "\u200b"
# Without width or meaning of their own: which variant of the sign before is meant, and a hint where to break.
SILENT = {"\u200b", "\u00ad", "\u2060", "\ufeff", *map(chr, range(0xFE00, 0xFE10))}
HASH = re.compile(r"[0-9a-f]{64}")
UNBROKEN = re.compile(rf"[^\s\u2e80-\u9fff\u3000-\u303f\uff00-\uffef\U00020000-\U0003ffff]{{{LONGEST_RUN}}}")


def legible(text: str) -> str:
    """The text with every character of it visible in the document's fonts, and long runs breakable; hashes as they are."""
    if HASH.fullmatch(text):
        return text
    shown = "".join(_shown(c) for c in unicodedata.normalize("NFC", text))
    return UNBROKEN.sub(lambda run: run[0] + ZERO_WIDTH_SPACE, shown)


def legible_all(value: object) -> object:
    """The same for every text in a JSON-ready value."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, dict):
        return {key: legible_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [legible_all(one) for one in value]
    return value


def _shown(character: str) -> str:
    if character == "\n" or ord(character) in covered():
        return "" if character in SILENT else character
    if character in SILENT or character == "\r":
        return ""
    if character == "\t":
        return "    "
    if character in "\v\f\u0085\u2028\u2029":
        return "\n"
    if unicodedata.category(character) == "Zs":
        return " "
    name = unicodedata.name(character, "")
    code = f"U+{ord(character):04X}"
    return f"〔{code}〕" if not name or code[2:] in name else f"〔{code} {name}〕"


@functools.cache
def covered() -> frozenset[int]:
    """The characters that every one of the fonts has."""
    return frozenset.intersection(*(_characters(path) for path in FONTS))


def _characters(path: Path) -> frozenset[int]:
    """Read from the font's `cmap` table, format 12: groups of (first, last, glyph)."""
    data = path.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    entries = (struct.unpack_from(">4sLLL", data, 12 + 16 * i) for i in range(tables))
    start = next(offset for tag, _sum, offset, _length in entries if tag == b"cmap")
    (count,) = struct.unpack_from(">H", data, start + 2)
    for number in range(count):
        _platform, _encoding, offset = struct.unpack_from(">HHL", data, start + 4 + 8 * number)
        at = start + offset
        if struct.unpack_from(">H", data, at)[0] == 12:
            (groups,) = struct.unpack_from(">L", data, at + 12)
            ranges = (struct.unpack_from(">LL", data, at + 16 + 12 * g) for g in range(groups))
            return frozenset(c for first, last in ranges for c in range(first, last + 1))
    raise ValueError(f"{path.name} has no full Unicode table")
