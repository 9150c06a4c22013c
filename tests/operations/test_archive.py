"""An archive comes from anywhere: nothing hostile gets as far as a file, and every refusal is a sentence."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from huitan.core.moves import Refused
from huitan.operations import archive, sealed_keys
from huitan.operations.archive import Entry, Manifest

FILE = b"minutes of a meeting" * 4000
SHA = hashlib.sha256(FILE).hexdigest()
NAME = f"files/{SHA[:2]}/{SHA}"
ABOUT = Manifest("0.1.0", "2026-07-16T08:00:00+00:00", "sqlite", ("people.0001_initial",), 7, {"secret": "x"})


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    target = tmp_path / "good.huitan"
    archive.write(target, [(archive.SQLITE, b"SQLite format 3\0"), (NAME, FILE)], ABOUT)
    return target


def handmade(path: Path, parts: list[tuple[zipfile.ZipInfo | str, bytes]], **changed: object) -> Path:
    """An archive whose manifest fits its entries unless `changed` says otherwise."""
    entries = {
        part if isinstance(part, str) else part.filename: Entry(hashlib.sha256(data).hexdigest(), len(data))
        for part, data in parts
    }
    manifest = {
        **asdict(ABOUT),
        "entries": {name: asdict(entry) for name, entry in entries.items()},
        **changed,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for part, data in parts:
            made.writestr(part, data)
        made.writestr(archive.MANIFEST, json.dumps(manifest))
    return path


def refusal(path: Path, room: int | None = None) -> str:
    with pytest.raises(Refused) as refused:
        archive.check(path, room)
    assert refused.value.kind == "invalid"
    return str(refused.value)


def test_what_was_written_is_read_back_and_private(whole, tmp_path) -> None:
    manifest = archive.check(whole)
    assert manifest.entries[NAME] == Entry(SHA, len(FILE)) and manifest.events == 7
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    archive.unpack(whole, manifest, tmp_path / "out")
    assert (tmp_path / "out" / NAME).read_bytes() == FILE
    assert not list(tmp_path.glob(".*.part"))


def test_a_backup_that_reads_back_differently_gets_no_name(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(archive, "check", lambda path: ABOUT)
    with pytest.raises(Refused, match="读回来的不一样"):
        archive.write(tmp_path / "bad.huitan", [(archive.SQLITE, b"x")], ABOUT)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_refused(whole, at) -> None:
    data = bytearray(whole.read_bytes())
    data[int(len(data) * at)] ^= 0x20
    whole.write_bytes(data)
    assert "没有恢复" in (said := refusal(whole)) or "不是一份完整" in said


@pytest.mark.parametrize("kept", [0, 10, 200, -1])
def test_a_cut_off_archive_is_refused(whole, kept) -> None:
    whole.write_bytes(whole.read_bytes()[:kept])
    assert "不是一份完整的会谈备份" in refusal(whole)


@pytest.mark.parametrize(
    "name",
    ["../keys/secret", "/etc/passwd", "files/../../x", "keys/secret", "files/aa/" + SHA, "database.sqlite3/x",
     "mail/../x.eml", "files/" + SHA[:2] + "/" + SHA + "\n", "demo"],
)  # fmt: skip
def test_no_path_leads_out_and_no_unknown_name_comes_in(tmp_path, name) -> None:
    assert "不该有的东西" in refusal(handmade(tmp_path / "x.huitan", [(name, FILE)]))


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO])
def test_a_link_is_refused_under_a_good_name(tmp_path, mode) -> None:
    link = zipfile.ZipInfo(NAME)
    link.external_attr = (mode | 0o777) << 16
    assert "不该有的东西" in refusal(handmade(tmp_path / "x.huitan", [(link, b"/etc/passwd")]))


def test_a_name_given_twice_is_refused(tmp_path) -> None:
    with pytest.warns(UserWarning):
        path = handmade(tmp_path / "x.huitan", [(NAME, FILE), (NAME, b"other")])
    assert "不该有的东西" in refusal(path)


def test_a_file_must_have_the_hash_it_is_called_by(tmp_path) -> None:
    other = "0" * 64
    assert "对不上" in refusal(handmade(tmp_path / "x.huitan", [(f"files/00/{other}", FILE)]))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path) -> None:
    path = handmade(tmp_path / "x.huitan", [(archive.SQLITE, b"\0" * 30_000_000)])
    assert path.stat().st_size < 100_000
    assert "放不下" in refusal(path, room=1_000_000)
    small = {archive.SQLITE: {"sha256": "0" * 64, "size": 10}}
    lying = handmade(tmp_path / "y.huitan", [(archive.SQLITE, b"\0" * 1_000_000)], entries=small)
    assert "不是一份完整" in refusal(lying, room=100_000)


def test_a_newer_format_and_a_manifest_of_nonsense_are_refused(tmp_path) -> None:
    assert "先升级" in refusal(handmade(tmp_path / "x.huitan", [(archive.SQLITE, b"x")], format=2))
    assert "不是一份完整" in refusal(handmade(tmp_path / "y.huitan", [(archive.SQLITE, b"x")], entries=[1]))


def test_keys_are_sealed_with_the_password_and_no_other(tmp_path) -> None:
    keys, out = tmp_path / "keys", tmp_path / "out"
    (keys / "certificates").mkdir(parents=True)
    (keys / "secret").write_text("very secret")
    (keys / "certificates" / ("a" * 64 + ".pem")).write_text("public")
    (keys / "stray").write_text("not ours")
    sealed = sealed_keys.seal(keys, "a long enough password")
    assert b"very secret" not in sealed
    with pytest.raises(Refused, match="备份密码不对"):
        sealed_keys.open_into(out, sealed, "another long password")
    with pytest.raises(Refused, match="备份密码不对"):
        sealed_keys.open_into(out, sealed[:-1] + bytes([sealed[-1] ^ 1]), "a long enough password")
    assert not out.exists()
    sealed_keys.open_into(out, sealed, "a long enough password")
    assert (out / "secret").read_text() == "very secret" and not (out / "stray").exists()
    assert sealed_keys.names_of(out) == sealed_keys.names_of(keys)
    with pytest.raises(Refused, match="至少 12 个字符"):
        sealed_keys.seal(keys, "short")
