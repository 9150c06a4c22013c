"""A backup is worth what its restore is: made while somebody writes, everything destroyed, brought back, verified."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from tests import kept, walk
from tests.cast import SYSTEM, at

from huitan.core import files, lease, seals
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.operations import archive, backup, postgresql, product, restore, sealed_keys
from huitan.people.models import Account

NOW = at(7, 20)
PASSWORD = "correct horse battery staple"
IS_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def home(tmp_path, settings) -> Path:
    settings.HUITAN_HOME = tmp_path / "home"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "home" / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True)
    (settings.HUITAN_HOME / "keys").mkdir()
    (settings.HUITAN_HOME / "keys" / "secret").write_text(settings.SECRET_KEY)
    return settings.HUITAN_HOME


def huitan(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator gives it, in an installation of its own."""
    environment = {**os.environ, "HUITAN_HOME": str(home), **more}
    if IS_SQLITE:
        environment.pop("DATABASE_URL", None)
    else:
        place = connection.settings_dict
        environment["DATABASE_URL"] = (
            f"postgres://{place['USER']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"
        )
        connection.close()
    return subprocess.run(
        [sys.executable, "-m", "huitan.cli.main", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def lived_in(cast, talk) -> None:
    walk.to_signed(cast, talk)
    files.keep(b"an attachment")
    seals.seal(NOW)


def on_disk(home: Path) -> Path:
    """The tests' database as a file in WAL mode, as an installation has it."""
    place = home / "huitan.sqlite3"
    connection.ensure_connection()
    with closing(sqlite3.connect(place)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
    return place


def put_aside(home: Path, made: Path) -> None:
    """Over a living installation only when asked, and what was there stays beside it, whole."""
    (home / "files" / "later.txt").write_text("written after the backup")
    refused = huitan(home, "restore", str(made), HUITAN_BACKUP_PASSWORD=PASSWORD)
    assert refused.returncode != 0 and "--replace" in refused.stderr
    done = huitan(home, "restore", str(made), "--replace", "--json", HUITAN_BACKUP_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    former = Path(report["kept"])
    assert (former / "files" / "later.txt").exists() and not (home / "files" / "later.txt").exists()
    assert (former / "huitan.sqlite3").exists() == IS_SQLITE
    assert huitan(home, "verify").returncode == 0
    if not IS_SQLITE:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {report['kept_schema']}.core_event")
            assert cursor.fetchone()[0] > 20
            cursor.execute(f"DROP SCHEMA {report['kept_schema']} CASCADE")


@pytest.mark.django_db(transaction=True)
def test_backup_destroy_restore_verify(cast, talk, home, tmp_path, monkeypatch) -> None:
    lived_in(cast, talk)
    names = list(Account.objects.order_by("pk").values_list("login_name", flat=True))
    if IS_SQLITE:
        monkeypatch.setitem(connection.settings_dict, "NAME", str(on_disk(home)))
    made = backup.make(tmp_path / "out", password=PASSWORD, actor=SYSTEM, at=NOW)
    assert made.has_keys and made.path.parent == tmp_path / "out"
    told = Event.objects.get(verb="backup.made").payload
    assert told["sha256"] == made.sha256 and told["keys"]

    with pytest.raises(Refused, match="已经有数据"):
        restore.restore(made.path, at=NOW)
    shutil.rmtree(home)
    (home / "restoring-killed").mkdir(parents=True)
    if not IS_SQLITE:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    done = huitan(home, "restore", str(made.path), "--json", HUITAN_BACKUP_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["verified"]["events"] > 20 and report["verified"]["seals"] == 1
    assert report["kept"] is None and report["kept_schema"] is None
    assert sorted(p.name for p in home.iterdir() if "resto" in p.name) == []
    green = huitan(home, "verify", "--json")
    assert green.returncode == 0 and json.loads(green.stdout)["holds"], green.stdout
    put_aside(home, made.path)
    if IS_SQLITE:
        with closing(sqlite3.connect(home / "huitan.sqlite3")) as restored:
            rows = restored.execute("SELECT login_name FROM people_account ORDER BY id").fetchall()
        assert [name for (name,) in rows] == names
    else:
        assert list(Account.objects.order_by("pk").values_list("login_name", flat=True)) == names
        assert Event.objects.filter(verb="backup.restored").count() == 1
    kept.empty()


def tables_as_before(place: Path, app: str, name: str) -> set[str]:
    """The file with one app's tables taken back to an earlier version; the migrations it then has."""
    back = [sys.executable, "-m", "django", "migrate", app, name, "--settings", "huitan.config.settings"]
    environment = {**os.environ, "HUITAN_HOME": str(place.parent)}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(back, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(place)) as file:
        applied = {f"{a}.{n}" for a, n in file.execute("SELECT app, name FROM django_migrations")}
        columns = {row[1] for row in file.execute("PRAGMA table_info(plans_plan)")}
    assert f"{app}.{name}" in applied and "led_by_id" not in columns
    return applied


@pytest.mark.skipif(not IS_SQLITE, reason="takes the tables of a file back")
@pytest.mark.django_db(transaction=True)
def test_a_backup_of_an_older_version_comes_out_brought_up_to_date(
    cast, talk, home, tmp_path, monkeypatch
) -> None:
    """Made before `plans.0003`, restored by today's product: migrated with its data, verified, and told so."""
    lived_in(cast, talk)
    place = on_disk(home)
    applied = tables_as_before(place, "plans", "0002_ledger_views")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(place))
    with monkeypatch.context() as then:
        for name in ("migrations_known", "migrations_applied"):
            then.setattr(product, name, lambda: applied)
        made = backup.make(tmp_path / "old.huitan", password=PASSWORD, actor=SYSTEM, at=NOW)
    missing = len(product.migrations_known() - applied)
    assert missing >= 1 and set(made.manifest.migrations) == applied
    shutil.rmtree(home)
    home.mkdir()
    done = huitan(home, "restore", str(made.path), HUITAN_BACKUP_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert f"备份来自旧版本，做了 {missing} 个数据库更新" in done.stdout
    assert "已恢复 2026 年 7 月 20 日 09:00 的备份" in done.stdout
    green = huitan(home, "verify", "--json")
    assert green.returncode == 0 and json.loads(green.stdout)["holds"], green.stdout
    with closing(sqlite3.connect(place)) as restored:
        led = restored.execute("SELECT led_by_id FROM plans_plan WHERE state = 'active'").fetchall()
    assert led == [(cast.shen.pk,)]
    kept.empty()


@pytest.mark.skipif(not IS_SQLITE, reason="writes into the file beside Django")
@pytest.mark.django_db(transaction=True)
def test_somebody_writes_all_the_time(home, tmp_path, monkeypatch) -> None:
    """Two rows are always written together: a backup with an odd number would have cut a transaction in two."""
    place = on_disk(home)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(place))
    done, written = threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(place, timeout=30, isolation_level=None)) as busy:
            busy.execute("CREATE TABLE busy (n)")
            while not done.is_set():
                busy.execute("BEGIN IMMEDIATE")
                busy.executemany("INSERT INTO busy VALUES (?)", [(1,), (2,)])
                busy.execute("COMMIT")
                written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        deadline = time.monotonic() + 20
        while len(written) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        before = len(written)
        made = backup.make(tmp_path / "b.huitan", actor=SYSTEM, at=NOW)
    finally:
        done.set()
        writer.join()
    assert len(written) > before, "the writer was held up for the whole backup"
    archive.unpack(made.path, made.manifest, tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / archive.SQLITE)) as copy:
        (count,) = copy.execute("SELECT count(*) FROM busy").fetchone()
    assert count >= 10 and count % 2 == 0
    assert not made.has_keys and made.manifest.keys


def test_one_backup_at_a_time_and_what_a_killed_one_left_goes_away(db, home, tmp_path) -> None:
    left_over = home / "tmp" / "backup-killed"
    left_over.mkdir()
    (left_over / "database.sqlite3").write_bytes(b"everything")
    (home / "locks").mkdir()
    taken = threading.Event(), threading.Event()

    def another() -> None:
        with lease.held("backup"):
            taken[0].set()
            taken[1].wait(20)
        connection.close()

    thread = threading.Thread(target=another)
    thread.start()
    try:
        assert taken[0].wait(20)
        with pytest.raises(Refused, match="另一个备份正在做"), backup._alone():
            pass
        assert left_over.exists()
    finally:
        taken[1].set()
        thread.join()
    with backup._alone():
        assert not left_over.exists()


def test_a_backup_overwrites_nothing(db, home, tmp_path) -> None:
    (tmp_path / "b.huitan").write_text("older")
    with pytest.raises(Refused, match="已经有了"):
        backup.make(tmp_path / "b.huitan", actor=SYSTEM, at=NOW)


def fitting(**changed: object) -> archive.Manifest:
    name = archive.SQLITE if IS_SQLITE else archive.DUMP
    content: dict[str, object] = {
        "version": "9.0",
        "made_at": NOW.isoformat(),
        "database": connection.vendor,
        "migrations": ("people.0001_initial",),
        "events": 1,
        "keys": {},
        "entries": {name: archive.Entry("0" * 64, 1)},
        **changed,
    }
    return archive.Manifest(**content)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"migrations": ("people.0001_initial", "people.0999_of_tomorrow")}, "先升级会谈"),
        ({"entries": {}}, "没有数据库"),
        ({"database": "oracle"}, "没有数据库"),
        (
            {
                "database": "postgresql" if IS_SQLITE else "sqlite",
                "entries": {archive.DUMP if IS_SQLITE else archive.SQLITE: archive.Entry("0" * 64, 1)},
            },
            "同一种数据库",
        ),
    ],
)
def test_what_does_not_fit_here_is_refused(db, changed, said) -> None:
    with pytest.raises(Refused, match=said):
        restore._require_fitting(fitting(**changed))
    restore._require_fitting(fitting())


