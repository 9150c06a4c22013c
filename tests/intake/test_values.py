from datetime import date, datetime, time, timedelta

import pytest
from tests.intake.workbooks import wide

from huitan.intake import cells, dates, departments, numbers, references, words
from huitan.intake.problems import Fault

Amount = numbers.Amount


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (98, 98.0), (98.5, 98.5), ("98", 98.0), ("1,200", 1200.0), ("1,234,567.5", 1234567.5), ("1.2万", 12000.0),
        ("3.5亿", 350_000_000.0), ("(1,200)", -1200.0), (wide("(1,200)"), -1200.0), ("-3", -3.0), ("\u22123", -3.0),
        ("3-", -3.0), ("\u00a51,200", 1200.0), ("\uffe53.5万", 35000.0), ("RMB 12", 12.0), ("12 元", 12.0), (wide("12.5"), 12.5),
        ("\u00a012\u200b", 12.0), ("'12", 12.0), ('="12"', 12.0), ("1.5e3", 1500.0), ("98,5", 98.5),
        ("1.234,56", 1234.56), ("1 200", 1200.0), ("+7", 7.0), (".5", 0.5), ("约 300", 300.0), ("2百万", 2_000_000.0),
        ("5k", 5000.0), ("42台/人", 42.0), ("0", 0.0),
    ],
)  # fmt: skip
def test_a_number_in_any_usual_spelling(written: cells.Cell, number: float) -> None:
    found = numbers.parse_number(written)
    assert isinstance(found, Amount)
    assert found.number == pytest.approx(number, abs=1e-9)


@pytest.mark.parametrize("written", ["九成", "暂无", "-", "N/A", "1,2,3", "12..5", "1_000", "nan", "inf", True, "98%以上", "2026-05-01", "1e400", float("nan"), float("inf"), 10**400, date(2026, 1, 1), time(1), timedelta(1)])  # fmt: skip
def test_what_is_no_number_is_a_fault(written: cells.Cell) -> None:
    assert isinstance(numbers.parse_number(written), Fault)


def test_percent_unit_and_bound_stay_known() -> None:
    assert numbers.parse_number("98.5%") == Amount(98.5, percent=True)
    assert numbers.parse_number(wide("98.5%")) == Amount(98.5, percent=True)
    assert numbers.parse_number(cells.Percent(0.985)) == Amount(98.5, percent=True)
    assert numbers.parse_number("≥95%") == Amount(95.0, percent=True, bound="at_least")
    assert numbers.parse_number("不超过5天") == Amount(5.0, unit="天", bound="at_most")
    assert numbers.parse_number("360万元") == Amount(3_600_000.0, unit="元", scale=10_000)
    assert numbers.parse_number("") is None
    assert numbers.parse_number(None) is None


MAY_30 = date(2026, 5, 30)


@pytest.mark.parametrize(
    "written",
    [
        MAY_30, datetime.fromisoformat("2026-05-30T08:00"), "2026-05-30", "2026/05/30", "2026.05.30", "2026年05月30日", "2026年5月30号",
        "05/30/2026", "30/05/2026", "30-May-2026", "30 May 2026", "May 30, 2026", "30-May-26", "20260530", 20260530,
        20260530.0, 46172, 46172.75, "46172", "2026-5-30 00:00:00", "2026-05-30T08:00:00Z", "5/30/2026 12:00 AM",
        "2026/5/30 周六", "2026-05-30(星期六)", wide("2026-05-30"), wide("2026/05/30"), "2026-05-30\uff08星期六\uff09", "2026 - 05 - 30", "26年5月30日", "'2026-05-30",
        "5/30/26", "30-5月 -26", "Sat, 30 May 2026", "2026-05-30。", "20260530 ", "30.5.2026",
    ],
)  # fmt: skip
def test_one_day_in_any_usual_spelling(written: cells.Cell) -> None:
    assert dates.parse_date(written) == MAY_30


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2024/02/30", "不存在"), ("2023-02-29", "不存在"), ("2024-13-01", "不存在"), ("20240230", "不存在"),
        ("31/31/2024", "不存在"), ("30-Feb-2024", "不存在"), ("0001-01-01", "不存在"), ("2026-05", "没有写到日"),
        ("2026年5月", "没有写到日"), ("5月30日", "没有写年份"), ("3/4", "没有写年份"), ("下周", "看不出是哪一天"),
        ("暂无", "看不出是哪一天"), (5, "看不出是哪一天"), (True, "看不出是哪一天"), (10**30, "看不出是哪一天"),
        (float("nan"), "看不出是哪一天"), (time(8), "看不出是哪一天"), ("03/04/2026", "可以读成"),
        ("26-6-3", "可以读成"), ("1/2/03", "可以读成"),
    ],
)  # fmt: skip
def test_a_day_that_is_none_says_why(written: cells.Cell, why: str) -> None:
    found = dates.parse_date(written)
    assert isinstance(found, Fault)
    assert why in found.problem


def test_both_readings_agree_when_day_and_month_are_equal() -> None:
    assert dates.parse_date("05/05/2026") == date(2026, 5, 5)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["05/30/2026", "03/04/2026"], "mdy"),
        (["30/05/2026", "03/04/2026"], "dmy"),
        (["30/05/2026", "05/30/2026", "03/04/2026"], None),
        (["03/04/2026"], None),
        (["2026-01-31", "26-6-3"], "ymd"),
        (["26-6-3", "98-12-31"], "ymd"),
        (["6/3/26", "12/31/25"], "mdy"),
        (["2026-01-31"], None),
    ],
)
def test_the_unambiguous_members_of_a_column_prove_its_order(column: list[str], order: str | None) -> None:
    assert dates.column_order(dates.read_date(cell) for cell in column) == order


