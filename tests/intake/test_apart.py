"""An old workbook cannot take the process down that reads it."""

from __future__ import annotations

import pickle

import pytest
from tests.intake.workbooks import PEOPLE, ROSTER, xls

from huitan.intake import Unusable, apart, read


def test_an_old_workbook_is_read_in_a_process_of_its_own(monkeypatch) -> None:
    monkeypatch.setattr("huitan.intake.tables.old_workbook", lambda data: pytest.fail("read in this process"))
    assert len(read(xls([ROSTER, *PEOPLE]), "旧.xls", "roster").rows) == 3


def test_too_long_is_stopped_with_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr(apart, "WALL_SECONDS", 0.01)
    with pytest.raises(Unusable, match="太多时间或内存"):
        read(xls([ROSTER, *PEOPLE]), "旧.xls", "roster")


def test_a_process_that_dies_is_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(Unusable, match="太多时间或内存"):
        read(xls([ROSTER, *PEOPLE]), "旧.xls", "roster")


def test_nothing_but_cells_comes_back() -> None:
    import io
    import os

    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    with pytest.raises(pickle.UnpicklingError):
        apart._Cells(io.BytesIO(pickle.dumps(Evil()))).load()


def test_the_limits_hold(tmp_path) -> None:
    """A process that tries to take more memory than allowed ends by itself."""
    import subprocess
    import sys

    script = (
        "import sys, huitan.intake.apart as apart, huitan.intake.tables as tables\n"
        "tables.old_workbook = lambda data: bytearray(apart.MEMORY)\n"
        "apart.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=b"x", capture_output=True, check=False)
    assert done.returncode != 0
    assert b"MemoryError" in done.stderr
