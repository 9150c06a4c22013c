"""What a page of our own documents says when read: for checking what is printed, without a library for reading PDFs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

FONT = re.compile(rb"/(\w+) [\d.]+ Tf")
PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\n")
BLOCK = re.compile(rb"beginbf(char|range)\n(.*?)endbf", re.DOTALL)
RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
ZERO_WIDTH_SPACE = "\u200b"


def page_texts(reader: PdfFileReader) -> list[str]:
    """The text of each page in the order of drawing; places where a line may break are left out."""
    return [_text(page).replace(ZERO_WIDTH_SPACE, "") for page in _pages(reader.root["/Pages"])]


def _pages(node: Any) -> Iterator[Any]:
    for kid in node["/Kids"]:
        found = kid.get_object()
        if found["/Type"] == "/Pages":
            yield from _pages(found)
        else:
            yield found


def _text(page: Any) -> str:
    fonts = {
        str(name)[1:].encode(): _characters(font.get_object()["/ToUnicode"].data)
        for name, font in page["/Resources"]["/Font"].items()
    }
    said: list[str] = []
    characters: dict[bytes, str] = {}
    stream = page["/Contents"].data
    at = 0
    while at < len(stream):
        if stream.startswith(b"<<", at):  # properties of marked content, not drawn
            at = stream.index(b">>", at) + 2
        elif stream[at : at + 1] in (b"(", b"<"):
            drawn, at = _hexadecimal(stream, at) if stream[at : at + 1] == b"<" else _string(stream, at)
            said += [characters.get(drawn[i : i + 2], "") for i in range(0, len(drawn), 2)]
        elif font := FONT.match(stream, at):
            characters, at = fonts.get(font[1], {}), font.end()
        else:
            at += 1
    return "".join(said)


def _characters(table: bytes) -> dict[bytes, str]:
    """Two-byte code → text, from a font's ToUnicode table."""
    found = {}
    for kind, lines in BLOCK.findall(table):
        if kind == b"char":
            for code, text in PAIR.findall(lines):
                found[bytes.fromhex(code.decode())] = bytes.fromhex(text.decode()).decode("utf-16-be")
        else:
            for first, last, text in RANGE.findall(lines):
                start, base = int(first, 16), int(text, 16)
                for n in range(int(last, 16) - start + 1):
                    found[(start + n).to_bytes(2, "big")] = chr(base + n)
    return found


def _hexadecimal(stream: bytes, start: int) -> tuple[bytes, int]:
    end = stream.index(b">", start)
    return bytes.fromhex(stream[start + 1 : end].decode()), end + 1


def _string(stream: bytes, start: int) -> tuple[bytes, int]:
    """The literal string that opens at `start`, and where it ends."""
    said, depth, at = bytearray(), 1, start + 1
    while depth and at < len(stream):
        one = stream[at : at + 1]
        at += 1
        if one == b"\\":
            number = re.match(rb"[0-7]{1,3}", stream[at : at + 3])
            if number:
                said.append(int(number[0], 8) & 255)
                at += len(number[0])
            else:
                said += ESCAPES.get(stream[at : at + 1], stream[at : at + 1])
                at += 1
            continue
        depth += (one == b"(") - (one == b")")
        if depth:
            said += one
    return bytes(said), at
