from collections.abc import Sequence
from datetime import date

from tests.intake.workbooks import BOSS, MANAGER, PEOPLE, ROSTER, WORKER, csv, people, roster, told

from huitan.intake import Reading, read


def changed(row: list[str], **fields: str) -> list[str]:
    return [fields.get({"汇报对象": "manager", "入职日期": "hired_on", "工号": "number", "姓名": "name", "状态": "status", "邮箱": "email"}.get(title, ""), value) for title, value in zip(ROSTER, row, strict=True)]  # fmt: skip


def reading_of(*rows: Sequence[object]) -> Reading:
    return roster([ROSTER, *rows])


def test_numbers_that_lost_their_zeros_get_the_width_of_the_others() -> None:
    rows = [ROSTER, BOSS, [2, *MANAGER[1:4], 1, *MANAGER[5:]], ["00003", *WORKER[1:4], 2.0, *WORKER[5:]]]
    found = people(roster(rows))
    assert [(r.staff_number, r.manager) for r in found.values()] == [
        ("00001", ""),
        ("00002", "00001"),
        ("00003", "00002"),
    ]


def test_numbers_without_a_common_width_stay_as_they_are() -> None:
    reading = read(
        csv([["工号", "姓名"], ["7", "甲甲"], ["12", "乙乙"], ["A123", "丙丙"], ["0A123", "丁丁"]]),
        "a.csv",
        "roster",
    )
    assert list(people(reading)) == ["7", "12", "A123", "0A123"]


def test_an_impossible_date_rejects_its_row_only() -> None:
    reading = reading_of(BOSS, changed(MANAGER, hired_on="2024/02/30"), WORKER)
    assert list(people(reading)) == ["00001", "00003"]
    problem = reading.problems[0]
    assert (problem.row, problem.column, problem.value) == (3, "入职日期", "2024/02/30")
    assert told(reading.problems) == [(3, "入职日期 2024/02/30 不存在。")]
    assert [row.row for row in reading.rejected] == [3]


def test_every_fault_of_a_row_is_told() -> None:
    reading = reading_of(
        changed(WORKER, number="", name="", hired_on="暂缺很久", status="某种", email="lin@", manager="")
    )
    assert [problem.column for problem in reading.problems] == ["工号", "姓名", "入职日期", "邮箱", "状态"]


def test_a_column_of_american_dates_is_read_by_its_unambiguous_members() -> None:
    reading = reading_of(changed(BOSS, hired_on="05/30/2019"), changed(MANAGER, hired_on="03/04/2020"))
    assert [r.hired_on for r in people(reading).values()] == [date(2019, 5, 30), date(2020, 3, 4)]


def test_an_ambiguous_date_is_a_problem_that_says_so() -> None:
    reading = reading_of(BOSS, changed(MANAGER, hired_on="03/04/2020"))
    assert told(reading.problems) == [
        (3, "入职日期 03/04/2020 可以读成 2020-03-04，也可以读成 2020-04-03，本列其他日期分不出来。")
    ]


def test_the_second_of_two_equal_rows_is_rejected() -> None:
    reading = reading_of(*PEOPLE, MANAGER)
    assert [r.row for r in reading.rows] == [2, 3, 4]
    assert told(reading.problems) == [(5, "工号 00002 在文件里出现了两次，内容相同。已采用第一行。")]


def test_the_second_of_two_different_rows_is_rejected_and_says_what_differs() -> None:
    reading = reading_of(*PEOPLE, [2, "沈立武", *MANAGER[2:]])
    assert people(reading)["00002"].name == "沈立文"
    assert told(reading.problems) == [
        (5, "工号 00002 在文件里出现了两次，内容不同：沈立文 / 沈立武。已采用第一行。")
    ]


def test_nobody_reports_to_themselves() -> None:
    by_number = reading_of(BOSS, changed(MANAGER, manager="2"))
    by_email = reading_of(BOSS, changed(MANAGER, manager="Shen@example.com"))
    for reading in (by_number, by_email):
        assert told(reading.problems) == [(3, "沈立文（00002）的汇报对象是自己。")]
        assert reading.problems[0].column == "汇报对象"


def test_a_circle_rejects_everybody_in_it_and_nobody_else() -> None:
    reading = reading_of(changed(BOSS, manager="00002"), MANAGER, WORKER)
    assert list(people(reading)) == ["00003"]
    assert told(reading.problems) == [
        (2, "汇报关系绕成一圈：00001 → 00002 → 00001。"),
        (3, "汇报关系绕成一圈：00001 → 00002 → 00001。"),
    ]


def test_a_long_reporting_line_is_no_circle() -> None:
    rows = [["工号", "姓名", "上级"]] + [
        [str(n), f"员工{n}", str(n - 1) if n > 1 else ""] for n in range(1, 3001)
    ]
    assert roster(rows).problems == ()


def test_a_number_in_scientific_notation_lost_its_digits() -> None:
    reading = read(csv([["工号", "姓名"], ["1.00023E+11", "甲甲"], ["1E5", "乙乙"]]), "a.csv", "roster")
    assert list(people(reading)) == ["1E5"]
    assert told(reading.problems) == [(2, "工号 1.00023E+11 被表格软件改成了科学计数，后几位已经丢失。")]


def test_five_thousand_rows_take_no_time() -> None:
    import time

    rows = [ROSTER] + [
        [f"{n:05d}", f"员{chr(0x4E00 + n % 2000)}", "制造中心/一部", "技术员", f"{n // 8:05d}" if n > 7 else "", "2021/05/01", f"e{n}@example.com", "在职"]
        for n in range(1, 5001)
    ]  # fmt: skip
    data = csv(rows)
    start = time.process_time()
    reading = read(data, "a.csv", "roster")
    assert time.process_time() - start < 2.0
    assert len(reading.rows) == 5000
