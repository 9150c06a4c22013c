"""Making a backup while pages and worker run: the database as it is at one moment, then the files it names.

A file is on the disk before the row that names it is committed, and is never changed: copied after the database, no
file can be missing.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection, transaction

from huitan.core import events, lease
from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.operations import archive, postgresql, product, sealed_keys
from huitan.operations.archive import Manifest
from huitan.people.relations import Actor

STREAM = "operations"
COPY = "backup-"


@dataclass(frozen=True)
class Backup:
    path: Path
    sha256: str
    size: int
    manifest: Manifest

    @property
    def has_keys(self) -> bool:
        return archive.KEYS in self.manifest.entries


def make(target: Path, *, password: str = "", actor: Actor, at: datetime) -> Backup:
    """One archive, read back before it gets its name. With a password the keys go along, sealed with it."""
    home = Path(settings.HUITAN_HOME)
    if target.is_dir() or not target.suffix:
        target = target / f"huitan-{at:%Y%m%dT%H%M%SZ}.huitan"
    if target.exists():
        raise Refused("invalid", say("%(file)s 已经有了。换一个名字。", file=target))
    migrations = product.migrations_applied()
    if migrations != product.migrations_known():
        raise Refused("not_now", say("数据库和这个版本的会谈对不上。先运行 huitan migrate，再备份。"))
    sealed = sealed_keys.seal(home / "keys", password) if password else b""
    with _alone(), TemporaryDirectory(prefix=COPY, dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        name, copy = _copy_of_database(Path(folder))
        about = Manifest(
            version=product.version(),
            made_at=at.isoformat(),
            database=connection.vendor,
            migrations=tuple(sorted(migrations)),
            events=events.newest(),
            keys=sealed_keys.names_of(home / "keys"),
        )
        written = archive.write(target, _parts(home, name, copy, sealed), about)
    made = Backup(target, _sha256(target), target.stat().st_size, written)
    payload = {"file": target.name, "sha256": made.sha256, "size": made.size, "keys": made.has_keys}
    with transaction.atomic():
        events.append(STREAM, "backup.made", actor=actor, at=at, payload=payload)
    return made


@contextmanager
def _alone() -> Iterator[None]:
    """One backup at a time; what one that was killed left behind, a copy of everything, goes away with the next."""
    with lease.held("backup") as mine:
        if not mine:
            raise Refused("not_now", say("另一个备份正在做。等它做完再来。"))
        for left_over in Path(settings.FILE_UPLOAD_TEMP_DIR).glob(f"{COPY}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        yield


def _copy_of_database(folder: Path) -> tuple[str, Path]:
    if connection.vendor == "postgresql":
        copy = folder / archive.DUMP
        postgresql.dump(copy)
        return archive.DUMP, copy
    copy = folder / archive.SQLITE
    copy_sqlite(str(connection.settings_dict["NAME"]), copy)
    return archive.SQLITE, copy


def copy_sqlite(source: str, target: Path) -> None:
    """In one step, which in WAL mode holds up nobody; checked before it counts."""
    is_address = source.startswith("file:")
    with (
        closing(sqlite3.connect(source, uri=is_address, timeout=60)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        problem = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise Refused("not_now", say("数据库文件已损坏，没有备份：%(problem)s", problem=problem))


def _parts(home: Path, name: str, database: Path, sealed: bytes) -> Iterator[tuple[str, Path | bytes]]:
    yield name, database
    if sealed:
        yield archive.KEYS, sealed
    for folder in ("files", "mail"):
        for path in sorted((home / folder).rglob("*")):
            part = path.relative_to(home).as_posix()
            if path.is_file() and not path.is_symlink() and archive.NAMES.fullmatch(part):
                yield part, path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
