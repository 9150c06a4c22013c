"""KPI results and dated facts beside what the company knows. As in `reconcile`, everything is handed in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from huitan.core.sentences import Sentence, say
from huitan.cycles.models import Cycle
from huitan.evidence.actions import EventEntry, KpiEntry, KpiResult, event_changes, kpi_changes
from huitan.evidence.models import Evidence
from huitan.imports.limits import too_long
from huitan.imports.reconcile import Comparison, in_order, known_people, outcome_of, some
from huitan.intake import EventRow, Fault, KpiRow, Problem, Reading, resolve_people
from huitan.intake.problems import N_, in_cell
from huitan.people.queries import OnRoster

TOO_LARGE = Fault(N_("%(column)s写的是 %(value)s，数字太大。"), N_("换一个单位，例如万元，再重新上传。"))
OLDER = N_("指标「%(kpi)s」在 %(newer)s 还有更新的数据，已采用那一行。")
DROP_OLDER = N_("一个周期只留一次结果；删掉旧的一行。")
NOT_YET = Fault(N_("%(column)s %(value)s 在将来。"), N_("改成事情发生的那一天，再重新上传。"))
LARGEST = 1e15
USUALLY_LESS = re.compile(
    r"投诉|事故|缺陷|不良|差错|错误|返工|报废|退货|退换|逾期|延误|延迟|故障|停机|违规|违纪|流失|离职|损耗|损失|成本|费用|"
    r"天数|周期|时长|工伤|召回|漏|complaint|defect|accident|error|scrap|delay|downtime|turnover|cost|days",
    re.IGNORECASE,
)
VALUE, WEIGHT = Decimal("0.0001"), Decimal("0.001")


def kpis(reading: Reading, people: Sequence[OnRoster], cycle: Cycle, have: Iterable[KpiResult]) -> Comparison:
    """`have` are the KPI results the cycle already has."""
    by_number = {p.staff_number: p for p in people}
    resolved, unknown = resolve_people(reading, known_people(people))
    rows, long = too_long([row for row in resolved if isinstance(row, KpiRow)], reading)
    rows, large = _within_range(rows, reading)
    rows, older = _newest(rows, reading)
    problems = [*reading.problems, *unknown, *long, *large, *older]
    rows = _by_person(rows)
    known = {(e.employee_id, same_kpi(e.name)): e for e in have}
    entries: list[KpiEntry] = []
    outcomes: list[str] = []
    for row in rows:
        person = by_number[row.staff_number]
        before = known.get((person.pk, same_kpi(row.kpi)))
        entry = _kpi_entry(row, person, before)
        entries.append(entry)
        outcomes.append(outcome_of(kpi_changes(before, entry, cycle)))
    return Comparison(
        tuple(entries),
        tuple(outcomes),
        tuple(row.row for row in rows),
        in_order(problems),
        (*_direction_notes(rows, known, by_number), *_weight_notes(rows)),
    )


def events(reading: Reading, people: Sequence[OnRoster], have: Iterable[Evidence], today: date) -> Comparison:
    """`have` are the dated facts known within the days of the file."""
    by_number = {p.staff_number: p for p in people}
    resolved, unknown = resolve_people(reading, known_people(people))
    kept, long = too_long([row for row in resolved if isinstance(row, EventRow)], reading)
    kept, ahead = _happened(kept, reading, today)
    problems = [*reading.problems, *unknown, *long, *ahead]
    known = {(e.employee_id, e.kind, e.occurred_on, e.statement): e for e in have}
    entries = [
        EventEntry(by_number[row.staff_number], row.kind, row.occurred_on, row.statement, row.source)
        for row in kept
    ]
    outcomes = [
        outcome_of(event_changes(known.get((e.employee.pk, e.kind, e.occurred_on, e.statement)), e))
        for e in entries
    ]
    return Comparison(tuple(entries), tuple(outcomes), tuple(row.row for row in kept), in_order(problems))


def _happened(
    rows: Sequence[EventRow], reading: Reading, today: date
) -> tuple[tuple[EventRow, ...], list[Problem]]:
    """A slip in the year would stand as a fact of days to come."""
    title = reading.column_of("occurred_on")
    ahead = [row for row in rows if row.occurred_on > today]
    problems = [in_cell(NOT_YET, row.row, title, row.occurred_on.isoformat()) for row in ahead]
    return tuple(row for row in rows if row.occurred_on <= today), problems


def _by_person(rows: Sequence[KpiRow]) -> tuple[KpiRow, ...]:
    """The results of one person together, as their history tells them, people in order of the file."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.staff_number, row.row)
    return tuple(sorted(rows, key=lambda row: (first[row.staff_number], row.row)))


