"""From data to a PDF/A-3a that is PDF/UA-1 as well.

PDF/A-2a allows no attachment and PDF/A-4f has no accessible level, so 3a is the highest level that carries the canonical
JSON inside the file. What people wrote reaches Typst as data only; no word of it is ever read as markup.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from huitan.documents.glyphs import FONTS, legible_all

STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
SHEET = Path(__file__).parent / "paper.typ"


def typeset(data: Mapping[str, Any], attached: Mapping[str, bytes], *, at: datetime) -> bytes:
    """The sheet (`paper.typ`) filled with `data`, which names each file of `attached` among its annexes; the same input and time give the same bytes."""
    return _compile(
        data, attached, format="pdf", pdf_standards=STANDARDS, timestamp=at.replace(microsecond=0)
    )


def pictures(data: Mapping[str, Any], attached: Mapping[str, bytes], *, ppi: float = 110) -> list[bytes]:
    """The pages as PNG, for looking at."""
    made = _compile(data, attached, format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def _compile(data: Mapping[str, Any], attached: Mapping[str, bytes], **options: Any) -> Any:
    files: dict[str, bytes] = {
        "main.typ": SHEET.read_bytes(),
        "data.json": json.dumps(legible_all(data), ensure_ascii=False).encode(),
        **attached,
    }
    return typst.compile(input=files, font_paths=_fonts(), ignore_system_fonts=True, **options)


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in {path.parent for path in FONTS}],
    )
