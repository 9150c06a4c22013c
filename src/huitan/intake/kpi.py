"""Rows of KPI results."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from huitan.intake import doubts
from huitan.intake.cells import Cell, label, line, staff_number_key
from huitan.intake.numbers import Amount, parse_number
from huitan.intake.problems import N_, Fault
from huitan.intake.reading import KpiRow
from huitan.intake.shares import percent_points, weight_points
from huitan.intake.typed_columns import Columns
from huitan.intake.units import in_unit, is_percent_unit, unit_in_header
from huitan.intake.words import parse_direction

_WEIGHT_RANGE = Fault(N_("%(column)s写的是 %(value)s，不在 0 到 100%% 之间。"), N_("改正权重后重新上传。"))
_DIRECTION_OF_BOUND = {"at_least": "up", "at_most": "down", "": ""}


def rows(table: Columns) -> list[KpiRow]:
    """One row per body row, in order; a target or actual with a fault stands on 0."""
    numbers, names = table.people()
    emails = table.emails()
    table.somebody(emails, names)
    kpis = table.texts("kpi")
    table.required("kpi", kpis)
    given_targets = table.parsed("target", parse_number, None)
    given_actuals = table.parsed("actual", parse_number, None)
    for field, amounts in (("target", given_targets), ("actual", given_actuals)):
        _missing(table, field, amounts)
    units = _units(table, kpis, given_targets, given_actuals)
    targets = _values(table, "target", given_targets, units)
    actuals = _values(table, "actual", given_actuals, units)
    directions = _directions(table, kpis, given_targets)
    stated = _stated(table)
    doubts.note(table, kpis, (stated, units), directions, (given_targets, given_actuals), (targets, actuals))
    _settle_percents(kpis, units, (given_targets, targets), (given_actuals, actuals))
    people = [staff_number_key(n) or e or name for n, e, name in zip(numbers, emails, names, strict=True)]
    return list(
        map(
            KpiRow,
            table.body.numbers,
            numbers,
            names,
            kpis,
            _weights(table, people),
            targets,
            actuals,
            units,
            directions,
            table.texts("source"),
            table.dates("as_of"),
            emails,
        )
    )


def _missing(table: Columns, field: str, amounts: Sequence[Amount | None]) -> None:
    for index, (amount, cell) in enumerate(zip(amounts, table.raw(field), strict=True)):
        if amount is None and not line(cell):
            table.required_at(index, field)


def _units(
    table: Columns,
    kpis: Sequence[str],
    targets: Sequence[Amount | None],
    actuals: Sequence[Amount | None],
) -> list[str]:
    """The unit column, else what stands behind the numbers, else what the header says, else the % of the other rows
    of the same KPI."""
    found = []
    for unit, stated, target, actual in zip(
        table.texts("unit"), _stated(table), targets, actuals, strict=True
    ):
        if not unit:
            percent = any(a is not None and a.percent for a in (target, actual))
            written = (target.unit if target else "") or (actual.unit if actual else "")
            unit = "%" if percent else written or stated
        found.append("%" if is_percent_unit(unit) else unit)
    said: dict[str, set[str]] = defaultdict(set)
    for kpi, unit in zip(kpis, found, strict=True):
        if unit:
            said[kpi.casefold()].add(unit)
    in_percent = {kpi for kpi, units in said.items() if units == {"%"}}
    return [
        unit or ("%" if kpi.casefold() in in_percent else "") for kpi, unit in zip(kpis, found, strict=True)
    ]


def _stated(table: Columns) -> list[str]:
    in_header = _column_unit(table, "target") or _column_unit(table, "actual")
    return [unit or in_header for unit in table.texts("unit")]


def _column_unit(table: Columns, field: str) -> str:
    """What the header says, or the row of units below it."""
    return unit_in_header(table.title(field)) or table.body.units.get(table.header.fields.get(field, -1), "")


def _values(
    table: Columns, field: str, amounts: Sequence[Amount | None], units: Sequence[str]
) -> list[float]:
    values = []
    own = _column_unit(table, field)
    for index, (amount, unit) in enumerate(zip(amounts, units, strict=True)):
        if amount is None:
            values.append(0.0)
            continue
        if own and not (amount.unit or amount.percent or amount.scale != 1 or "%" in (own, unit)):
            amount = replace(amount, unit=own)
        value: float | Fault = amount.number
        if unit != "%" and (amount.percent or amount.unit or amount.scale != 1):
            value = in_unit(amount, unit)
        elif unit == "%" and amount.unit:
            value = in_unit(Amount(0.0, percent=True), amount.unit)
        if isinstance(value, Fault):
            table.fault(index, value, field)
            value = 0.0
        values.append(value)
    return values


def _settle_percents(
    kpis: Sequence[str],
    units: Sequence[str],
    targets: tuple[Sequence[Amount | None], list[float]],
    actuals: tuple[Sequence[Amount | None], list[float]],
) -> None:
    """Puts percent points into the values of the rows whose unit is %."""
    rows = [index for index, unit in enumerate(units) if unit == "%"]
    points = percent_points(
        [kpis[i].casefold() for i in rows], [targets[0][i] for i in rows], [actuals[0][i] for i in rows]
    )
    for values, found in ((targets[1], points[0]), (actuals[1], points[1])):
        for index, value in zip(rows, found, strict=True):
            if value is not None:
                values[index] = value


def _weights(table: Columns, people: Sequence[str]) -> list[float | None]:
    weights = weight_points(people, table.parsed("weight", _optional_number, None))
    for index, weight in enumerate(weights):
        if weight is not None and not 0 <= weight <= 100:
            table.fault(index, _WEIGHT_RANGE, "weight")
            weights[index] = None
    return weights


def _optional_number(cell: Cell) -> Amount | Fault | None:
    value = label(cell)
    return None if value in ("-", "--", "—", "/", "无") else parse_number(cell)


def _directions(table: Columns, kpis: Sequence[str], targets: Sequence[Amount | None]) -> list[str]:
    """As written, or as the bound in front of the target says; rows of one KPI explain each other."""
    given = [
        direction or (_DIRECTION_OF_BOUND[target.bound] if target else "")
        for direction, target in zip(table.parsed("direction", parse_direction, ""), targets, strict=True)
    ]
    said: dict[str, set[str]] = {}
    for kpi, direction in zip(kpis, given, strict=True):
        if direction:
            said.setdefault(kpi.casefold(), set()).add(direction)
    only = {kpi: next(iter(found)) for kpi, found in said.items() if len(found) == 1}
    return [direction or only.get(kpi.casefold(), "") for kpi, direction in zip(kpis, given, strict=True)]
