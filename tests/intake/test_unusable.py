"""A file of which nothing can be used is refused with a sentence, whatever it is."""

import io
import re
import struct
import zipfile
import zlib

import pytest
import xlsxwriter
from tests.intake.workbooks import PEOPLE, ROSTER, csv, roster, xls, xlsx

from huitan.intake import KINDS, Unusable, read, sentence
from huitan.intake.tables import MAX_BYTES

GOOD = xlsx([ROSTER, *PEOPLE])


def refused(data: bytes, filename: str = "a.xlsx") -> str:
    with pytest.raises(Unusable) as caught:
        read(data, filename, "roster")
    problem, hint = sentence(caught.value)
    assert hint.endswith("。")
    assert "%(" not in problem + hint
    return problem


def archive(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return target.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\r\n", b"\x00" * 100])
def test_an_empty_file(data: bytes) -> None:
    assert refused(data) == "文件是空的。"


def test_an_empty_workbook() -> None:
    assert refused(xlsx([])) == "文件里没有内容。"


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body><table><tr><td>\xb9\xa4\xba\xc5</td></tr></table></body></html>",
        b"\xef\xbb\xbf  <!DOCTYPE html><html></html>",
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        "<table><tr><td>工号</td></tr></table>".encode("utf-16"),
    ],
)
def test_a_web_page_that_calls_itself_a_workbook(data: bytes) -> None:
    assert refused(data, "花名册.xls").startswith("文件内容是网页或 XML")


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n", b"Rar!\x1a\x07", b"{\\rtf1 a}", b"\x1f\x8b\x08"]
)
def test_another_kind_of_file(data: bytes) -> None:
    assert refused(data) == "文件不是表格。"


def test_another_kind_of_archive() -> None:
    assert refused(archive({"word/document.xml": b"<a/>"})) == "文件不是表格。"
    assert "读不了" in refused(archive({"content.xml": b"<a/>", "mimetype": b"x"}))
    assert "读不了" in refused(archive({"xl/workbook.bin": b"x"}))


