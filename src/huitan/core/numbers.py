"""Numbers: whole ones as they come in from outside, exact ones as they are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

# What a 64-bit key can hold whatever the digits are.
DIGITS_AT_MOST = 18


def whole_number(text: str) -> int | None:
    """The number written in plain digits; None for anything else, and for more digits than any key has.

    `str.isdigit` says yes to "²", which `int` does not read, and `int` refuses thousands of digits with an error.
    """
    return int(text) if len(text) <= DIGITS_AT_MOST and text.isascii() and text.isdigit() else None


def number(value: Any) -> str:
    """A number without trailing zeros, thousands separated: 1,200 · 98.5"""
    if value is None or value == "":
        return "—"
    text = f"{Decimal(str(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Any, unit: str = "") -> str:
    """A number with its unit: 「98.5%」「45 天」「3,600,000 元」"""
    if value is None:
        return "—"
    return f"{number(value)}{'' if unit == '%' else ' ' if unit else ''}{unit}"
