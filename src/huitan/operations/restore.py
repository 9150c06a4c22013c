"""Bringing an installation back: checked, unpacked beside, brought up to date and verified there, and only then swapped
in. What was there before is kept beside until somebody removes it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from huitan.core.moves import Refused
from huitan.core.sentences import say
from huitan.operations import archive, postgresql, product, sealed_keys
from huitan.operations.archive import Manifest

# What makes up an installation's data folder. `demo` opens the log-in page to everybody and must not survive a restore.
OURS = ("files", "keys", "mail", "demo")
# Stands in the data folder for as long as a restore lasts, and longer only when it was killed.
STAGING = "restoring-"


@dataclass(frozen=True)
class Restored:
    """`kept` is where the former data went: a folder, and on PostgreSQL a schema; "" when there was none."""

    manifest: Manifest
    migrated: int
    counts: dict[str, int]
    kept: str
    kept_schema: str


def restore(
    path: Path, *, replace: bool = False, password: str = "", keys: Path | None = None, at: datetime
) -> Restored:
    home = Path(settings.HUITAN_HOME)
    manifest = archive.check(path, room=shutil.disk_usage(home).free)
    _require_fitting(manifest)
    had_something = not _is_empty(home)
    if had_something and not replace:
        raise Refused(
            "not_now",
            say(
                "%(home)s 里已经有数据，没有恢复。换一个空的数据文件夹，或加上 --replace（原来的会留在旁边）。",
                home=home,
            ),
        )
    _require_alone()
    stamp = f"{at:%Y%m%d%H%M%S}"
    beside = f"before_restore_{stamp}"
    staging = Path(mkdtemp(prefix=STAGING, dir=home))
    loaded = False
    try:
        archive.unpack(path, manifest, staging)
        _bring_keys(staging, manifest, password, keys or home / "keys")
        if connection.vendor == "postgresql":
            postgresql.load(staging / archive.DUMP, beside)
            loaded = True
        else:
            os.replace(staging / archive.SQLITE, staging / "huitan.sqlite3")
        report = _settle(staging, at)
        if report["breaks"]:
            raise Refused(
                "not_now", say("恢复出来的数据没有通过校验，没有换上：%(first)s", first=report["breaks"][0])
            )
        connection.close()
        kept = _swap(home, staging, f"before-restore-{stamp}", keep=had_something)
    except BaseException:
        if loaded:
            postgresql.put_back(beside)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    for unfinished in home.glob(f"{STAGING}*"):  # of one that was killed, and which this one has made good
        shutil.rmtree(unfinished, ignore_errors=True)
    if loaded and not had_something:
        postgresql.drop(beside)
    return Restored(
        manifest, report["migrated"], report["counts"], kept, beside if loaded and had_something else ""
    )


def _require_fitting(manifest: Manifest) -> None:
    database = {archive.SQLITE: "sqlite", archive.DUMP: "postgresql"}
    held = [vendor for name, vendor in database.items() if name in manifest.entries]
    if held != [manifest.database]:
        raise Refused("invalid", say("备份里没有数据库，没有恢复。"))
    if manifest.database != connection.vendor:
        raise Refused(
            "invalid",
            say(
                "备份来自 %(theirs)s，这里用的是 %(ours)s。把 DATABASE_URL 设成同一种数据库再恢复。",
                theirs=manifest.database,
                ours=connection.vendor,
            ),
        )
    unknown = set(manifest.migrations) - product.migrations_known()
    if unknown:
        raise Refused(
            "invalid",
            say(
                "这份备份是会谈 %(version)s 做的，比这里的新。先升级会谈，再恢复。", version=manifest.version
            ),
        )


def _is_empty(home: Path) -> bool:
    if any(path.is_file() for path in (home / "files").rglob("*")):
        return False
    try:
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
            for table in ("people_account", "people_employee", "core_event"):
                if table in tables:
                    cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
                    if cursor.fetchone():
                        return False
    except DatabaseError as wrong:
        if connection.vendor == "sqlite":
            return False  # something is there, though it cannot be read any more
        raise Refused("not_now", say("连不上数据库：%(problem)s", problem=str(wrong).strip())) from wrong
    return True


def _require_alone() -> None:
    """Nobody may write into what is about to be put aside."""
    if connection.vendor == "postgresql":
        alone = postgresql.others() == 0
    else:
        connection.close()
        alone = _nobody_has(Path(connection.settings_dict["NAME"]))
    if not alone:
        raise Refused("not_now", say("会谈还在运行。先停下 huitan serve 和 worker，再恢复。"))


def _nobody_has(database: Path) -> bool:
    """In WAL mode every open connection holds a lock on the file."""
    if not database.exists():
        return True
    try:
        with closing(sqlite3.connect(database, timeout=0.2)) as probe:
            probe.execute("PRAGMA locking_mode=EXCLUSIVE")
            probe.execute("BEGIN EXCLUSIVE")
            probe.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True  # broken beyond opening: nobody works on it
    return True


def _bring_keys(staging: Path, manifest: Manifest, password: str, present: Path) -> None:
    """The sealed keys of the archive, or those that are already here if they are the right ones."""
    place, sealed = staging / "keys", staging / archive.KEYS
    if sealed.exists() and password:
        sealed_keys.open_into(place, sealed.read_bytes(), password)
    elif present.is_dir():
        shutil.copytree(present, place)
    sealed.unlink(missing_ok=True)
    if sealed_keys.names_of(place).items() >= manifest.keys.items():
        return
    if archive.KEYS in manifest.entries:
        raise Refused("invalid", say("这份备份里的密钥要用备份密码打开：设 HUITAN_BACKUP_PASSWORD 再试。"))
    raise Refused(
        "invalid",
        say("这份备份里没有密钥，这里的密钥也不是原来的。用 --keys 指出原来的 keys 文件夹在哪里。"),
    )


def _settle(staging: Path, at: datetime) -> dict[str, Any]:
    """Migrations and verification in a process of their own, whose installation is the one beside."""
    environment = {**os.environ, "HUITAN_HOME": str(staging)}
    if connection.vendor == "sqlite":
        environment.pop("DATABASE_URL", None)
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "huitan.operations.settle", at.isoformat()],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise Refused("not_now", say("恢复出来的数据打不开，没有换上：%(problem)s", problem=last[:300]))
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _swap(home: Path, staging: Path, name: str, *, keep: bool) -> str:
    """The old out of the way, the new in its place. Renames within one folder; the database comes last."""
    before = home / name
    before.mkdir(mode=0o700)
    database = Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None
    old = [home / part for part in OURS]
    if database is not None:
        old += [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))]
    for path in old:
        if path.exists():
            shutil.move(path, before / path.name)
    for part in OURS:
        if (staging / part).exists():
            os.replace(staging / part, home / part)
    if database is not None:
        for end in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                shutil.move(staging / f"huitan.sqlite3{end}", database.with_name(database.name + end))
        shutil.move(staging / "huitan.sqlite3", database)
    if keep:
        return str(before)
    shutil.rmtree(before)
    return ""