@pytest.mark.parametrize(
    "data", [GOOD[: len(GOOD) // 2], GOOD[:-40], b"PK\x03\x04" + bytes(range(256)), xls([ROSTER])[:700]]
)
def test_a_damaged_workbook(data: bytes) -> None:
    assert refused(data)


def test_damaged_parts_inside_a_sound_archive() -> None:
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"):
        assert refused(archive(parts_of(GOOD) | {name: b"<worksheet><sheetData><row"}))


def test_a_file_over_the_limit() -> None:
    assert refused(b"x" * (MAX_BYTES + 1)).startswith("文件有 65 MB")


def test_an_archive_that_says_it_unpacks_to_gigabytes() -> None:
    bomb = archive({**parts_of(GOOD), "xl/media/zeros.bin": b"\x00" * 1000})
    at = bomb.rindex(b"PK\x01\x02")
    huge = bomb[: at + 24] + struct.pack("<I", 2**31) + bomb[at + 28 :]
    assert refused(huge).startswith("文件展开后太大")


def test_an_archive_that_hides_how_much_it_unpacks_to() -> None:
    parts = parts_of(GOOD)
    name = "xl/theme/theme1.xml"
    content = parts[name] + b" " * 3_000_000
    packed = archive({**parts, name: content})
    lied = packed.replace(struct.pack("<I", len(content)), struct.pack("<I", 1000))
    assert lied != packed
    assert refused(lied).startswith("文件展开后太大")


def test_a_table_of_strings_that_claims_to_be_huge() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    book.add_worksheet().write_row(0, 0, ROSTER)
    book.close()
    parts = parts_of(target.getvalue())
    name = "xl/sharedStrings.xml"
    claimed = re.sub(rb'ount="\d+"', b'ount="4000000000"', parts[name])
    assert claimed != parts[name]
    assert refused(archive({**parts, name: claimed})).startswith("文件展开后太大")


def test_an_old_workbook_that_claims_to_be_huge() -> None:
    data = xls([ROSTER, *PEOPLE])
    dimensions = struct.pack("<HHII", 0x0200, 14, 0, 4)
    assert data.count(dimensions) == 1
    assert refused(data.replace(dimensions, struct.pack("<HHII", 0x0200, 14, 0, 0xFFFFFFFF))).startswith(
        "文件打不开"
    )
    strings = data.index(struct.pack("<H", 0x00FC), 512)
    many = data[: strings + 8] + struct.pack("<I", 0x7FFFFFFF) + data[strings + 12 :]
    assert refused(many).startswith("文件打不开")


def sheet_with(row: bytes) -> bytes:
    parts = parts_of(GOOD)
    name = "xl/worksheets/sheet1.xml"
    return archive({**parts, name: parts[name].replace(b"</sheetData>", row + b"</sheetData>")})


@pytest.mark.parametrize(
    "row",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        b'<row r="1048576"><c\tr = "XFD1048576" ><v>1</v></c></row>',
        b'<row r="1048576"><c t="n" r="XFD1048576"><v>1</v></c></row>',
        b'<row r="9"><c r="A1048576"><v>1</v></c><c r="XFD9"><v>1</v></c></row>',
    ],
)
def test_one_value_in_the_last_corner_however_it_is_written(row: bytes) -> None:
    assert refused(sheet_with(row)).startswith("文件展开后太大")


def test_an_old_workbook_with_a_value_in_the_last_corner() -> None:
    data = xls([ROSTER, *PEOPLE, [7.123456789]])
    record = struct.pack("<HHHH", 0x0203, 14, 4, 0)
    assert data.count(record) == 1
    corner = struct.pack("<HHHH", 0x0203, 14, 0xFFFF, 0xFFFF)
    assert refused(data.replace(record, corner)).startswith("文件展开后太大")


def compound(*names: str) -> bytes:
    """The smallest OLE file with these streams, all empty."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", head, 44, 1, 1, 0)
    struct.pack_into("<III", head, 56, 4096, 0xFFFFFFFE, 0)
    struct.pack_into("<II", head, 68, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    directory = b""
    for place, name in enumerate(("Root Entry", *names)):
        entry = bytearray(128)
        raw = name.encode("utf-16-le") + b"\0\0"
        entry[: len(raw)] = raw
        struct.pack_into("<HB", entry, 64, len(raw), 5 if place == 0 else 2)
        struct.pack_into("<II", entry, 116, 0xFFFFFFFE, 0)
        directory += bytes(entry)
    return bytes(head) + table + directory.ljust(512, b"\0")


def test_a_password() -> None:
    assert refused(compound("EncryptionInfo", "EncryptedPackage")) == "文件有打开密码\uff0c读不了里面的内容。"
    locked = bytearray(GOOD)
    at = GOOD.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert refused(bytes(locked)) == "文件有打开密码\uff0c读不了里面的内容。"


def test_a_word_document() -> None:
    assert refused(compound("WordDocument")) == "文件不是表格。"


def test_no_header_and_missing_columns_say_what_was_found() -> None:
    assert refused(csv([["甲", "乙"], ["1", "2"]])).startswith("没有找到表头")
    with pytest.raises(Unusable) as caught:
        roster([["花名册"], ["工号", "部门", "车号"], ["1", "制造中心", "9"]])
    assert sentence(caught.value)[0] == "表头（第 2 行）缺少列：姓名。"
    assert (caught.value.header_row, caught.value.found) == (2, ("工号", "部门", "车号"))


def test_a_header_without_data() -> None:
    for kind, header in zip(
        KINDS,
        (["工号", "姓名"], ["工号", "指标", "目标值", "实际值"], ["工号", "类型", "日期", "描述"]),
        strict=True,
    ):
        with pytest.raises(Unusable, match="下面没有数据"):
            read(csv([header, ["", ""], ["合计", "0"]]), "a.csv", kind)


def test_bytes_that_are_no_text() -> None:
    noise = zlib.compress(bytes(range(256)) * 64) * 20
    assert refused(noise)


def test_an_unknown_kind_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        read(GOOD, "a.xlsx", "salaries")  # type: ignore[arg-type]
