import pytest
from tests.intake.workbooks import KPI, csv, kpi, results, told, wide, xls, xlsx

from huitan.intake import read


def line(number: str = "00002", name: str = "合格率", weight: object = "40%", target: object = 98.5, actual: object = 97, unit: str = "%", direction: str = "越高越好") -> list[object]:  # fmt: skip
    return [number, "薛华", name, weight, target, actual, unit, direction]


def values(*rows: list[object]) -> list[tuple[float, float]]:
    reading = kpi([KPI, *rows])
    assert reading.problems == ()
    return [(row.target, row.actual) for row in results(reading)]


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [
        ("98.5%", "86.25%", (98.5, 86.25)), (0.985, 0.8625, (98.5, 86.25)), (98.5, 86.25, (98.5, 86.25)),
        (wide("98.5%"), "86.25%", (98.5, 86.25)), (0.985, 1, (98.5, 100)), (1, 0.35, (100, 35)), ("98.5%", 0.97, (98.5, 97)),
        ("98.5%", 97, (98.5, 97)), (98.5, "97%", (98.5, 97)), (0.04, 0.03, (4, 3)), ("4%", 0.9, (4, 0.9)), (0.4, 1.8, (0.4, 1.8)), (0.4, 1.2, (40, 120)),
        (98, 0.97, (98, 97)), (0, 0, (0, 0)), ("-5%", "-3%", (-5, -3)), (-0.05, 0.02, (-5, 2)), ("≥95%", "96.2%", (95, 96.2)),
        (0.6517000000000001, 0.7, (65.17, 70)),
    ],
)  # fmt: skip
def test_percent_in_any_spelling(target: object, actual: object, expected: tuple[float, float]) -> None:
    assert values(line(target=target, actual=actual)) == [expected]


def test_rows_of_one_kpi_explain_each_other() -> None:
    low = [
        line(f"0000{n}", "不良率", target=t, actual=a)
        for n, (t, a) in enumerate([(2.0, 1.8), (0.5, 0.8), (1.9, 0.4)], 1)
    ]
    assert values(*low) == [(2.0, 1.8), (0.5, 0.8), (1.9, 0.4)]
    mixed = [
        line(f"0000{n}", target=t, actual=a)
        for n, (t, a) in enumerate([("98%", "97%"), (0.95, 0.9), (92, 91)], 1)
    ]
    assert values(*mixed) == [(98, 97), (95, 90), (92, 91)]


def test_percent_formats_are_seen_in_both_workbook_formats() -> None:
    rows = [
        KPI,
        line(weight=0.4, target=0.005, actual=0.012, unit=""),
        line(name="人均产出", weight=0.6, target=42, actual=40, unit="台"),
    ]
    formats = {"D2": "0%", "E2": "0.0%", "F2": '0.00%;[Red]-0.00%', "D3": "0%"}  # fmt: skip
    for data in (xlsx(rows, formats=formats), xls(rows, percent=[(1, 3), (1, 4), (1, 5), (2, 3)])):
        reading = read(data, "KPI", "kpi")
        found = [(r.weight, r.target, r.actual, r.unit) for r in results(reading)]
        assert found == [(40, 0.5, 1.2, "%"), (60, 42, 40, "台")]


@pytest.mark.parametrize(
    ("target", "unit", "expected", "shown"),
    [
        ("360万", "元", 3_600_000, "元"), ("360万", "万元", 360, "万元"), ("360万元", "万元", 360, "万元"),
        ("3,600,000元", "万元", 360, "万元"), ("360万元", "", 3_600_000, "元"), ("\uffe5360", "元", 360, "元"), ("3.5亿", "万元", 35_000, "万元"),
        (360, "万元", 360, "万元"), ("12家", "", 12, "家"), ("12家", "个", 12, "个"), ("30天", "天", 30, "天"), ("42", "台/人", 42, "台/人"),
    ],
)  # fmt: skip
def test_amounts_in_their_unit(target: str, unit: str, expected: float, shown: str) -> None:
    rows = results(kpi([KPI, line(target=target, actual=0, unit=unit)]))
    assert [(row.target, row.unit) for row in rows] == [(expected, shown)]


def test_the_unit_in_the_header_counts_when_no_other_is_given() -> None:
    rows = [["工号", "指标", "目标值\uff08万元\uff09", "实际值(万元)"], ["1", "销售额", 360, 340]]
    assert [(r.target, r.unit) for r in results(kpi(rows))] == [(360, "万元")]


def test_units_that_contradict_are_a_problem() -> None:
    reading = kpi(
        [KPI, line(target="98%", actual=5, unit="天"), line(name="周期", target="3小时", actual=2, unit="天")]
    )
    assert told(reading.problems) == [
        (2, "目标值写的是 98%，单位却是「天」。"),
        (3, "目标值写的是 3小时，单位却是「天」。"),
    ]


