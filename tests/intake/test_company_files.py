"""What the files of other companies do that these samples do not: asked back, or read as their people mean it."""

import pytest
from tests.intake.workbooks import KPI, kpi, people, results, roster, told, xlsx

from huitan.intake import EventRow, KnownPeople, KnownPerson, Unusable, read, resolve_people

TARGETS = ["工号", "姓名", "指标名称", "目标值", "实际值"]


@pytest.mark.parametrize("title", ["员编", "职工号", "人员编码", "职工编码"])
def test_the_staff_number_under_its_other_names(title: str) -> None:
    reading = roster([[title, "姓名", "汇报人"], ["00001", "赵启明", ""], ["00002", "沈立文", "赵启明"]])
    assert reading.columns == {title: "staff_number", "姓名": "name", "汇报人": "manager"}


def test_targets_and_results_are_each_in_the_unit_of_their_own_header() -> None:
    reading = kpi(
        [["工号", "姓名", "指标", "目标值（万元）", "实际值（元）"], ["1", "张三", "销售额", 360, 3500000]]
    )
    assert [(r.target, r.actual, r.unit) for r in results(reading)] == [(360, 350, "万元")]


def test_a_row_of_units_below_the_header_is_no_row_of_data() -> None:
    rows = [TARGETS, ["", "", "", "万元", "(元)"], ["1", "张三", "销售额", 360, 3500000]]
    reading = kpi(rows)
    assert [(s.row, s.reason) for s in reading.skipped] == [(2, "units")]
    assert [(r.row, r.target, r.actual, r.unit) for r in results(reading)] == [(3, 360, 350, "万元")]
    assert reading.problems == ()


@pytest.mark.parametrize(
    "titles", [("Q1目标", "Q1实际", "Q2目标", "Q2实际"), ("年度目标", "实际值", "半年度目标", "备注")]
)
def test_two_columns_of_targets_are_asked_about(titles: tuple[str, ...]) -> None:
    rows = [["工号", "姓名", "指标", *titles], ["1", "张三", "销售额", 10, 9, 20, 19]]
    with pytest.raises(Unusable) as found:
        kpi(rows)
    assert "都像目标值" in str(found.value)
    assert found.value.columns["工号"] == "staff_number"
    assert not {"target"} & set(found.value.columns.values())
    chosen = {titles[2]: "target", titles[0]: ""}
    if titles[3] == "Q2实际":
        chosen |= {"Q2实际": "actual", "Q1实际": ""}
    reading = read(xlsx(rows), "KPI.xlsx", "kpi", mapping=chosen)
    assert [r.target for r in results(reading)] == [20]


def test_a_title_merged_over_an_empty_column_is_one_column() -> None:
    rows = [[*TARGETS, None], ["1", "张三", "销售额", 10, 9, None]]
    assert [r.actual for r in results(kpi(rows, merges=["E1:F1"]))] == [9]


def test_a_sheet_with_a_column_per_kpi_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unusable, match="一个指标一列的表读不了"):
        kpi([["工号", "姓名", "销售额", "回款率"], ["1", "张三", 100, "90%"]])


def test_rows_of_one_kpi_explain_each_others_direction() -> None:
    rows = [TARGETS, ["1", "张三", "投诉", "≤3", 2], ["2", "李四", "投诉", 3, 5], ["3", "王五", "产量", 3, 5]]
    assert [r.direction for r in results(kpi(rows))] == ["down", "down", ""]
    said = kpi(
        [
            KPI,
            ["1", "张三", "A", 1, 1, 1, "", "正向"],
            ["2", "李四", "A", 1, 1, 1, "", "反向"],
            ["3", "王五", "A", 1, 1, 1, "", ""],
        ]
    )
    assert [r.direction for r in results(said)] == ["up", "down", ""]


def test_a_row_that_cannot_be_used_stands_in_no_other_rows_way() -> None:
    head = ["工号", "姓名", "入职日期"]
    reading = roster(
        [head, ["1", "张三", "2024-02-30"], ["1", "张三", "2024-02-03"], ["1", "张三", "2024-02-03"]]
    )
    assert [row.row for row in reading.rows] == [3]
    assert told(reading.problems) == [
        (2, "入职日期 2024-02-30 不存在。"),
        (4, "工号 1 在文件里出现了两次，内容相同。已采用第一行。"),
    ]


