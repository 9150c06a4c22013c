"""Whole numbers as they come in from outside."""

from __future__ import annotations

# What a 64-bit key can hold whatever the digits are.
DIGITS_AT_MOST = 18


def whole_number(text: str) -> int | None:
    """The number written in plain digits; None for anything else, and for more digits than any key has.

    `str.isdigit` says yes to "²", which `int` does not read, and `int` refuses thousands of digits with an error.
    """
    return int(text) if len(text) <= DIGITS_AT_MOST and text.isascii() and text.isdigit() else None
