from tests.intake.workbooks import BOSS, EVENTS, MANAGER, ROSTER, WORKER, csv, kpi, roster, told

from huitan.intake import KnownPeople, KnownPerson, Reading, read, resolve_managers, resolve_people

COMPANY = KnownPeople.of(
    [
        KnownPerson("00001", "赵启明", "zhao@example.com", "制造中心"),
        KnownPerson("00002", "沈立文", "shen@example.com", "制造中心/装配一部", "00001"),
        KnownPerson("00008", "王伟", "w8@example.com", "测试部", "00002"),
        KnownPerson("00009", "王伟", "w9@example.com", "市场部", "00001"),
        KnownPerson("A0010", "Ann Lee", "Ann@Example.com", "Sales", "00001"),
    ]
)
NOBODY = KnownPeople()


def with_manager(row: list[str], manager: str) -> list[str]:
    return [*row[:4], manager, *row[5:]]


def managers(reading: Reading, known: KnownPeople) -> list[tuple[str, str]]:
    rows, problems = resolve_managers(reading, known)
    assert problems == ()
    return [(row.staff_number, row.manager) for row in rows]


def test_a_manager_by_number_email_or_name_in_the_file_or_in_the_company() -> None:
    ways = [
        "2",
        "00002",
        "shen@example.com",
        "SHEN@example.com",
        "沈立文",
        "沈 立文",
        "沈立文(00002)",
        "00002 沈立文",
    ]
    for way in ways:
        in_file = roster([ROSTER, BOSS, MANAGER, with_manager(WORKER, way)])
        assert managers(in_file, NOBODY)[2] == ("00003", "00002")
        in_company = roster([ROSTER, with_manager(WORKER, way)])
        assert managers(in_company, COMPANY) == [("00003", "00002")]
    assert managers(roster([ROSTER, with_manager(WORKER, "lee ann")]), COMPANY) == [("00003", "A0010")]


def test_the_companys_spelling_of_a_number_wins() -> None:
    reading = read(
        csv([["工号", "姓名", "上级工号"], ["2", "沈立文", "1"], ["77", "何静", "2"]]), "a.csv", "roster"
    )
    assert managers(reading, COMPANY) == [("00002", "00001"), ("77", "00002")]


def test_an_unknown_manager_rejects_the_row() -> None:
    reading = roster([ROSTER, BOSS, with_manager(MANAGER, "88888"), WORKER])
    rows, problems = resolve_managers(reading, COMPANY)
    assert [row.staff_number for row in rows] == ["00001", "00003"]
    assert told(problems) == [(3, "汇报对象「88888」不在花名册中。")]
    assert (problems[0].column, problems[0].value) == ("汇报对象", "88888")


def test_a_row_with_an_impossible_date_and_an_unknown_manager_has_two_problems() -> None:
    reading = roster([ROSTER, BOSS, [*with_manager(MANAGER, "88888")[:5], "2024/02/30", *MANAGER[6:]]])
    rows, problems = resolve_managers(reading, NOBODY)
    assert told([*reading.problems, *problems]) == [
        (3, "入职日期 2024/02/30 不存在。"),
        (3, "汇报对象「88888」不在花名册中。"),
    ]
    assert [row.staff_number for row in rows] == ["00001"]


def test_the_reports_of_a_rejected_row_stay() -> None:
    reading = roster([ROSTER, BOSS, [*MANAGER[:5], "2024/02/30", *MANAGER[6:]], WORKER])
    assert managers(reading, NOBODY) == [("00001", ""), ("00003", "00002")]


def test_namesakes_are_rejected_with_the_candidates() -> None:
    reading = roster([ROSTER, with_manager(WORKER, "王伟")])
    rows, problems = resolve_managers(reading, COMPANY)
    assert rows == ()
    assert told(problems) == [
        (2, "汇报对象「王伟」有多个同名的人：王伟（00008，测试部）、王伟（00009，市场部）。"),
    ]


