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
