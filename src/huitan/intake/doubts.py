"""Target and result that cannot be meant as they stand: 360万 beside 350, 3,600,000 beside 95%, 0.5 in %."""

import re
from collections.abc import Sequence

from huitan.intake.numbers import Amount
from huitan.intake.problems import N_, Fault
from huitan.intake.typed_columns import Columns

Amounts = Sequence[Amount | None]

_WRITE_UNITS = N_("把两个数的单位写全后重新上传。")
_ONE_SCALED = Fault(
    N_("%(column)s写的是 %(value)s，目标和实际里另一个数带着「万」或「亿」，这个没有，相差太远。"),
    _WRITE_UNITS,
)
_ONE_PERCENT = Fault(N_("%(column)s写的是 %(value)s，目标和实际里另一个数是百分数，这个不像。"), _WRITE_UNITS)
_RATE_APART = Fault(
    N_("%(column)s写的是 %(value)s，和另一个数差了百倍左右，分不出哪个是百分数。"), _WRITE_UNITS
)
_ONE_OR_HUNDRED = Fault(
    N_("%(column)s写的是 %(value)s，单位是 %%，分不出是百分之几还是几成。"),
    N_("写上百分号后重新上传，例如 0.5%% 或 50%%。"),
)
_RATE = re.compile(r"(?:率|占比|比例|rate|ratio)$", re.IGNORECASE)
_SMALL_RATE = re.compile(
    r"不良|缺陷|差错|流失|离职|投诉|退货|报废|返工|损耗|逾期|违规|事故|故障|缺勤|错误|坏账|呆滞"
)
_LARGEST_FRACTION, _LARGEST_BARE_PERCENT = 1.5, 150
_SCALE_APART, _RATE_TIMES = 100, 30


def note(
    table: Columns,
    kpis: Sequence[str],
    units: tuple[Sequence[str], Sequence[str]],
    directions: Sequence[str],
    written: tuple[Amounts, Amounts],
    values: tuple[Sequence[float], Sequence[float]],
) -> None:
    """Faults at the cell in doubt. ``units``: as stated by column or header, and as understood from the numbers too;
    ``written`` and ``values``: targets and actuals as they stand, and as counted in the unit."""
    fields = ("target", "actual")
    sure = {
        kpi.casefold()
        for kpi, *pair in zip(kpis, *written, strict=True)
        if any(a and (a.percent or abs(a.number) > _LARGEST_FRACTION) for a in pair)
    }
    for index, (kpi, stated, unit, direction) in enumerate(zip(kpis, *units, directions, strict=True)):
        pair = written[0][index], written[1][index]
        if unit == "%" and kpi.casefold() not in sure:
            low = direction == "down" or bool(_SMALL_RATE.search(kpi))
            from_nothing = pair[0] is not None and not pair[0].number
            for field, amount in zip(fields, pair, strict=True):
                if amount and 0.1 <= abs(amount.number) <= _LARGEST_FRACTION and (low or from_nothing):
                    table.fault(index, _ONE_OR_HUNDRED, field)
            continue
        for here, there in ((0, 1), (1, 0)):
            sizes = abs(values[here][index]), abs(values[there][index])
            fault = _fault(kpi, stated, pair[here], pair[there], *sizes)
            if fault:
                table.fault(index, fault, fields[here])


def _fault(
    kpi: str, unit: str, amount: Amount | None, other: Amount | None, size: float, beside: float
) -> Fault | None:
    """What is wrong with ``amount``, a bare number, beside the other one."""
    if amount is None or other is None or amount.percent or amount.unit or amount.scale != 1:
        return None
    if other.scale != 1 and size and beside > size * _SCALE_APART:
        return _ONE_SCALED
    if unit:
        return None
    if other.percent:
        return _ONE_PERCENT if size > _LARGEST_BARE_PERCENT else None
    small_rate = 0 < size <= _LARGEST_FRACTION < beside
    if small_rate and beside > size * _RATE_TIMES and not other.unit and _RATE.search(kpi):
        return _RATE_APART
    return None