def test_a_person_of_the_file_and_of_the_company_is_one_candidate() -> None:
    again = ["00008", "王伟", "测试部", "工程师", "00002", "2020-01-01", "w8@example.com", "在职"]
    only = KnownPeople.of([person for person in COMPANY.by_number.values() if person.staff_number != "00009"])
    assert managers(roster([ROSTER, again, with_manager(WORKER, "王伟")]), only)[1] == ("00003", "00008")


def test_a_number_and_a_name_that_contradict_are_rejected() -> None:
    _, problems = resolve_managers(roster([ROSTER, with_manager(WORKER, "赵启明(00002)")]), COMPANY)
    assert told(problems) == [(2, "工号 00002 是沈立文，这里写的上级却是赵启明。")]


def test_oneself_by_name_is_found_once_names_are_known() -> None:
    rows, problems = resolve_managers(roster([ROSTER, BOSS, with_manager(WORKER, "林晓岚")]), NOBODY)
    assert told(problems) == [(3, "林晓岚（00003）的汇报对象是自己。")]
    assert [row.staff_number for row in rows] == ["00001"]


def test_oneself_by_number_is_told_once() -> None:
    reading = roster([ROSTER, BOSS, with_manager(WORKER, "00003")])
    rows, problems = resolve_managers(reading, NOBODY)
    assert (len(reading.problems), len(problems), len(rows)) == (1, 0, 1)


def test_a_circle_through_the_company_or_through_names() -> None:
    through_company = roster([ROSTER, with_manager(BOSS, "00008")])
    assert told(resolve_managers(through_company, COMPANY)[1]) == [
        (2, "汇报关系绕成一圈：00001 → 00008 → 00002 → 00001。")
    ]
    by_name = roster([ROSTER, with_manager(BOSS, "沈立文"), MANAGER, WORKER])
    rows, problems = resolve_managers(by_name, NOBODY)
    assert [problem.row for problem in problems] == [2, 3]
    assert [row.staff_number for row in rows] == ["00003"]


def test_a_circle_is_told_once() -> None:
    reading = roster([ROSTER, with_manager(BOSS, "00002"), MANAGER])
    assert len(reading.problems) == 2
    assert resolve_managers(reading, NOBODY) == ((), ())


def test_duplicate_rows_are_not_resolved_again() -> None:
    reading = roster([ROSTER, BOSS, BOSS, with_manager(BOSS, "88888")])
    assert len(reading.problems) == 2
    assert resolve_managers(reading, NOBODY)[1] == ()


def test_kpi_of_unknown_people_and_of_somebody_else() -> None:
    header = ["工号", "姓名", "指标", "目标值", "实际值"]
    reading = kpi([header, [2, "沈 立文", "甲", 1, 1], ["77777", "查无此人", "甲", 1, 1], ["00001", "王伟", "甲", 1, 1], ["88888", "", "甲", "九成", 1]])  # fmt: skip
    rows, problems = resolve_people(reading, COMPANY)
    assert [(row.row, row.staff_number, row.name) for row in rows] == [(2, "00002", "沈立文")]
    assert told(problems) == [
        (3, "工号 77777 不在花名册中。"),
        (4, "工号 00001 是赵启明，这一行写的却是王伟。"),
        (5, "工号 88888 不在花名册中。"),
    ]
    assert [problem.column for problem in problems] == ["工号", "姓名", "工号"]


def test_events_by_email_or_name_without_numbers() -> None:
    by_email = [["邮箱", *EVENTS[2:]], ["ann@example.com", "成绩", "2026-01-31", "签下大单", ""]]
    rows, problems = resolve_people(read(csv(by_email), "a.csv", "events"), COMPANY)
    assert ([row.staff_number for row in rows], problems) == (["A0010"], ())
    by_name = [
        EVENTS[1:],
        *([name, "成绩", "2026-01-31", "签下大单", ""] for name in ("沈立文", "王伟", "孙雨")),
    ]
    rows, problems = resolve_people(read(csv(by_name), "a.csv", "events"), COMPANY)
    assert [row.staff_number for row in rows] == ["00002"]
    assert told(problems) == [
        (3, "「王伟」有多个同名的人：王伟（00008，测试部）、王伟（00009，市场部）。"),
        (4, "「孙雨」不在花名册中。"),
    ]