@lru_cache(maxsize=10_000)
def same_kpi(name: str) -> str:
    return "".join(name.split()).casefold()


def _kpi_entry(row: KpiRow, person: OnRoster, before: KpiResult | None) -> KpiEntry:
    """What the row leaves open stays as it is known, the spelling of the KPI's name included."""
    weight = _weight(row.weight) if row.weight is not None else None
    target, actual = exact(row.target, VALUE), exact(row.actual, VALUE)
    if before is None:
        direction = row.direction or "up"
        return KpiEntry(person, row.kpi, target, actual, weight, row.unit, direction, row.source, row.as_of)
    return KpiEntry(
        person,
        before.name,
        target,
        actual,
        weight if weight is not None else before.weight,
        row.unit or before.unit,
        row.direction or before.direction,
        row.source or before.source,
        row.as_of or before.occurred_on,
    )


def exact(value: float, step: Decimal) -> Decimal:
    """As the database keeps it, so that the same file compares equal next time."""
    return Decimal(str(value)).quantize(step, ROUND_HALF_UP)


@lru_cache(maxsize=1000)
def _weight(value: float) -> Decimal:
    """People share a few weights."""
    return exact(value, WEIGHT)


def _within_range(rows: Sequence[KpiRow], reading: Reading) -> tuple[tuple[KpiRow, ...], list[Problem]]:
    kept, problems = [], []
    for row in rows:
        if abs(row.target) < LARGEST and abs(row.actual) < LARGEST:
            kept.append(row)
            continue
        for field in ("target", "actual"):
            value = getattr(row, field)
            if not abs(value) < LARGEST:
                problems.append(in_cell(TOO_LARGE, row.row, reading.column_of(field), f"{value:g}"))
    return tuple(kept), problems


def _newest(rows: Sequence[KpiRow], reading: Reading) -> tuple[tuple[KpiRow, ...], list[Problem]]:
    """A cycle keeps one result per person and KPI: of several dates the last one."""
    keys = [(row.staff_number, same_kpi(row.kpi)) for row in rows]
    if len(set(keys)) == len(rows):
        return tuple(rows), []
    groups: dict[tuple[str, str], list[KpiRow]] = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        groups[key].append(row)
    left_out: dict[int, Problem] = {}
    title = reading.column_of("as_of", "kpi")
    for group in groups.values():
        newest = max(group, key=lambda row: (row.as_of or date.min, -row.row))
        for row in group:
            if row is not newest:
                params = {"kpi": row.kpi, "newer": newest.as_of.isoformat() if newest.as_of else "—"}
                value = row.as_of.isoformat() if row.as_of else row.kpi
                left_out[row.row] = in_cell(Fault(OLDER, DROP_OLDER, params), row.row, title, value)
    return tuple(row for row in rows if row.row not in left_out), list(left_out.values())


def _direction_notes(
    rows: Sequence[KpiRow], known: Mapping[tuple[int, str], KpiResult], by_number: Mapping[str, OnRoster]
) -> tuple[Sentence, ...]:
    """Nobody said which way is better: that is not to be overlooked, least of all where less is usually better."""
    open_names = dict.fromkeys(
        row.kpi
        for row in rows
        if not row.direction and (by_number[row.staff_number].pk, same_kpi(row.kpi)) not in known
    )
    if not open_names:
        return ()
    names = some(sorted(open_names, key=lambda name: not USUALLY_LESS.search(name)))
    text = say(
        "%(n)s 个指标没有写方向，先当作越高越好：%(names)s。越低越好的，加一列「方向」写明后重新上传。",
        n=len(open_names),
        names=names,
    )
    return (text,)


def _weight_notes(rows: Sequence[KpiRow]) -> tuple[Sentence, ...]:
    sums: Mapping[str, list[float]] = defaultdict(list)
    names = {}
    for row in rows:
        names[row.staff_number] = row.name
        if row.weight is not None:
            sums[row.staff_number].append(row.weight)
    off = [names[number] for number, weights in sums.items() if abs(sum(weights) - 100) > 0.5]
    if not off:
        return ()
    return (say("%(n)s 人的权重合计不是 100%%：%(names)s。", n=len(off), names=some(off)),)
