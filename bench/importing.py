"""What importing costs beside only opening the file: a roster and KPI results into a database of their own, in CPU time of
one core. Reading, comparing with the company and writing rows with their history are all counted; then the same file
once more, of which nothing is new.

``python -m bench.importing [ROWS]``
"""

from __future__ import annotations

import gc
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.reading import workbook

AT = datetime(2026, 7, 1, tzinfo=UTC)
KPI_HEADER = ("工号", "姓名", "指标", "权重", "目标值", "实际值", "单位", "数据来源")


def results(people: int) -> bytes:
    """Three results for each of so many people."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("KPI")
    sheet.write_row(0, 0, KPI_HEADER)
    line = 1
    for n in range(1, people + 1):
        for name, weight in (("一次交检合格率", 40), ("准时交货率", 30), ("人均产出", 30)):
            row = (f"{n:06d}", f"员工{n}", name, weight, 90 + n % 9, 80 + n % 19, "件", "MES")
            sheet.write_row(line, 0, row)
            line += 1
    book.close()
    return target.getvalue()


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Nobody pays for what went before."""
    gc.collect()
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def main() -> None:
    people = (int(sys.argv[1]) if len(sys.argv) > 1 else 6000) // 3
    os.environ["HUITAN_HOME"] = tempfile.mkdtemp(prefix="huitan-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "huitan.config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from huitan import intake
    from huitan.cycles import actions as cycles
    from huitan.imports import steps
    from huitan.people.actions import department_named
    from huitan.people.relations import system

    call_command("migrate", verbosity=0)
    actor = system("bench")
    period = {"key": "b", "name": "b", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 6, 30)}
    talks = {"talks_from": date(2026, 7, 1), "talks_until": date(2026, 7, 31)}
    cycle = cycles.set_up(
        {**period, **talks}, departments=[department_named("公司")], levels=[("A", "a")], actor=actor, at=AT
    )
    for kind, data, of in (("roster", workbook(people), None), ("kpi", results(people), cycle)):
        opening, _ = timed(
            lambda data=data: (
                CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
            )
        )
        for outcome in ("created", "unchanged"):
            reading, read = timed(lambda data=data, kind=kind: intake.read(data, f"{kind}.xlsx", kind))
            comparing, compared = timed(lambda read=read, of=of: steps.compare(read, of, AT))
            if set(compared.outcomes) != {outcome}:
                raise SystemExit(f"{kind}: {set(compared.outcomes)}")
            rows = compared.entries if outcome == "created" else ()
            writing, _ = timed(lambda kind=kind, of=of, rows=rows: steps.write(kind, of, rows, actor, AT))
            whole, count = reading + comparing + writing, len(compared.entries)
            print(
                f"{kind:7} {count:6} rows {outcome:9}: opening {opening:.2f} s, reading {reading:.2f} s, "
                f"comparing {comparing:.2f} s, writing {writing:.2f} s; {count / whole:.0f} rows/s, "
                f"{whole / opening:.1f} × opening, {whole / reading:.1f} × reading"
            )
            del read, compared, rows


if __name__ == "__main__":
    main()
