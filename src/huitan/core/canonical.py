"""JSON in the canonical form of RFC 8785, quickly.

What the history keeps is nearly always texts, whole numbers and lists and tables of them. For these the standard
library's encoder writes the same bytes many times faster; everything else goes to the reference implementation.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

LARGEST = 2**53 - 1
_PLAIN = frozenset({str, bool, type(None)})
_write = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
# A text with its quotation marks, escaped as RFC 8785 wants it.
quoted = json.encoder.encode_basestring


def dumps(value: Any) -> bytes:
    if _is_simple(value):
        try:
            return _write(value).encode("utf-8")
        except UnicodeEncodeError:
            pass
    return rfc8785.dumps(value)


def _is_simple(value: Any) -> bool:
    """No number whose writing is a question of its own, and keys that sort the same by letter and by UTF-16 unit."""
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                return False
        items = value.values()
    elif kind is list:
        items = value
    elif kind is int:
        return -LARGEST <= value <= LARGEST
    else:
        return kind in _PLAIN
    # A loop and not `all`: this runs for every event and text, and a generator costs more than what it would check.
    for item in items:  # noqa: SIM110
        if type(item) not in _PLAIN and not _is_simple(item):
            return False
    return True
