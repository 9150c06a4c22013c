"""Reads the labelled corpus, and recognises it again by a checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from .split_files import CORPUS, assign


def load(sides: Sequence[str]) -> list[dict[str, Any]]:
    """The items of some sides of the split, in file order, each with the name of its file."""
    split = assign()
    items = []
    for name in sorted(name for side in sides for name in split[side]):
        for line in (CORPUS / name).read_text(encoding="utf-8").splitlines():
            if line.strip():
                items.append(json.loads(line) | {"file": name})
    return items


def checksum(items: list[dict[str, Any]]) -> str:
    """Over language, field, text and codes in file order."""
    digest = hashlib.sha256()
    for item in items:
        parts = [item["lang"], item["field"], item["text"], sorted(item["codes"])]
        digest.update(json.dumps(parts, ensure_ascii=False).encode())
    return digest.hexdigest()
