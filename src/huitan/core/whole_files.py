"""Small files that must be whole or not there: keys above all. Knows no Django, because the settings need it first."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write(path: Path, content: bytes, *, replace: bool) -> None:
    """All or nothing, readable by the owner only. Without `replace`, of two who write at once the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")  # made with O_EXCL and mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(partial, path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(partial, path)
        remember(path.parent)
    finally:
        Path(partial).unlink(missing_ok=True)


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; made on first use. Two processes that start at once agree on what the first one wrote."""
    if not path.exists():
        write(path, make(), replace=False)
    return path.read_bytes()


def remember(folder: Path) -> None:
    """The names in this folder are on disk from now on."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
