"""How much reading a roster costs beside only opening the file: the ratio of `intake.read` to python-calamine alone.

``python -m bench.reading [ROWS]``
"""

from __future__ import annotations

import io
import statistics
import sys
import time

import xlsxwriter
from python_calamine import CalamineWorkbook

from huitan import intake

HEADER = ("工号", "姓名", "所属部门", "岗位", "汇报对象(工号)", "入职日期", "邮箱", "在职状态")


def workbook(rows: int) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("花名册")
    sheet.write_row(0, 0, ("公司花名册",))
    sheet.write_row(1, 0, HEADER)
    for n in range(1, rows + 1):
        boss = f"{n // 10:06d}" if n >= 10 else ""
        day = f"20{n % 20:02d}/{n % 12 + 1:02d}/{n % 28 + 1:02d}"
        person = (
            f"{n:06d}",
            f"员工{n}",
            f"中心{n % 9}/部门{n % 90}",
            "工程师",
            boss,
            day,
            f"e{n}@example.com",
            "在职",
        )
        sheet.write_row(n + 1, 0, person)
    book.close()
    return target.getvalue()


def measure(rows: int, rounds: int = 5) -> tuple[float, float]:
    """Median CPU seconds of (opening only, reading), taken in turn."""
    data = workbook(rows)
    opening, reading = [], []
    for _ in range(rounds):
        start = time.process_time()
        CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        middle = time.process_time()
        found = intake.read(data, "roster.xlsx", "roster")
        end = time.process_time()
        if len(found.rows) != rows:
            raise SystemExit(f"{len(found.rows)} of {rows} rows were read")
        opening.append(middle - start)
        reading.append(end - middle)
    return statistics.median(opening), statistics.median(reading)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    bare, full = measure(rows)
    print(f"roster of {rows} rows: opening {bare:.2f} s, reading {full:.2f} s, ratio {full / bare:.2f}")


if __name__ == "__main__":
    main()
