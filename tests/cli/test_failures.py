"""What goes wrong around a command: a sentence and an exit code; and a worker that outlives its database's outage."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
from collections import defaultdict
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django_tasks_db.models import DBTaskResult
from tests.deploy.jobs import mark
from tests.intake.workbooks import xlsx
from xlsxwriter.exceptions import FileCreateError

from huitan.cli import main, server
from huitan.cli.failures import words_for
from huitan.core import jobs
from huitan.operations.models import Heartbeat
from huitan.people.models import Account, Employee


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            OperationalError("connection failed: refused\n\tIs the server running?"),
            "connection failed: refused",
        ),
        (InterfaceError("the connection is closed"), "huitan doctor"),
        (sqlite3.OperationalError("database or disk is full"), "disk is full"),
        (DatabaseError("database disk image is malformed"), "malformed"),
        (OperationalError("no such table: people_account"), "huitan migrate"),
        (OperationalError('FATAL:  database "huitan" does not exist'), "huitan doctor"),
        (OSError(28, "No space left on device", "/srv/x"), "/srv/x"),
        (FileCreateError(FileNotFoundError(2, "No such file or directory", "/no/x.xlsx")), "/no/x.xlsx"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), "UTF-8"),
    ],
)
def test_what_is_wrong_around_a_command_is_a_sentence(wrong: Exception, said: str) -> None:
    words = words_for(wrong) or ""
    assert said in words and words.count("\n") == 0


def test_an_error_of_our_own_keeps_its_traceback(monkeypatch, capsys) -> None:
    assert words_for(ValueError("ours")) is None and words_for(IntegrityError("ours")) is None

    def gone() -> None:
        raise OperationalError("refused")

    monkeypatch.setattr(main, "huitan", gone)
    monkeypatch.setattr(sys, "stdout", sys.stderr)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1 and "refused" in capsys.readouterr().err


def test_a_worker_waits_for_a_database_that_went_away(db, monkeypatch) -> None:
    rounds = []

    def round_at(at) -> dict[str, int]:
        rounds.append(at)
        if len(rounds) < 3:
            raise OperationalError("server closed the connection unexpectedly")
        os.kill(os.getpid(), signal.SIGTERM)
        return {}

    monkeypatch.setattr(server.duties, "round_at", round_at)
    monkeypatch.setattr(server.jobs, "work_off", lambda: 0)
    monkeypatch.setattr(server.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(server.connection, "close", lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    try:
        ended = CliRunner().invoke(main.huitan, ["worker", "--every", "1"], catch_exceptions=False)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.exit_code == 0 and len(rounds) == 3
    assert not Heartbeat.objects.exists(), "it says that it has gone"


@pytest.mark.parametrize(("error", "status"), [(OperationalError, "READY"), (ValueError, "FAILED")])
def test_a_job_whose_database_went_away_waits_again(db, monkeypatch, tmp_path, error, status) -> None:
    job = DBTaskResult.objects.get(pk=mark.enqueue(1, str(tmp_path)).id)

    def call(*_args: object, **_kwargs: object) -> None:
        raise error("gone")

    monkeypatch.setattr(type(job.task), "call", call)
    assert jobs._take(job.pk)
    job.refresh_from_db()
    assert (job.status, len(job.worker_ids)) == (status, 1)


def test_a_worker_follows_the_present_of_the_pages_and_lives_in_the_real_one(monkeypatch, settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = "2026-09-16T10:00:00+08:00"
    asked: dict[str, datetime] = {}
    monkeypatch.setattr(
        server.duties, "round_at", lambda at: asked.setdefault("round", at) and defaultdict(int)
    )
    monkeypatch.setattr(server.heartbeat, "beat", lambda at: asked.setdefault("beat", at))
    monkeypatch.setattr(server.heartbeat, "stop", lambda: None)
    monkeypatch.setattr(server.jobs, "work_off", lambda: 0)
    before = datetime.now(UTC)
    assert CliRunner().invoke(main.huitan, ["worker", "--once"], catch_exceptions=False).exit_code == 0
    assert asked["round"] == datetime(2026, 9, 16, 2, tzinfo=UTC)
    assert asked["beat"] >= before


@pytest.mark.parametrize("given", [("--host", "nohost"), ("--port", "0"), ("--workers", "0")])
def test_serve_says_what_it_cannot_listen_on(given) -> None:
    answer = CliRunner().invoke(main.huitan, ["serve", *given])
    assert answer.exit_code == 2 and given[0] in answer.output


def test_serve_says_that_a_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(main.huitan, ["serve", "--port", str(port)])
    assert answer.exit_code == 1 and str(port) in answer.output


@pytest.mark.parametrize(
    "given",
    [
        ("", "--name", "甲"),
        ("a b",),
        ("x" * 65,),
        ("HR001",),
        ("hr002", "--email", "nowhere"),
        ("hr002", "--email", "HE@example.com"),
        ("he@example.com",),
        ("hr002", "--name", "名" * 129),
    ],
)
def test_a_second_admin_nobody_could_tell_from_the_first_is_refused(db, given) -> None:
    def create(*words: str) -> int:
        return (
            CliRunner()
            .invoke(main.huitan, ["admin", "create", *words, "--link"], catch_exceptions=False)
            .exit_code
        )

    assert create("hr001", "--email", "He@Example.com") == 0
    assert Account.objects.get().email == "he@example.com"
    assert create(*given) == 2
    assert Account.objects.count() == 1


def test_results_are_no_roster(db, tmp_path) -> None:
    heading = ["工号", "姓名", "指标名称", "权重", "目标值", "实际值", "单位", "方向"]
    file = tmp_path / "KPI.xlsx"
    file.write_bytes(xlsx([heading, ["00002", "薛华", "工伤事故数", "40%", 0, 0, "起", "越低越好"]]))
    answer = CliRunner().invoke(main.huitan, ["import", "roster", str(file)])
    assert answer.exit_code == 1 and "不是花名册" in answer.output
    assert not Employee.objects.exists()


def test_an_empty_password_file_is_not_a_backup_without_keys(db, tmp_path) -> None:
    empty = tmp_path / "password"
    empty.write_text("\n")
    answer = CliRunner().invoke(main.huitan, ["backup", str(tmp_path / "out"), "--password-file", str(empty)])
    assert answer.exit_code == 2 and str(empty) in answer.output and not (tmp_path / "out").exists()


def test_an_unknown_stream_is_not_called_intact(db) -> None:
    answer = CliRunner().invoke(main.huitan, ["verify", "--stream", "conversation:99999"])
    assert answer.exit_code == 2 and "conversation:99999" in answer.output
