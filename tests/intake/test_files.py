"""Whatever the file is called and however it was saved, the same three people come out."""

import openpyxl
import pytest
from tests.intake.workbooks import (
    MANAGER,
    PEOPLE,
    ROSTER,
    WORKER,
    csv,
    people,
    roster,
    saved,
    wide,
    xls,
    xlsx,
)

from huitan.intake import RosterRow, Unusable, read

TABLE = [ROSTER, *PEOPLE]
NUMBERS = ["00001", "00002", "00003"]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32"),
    ],
)  # fmt: skip
def test_text_in_every_usual_encoding(encoding: str, named: str) -> None:
    reading = read(csv(TABLE, encoding=encoding), "花名册.csv", "roster")
    assert list(people(reading)) == NUMBERS
    assert people(reading)["00003"].name == "林晓岚"
    assert (reading.encoding, reading.sheet) == (named, "")


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_with_either_mark(mark: bytes) -> None:
    encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    reading = read(mark + csv(TABLE, delimiter="\t", encoding=encoding), "花名册.txt", "roster")
    assert (reading.encoding, reading.delimiter, list(people(reading))) == (encoding, "\t", NUMBERS)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", wide(",")])
def test_every_usual_delimiter(delimiter: str, encoding: str) -> None:
    reading = read(csv(TABLE, delimiter=delimiter, encoding=encoding), "a.txt", "roster")
    assert (reading.delimiter, list(people(reading))) == (delimiter, NUMBERS)


def test_commas_inside_the_cells_do_not_hide_the_semicolons() -> None:
    rows = [
        ["工号", "姓名", "岗位"],
        ["00001", "赵启明", "总监,兼厂长,兼书记"],
        ["00002", "沈立文", "经理,代理,a,b"],
    ]
    reading = read(csv(rows, delimiter=";"), "a.csv", "roster")
    assert reading.delimiter == ";"
    assert people(reading)["00001"].position == "总监,兼厂长,兼书记"


def test_quotes_line_breaks_and_an_unclosed_quote() -> None:
    text = '工号,姓名,岗位\r\n00001,赵启明,"总监\r\n兼厂长"\r\n00002,沈立文,"经理 ""代"""\r\n'
    reading = read(text.encode(), "a.csv", "roster")
    assert [(r.row, r.position) for r in people(reading).values()] == [(2, "总监 兼厂长"), (3, '经理 "代"')]
    unclosed = '工号,姓名,岗位\n00001,赵启明,"总监\n00002,沈立文,经理\n00003,林晓岚,"5"" 管"\n'
    found = people(read(unclosed.encode(), "a.csv", "roster"))
    assert [r.position for r in found.values()] == ["总监", "经理", '5" 管']


def test_the_separator_line_of_excel_is_obeyed_and_not_counted() -> None:
    reading = read(b"sep=;\r\n" + csv(TABLE, delimiter=";"), "a.csv", "roster")
    assert (reading.delimiter, reading.header_row, len(reading.rows)) == (";", 1, 3)


def test_old_macintosh_line_ends_and_blank_lines_count_as_rows() -> None:
    text = csv(TABLE).replace(b"\r\n", b"\r")
    assert len(read(text, "a.csv", "roster").rows) == 3
    spaced = csv([*TABLE[:2], [""], *TABLE[2:]])
    assert [row.row for row in read(spaced, "a.csv", "roster").rows] == [2, 4, 5]


def test_old_workbook_with_merged_departments_and_title() -> None:
    rows = [
        ["某公司花名册", None, None],
        ["工号", "姓名", "部门"],
        [1, "赵启明", "装配一部"],
        [2, "沈立文", None],
        [3, "林晓岚", None],
        [4, "何静", None],
    ]
    reading = read(xls(rows, merges=[(0, 0, 0, 2), (2, 4, 2, 2)]), "旧.xls", "roster")
    assert [(r.staff_number, r.department) for r in people(reading).values()] == [
        ("1", ("装配一部",)),
        ("2", ("装配一部",)),
        ("3", ("装配一部",)),
        ("4", ()),
    ]
    assert (reading.header_row, reading.sheet) == (2, "花名册")


def test_the_content_decides_not_the_extension() -> None:
    assert len(read(xlsx(TABLE), "花名册.csv", "roster").rows) == 3
    assert len(read(csv(TABLE, delimiter="\t", encoding="gb18030"), "花名册.xls", "roster").rows) == 3
    assert len(read(xls(TABLE), "花名册.xlsx", "roster").rows) == 3


def test_only_merged_cells_are_filled_down() -> None:
    rows = [
        ROSTER[:3],
        ["1", "甲甲", "装配部"],
        ["2", "乙乙", None],
        ["3", "丙丙", None],
        ["4", "丁丁", None],
    ]
    reading = read(xlsx(rows, merges=["C2:C3"]), "a.xlsx", "roster")
    assert [r.department for r in people(reading).values()] == [("装配部",), ("装配部",), (), ()]


