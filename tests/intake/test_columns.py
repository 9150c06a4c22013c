import pytest
from tests.intake.workbooks import PEOPLE, ROSTER, csv, people, roster, wide, xlsx

from huitan.intake import Kind, Unusable, fields_of, read
from huitan.intake.columns import field_of

HEADERS: list[tuple[Kind, str, str]] = [
    ("roster", "员工编号", "staff_number"), ("roster", "人员编码", "staff_number"), ("roster", "Employee ID", "staff_number"),
    ("roster", "EMPLOYEE_ID", "staff_number"), ("roster", "Pers.No.", "staff_number"), ("roster", "工 号", "staff_number"),
    ("roster", "工号*", "staff_number"), ("roster", "* 工号(必填)", "staff_number"), ("roster", "工号 / Employee ID", "staff_number"),
    ("roster", "工号\n(Staff No.)", "staff_number"), ("roster", "Worker ID", "staff_number"), ("roster", "工号" + wide("*"), "staff_number"),
    ("roster", "姓 名", "name"), ("roster", "姓\n名", "name"), ("roster", "员工姓名", "name"), ("roster", "Full Name", "name"),
    ("roster", "Name (Chinese)", "name"), ("roster", "姓", "family_name"), ("roster", "Last Name", "family_name"),
    ("roster", "Legal First Name", "given_name"), ("roster", "所属部门", "department"), ("roster", "部门全路径", "department"),
    ("roster", "Supervisory Organization", "department"), ("roster", "一级部门", "department_1"), ("roster", "二级组织", "department_2"),
    ("roster", "部门3", "department_3"), ("roster", "Level 2 Department", "department_2"), ("roster", "岗位名称", "position"),
    ("roster", "Job Title", "position"), ("roster", "汇报对象(工号)", "manager_number"), ("roster", "汇报对象\uff08工号\uff09", "manager_number"), ("roster", wide("Employee ID").replace(" ", "\u3000"), "staff_number"), ("roster", "直接上级工号", "manager_number"),
    ("roster", "直属上级(工号)", "manager_number"), ("roster", "Manager ID", "manager_number"), ("roster", "上级的工号", "manager_number"),
    ("roster", "Supervisor Employee ID", "manager_number"), ("roster", "直接上级邮箱", "manager_email"), ("roster", "Manager Email", "manager_email"),
    ("roster", "汇报对象姓名", "manager_name"), ("roster", "Manager's Name", "manager_name"), ("roster", "直接上级", "manager"),
    ("roster", "Reports To", "manager"), ("roster", "Line Manager", "manager"), ("roster", "汇报对象【必填】", "manager"),
    ("roster", "入职日期(yyyy-mm-dd)", "hired_on"), ("roster", "入司时间", "hired_on"), ("roster", "Hire Date", "hired_on"),
    ("roster", "企业邮箱", "email"), ("roster", "E-mail Address", "email"), ("roster", "员工状态", "status"), ("roster", "Worker Status", "status"),
    ("roster", "手机号码", "phone"), ("kpi", "考核指标", "kpi"), ("kpi", "KPI Name", "kpi"), ("kpi", "权重(%)", "weight"), ("kpi", "权重" + wide("%"), "weight"),
    ("kpi", "Weight (%)", "weight"), ("kpi", "目标值(万元)", "target"), ("kpi", "考核目标", "target"), ("kpi", "Target Value", "target"),
    ("kpi", "实际完成值", "actual"), ("kpi", "完成情况", "actual"), ("kpi", "Actual", "actual"), ("kpi", "计量单位", "unit"), ("kpi", "UoM", "unit"),
    ("kpi", "指标性质", "direction"), ("kpi", "Polarity", "direction"), ("kpi", "数据提供部门", "source"), ("kpi", "统计截止日期", "as_of"),
    ("kpi", "被考核人", "name"), ("events", "事件类型", "kind"), ("events", "Event Type", "kind"), ("events", "事发日期", "occurred_on"),
    ("events", "Date of Incident", "occurred_on"), ("events", "事件经过", "statement"), ("events", "Description", "statement"),
    ("events", "佐证材料", "source"), ("events", "Evidence", "source"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "header", "field"), HEADERS)
def test_a_header_in_the_words_of_many_systems(kind: Kind, header: str, field: str) -> None:
    found = field_of(kind, header)
    assert found is not None
    assert found[0] == field
    assert field in fields_of(kind)


@pytest.mark.parametrize(
    "header", ["序号", "性别", "身份证号", "部门编码", "达成率", "得分", "年龄", "2026-01-01", "", "合计"]
)
@pytest.mark.parametrize("kind", ["roster", "kpi", "events"])
def test_other_headers_are_left_alone(kind: Kind, header: str) -> None:
    assert field_of(kind, header) is None


