"""One backup, one file: a zip archive whose manifest names every entry with its SHA-256 and size.

What is read comes from anywhere. Entries have one of a few known names and become files only by those names, so that no
path leads out; nothing is taken that the manifest does not name, and never more bytes than it says.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from huitan.core import whole_files
from huitan.core.moves import Refused
from huitan.core.sentences import say

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, DUMP, KEYS = "database.sqlite3", "database.dump", "keys.sealed"
FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
NAMES = re.compile(
    rf"{re.escape(SQLITE)}|{re.escape(DUMP)}|{re.escape(KEYS)}|{FILE.pattern}|mail/[\w-]+\.eml"
)
LARGEST_MANIFEST = 64 * 1024 * 1024
CHUNK = 1024 * 1024
# What opening or reading a broken, cut off or malicious archive raises.
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, KeyError,
    TypeError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """`keys` names the installation's keys without giving them away: a hash of the secret and the seals' public key."""

    version: str
    made_at: str
    database: str
    migrations: tuple[str, ...]
    events: int
    keys: dict[str, str]
    entries: dict[str, Entry] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.entries.values())


def write(target: Path, parts: Iterable[tuple[str, Path | bytes]], about: Manifest) -> Manifest:
    """The archive under its name only once it was read back from the disk and found to hold what was put in."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    entries: dict[str, Entry] = {}
    try:
        with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                for name, source in parts:
                    entries[name] = _put(archive, name, source)
                made = replace(about, entries=entries)
                archive.writestr(MANIFEST, json.dumps(asdict(made), ensure_ascii=False, sort_keys=True))
            file.flush()
            os.fsync(file.fileno())
        if check(partial) != made:
            raise Refused("invalid", say("备份写下去和读回来的不一样，没有留下。看看磁盘是不是坏了。"))
        os.replace(partial, target)
        whole_files.remember(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return made


def _put(archive: zipfile.ZipFile, name: str, source: Path | bytes) -> Entry:
    if isinstance(source, bytes):
        archive.writestr(name, source)
        return Entry(hashlib.sha256(source).hexdigest(), len(source))
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file, archive.open(zipfile.ZipInfo.from_file(source, name), "w") as entry:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            entry.write(chunk)
    return Entry(digest.hexdigest(), size)


def check(path: Path, room: int | None = None) -> Manifest:
    """The manifest of an archive every byte of which is as the manifest says. `room`: how many bytes it may unpack to."""
    with _opened(path) as archive:
        manifest = _manifest(archive)
        if room is not None and manifest.size > room:
            raise Refused(
                "invalid", say("备份展开后放不下：要 %(n)s MB。先清出空间。", n=manifest.size >> 20)
            )
        for name in manifest.entries:
            for _chunk in _content(archive, manifest, name):
                pass
    return manifest


def unpack(path: Path, manifest: Manifest, folder: Path) -> None:
    """Each entry into `folder` under its own known name, compared with the manifest once more as it is written."""
    with _opened(path) as archive:
        for name in manifest.entries:
            place = folder / name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(place, "xb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
                for chunk in _content(archive, manifest, name):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except BROKEN as wrong:
        raise Refused(
            "invalid", say("%(file)s 不是一份完整的会谈备份：打不开，或被截断、改动过。", file=path.name)
        ) from wrong


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    infos = archive.infolist()
    names = {info.filename for info in infos}
    strange = [
        info.filename for info in infos if info.filename != MANIFEST and not NAMES.fullmatch(info.filename)
    ]
    if strange or len(names) != len(infos) or any(not _is_plain(info) for info in infos):
        raise Refused(
            "invalid",
            say("备份里有不该有的东西，没有恢复：%(name)s", name=repr((strange or ["?"])[0][:80])),
        )
    with archive.open(MANIFEST) as file:
        text = file.read(LARGEST_MANIFEST + 1)
    if len(text) > LARGEST_MANIFEST:
        raise ValueError("manifest too large")
    manifest = _read(json.loads(text))
    sizes = {info.filename: info.file_size for info in infos if info.filename != MANIFEST}
    if sizes != {name: entry.size for name, entry in manifest.entries.items()}:
        raise ValueError("entries and manifest differ")
    return manifest


def _is_plain(info: zipfile.ZipInfo) -> bool:
    """A file: no folder, no link, nothing encrypted."""
    kind = (info.external_attr >> 16) & 0o170000
    return kind in (0, 0o100000) and not info.is_dir() and not info.flag_bits & 0x1


def _read(given: dict[str, Any]) -> Manifest:
    if given["format"] != FORMAT:
        raise Refused("invalid", say("这份备份是更新版本的会谈做的，这里读不了。先升级会谈。"))
    entries = {
        str(name): Entry(str(entry["sha256"]), int(entry["size"])) for name, entry in given["entries"].items()
    }
    return Manifest(
        version=str(given["version"]),
        made_at=str(given["made_at"]),
        database=str(given["database"]),
        migrations=tuple(str(name) for name in given["migrations"]),
        events=int(given["events"]),
        keys={str(name): str(value) for name, value in given["keys"].items()},
        entries=entries,
    )


def _content(archive: zipfile.ZipFile, manifest: Manifest, name: str) -> Iterator[bytes]:
    wanted, digest, size = manifest.entries[name], hashlib.sha256(), 0
    with archive.open(name) as file:
        yield from _counted(file, wanted, digest)
        size = file.tell()
    kept = FILE.fullmatch(name)
    if digest.hexdigest() != wanted.sha256 or size != wanted.size or (kept and kept[2] != wanted.sha256):
        raise Refused("invalid", say("备份里的 %(name)s 和清单对不上，没有恢复。换一份备份。", name=name))


def _counted(file: IO[bytes], wanted: Entry, digest: Any) -> Iterator[bytes]:
    left = wanted.size
    while chunk := file.read(min(CHUNK, left + 1)):
        left -= len(chunk)
        if left < 0:
            raise ValueError("longer than the manifest says")
        digest.update(chunk)
        yield chunk
