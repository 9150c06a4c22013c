"""Numbers as people write them: 1,200 · 1.2万 · (1,200) · ¥3.5亿 · 98.5% · ≥95% · 12家 · 98,5."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from huitan.intake.cells import Cell, Percent, line, narrow
from huitan.intake.problems import N_, Fault

Bound = Literal["", "at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what was written around it.

    ``percent``: the number is in percent points because a % sign or a percent format says so (98.5 for 98.5%).
    ``unit``: the unit written behind the number, "" when none. ``scale``: 10000 when 万 was written and is
    already multiplied in. ``bound``: ≥ or ≤ in front.
    """

    number: float
    percent: bool = False
    unit: str = ""
    scale: int = 1
    bound: Bound = ""


_AT_LEAST = (">=", "=>", "≥", "≧", ">", "不低于", "不少于", "不小于", "大于等于", "大于", "高于", "至少")
_AT_MOST = (
    "<=",
    "=<",
    "≤",
    "≦",
    "<",
    "不高于",
    "不超过",
    "不大于",
    "不多于",
    "小于等于",
    "小于",
    "低于",
    "至多",
    "控制在",
)
_FILLERS = ("约", "大约", "≈", "~", "=")
_CURRENCY = re.compile(r"rmb|cny|usd|us\$|hk\$|eur|人民币|[\u00a5$€£]", re.IGNORECASE)
_SCALES = (
    ("千万", 10_000_000),
    ("百万", 1_000_000),
    ("十万", 100_000),
    ("万", 10_000),
    ("萬", 10_000),
    ("亿", 100_000_000),
    ("億", 100_000_000),
    ("千", 1_000),
    ("k", 1_000),
    ("m", 1_000_000),
    ("bn", 1_000_000_000),
)
_PLAIN = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)$")
_PARTS = re.compile(
    r"^([+-]?)\s*(\d[\d,'\s]*(?:\.\d+)?|\.\d+)(e[+-]?\d{1,3})?\s*(.*)$", re.IGNORECASE | re.DOTALL
)
_GROUPED = re.compile(r"^\d{1,3}([,' ]\d{3})+(\.\d+)?$")
_DOTTED_GROUPS = re.compile(r"^([+-]?\d{1,3}(?:\.\d{3})+),(\d{1,2})$")
_DECIMAL_COMMA = re.compile(r"^\d+,\d{1,2}$")
_UNIT_WORD = re.compile(r"^[^\d,.;:!?%。()\s]{1,10}(/[^\d\s/]{1,8})?$")
_LIMIT = 1e15

NOT_A_NUMBER = N_("%(column)s写的是「%(value)s」，不是数字。")
NOT_A_NUMBER_HINT = N_("写成数字后重新上传，例如 98.5、98.5%%、1,200 或 1.2万。")


def parse_number(cell: Cell) -> Amount | Fault | None:
    """None for an empty cell. A word such as 暂无 is a fault, because the number is expected to exist."""
    if isinstance(cell, Percent):
        return _checked(Amount(tidy(float(cell) * 100), percent=True))
    if isinstance(cell, bool):
        return _not_a_number()
    if isinstance(cell, (int, float)):
        return _checked(Amount(float(cell) if abs(cell) < _LIMIT else math.inf))
    value = narrow(line(cell)).strip()
    if not value:
        return None
    if not isinstance(cell, str):
        return _not_a_number()
    if _PLAIN.match(value):
        return _checked(Amount(float(value)))
    return _from_words(value)


def _from_words(value: str) -> Amount | Fault:
    bound: Bound = ""
    value, had_at_least = _without_prefix(value, _AT_LEAST)
    value, had_at_most = _without_prefix(value, _AT_MOST)
    if had_at_least or had_at_most:
        bound = "at_least" if had_at_least else "at_most"
    value, _ = _without_prefix(value, _FILLERS)
    negative = False
    if value.startswith("(") and value.endswith(")"):
        negative, value = True, value[1:-1].strip()
    currency = bool(_CURRENCY.search(value))
    value = _CURRENCY.sub("", value).strip()
    if value.endswith("-"):
        negative, value = True, value[:-1].strip()
    dotted = _DOTTED_GROUPS.match(value)
    if dotted:
        value = f"{dotted[1].replace('.', '')}.{dotted[2]}"
    parts = _PARTS.match(value)
    if not parts:
        return _not_a_number()
    digits = _digits(parts[2])
    if digits is None:
        return _not_a_number()
    number = float(f"{digits}{parts[3] or ''}")
    if (parts[1] == "-") != negative:
        number = -number
    rest = parts[4].strip()
    if rest in ("%", "个百分点", "百分点", "pct", "percent"):
        return _checked(Amount(tidy(number), percent=True, bound=bound))
    scale, rest = _scale(rest)
    if rest and not _UNIT_WORD.match(rest):
        return _not_a_number()
    unit = rest or ("元" if currency else "")
    return _checked(Amount(tidy(number * scale), unit=unit, scale=scale, bound=bound))


def _without_prefix(value: str, prefixes: tuple[str, ...]) -> tuple[str, bool]:
    for prefix in prefixes:
        if value.startswith(prefix):
            return value[len(prefix) :].strip(), True
    return value, False


def _digits(written: str) -> str | None:
    written = written.strip()
    if "," not in written and "'" not in written and " " not in written:
        return written
    if _GROUPED.match(written):
        return re.sub(r"[,' ]", "", written)
    return written.replace(",", ".") if _DECIMAL_COMMA.match(written) else None


def _scale(rest: str) -> tuple[int, str]:
    for word, scale in _SCALES:
        if rest[: len(word)].lower() == word:
            tail = rest[len(word) :].strip()
            if word.isascii() and tail[:1].isascii() and tail[:1].isalpha():
                continue
            return scale, tail
    return 1, rest


def _checked(amount: Amount) -> Amount | Fault:
    if not math.isfinite(amount.number) or abs(amount.number) >= _LIMIT:
        return _not_a_number()
    return amount


def tidy(number: float) -> float:
    """0.6517000000000001 × 100 is 65.17 to the person who typed it."""
    return round(number, 8) + 0.0


def _not_a_number() -> Fault:
    return Fault(NOT_A_NUMBER, NOT_A_NUMBER_HINT)