def test_weights_of_each_person_add_up_to_a_hundred() -> None:
    weights: list[tuple[str, object, float]] = [
        ("1", 0.4, 40), ("1", 0.6, 60), ("2", 40, 40), ("2", 60, 60), ("3", "40%", 40), ("3", 0.6, 60), ("4", 0.4, 40),
        ("4", 60, 60), ("5", 1, 100), ("6", 1, 1), ("6", 99, 99), ("7", 0.4, 40), ("7", 0.3, 30), ("8", "", -1),
    ]  # fmt: skip
    rows = [line(number, f"指标{n}", weight=weight) for n, (number, weight, _) in enumerate(weights)]
    found = [-1 if row.weight is None else row.weight for row in results(kpi([KPI, *rows]))]
    assert found == [expected for _, _, expected in weights]


def test_a_weight_outside_its_range_is_a_problem() -> None:
    reading = kpi([KPI, line(weight="-5%"), line("00003", weight="140%")])
    assert told(reading.problems) == [
        (2, "权重写的是 -5%，不在 0 到 100% 之间。"),
        (3, "权重写的是 140%，不在 0 到 100% 之间。"),
    ]


def test_words_instead_of_numbers_are_two_problems() -> None:
    reading = kpi([KPI, line(target="九成", actual="暂无")])
    assert [(p.column, p.value) for p in reading.problems] == [("目标值", "九成"), ("实际值", "暂无")]
    assert told(reading.problems)[0] == (2, "目标值写的是「九成」，不是数字。")


def test_missing_values_are_told() -> None:
    reading = kpi([KPI, line(target="", actual=None)])
    assert told(reading.problems) == [(2, "目标值是空的。"), (2, "实际值是空的。")]


def test_subtotals_of_a_person_are_no_kpi() -> None:
    rows = [KPI, line(), line(name="产出", target=1, actual=1, weight="60%", unit="台"), line(name="小计", target="", actual="", weight="100%"), ["薛华 小计", "", "", "100%"], ["合计"]]  # fmt: skip
    reading = kpi(rows)
    assert (len(reading.rows), reading.problems, len(reading.skipped)) == (2, (), 3)


def test_the_same_kpi_twice_is_rejected_once() -> None:
    reading = kpi([KPI, line(), line(), line(actual=90)])
    assert [row.row for row in reading.rows] == [2]
    assert told(reading.problems) == [
        (3, "00002 的指标「合格率」在文件里出现了两次，内容相同。已采用第一行。"),
        (4, "00002 的指标「合格率」在文件里出现了两次，内容不同：97 / 90。已采用第一行。"),
    ]


def test_the_same_kpi_at_two_dates_is_two_results() -> None:
    rows = [
        ["工号", "指标", "目标值", "实际值", "统计日期"],
        ["1", "产出", 1, 2, "2026-03-31"],
        ["1", "产出", 1, 2, "2026-06-30"],
    ]
    assert len(kpi(rows).rows) == 2


def test_a_bound_tells_the_direction_when_no_column_does() -> None:
    rows = [
        ["工号", "指标", "目标值", "实际值"],
        ["1", "合格率", "≥98%", "99%"],
        ["1", "返工", "≤5", 4],
        ["1", "产出", 5, 4],
    ]
    assert [r.direction for r in results(kpi(rows))] == ["up", "down", ""]


def test_merged_people_own_all_their_lines() -> None:
    rows = [["工号", "姓名", "指标", "目标值", "实际值"], ["00002", "薛华", "甲", 1, 1], [None, None, "乙", 1, 1], ["00003", "石华杰", "丙", 1, 1], [None, None, "丁", 1, 1]]  # fmt: skip
    reading = kpi(rows, merges=["A2:A3", "B2:B3"])
    assert [(r.staff_number, r.kpi) for r in results(reading)] == [
        ("00002", "甲"),
        ("00002", "乙"),
        ("00003", "丙"),
    ]
    assert told(reading.problems) == [(5, "这一行没有工号。")]


def test_negative_results_and_european_decimals_in_a_semicolon_file() -> None:
    rows = [
        ["Staff No", "KPI", "Target", "Actual", "Unit"],
        ["7", "Profit", "1.200,50", "(300)", "EUR"],
        ["7", "Scrap", "2,5", "-0,5", "pt"],
    ]
    reading = read(csv(rows, delimiter=";"), "a.csv", "kpi")
    assert [(r.target, r.actual) for r in results(reading)] == [(1200.5, -300.0), (2.5, -0.5)]


def test_a_file_without_staff_numbers_names_people_by_name() -> None:
    reading = kpi([["姓名", "指标", "目标值", "实际值"], ["薛 华", "甲", 1, 1], ["", "乙", 1, 1]])
    assert [(r.staff_number, r.name) for r in results(reading)] == [("", "薛华")]
    assert told(reading.problems) == [(3, "这一行没有写是谁。")]
