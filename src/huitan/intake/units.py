"""Units of KPI values, and which of them cannot stand for each other."""

import re

from huitan.intake.cells import narrow
from huitan.intake.columns import header_parts
from huitan.intake.numbers import Amount, tidy
from huitan.intake.problems import N_, Fault

_PERCENT = frozenset(
    ["%", "百分比", "百分数", "百分率", "百分点", "个百分点", "pct", "percent", "percentage", "pp"]
)
_MONEY_SCALES = {
    "千": 1_000,
    "k": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
_MONEY = re.compile(r"^(千万|百万|千|万|萬|亿|k)?(元|人民币|rmb|cny|块|圆)?$", re.IGNORECASE)
_TIME = {
    "分钟": "分钟",
    "min": "分钟",
    "小时": "小时",
    "h": "小时",
    "时": "小时",
    "hour": "小时",
    "hours": "小时",
}
_TIME |= {
    "天": "天",
    "日": "天",
    "工作日": "天",
    "自然日": "天",
    "day": "天",
    "days": "天",
    "周": "周",
    "星期": "周",
    "week": "周",
}
_TIME |= {
    "weeks": "周",
    "月": "月",
    "个月": "月",
    "month": "月",
    "months": "月",
    "年": "年",
    "year": "年",
    "years": "年",
}
_IN_HEADER = re.compile(
    r"^(%|百分比|(?:千|万|百万|千万|亿)?元|rmb|cny|万|亿|个|件|台|家|次|起|人|分|天|日|小时|分钟|月|吨|公斤|kg|米|平方米|套|批|单|份|项|人次|ppm|‰)$",
    re.IGNORECASE,
)


def is_percent_unit(unit: str) -> bool:
    return unit.casefold() in _PERCENT


def unit_in_header(title: str) -> str:
    """「目标值(万元)」 says 万元."""
    for part in re.findall(r"[(\[【]([^)\]】]*)[)\]】]", narrow(title)):
        unit = unit_of(part)
        if unit:
            return unit
    return "%" if header_parts(title)[0] and narrow(title).strip().endswith("%") else ""


def unit_of(words: str) -> str:
    """「单位：万元」 and 「(万元)」 say 万元; "" for what is no unit."""
    unit = narrow(words).strip(" ()[]【】").removeprefix("单位:").strip()
    if not _IN_HEADER.match(unit):
        return ""
    return "%" if is_percent_unit(unit) else unit


def in_unit(amount: Amount, unit: str) -> float | Fault:
    """The amount's number counted in ``unit`` (not %). 360万 is 3600000 in 元 and 360 in 万元; days do not turn into
    hours."""
    if amount.percent:
        return _conflict(unit, "%")
    whole, given = _money_scale(unit), _money_scale(amount.unit)
    if whole is not None and (whole > 1 or given is not None):
        if not amount.unit and amount.scale == 1:
            return amount.number
        if given is not None or not amount.unit:
            return tidy(amount.number * (given or 1) / whole)
    time, other = _TIME.get(unit.casefold()), _TIME.get(amount.unit.casefold())
    if time and other and time != other:
        return _conflict(unit, amount.unit)
    return amount.number


def _money_scale(unit: str) -> int | None:
    found = _MONEY.match(unit)
    if not unit or not found:
        return None
    return _MONEY_SCALES.get((found[1] or "").lower(), 1)


def _conflict(unit: str, written: str) -> Fault:
    return Fault(
        N_("%(column)s写的是 %(value)s，单位却是「%(unit)s」。"),
        N_("把数值和单位改成一致后重新上传。"),
        {"unit": unit, "written": written},
    )
