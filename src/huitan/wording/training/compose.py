"""Free texts put together from the parts other people wrote: problem, direction, help, praise.

What a whole text lacks follows from its parts: a problem alone has no direction, a problem with a concrete
direction has no support. So every labelled part also teaches how a whole text is read. Parts are only ever
joined within one file, so that a file held out stays held out.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from typing import Any

from ..reading import read
from ..rubric import MIXED_MESSAGE, NO_DIRECTION, NO_SUPPORT, VAGUE_DEADLINE, VAGUE_JUDGEMENT

Item = dict[str, Any]
_LOOKS_AHEAD = frozenset({"topic", "fromnow", "henceforth"})


def _pick(items: list[Item], salt: str) -> Item | None:
    return min(items, key=lambda item: zlib.crc32((item["text"] + salt).encode())) if items else None


def _joined(parts: list[Item], language: str) -> str:
    stop, gap = ("。", "") if language == "zh" else (".", " ")
    texts = [part["text"].strip() for part in parts]
    return gap.join(text if text[-1] in '。！？!?.…~～”"' else text + stop for text in texts)


def _whole(parts: list[Item], codes: set[str], name: str) -> Item:
    first = parts[0]
    return {
        "id": f"{first['id']}/{name}",
        "lang": first["lang"],
        "field": "whole",
        "text": _joined(parts, first["lang"]),
        "codes": sorted(codes),
        "file": first["file"],
    }


def composed(items: list[Item]) -> list[Item]:
    """Whole texts made of the parts in ``items``, the same ones every time."""
    by_file: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if VAGUE_DEADLINE not in item["codes"]:
            by_file[item["file"]][item["field"]].append(item)
    made = []
    for name in sorted(by_file):
        fields = by_file[name]
        for issue in fields["feedback.issue"]:
            made += _around(issue, fields)
        for praise in fields["highlight"]:
            if not {MIXED_MESSAGE, VAGUE_JUDGEMENT} & set(praise["codes"]):
                made.append(_whole([praise], set(praise["codes"]), "praise"))
    return made


def _around(issue: Item, fields: dict[str, list[Item]]) -> list[Item]:
    if _LOOKS_AHEAD & set().union(*(s.tags for s in read(issue["text"], issue["lang"]).sentences), set()):
        return []  # what is a verdict in the problem part may be a direction in a whole text
    codes = set(issue["codes"])
    made = [_whole([issue], codes | {NO_DIRECTION}, "alone")]
    direction = _pick(fields["feedback.direction"], issue["id"])
    if direction is None:
        return made
    both = codes | set(direction["codes"])
    if NO_DIRECTION in direction["codes"]:
        return [*made, _whole([issue, direction], both, "unled")]
    made.append(_whole([issue, direction], both | {NO_SUPPORT}, "unhelped"))
    turns = ("first", "second") if codes else ("first", "second", "third", "fourth")
    for turn in turns:
        concrete = [d for d in fields["feedback.direction"] if NO_DIRECTION not in d["codes"]]
        direction = _pick(concrete, issue["id"] + turn)
        support = _pick(fields["feedback.support"], issue["id"] + turn)
        if direction and support:
            everything = codes | set(direction["codes"]) | set(support["codes"])
            made.append(_whole([issue, direction, support], everything, turn))
    return made
