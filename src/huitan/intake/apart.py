"""A file of the old kind (.xls) read in a process of its own, with an end to its time and memory.

The old format is a file system of its own that a hostile file can send in circles or make claim any size. Whatever it
does there, the process that asked only learns the cells, or that it did not work.

Run as `python -m huitan.intake.apart`: the file on standard input, its sheets or the reason on standard output.
"""

import io
import pickle
import resource
import subprocess
import sys
from typing import Any

from huitan.intake.problems import N_, Unusable

CPU_SECONDS = 30
WALL_SECONDS = 60
MEMORY = 1536 * 1024 * 1024
# What may come back: cells and the sheets around them, nothing that could act.
_KNOWN = {
    ("huitan.intake.tables", "Sheet"),
    ("huitan.intake.cells", "Percent"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
}


def sheets(data: bytes) -> list[Any]:
    """The sheets of an old workbook. Raises Unusable, also when reading took too long or too much memory."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "huitan.intake.apart"],
            input=data,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=True,
        )
        found, unusable = _Cells(io.BytesIO(done.stdout)).load()
    except (subprocess.SubprocessError, pickle.UnpicklingError, EOFError, ValueError) as error:
        raise Unusable(
            N_("读这个 .xls 文件用了太多时间或内存，已经停下。"),
            N_("用 Excel 打开它，另存为 .xlsx 后重新上传。"),
        ) from error
    if unusable is not None:
        raise Unusable(*unusable)
    sheets: list[Any] = found
    return sheets


class _Cells(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is no cell")
        return super().find_class(module, name)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from huitan.intake import tables

    data = sys.stdin.buffer.read()
    found: list[Any] = []
    unusable = None
    try:
        found = list(tables.old_workbook(data))
    except Unusable as error:
        unusable = (error.problem, error.hint, dict(error.params))
    sys.stdout.buffer.write(pickle.dumps((found, unusable), protocol=pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
