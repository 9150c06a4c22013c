"""The blocks a sheet of paper is made of, as `paper.typ` draws them. Every value is text to be shown as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from huitan.core.sentences import is_english
from huitan.documents.glyphs import NAMED, legible_all

Block = dict[str, Any]


@dataclass(frozen=True)
class Paper:
    """A document ready for typesetting: what it shows, and the files attached to it."""

    data: dict[str, Any]
    attached: dict[str, bytes]


def section(title: str, blocks: Iterable[Block], **more: Any) -> Block:
    return {"title": title, "blocks": list(blocks), **more}


def note(text: str, tone: str = "") -> Block:
    return {"kind": "note", "text": text, "tone": tone}


def terms(rows: Iterable[Sequence[str]]) -> Block:
    """Rows of label, text and, in small beside it, an aside."""
    return {"kind": "terms", "rows": [[*row, ""][:3] for row in rows]}


def table(
    head: Sequence[str], widths: Sequence[str], rows: Iterable[Sequence[str]], *, mono: Sequence[int] = ()
) -> Block:
    """`widths` are "auto" or a share such as "2fr"; `mono` the columns set small, for numbers and hashes."""
    return {
        "kind": "table",
        "head": list(head),
        "widths": list(widths),
        "rows": [list(r) for r in rows],
        "mono": list(mono),
    }


def bars(
    rows: Iterable[tuple[str, Sequence[int | None]]], names: Sequence[str], unit: str, alt: str
) -> Block:
    """A row of bars for each label, one for each of `names`: the first filled, the second an outline. From nought."""
    found = [(label, list(values)) for label, values in rows]
    top = max(100 if unit == "%" else 1, *(value or 0 for _label, values in found for value in values))
    return {
        "kind": "bars",
        "names": list(names),
        "alt": alt,
        "rows": [
            {
                "label": label,
                "bars": [
                    {"share": value / top, "words": f"{value}{unit}"} if value is not None else None
                    for value in values
                ],
            }
            for label, values in found
        ],
    }


def stack(rows: Iterable[tuple[str, Sequence[int]]], names: Sequence[str], unit: str, alt: str) -> Block:
    """A bar for each label, made of parts; each of `names` has a pattern that also tells on grey paper."""
    found = [(label, list(values)) for label, values in rows]
    widest = max(1, *(sum(values) for _label, values in found))
    return {
        "kind": "stack",
        "names": list(names),
        "alt": alt,
        "rows": [
            {
                "label": label,
                "parts": [
                    {"share": value / widest, "words": f"{value}{unit}", "name": at}
                    for at, value in enumerate(values)
                    if value
                ],
            }
            for label, values in found
        ],
    }


def line(points: Sequence[tuple[str, int]], alt: str) -> Block:
    """Counts over time as a line from nought; the first and the newest carry their label."""
    top = max(1, *(n for _label, n in points))
    return {
        "kind": "line",
        "alt": alt,
        "points": [{"share": n / top, "words": str(n), "label": label} for label, n in points],
    }


def voice(side: str, who: str, text: str) -> Block:
    """Somebody's own words; `side` is emp, mgr or hr."""
    return {"kind": "voice", "side": side, "who": who, "text": text}


def annex(name: str, words: str, content: bytes) -> Block:
    return {
        "name": name,
        "words": words,
        "size": f"{len(content):,}",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def paper(
    title: str,
    *,
    about: str,
    author: str,
    keywords: Sequence[str],
    facts: Iterable[tuple[str, str]],
    banners: Iterable[str],
    sections: Iterable[Block],
    running: str,
    foot: str,
    hash_words: str,
    seal: Sequence[str],
    annexes: Sequence[Block],
    files: Mapping[str, bytes],
) -> Paper:
    """`running` stands at the head of later pages, `foot` beside the hash on every one, `seal` how to verify."""
    rows, shown = [list(f) for f in facts], list(sections)
    notes = list(seal)
    if NAMED in json.dumps(legible_all([rows, shown]), ensure_ascii=False):
        notes.append(_("〔U+…〕 代表字体里没有或看不见的字符；附件里是原样。"))
    return Paper(
        {
            "language": "en" if is_english() else "zh",
            "title": title,
            "about": about,
            "author": author,
            "keywords": list(keywords),
            "facts": rows,
            "banners": list(banners),
            "sections": shown,
            "running": running,
            "foot": foot,
            "hash": hash_words,
            "seal": notes,
            "seal_title": _("封印与核对"),
            "annexes": list(annexes),
            "annex_head": [_("附件"), _("内容"), _("字节"), "SHA-256"],
            "page_words": _("第 %(page)s 页，共 %(pages)s 页") % {"page": "{page}", "pages": "{pages}"},
        },
        dict(files),
    )