def test_two_facts_without_a_usable_date_are_not_one_fact() -> None:
    rows = [
        ["工号", "姓名", "类型", "发生日期", "事实描述"],
        ["1", "张三", "成绩", "2026年3月", "完成项目"],
        ["1", "张三", "成绩", "4月5日", "完成项目"],
        ["1", "张三", "成绩", "2026-05-05", "完成项目"],
    ]
    reading = read(xlsx(rows), "事件.xlsx", "events")
    assert [row.row for row in reading.rows if isinstance(row, EventRow)] == [4]
    assert told(reading.problems) == [
        (2, "发生日期 2026年3月 没有写到日。"),
        (3, "发生日期 4月5日 没有写年份。"),
    ]


def test_what_is_no_name_and_what_is_no_staff_number() -> None:
    rows = [
        ["工号", "姓名"],
        ["1", "12345"],
        ["2", "—"],
        ["3", "无"],
        ["待定", "王五"],
        [True, "赵六"],
        [-5, "钱七"],
        [1.5, "孙八"],
    ]
    reading = roster([*rows, ["ZHANGSAN", "张三"], ["9", "张三"]])
    assert list(people(reading)) == ["ZHANGSAN", "9"]
    assert {problem.row for problem in reading.problems} == {2, 3, 4, 5, 6, 7, 8}


def test_a_mark_for_no_name_contradicts_nobody() -> None:
    reading = kpi([TARGETS, ["1", "—", "产量", 1, 1]])
    assert [r.name for r in results(reading)] == [""]


def test_who_has_left_is_said_in_a_column_of_its_own() -> None:
    rows = [["工号", "姓名", "状态", "是否离职"], ["1", "张三", "", "是"], ["2", "李四", "", "否"]]
    reading = roster(
        [*rows, ["3", "王五", "在职", "是"], ["4", "赵六", "离职", ""], ["5", "钱七", "试用", "否"]]
    )
    assert {n: p.status for n, p in people(reading).items()} == {
        "1": "left",
        "2": "active",
        "4": "left",
        "5": "probation",
    }
    assert told(reading.problems) == [(4, "是否离职写的是「是」，和在职状态对不上。")]


def test_a_level_under_an_empty_first_level_is_no_department_of_its_own() -> None:
    rows = [
        ["一级部门", "二级部门", "工号", "姓名"],
        ["制造中心", "装配部", "1", "张三"],
        ["", "机加部", "2", "李四"],
        ["", "", "3", "王五"],
        ["研发中心", "", "4", "赵六"],
    ]
    reading = roster(rows)
    assert [p.department for p in people(reading).values()] == [("制造中心", "装配部"), (), ("研发中心",)]
    assert told(reading.problems) == [(3, "一级部门是空的，下一级部门却写了。")]


def test_a_kpi_in_percent_in_one_row_is_in_percent_in_all() -> None:
    rows = [
        TARGETS,
        ["1", "张三", "回款率", "95%", "88%"],
        ["2", "李四", "回款率", 0.95, 0.88],
        ["3", "王五", "产量", 0.95, 0.88],
    ]
    found = [(r.target, r.actual, r.unit) for r in results(kpi(rows))]
    assert found == [(95, 88, "%"), (95, 88, "%"), (0.95, 0.88, "")]


def test_a_mark_for_nothing_is_no_status_and_no_kind() -> None:
    reading = roster(
        [["工号", "姓名", "状态"], ["1", "张三", "—"], ["2", "李四", "自离"], ["3", "王五", "工伤假"]]
    )
    assert [p.status for p in people(reading).values()] == ["", "left", "on_leave"]
    rows = [["工号", "姓名", "类型", "发生日期", "事实描述"], ["1", "张三", "/", "2026-05-05", "完成"]]
    assert told(read(xlsx(rows), "事件.xlsx", "events").problems) == [(2, "类型是空的。")]