def test_workday_export_in_english() -> None:
    rows = [
        ["Employee ID", "Last Name", "First Name", "Supervisory Organization", "Business Title", "Manager ID", "Manager", "Hire Date", "Work Email", "Worker Status"],
        [12, "Lee", "Ann", "Sales > North", "Account Manager", "", "", "30-May-2019", "ann@example.com", "Active"],
        [13, "Kim", "Bo", "Sales > North", "Clerk", 12, "Ann Lee", "1-Jun-2020", "bo@example.com", "On Leave"],
    ]  # fmt: skip
    reading = read(csv(rows), "workers.csv", "roster")
    assert reading.problems == ()
    found = people(reading)
    assert (found["12"].name, found["12"].department) == ("Ann Lee", ("Sales", "North"))
    assert (found["13"].manager, found["13"].manager_name, found["13"].status) == (
        "12",
        "Ann Lee",
        "on_leave",
    )


def test_level_columns_make_a_path() -> None:
    rows = [
        ["工号", "姓", "名", "一级部门", "二级部门", "三级部门"],
        ["1", "欧阳", "娜娜", "制造中心", "装配一部", ""],
        ["2", "王", "伟", "制造中心", "制造中心", ""],
        ["3", "李", "雷", "制造中心", "装配一部", "A线"],
    ]
    found = people(roster(rows))
    assert [row.name for row in found.values()] == ["欧阳娜娜", "王伟", "李雷"]
    assert [row.department for row in found.values()] == [
        ("制造中心", "装配一部"),
        ("制造中心",),
        ("制造中心", "装配一部", "A线"),
    ]


def test_named_level_columns_make_a_path() -> None:
    rows = [
        ["工号", "姓名", "班组", "中心", "部门"],
        ["1", "王伟", "一班", "制造中心", "装配一部"],
        ["2", "李雷", "", "制造中心", "制造中心/设备部"],
    ]
    found = people(roster(rows))
    assert [row.department for row in found.values()] == [
        ("制造中心", "装配一部", "一班"),
        ("制造中心", "设备部"),
    ]


def test_two_header_rows_with_a_group_over_two_columns() -> None:
    rows = [
        ["工号", "姓名", "直接上级", None, "部门"],
        [None, None, "工号", "姓名", None],
        ["00001", "赵启明", None, None, "制造中心"],
        ["00002", "沈立文", "00001", "赵启明", "装配一部"],
    ]
    reading = read(xlsx(rows, merges=["A1:A2", "B1:B2", "C1:D1", "E1:E2"]), "a.xlsx", "roster")
    assert reading.header_row == 2
    assert reading.columns["直接上级 工号"] == "manager_number"
    assert [(r.staff_number, r.name, r.manager) for r in people(reading).values()] == [
        ("00001", "赵启明", ""),
        ("00002", "沈立文", "00001"),
    ]


def test_the_better_of_two_columns_is_taken_and_a_repeated_title_stays_apart() -> None:
    rows = [["编号", "工号", "姓名", "部门", "部门"], ["9", "00001", "赵启明", "制造中心", "别处"]]
    reading = roster(rows)
    assert people(reading)["00001"].department == ("制造中心",)
    assert reading.ignored_columns == ("编号", "部门(2)")


def test_a_mapping_overrides_what_a_column_means() -> None:
    rows = [["人", "号", "工号", "归口"], ["赵启明", "00001", "X", "制造中心"]]
    reading = roster(rows, mapping={"人": "name", "号": "staff_number", "归口": "department", "工号": ""})
    assert people(reading)["00001"].department == ("制造中心",)
    assert reading.columns == {"人": "name", "号": "staff_number", "归口": "department"}
    assert reading.ignored_columns == ("工号",)


def test_a_mapping_to_nowhere_says_so() -> None:
    with pytest.raises(Unusable, match="指定的字段「salary」不存在"):
        roster([ROSTER, *PEOPLE], mapping={"部门": "salary"})
    with pytest.raises(Unusable, match="没有列「车间」"):
        roster([ROSTER, *PEOPLE], mapping={"车间": "department"})


def test_goal_beside_kpi_is_the_target() -> None:
    rows = [["Employee ID", "KPI", "Goal", "Actual"], ["1", "Sales", 10, 12]]
    reading = read(csv(rows), "a.csv", "kpi")
    assert reading.columns == {
        "Employee ID": "staff_number",
        "KPI": "kpi",
        "Goal": "target",
        "Actual": "actual",
    }
