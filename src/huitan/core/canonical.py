"""JSON in the canonical form of RFC 8785, quickly.

What the history keeps is nearly always texts, whole numbers and lists and tables of them. For these the standard
library's encoder writes the same bytes many times faster; everything else goes to the reference implementation.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

LARGEST = 2**53 - 1
_TEXT = frozenset({str})
_PLAIN = frozenset({str, bool, type(None)})
# A text with its quotation marks, escaped as RFC 8785 wants it.
quoted = json.encoder.encode_basestring
# What `JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))` would make anew for every value.
_parts = json.encoder.c_make_encoder(None, None, quoted, None, ":", ",", True, False, True)  # type: ignore[attr-defined]


def dumps(value: Any) -> bytes:
    if _is_simple(value):
        try:
            return "".join(_parts(value, 0)).encode("utf-8")
        except UnicodeEncodeError:
            pass
    return rfc8785.dumps(value)


def _is_simple(value: Any) -> bool:
    """No number whose writing is a question of its own, and keys that sort the same by letter and by UTF-16 unit."""
    kind = type(value)
    if kind is dict:
        if not _TEXT.issuperset(map(type, value)) or not "".join(value).isascii():
            return False
        items = value.values()
    elif kind is list:
        items = value
    elif kind is int:
        return -LARGEST <= value <= LARGEST
    else:
        return kind in _PLAIN
    # No generator: this runs for every event and text, and one costs more than what it would check.
    if _PLAIN.issuperset(map(type, items)):
        return True
    for item in items:
        if type(item) is int:
            if not -LARGEST <= item <= LARGEST:
                return False
        elif type(item) not in _PLAIN and not _is_simple(item):
            return False
    return True