@pytest.mark.skipif(not IS_SQLITE, reason="about the file")
def test_nothing_is_restored_under_running_pages(tmp_path) -> None:
    place = tmp_path / "huitan.sqlite3"
    assert restore._nobody_has(place)
    with closing(sqlite3.connect(place)) as page:
        page.execute("PRAGMA journal_mode=WAL")
        page.execute("CREATE TABLE t (n)")
        assert not restore._nobody_has(place)
    assert restore._nobody_has(place)
    place.write_bytes(b"rubbish" * 1000)
    assert restore._nobody_has(place)


def test_keys_that_are_not_the_former_ones_are_refused(tmp_path) -> None:
    here = tmp_path / "keys"
    here.mkdir()
    (here / "secret").write_text("another")
    with pytest.raises(Refused, match="没有密钥"):
        restore._bring_keys(tmp_path / "s", fitting(keys={"secret": "0" * 64}), "", here)
    sealed = tmp_path / "t" / archive.KEYS
    sealed.parent.mkdir()
    sealed.write_bytes(sealed_keys.seal(here, PASSWORD))
    wanted = {**sealed_keys.names_of(here), "seal": "0" * 64}
    asked = fitting(keys=wanted, entries={archive.KEYS: archive.Entry("0" * 64, 1)})
    with pytest.raises(Refused, match="HUITAN_BACKUP_PASSWORD"):
        restore._bring_keys(sealed.parent, asked, "", here)


def test_a_program_that_is_missing_or_too_old_is_named(tmp_path, monkeypatch) -> None:
    fake = tmp_path / "pg_nothing"
    fake.write_text("#!/bin/sh\necho 'pg_nothing (PostgreSQL) 13.4'\n")
    with pytest.raises(Refused, match="没有 pg_nothing。安装 postgresql-client-16"):
        postgresql.find("pg_nothing", 16)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert postgresql.find("pg_nothing", 13) == fake
    with pytest.raises(Refused, match="是 13 版，数据库是 16 版"):
        postgresql.find("pg_nothing", 16)


def test_the_password_of_the_database_is_on_no_command_line() -> None:
    found = postgresql.environment(
        {
            "NAME": "h",
            "USER": "u",
            "PASSWORD": "p w",
            "HOST": "db",
            "PORT": 5433,
            "OPTIONS": {"sslmode": "require"},
        }
    )
    assert found == {
        "PGHOST": "db", "PGPORT": "5433", "PGUSER": "u", "PGPASSWORD": "p w", "PGDATABASE": "h",
        "PGSSLMODE": "require",
    }  # fmt: skip