def test_a_header_in_row_seven_and_at_thirty() -> None:
    title = [
        ["某公司员工花名册"],
        ["填报部门:人力资源部", "", "", "填报日期:2026-07-03"],
        [],
        ["说明:"],
        ["1. 请勿改动"],
        [],
    ]
    assert roster([*title, *TABLE]).header_row == 7
    assert roster([["标题"]] + [[]] * 28 + TABLE).header_row == 30


def test_the_sheet_whose_header_fits_is_read() -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "填写说明"
    cover.append(["工号", "说明"])
    cover.append(["必填", "五位数字"])
    data = book.create_sheet("人员")
    for row in TABLE:
        data.append(row)
    hidden = book.create_sheet("旧数据")
    hidden.sheet_state = "hidden"
    for row in [*TABLE, ["00004", "孙雨", *WORKER[2:]]]:
        hidden.append(row)
    reading = read(saved(book), "a.xlsx", "roster")
    assert (reading.sheet, len(reading.rows), reading.other_sheets) == ("人员", 3, ("旧数据",))


def test_an_empty_template_gives_way_to_the_sheet_with_data() -> None:
    book = openpyxl.Workbook()
    template = book.active
    assert template is not None
    template.append(ROSTER)
    data = book.create_sheet("数据")
    for row in [*TABLE, ["00004", "孙雨", *WORKER[2:]]]:
        data.append(row)
    assert read(saved(book), "a.xlsx", "roster").sheet == "数据"


def test_hidden_columns_formulas_text_numbers_and_invisible_characters() -> None:
    rows = [
        ROSTER,
        [
            "'00001",
            "赵\u200b启明",
            "制造中心\u00a0",
            "总监",
            "",
            "2019-03-01",
            " Zhao@Example.com ",
            "在职\u3000",
        ],
    ]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    sheet["J1"] = "公式"
    sheet["J2"] = "=1+1"
    sheet.column_dimensions["C"].hidden = True
    reading = read(saved(book), "a.xlsx", "roster")
    assert reading.rows == (
        RosterRow(
            2,
            "00001",
            "赵启明",
            ("制造中心",),
            "总监",
            "",
            "",
            people(reading)["00001"].hired_on,
            "zhao@example.com",
            "active",
        ),
    )
    assert reading.ignored_columns == ("公式",)


def test_totals_repeated_headers_notes_and_blank_rows_are_no_data() -> None:
    rows = [
        ROSTER,
        PEOPLE[0],
        [],
        ["装配一部小计", "", "", "", "", "", "", "1人"],
        ROSTER,
        MANAGER,
        ["   ", "\u3000", None],
        WORKER,
        ["合 计", "3人"],
        ["合计" + wide(":"), 3],
        ["Total:", 3],
        [],
        ["制表人" + wide(":") + "何静", "", "", "审核人:顾清和"],
        ["备注：以上数据截至 6 月 30 日。"],
    ]
    reading = roster(rows)
    assert (list(people(reading)), reading.problems) == (NUMBERS, ())
    assert [row.row for row in reading.rows] == [2, 6, 8]
    skipped = [(skip.row, skip.reason) for skip in reading.skipped]
    assert skipped == [
        (4, "total"),
        (5, "header"),
        (9, "total"),
        (10, "total"),
        (11, "total"),
        (13, "note"),
        (14, "note"),
    ]


def test_a_prefilled_serial_number_is_no_row() -> None:
    rows = [["序号", *ROSTER], [1, *PEOPLE[0]], [2], [3]]
    reading = roster(rows)
    assert (len(reading.rows), reading.problems, reading.skipped) == (1, (), ())


def test_a_person_with_only_a_number_or_only_a_name_is_a_problem_not_a_note() -> None:
    reading = roster([ROSTER, *PEOPLE, ["00009"], ["", "没有工号"]])
    assert [(p.row, p.problem) for p in reading.problems] == [
        (5, "这一行没有姓名。"),
        (6, "这一行没有工号。"),
    ]


def test_samples_show_what_each_column_holds() -> None:
    reading = roster([[*ROSTER, "工资"], [*PEOPLE[0], 1], [*MANAGER, 2]])
    assert reading.samples["工号"] == ("00001", "00002")
    assert reading.samples["工资"] == ("1", "2")
    assert reading.ignored_columns == ("工资",)


def test_a_format_painted_to_the_last_corner_does_not_count() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in TABLE:
        sheet.append(row)
    sheet["XFD1048576"].number_format = "0.00"
    assert len(read(saved(book), "a.xlsx", "roster").rows) == 3


def test_a_value_in_the_last_corner_is_refused_instead_of_filling_the_memory() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in TABLE:
        sheet.append(row)
    sheet["XFD1048576"] = "x"
    with pytest.raises(Unusable, match="展开后太大"):
        read(saved(book), "a.xlsx", "roster")
