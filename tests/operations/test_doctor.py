"""`huitan doctor`: each thing that can be wrong has its finding, and each finding says what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from tests.cast import SYSTEM
from tests.notifications.receivers import mail_server

from huitan.cli.main import huitan
from huitan.core import events, seals, whole_files
from huitan.operations import doctor, heartbeat
from huitan.operations.checks import database, home, product, work
from huitan.operations.models import Heartbeat

NOW = datetime(2026, 7, 20, 8, tzinfo=UTC)


@pytest.fixture
def place(tmp_path, settings) -> Path:
    settings.HUITAN_HOME = tmp_path
    whole_files.write(tmp_path / "keys" / "secret", b"x", replace=True)
    for name in ("files", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def levels(found) -> dict[str, str]:
    found = list(found)
    assert all(f.todo if f.level != "good" else not f.todo for f in found), "each problem says what to do"
    return {f.key: f.level for f in found}


def tell(at: datetime) -> None:
    with transaction.atomic():
        events.append("operations", "backup.made", actor=SYSTEM, at=at)


def test_the_command_says_everything_and_its_exit_code_counts(db, place) -> None:
    before = {p for p in place.rglob("*") if p.is_file()}
    answer = CliRunner().invoke(huitan, ["doctor", "--json"], catch_exceptions=False)
    report = json.loads(answer.output)
    found = {f["key"]: f for f in report["findings"]}
    assert answer.exit_code == 1 and not report["holds"]
    assert found["worker"]["level"] == "bad" and "huitan worker" in found["worker"]["todo"]
    assert found["database"]["level"] == found["tables"]["level"] == found["keys"]["level"] == "good"
    assert found["frontend"]["level"] == found["catalogues"]["level"] == "good"
    assert {p for p in place.rglob("*") if p.is_file()} == before, "looking changes nothing"
    heartbeat.beat(datetime.now(UTC))
    well = CliRunner().invoke(huitan, ["doctor"], catch_exceptions=False)
    assert well.exit_code == 0 and "没有要修的" in well.output, well.output


def test_without_a_database_the_rest_is_still_looked_at(db, place, monkeypatch) -> None:
    def gone() -> None:
        raise DatabaseError("connection refused\nmore")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "ensure_connection", gone)
        found = levels(doctor.examine(NOW))
    assert found["database"] == "bad" and found["keys"] == "good" and "worker" not in found


def test_tables_older_or_newer_than_the_product(db, monkeypatch) -> None:
    known = product_module().migrations_known()
    monkeypatch.setattr(product_module(), "migrations_known", lambda: known | {"people.9999_x"})
    assert "huitan migrate" in str(database._tables().todo)
    monkeypatch.setattr(product_module(), "migrations_known", lambda: known - {"people.0001_initial"})
    assert "更新版本" in str(database._tables().sentence)


def product_module():
    from huitan.operations import product as module

    return module


def test_keys_that_are_missing_broken_or_readable_by_others(place) -> None:
    assert levels(home.keys()) == {"keys": "good"}
    (place / "keys" / "secret").chmod(0o640)
    assert levels(home.keys()) == {"keys.private": "bad"}
    (place / "keys" / "seal.pem").write_text("rubbish")
    assert levels(home.keys())["keys.readable"] == "bad"
    (place / "keys" / "secret").write_text("")
    assert levels(home.keys())["keys"] == "bad"


def test_a_data_folder_open_to_others(place) -> None:
    place.chmod(0o750)
    assert levels(home.private()) == {}
    place.chmod(0o755)
    assert levels(home.private()) == {"home.private": "look"}


def test_a_restore_that_was_killed(place) -> None:
    assert levels(home.restored()) == {}
    (place / "restoring-x1").mkdir()
    assert levels(home.restored()) == {"home.restored": "bad"}


def test_disk_space_and_a_folder_that_cannot_be_written(place, monkeypatch) -> None:
    for free, level in ((10, "bad"), (2 * home.GIB, "look"), (50 * home.GIB, "good")):
        monkeypatch.setattr(home.shutil, "disk_usage", lambda path, free=free: type("U", (), {"free": free}))
        assert levels(home.disk()) == {"disk.room": level}
    (place / "files").rmdir()
    (place / "files").write_text("a file where a folder should be")
    assert levels(home.disk())["disk.writable"] == "bad"


@pytest.mark.parametrize(("ago", "level"), [(20, "good"), (600, "bad")])
def test_a_worker_is_known_by_its_heartbeat(db, ago, level) -> None:
    heartbeat.beat(NOW - timedelta(seconds=ago))
    assert levels(work.workers(NOW)) == {"worker": level}
    heartbeat.stop()
    assert levels(work.workers(NOW)) == {"worker": "bad"}


def test_workers_of_another_version_or_machine(db) -> None:
    heartbeat.beat(NOW)
    Heartbeat.objects.create(worker="b:1", host="b", version="0.0.1", started_at=NOW, at=NOW)
    found = levels(work.workers(NOW))
    assert found["worker.version"] == "bad"
    assert found.get("worker.hosts") == ("bad" if connection.vendor == "sqlite" else None)
    heartbeat.beat(NOW + timedelta(days=8))
    assert Heartbeat.objects.count() == 1, "what died long ago is forgotten"


def test_a_secret_that_is_not_the_former_one(db, client, settings) -> None:
    assert levels(work.secret(NOW)) == {}
    with_session = client.session
    with_session["seen_at"] = "x"
    with_session.save()
    assert levels(work.secret(NOW)) == {}
    settings.SECRET_KEY = "made anew by whoever started without the file"
    assert levels(work.secret(NOW)) == {"keys.secret": "bad"}


def test_seals_backups_and_a_history_from_the_future(db, place) -> None:
    tell(NOW - timedelta(hours=1))
    assert levels(work.sealed(NOW)) == {"seals": "bad"}
    seals.seal(NOW)
    assert levels(work.sealed(NOW)) == {"seals": "good"}
    (place / "keys" / "seal.pem").unlink()
    assert levels(work.sealed(NOW)) == {"seals": "good", "seals.key": "bad"}
    assert not (place / "keys" / "seal.pem").exists(), "looking makes no key"
    assert levels(work.backups(NOW)) == {"backup": "good"}
    assert levels(work.backups(NOW + timedelta(days=3))) == {"backup": "look"}
    tell(datetime.now(UTC) + timedelta(minutes=1))
    assert levels(database.clock(datetime.now(UTC))) == {"clock.future": "bad"}


def test_a_clock_that_jumps_and_one_apart_from_the_databases(db) -> None:
    assert doctor.steadiness(0.2).level == "good" and doctor.steadiness(-90).level == "bad"
    found = levels(database.clock(datetime.now(UTC) - timedelta(hours=1)))
    assert found.get("clock.database") == ("bad" if connection.vendor == "postgresql" else None)


def test_the_mail_server_is_greeted_and_no_mail_is_sent(db, settings) -> None:
    settings.EMAIL_BACKEND = "huitan.notifications.outbox.EmlFolder"
    assert levels(work.mail(NOW)) == {"mail": "look"}
    with mail_server(settings) as box:
        assert levels(work.mail(NOW)) == {"mail": "good"}
    assert levels(work.mail(NOW)) == {"mail": "bad"} and not box.tries


@pytest.mark.parametrize(
    ("changed", "key", "level"),
    [
        ({}, "settings.hosts", "look"),
        ({"DEBUG": True}, "settings.debug", "bad"),
        ({"HUITAN_SCRIPTED_NOW": "2026-01-01T00:00:00+08:00"}, "settings.now", "bad"),
        ({"HUITAN_DEMO": True}, "settings.demo", "look"),
        ({"HUITAN_DEMO": True, "ALLOWED_HOSTS": ["hr.jingtian.example"]}, "settings.demo", "bad"),
        ({"ALLOWED_HOSTS": ["*"]}, "settings.hosts", "bad"),
        ({"ALLOWED_HOSTS": ["hr.jingtian.example"]}, "settings.https", "bad"),
        ({"ALLOWED_HOSTS": ["hr.jingtian.example"]}, "settings.url", "bad"),
    ],
)
def test_settings_of_a_trial_in_a_real_installation(settings, changed, key, level) -> None:
    settings.HUITAN_SCRIPTED_NOW, settings.HUITAN_DEMO = "", False
    for name, value in changed.items():
        setattr(settings, name, value)
    assert levels(product.installation())[key] == level


def test_a_real_installation_has_nothing_to_mend(settings) -> None:
    settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_SECURE = ["hr.jingtian.example"], True
    settings.HUITAN_URL, settings.HUITAN_SCRIPTED_NOW, settings.HUITAN_DEMO = (
        "https://hr.jingtian.example",
        "",
        False,
    )
    assert not list(product.installation())


def test_the_calendar_of_the_coming_year(db) -> None:
    assert levels(product.calendar(datetime(2025, 6, 1, tzinfo=UTC))) == {"calendar": "good"}
    assert levels(product.calendar(NOW)) == {"calendar": "look"}


def test_what_was_not_built_or_compiled(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(product, "PACKAGE", tmp_path)
    assert levels(product.built()) == {"frontend": "bad"}
    catalogue = tmp_path / "locale" / "en" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid ""\nmsgstr ""\nmsgid "好"\nmsgstr "good"\n', encoding="utf-8")
    assert levels(product.catalogues()) == {"catalogues": "bad"}