def test_a_formula_in_a_text_file_is_no_staff_number() -> None:
    reading = read("工号,姓名\n=1+1,张三\n@SUM(1),李四\nA-1,王五\n".encode(), "表.csv", "roster")
    assert list(people(reading)) == ["A-1"]


@pytest.mark.parametrize(
    ("name", "target", "actual", "unit", "column"),
    [
        ("销售额", "360万", 350, "", "实际值"),
        ("销售额", "3600000", "95%", "", "目标值"),
        ("回款率", 0.95, 96, "", "目标值"),
        ("不良率", 0.8, 0.5, "%", "目标值"),
        ("超时占比", 0, 0.5, "%", "实际值"),
    ],
)
def test_target_and_result_that_cannot_be_meant_so_are_asked_back(
    name: str, target: object, actual: object, unit: str, column: str
) -> None:
    reading = kpi([KPI, ["1", "张三", name, 100, target, actual, unit, ""]])
    assert results(reading) == []
    assert reading.problems[0].column == column
    assert str(reading.problems[0].value) in (str(target), str(actual))


@pytest.mark.parametrize(
    ("name", "target", "actual", "unit"),
    [
        ("销售额", "360万", "350万", ""),
        ("销售额", "360万", 350, "万元"),
        ("销售额", "360万", 3500000, "元"),
        ("完成率", 100, "95%", ""),
        ("不良率", "0.8%", 0.005, "%"),
        ("不良率", 0.008, 0.005, "%"),
        ("合格率", 0.985, 1, "%"),
        ("周转率", 1.2, 30, ""),
        ("工伤事故数", 0, 1, "起"),
    ],
)
def test_what_is_clear_is_taken(name: str, target: object, actual: object, unit: str) -> None:
    assert kpi([KPI, ["1", "张三", name, 100, target, actual, unit, ""]]).problems == ()


def test_a_name_with_its_number_beside_it_names_the_person() -> None:
    head = ["被考核人", "指标名称", "目标值", "实际值"]
    reading = kpi([head, ["张三(0001)", "产量", 1, 1], ["0002 李四", "产量", 1, 1], ["王五", "产量", 1, 1]])
    assert [(r.staff_number, r.name) for r in results(reading)] == [
        ("0001", "张三"),
        ("0002", "李四"),
        ("", "王五"),
    ]


def test_namesakes_are_told_also_where_their_rows_look_like_one() -> None:
    reading = kpi([["姓名", "指标名称", "目标值", "实际值"], ["张三", "产量", 1, 1], ["张三", "产量", 1, 2]])
    known = KnownPeople.of([KnownPerson("1", "张三"), KnownPerson("2", "张三")])
    rows, problems = resolve_people(reading, known)
    assert (rows, [problem.row for problem in problems]) == ((), [2, 3])


def test_two_tables_side_by_side_are_asked_about() -> None:
    rows = [["工号", "姓名", "部门", "工号", "姓名", "部门"], ["1", "张三", "A", "2", "李四", "B"]]
    with pytest.raises(Unusable, match="不止一组工号和姓名：工号、工号\\(2\\)、姓名、姓名\\(2\\)") as found:
        roster(rows)
    assert found.value.columns == {"部门": "department"}
    meant = {"工号": "staff_number", "姓名": "name", "工号(2)": "manager_number", "姓名(2)": "manager_name"}
    assert people(roster(rows, mapping=meant))["1"].manager == "2"
    assert len(people(roster([row[:5] for row in rows[:1]] + [["1", "张三", "A", "", "x"]]))) == 1


def test_a_date_of_leaving_without_end_is_none() -> None:
    head = ["工号", "姓名", "离职日期"]
    reading = roster(
        [
            head,
            ["1", "张三", "9999-12-31"],
            ["2", "李四", "99991231"],
            ["3", "王五", "至今"],
            ["4", "赵六", "2025-03-05"],
        ]
    )
    assert [(p.left_on is None) for p in people(reading).values()] == [True, True, True, False]
    assert reading.problems == ()
