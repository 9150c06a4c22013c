from datetime import date, datetime

from tests.intake.workbooks import EVENTS, csv, told, xlsx

from huitan.intake import EventRow, read


def test_events_in_mixed_spellings() -> None:
    rows = [
        EVENTS,
        ["00002", "薛华", "成绩", "2026-02-17", "处理客户投诉,4 小时给出报告", "项目系统"],
        ["00002", "薛华", "不足", "05/30/2026", "返工 10 台\n停线 2 小时", ""],
        [3, "石华杰", "项目贡献", datetime.fromisoformat("2026-03-31"), "完成验收", None],
        [3, "石华杰", "Incident", "04/10/2026", "漏检", "-"],
    ]
    reading = read(xlsx(rows), "事件.xlsx", "events")
    assert reading.problems == ()
    assert reading.rows[:2] == (
        EventRow(
            2, "00002", "薛华", "achievement", date(2026, 2, 17), "处理客户投诉,4 小时给出报告", "项目系统"
        ),
        EventRow(3, "00002", "薛华", "incident", date(2026, 5, 30), "返工 10 台\n停线 2 小时"),
    )
    found = [
        (row.staff_number, row.kind, row.occurred_on) for row in reading.rows if isinstance(row, EventRow)
    ]
    assert found[2:] == [
        ("00003", "contribution", date(2026, 3, 31)),
        ("00003", "incident", date(2026, 4, 10)),
    ]


def test_each_missing_part_is_told() -> None:
    reading = read(csv([EVENTS, ["", "薛华", "", "", "", "系统"]]), "事件.csv", "events")
    assert told(reading.problems) == [
        (2, "这一行没有工号。"),
        (2, "类型是空的。"),
        (2, "发生日期是空的。"),
        (2, "事实描述是空的。"),
    ]


def test_unknown_kind_and_bad_date() -> None:
    reading = read(csv([EVENTS, ["1", "薛华", "其他", "2026-02-30", "某事", ""]]), "事件.csv", "events")
    assert told(reading.problems) == [
        (2, "类型写的是「其他」，不是已知的事件类型。"),
        (2, "发生日期 2026-02-30 不存在。"),
    ]


def test_the_same_event_twice_counts_once_and_two_events_of_a_day_count_twice() -> None:
    one = ["1", "薛华", "成绩", "2026-02-01", "完成验收", "系统"]
    other = ["1", "薛华", "成绩", "2026-02-01", "处理投诉", "系统"]
    reading = read(csv([EVENTS, one, other, one, [*one[:5], "邮件"]]), "事件.csv", "events")
    assert [row.row for row in reading.rows] == [2, 3]
    assert told(reading.problems) == [
        (4, "1 的这件事在文件里出现了两次，内容相同。已采用第一行。"),
        (5, "1 的这件事在文件里出现了两次，内容不同：系统 / 邮件。已采用第一行。"),
    ]