@pytest.mark.parametrize(("year", "expected"), [("19", 2019), ("69", 2069), ("70", 1970), ("98", 1998)])
def test_two_digit_years(year: str, expected: int) -> None:
    assert dates.parse_date(f"31-Mar-{year}") == date(expected, 3, 31)


@pytest.mark.parametrize("written", ["00123", 123, wide("00123"), 123.0, " 00123 ", "123.0", "'00123", '="00123"', "\u200b00123", "00 123"])  # fmt: skip
def test_one_staff_number_in_every_shape_has_one_key(written: cells.Cell) -> None:
    assert cells.staff_number_key(written) == "123"


def test_different_staff_numbers_keep_different_keys() -> None:
    assert len({cells.staff_number_key(n) for n in ("A123", "0A123", "123", "1230", "A-123", "B123")}) == 6
    assert cells.staff_number_key("a123") == cells.staff_number_key("A123")
    assert cells.staff_number_key(wide("A123")) == "A123"
    assert cells.staff_number_key("000") == "0"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("龚 丽浩 ", "龚丽浩"), ("张 三", "张三"), ("Ann  Lee ", "Ann Lee"), ("王 Tom", "王 Tom"),
        ("\u200b林晓岚\u00a0", "林晓岚"), ("阿卜杜拉•买买提", "阿卜杜拉·买买提"), (wide("Tom"), "Tom"), ("李\n雷", "李雷"),
    ],
)  # fmt: skip
def test_a_name_loses_its_stray_spaces(written: str, name: str) -> None:
    assert cells.person_name(written) == name


def test_a_split_name_is_joined_in_its_own_order() -> None:
    assert cells.full_name("欧阳", "娜娜") == "欧阳娜娜"
    assert cells.full_name("Lee", "Ann") == "Ann Lee"
    assert cells.full_name("", "Ann") == "Ann"


@pytest.mark.parametrize(
    ("written", "who", "name"),
    [
        ("00003", "00003", ""), (3.0, "3", ""), (wide("00003"), "00003", ""), ("石华杰", "石华杰", ""),
        ("石华杰(00003)", "00003", "石华杰"), ("石华杰" + wide("(00003)"), "00003", "石华杰"), ("00003 石华杰", "00003", "石华杰"),
        ("00003-石华杰", "00003", "石华杰"), ("石华杰/00003", "00003", "石华杰"), ("石华杰00003", "00003", "石华杰"),
        ("Ann Lee (A0012)", "A0012", "Ann Lee"), ("A-0012", "A-0012", ""), ("Shi@Example.com", "shi@example.com", ""),
        ("石华杰<shi@example.com>", "shi@example.com", "石华杰"), ("无", "", ""), ("-", "", ""), ("/", "", ""),
        ("N/A", "", ""), ("", "", ""), ("Ann Lee", "Ann Lee", ""), ("王伟2", "王伟2", ""),
    ],
)  # fmt: skip
def test_a_person_is_named_in_many_ways(written: cells.Cell, who: str, name: str) -> None:
    assert references.reference(written) == (who, name)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("在职", "active"), (" 在 职 ", "active"), ("Active", "active"), ("正式员工", "active"), ("试用期", "probation"),
     ("在职(试用)", "probation"), ("在职(借调)", "active"), ("Probation", "probation"), ("产假", "on_leave"), ("On-Leave", "on_leave"),
     ("离职", "left"), ("已离职", "left"), ("TERMINATED", "left"), ("待离职", "active"), ("", "")],
)  # fmt: skip
def test_status_words(word: str, meaning: str) -> None:
    assert words.parse_status(word) == meaning


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("越高越好", "up"), ("越大越好", "up"), ("正向", "up"), ("正向指标", "up"), ("Higher is better", "up"), ("↑", "up"),
     (">=", "up"), ("≥", "up"), ("越低越好", "down"), ("越小越好", "down"), ("反向", "down"), ("逆向指标", "down"), ("lower", "down"),
     ("Lower-is-better", "down"), ("↓", "down"), ("≤", "down"), ("", "")],
)  # fmt: skip
def test_direction_words(word: str, meaning: str) -> None:
    assert words.parse_direction(word) == meaning


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("成绩", "achievement"), ("亮点", "achievement"), ("Achievement", "achievement"), ("项目贡献", "contribution"),
     ("project contribution", "contribution"), ("不足", "incident"), ("Incident", "incident"), ("待改进", "incident"),
     ("客户投诉", "incident"), ("", "")],
)  # fmt: skip
def test_event_kind_words(word: str, meaning: str) -> None:
    assert words.parse_event_kind(word) == meaning


def test_an_unknown_word_is_a_fault_not_a_guess() -> None:
    assert isinstance(words.parse_status("某种状态"), Fault)
    assert isinstance(words.parse_direction("区间"), Fault)
    assert isinstance(words.parse_direction("-1"), Fault)
    assert isinstance(words.parse_event_kind("其他"), Fault)


@pytest.mark.parametrize(
    "joint", ["/", " / ", wide("/"), ">", " > ", "\\", "->", "→", "-", " - ", "|", wide(">"), ">>", wide("-")]
)
def test_a_department_path_in_any_usual_spelling(joint: str) -> None:
    values = ["制造中心", f"制造中心{joint}装配一部", ""]
    assert departments.paths(values) == [("制造中心",), ("制造中心", "装配一部"), ()]


def test_a_dash_inside_a_department_name_stays() -> None:
    assert departments.paths(["A-1车间", "A-2车间"]) == [("A-1车间",), ("A-2车间",)]
    assert departments.paths(["制造/A-1车间", "制造"]) == [("制造", "A-1车间"), ("制造",)]
    assert departments.paths(["IT-Support", "Sales"]) == [("IT-Support",), ("Sales",)]
