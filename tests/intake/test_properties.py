"""Whatever stands in a cell or a file, the answer is one of the declared ones."""

from datetime import date, datetime, time, timedelta
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.workbooks import EVENTS, KPI, PEOPLE, ROSTER, csv, xls, xlsx

from huitan.intake import (
    KINDS,
    KnownPeople,
    Reading,
    Unusable,
    cells,
    read,
    resolve_managers,
    resolve_people,
    sentence,
)
from huitan.intake.dates import parse_date
from huitan.intake.departments import paths
from huitan.intake.numbers import Amount, parse_number
from huitan.intake.problems import Fault
from huitan.intake.references import reference
from huitan.intake.words import parse_direction, parse_event_kind, parse_status

TELLING = (
    "0123456789.,%万亿元()-/年月日:> \u00a0\u200b\uff10\uff0c\uff08\uff09\u00a5≥aeTotal合计张三@#'\"=\n\t|;&"
)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.floats().map(cells.Percent),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.text(),
    st.text(alphabet=TELLING, max_size=24),
)
quick = settings(max_examples=200, deadline=None)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(anything)
def test_numbers_answer_an_amount_a_fault_or_nothing(cell: cells.Cell) -> None:
    found = parse_number(cell)
    assert found is None or isinstance(found, (Amount, Fault))
    if isinstance(found, Amount):
        assert abs(found.number) < 1e15


@quick
@given(anything)
def test_dates_answer_a_day_a_fault_or_nothing(cell: cells.Cell) -> None:
    found = parse_date(cell)
    assert found is None or isinstance(found, (date, Fault))
    assert not isinstance(found, (datetime, time, timedelta))


@quick
@given(anything)
def test_words_answer_a_word_or_a_fault(cell: cells.Cell) -> None:
    assert parse_status(cell) in ("active", "probation", "on_leave", "left", "") or cells.line(cell)
    assert parse_direction(cell) in ("up", "down", "") or cells.line(cell)
    assert parse_event_kind(cell) in ("achievement", "contribution", "incident", "") or cells.line(cell)


@quick
@given(anything)
def test_texts_are_trimmed_and_keys_are_stable(cell: cells.Cell) -> None:
    found = cells.text(cell)
    assert found == found.strip()
    assert cells.staff_number_key(cells.staff_number(cell)) == cells.staff_number_key(cell)
    assert all(isinstance(part, str) for part in reference(cell))
    assert "\u200b" not in cells.person_name(cell) + cells.label(cell)


@quick
@given(st.lists(st.text(alphabet="部门中心A-/> \\|", max_size=12), max_size=6))
def test_department_paths_have_no_empty_parts(values: list[str]) -> None:
    assert all(part.strip() for path in paths(values) for part in path)


def answer(data: bytes, filename: str = "a") -> None:
    """read() answers a Reading or Unusable for every kind, and every sentence can be said."""
    for kind in KINDS:
        try:
            reading = read(data, filename, kind)
        except Unusable as refusal:
            assert sentence(refusal)[0].endswith("。")
            continue
        assert isinstance(reading, Reading)
        _, more = (resolve_managers if kind == "roster" else resolve_people)(reading, KnownPeople())
        for problem in (*reading.problems, *more):
            assert all(
                part.endswith("。") and "%(" not in part.replace(problem.value, "")
                for part in sentence(problem)
            )
        rejected = {row.row for row in reading.rejected}
        assert rejected == {problem.row for problem in reading.problems}
        assert rejected.isdisjoint(row.row for row in reading.rows)


@few
@given(st.binary(max_size=600))
def test_arbitrary_bytes(data: bytes) -> None:
    answer(data)


@few
@given(
    st.text(alphabet="工号姓名指标目标值实际类型日期描述,;\t|\n\r\"'0123 合计\u3000\ufeff", max_size=300),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_arbitrary_text(text: str, encoding: str) -> None:
    answer(text.encode(encoding, "replace"))


@few
@given(
    st.sampled_from([ROSTER, KPI, EVENTS]),
    st.lists(st.lists(st.text(alphabet=TELLING, max_size=12), max_size=8), max_size=6),
)
def test_arbitrary_cells_under_a_real_header(header: list[str], rows: list[list[str]]) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    answer(csv([header, *quoted]))


@cache
def whole_files() -> tuple[bytes, ...]:
    table = [ROSTER, *PEOPLE, [4, "何静", "制造中心"]]
    return (
        xlsx(table, merges=["C2:C3"]),
        xls(table),
        csv(table, encoding="gb18030"),
        csv(table, encoding="utf-16"),
    )


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_real_file_with_broken_bytes(which: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(whole_files()[which])
    for place, value in changes:
        data[place % len(data)] = value
    answer(bytes(data))


@few
@given(st.integers(0, 3), st.integers(0, 10**6))
def test_a_real_file_cut_short(which: int, length: int) -> None:
    data = whole_files()[which]
    answer(data[: length % len(data)])
