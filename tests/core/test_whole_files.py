"""A key is written whole or not at all, and two who start at once agree on one."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from huitan.core import whole_files


def test_many_who_start_at_once_agree(tmp_path) -> None:
    place, number = tmp_path / "keys" / "secret", count()
    with ThreadPoolExecutor(8) as pool:
        found = set(
            pool.map(lambda _: whole_files.made_once(place, lambda: f"{next(number)}".encode()), range(40))
        )
    assert len(found) == 1 and found == {place.read_bytes()}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [p.name for p in place.parent.iterdir()] == ["secret"]


def test_a_write_cut_off_leaves_nothing_and_harms_nothing(tmp_path, monkeypatch) -> None:
    place = tmp_path / "secret"

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        whole_files.made_once(place, lambda: b"half")
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    whole_files.write(place, b"old", replace=True)
    whole_files.write(place, b"second", replace=False)
    assert place.read_bytes() == b"old"
    whole_files.write(place, b"new", replace=True)
    assert place.read_bytes() == b"new"
