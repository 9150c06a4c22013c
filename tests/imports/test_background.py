"""Large files: read and written by the worker part by part, stopped, gone on with after a kill, never written twice."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult
from tests.cast import SYSTEM, Cast, at

from huitan.core import events as history
from huitan.core import jobs, lease
from huitan.core.models import Event
from huitan.core.moves import Refused
from huitan.imports import actions, background, steps
from huitan.imports.background import RowsWritten
from huitan.imports.models import ImportRun
from huitan.people.actions import RosterEntry, enrol
from huitan.people.models import Employee

NOW = at(7, 2)
HEAD = ["工号", "姓名", "部门", "汇报对象工号"]


def clock() -> datetime:
    return NOW


def roster(n: int, *, first: int = 1000) -> bytes:
    """A tree in which everybody comes before their manager, so that the order of the file is of no help."""
    out = io.StringIO()
    rows = [
        [f"{first + i:05d}", f"员工{i}", "营销中心", f"{first + i // 5:05d}" if i else "00006"]
        for i in range(n)
    ]
    csv.writer(out).writerows([HEAD, *reversed(rows)])
    return out.getvalue().encode("utf-8-sig")


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(actions, "LARGE_FILE", 200)
    monkeypatch.setattr(actions, "LARGE", 20)
    monkeypatch.setattr(background, "PART", 10)


def previewed(cast: Cast, n: int) -> ImportRun:
    run = actions.receive("roster", roster(n), "大.csv", actor=cast.actor("he"), at=NOW)
    assert run.state == "reading"
    assert jobs.work_off() == 1
    run.refresh_from_db()
    assert (run.state, run.report["created"]) == ("previewed", n)
    return run


def test_a_large_file_is_read_confirmed_and_written_by_the_worker(cast: Cast, small_parts) -> None:
    run = previewed(cast, 57)
    assert not Employee.objects.filter(staff_number="01000").exists()
    started = actions.begin(run, actor=cast.actor("he"), at=NOW)
    assert (started.state, started.step, started.total) == ("importing", "queued", 57)
    assert not Employee.objects.filter(staff_number="01000").exists()
    assert jobs.work_off() == 1
    run.refresh_from_db()
    assert (run.state, run.done, run.report["created"], run.report["unchanged"]) == ("confirmed", 57, 57, 0)
    assert run.by == cast.he
    bottom = Employee.objects.get(staff_number="01056")
    line = [Employee.objects.get(pk=int(pk)).staff_number for pk in bottom.line.strip("/").split("/")]
    assert line == ["00001", "00006", "01000", "01002", "01011", "01056"]
    verbs = list(Event.objects.filter(stream=run.stream).order_by("seq").values_list("verb", "actor"))
    he = cast.actor("he").key
    assert verbs == [
        (verb, he) for verb in ("import.received", "import.previewed", "import.started", "import.confirmed")
    ]
    assert Event.objects.filter(verb="employee.enrolled", payload__department="营销中心").count() == 59
    assert list(history.breaks()) == []


def test_stopping_keeps_whole_parts_and_going_on_writes_the_rest_once(
    cast: Cast, small_parts, monkeypatch
) -> None:
    run = actions.begin(previewed(cast, 57), actor=cast.actor("he"), at=NOW)
    written = steps.write
    parts: list[int] = []

    def write_and_ask(kind, cycle, entries, actor, when):
        parts.append(len(entries))
        if len(parts) == 2:
            ImportRun.objects.filter(pk=run.pk).update(stop_asked_at=NOW, stop_asked_by=actor.key)
        return written(kind, cycle, entries, actor, when)

    monkeypatch.setattr(steps, "write", write_and_ask)
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.tally) == ("stopped", 20, 57, {"created": 20, "updated": 0})
    assert Employee.objects.filter(staff_number__gte="01000").count() == 20
    assert not Employee.objects.filter(staff_number__gte="01000", manager=None).exists()
    again = actions.go_on(run, actor=cast.actor("he"), at=NOW + timedelta(hours=1))
    assert again.done == 20
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.report["created"], run.report["updated"]) == ("confirmed", 57, 0)
    assert Event.objects.filter(verb="employee.enrolled", at__gte=NOW - timedelta(days=1)).count() == 57
    assert list(history.breaks()) == []


def test_a_row_written_before_is_not_written_over_what_was_mended_since(
    cast: Cast, small_parts, monkeypatch
) -> None:
    run = actions.begin(previewed(cast, 57), actor=cast.actor("he"), at=NOW)
    written = steps.write

    def write_or_fail(kind, cycle, entries, actor, when):
        if Employee.objects.filter(staff_number__gte="01000").count() >= 10:
            raise MemoryError
        return written(kind, cycle, entries, actor, when)

    monkeypatch.setattr(steps, "write", write_or_fail)
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.done) == ("stopped", 10)
    assert "出了错" in run.why_stopped["text"]
    monkeypatch.setattr(steps, "write", written)
    enrol([RosterEntry("01003", "改过的名字", "营销中心")], actor=SYSTEM, at=NOW)
    actions.go_on(run, actor=cast.actor("he"), at=NOW)
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.done) == ("confirmed", 57)
    assert Employee.objects.get(staff_number="01003").name == "改过的名字"


def test_turning_the_reporting_line_over_never_makes_a_circle_on_the_way(cast: Cast, small_parts) -> None:
    """员工i reports to 员工i-1; the file turns the whole chain round, in parts of ten."""
    numbers = [f"{1000 + i:05d}" for i in range(40)]
    enrol(
        [
            RosterEntry(n, n, "营销中心", manager=numbers[i - 1] if i else "00006")
            for i, n in enumerate(numbers)
        ],
        actor=SYSTEM,
        at=NOW,
    )
    out = io.StringIO()
    rows = [[n, f"测{n}", "营销中心", numbers[i + 1] if i < 39 else "00006"] for i, n in enumerate(numbers)]
    csv.writer(out).writerows([HEAD, *rows])
    run = actions.receive("roster", out.getvalue().encode(), "翻转.csv", actor=SYSTEM, at=NOW)
    jobs.work_off()
    run.refresh_from_db()
    actions.begin(run, actor=SYSTEM, at=NOW)
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.report["updated"]) == ("confirmed", 40)
    people = {p.pk: p for p in Employee.objects.all()}
    for person in people.values():
        above = people[person.manager_id].line if person.manager_id else "/"
        assert person.line == f"{above}{person.pk}/"


def test_a_large_file_that_cannot_be_used_says_so_on_its_page(cast: Cast, small_parts) -> None:
    run = actions.receive("roster", "一句话，没有表。".encode() * 40, "x.csv", actor=cast.actor("he"), at=NOW)
    jobs.work_off()
    run.refresh_from_db()
    assert run.state == "previewed"
    assert run.report["found"] == []
    with pytest.raises(Refused):
        actions.start(run, actor=cast.actor("he"), at=NOW)
    assert actions.discard(run, actor=cast.actor("he"), at=NOW).state == "discarded"


def test_whoever_lost_the_office_meanwhile_imports_nothing(cast: Cast, small_parts) -> None:
    run = actions.begin(previewed(cast, 57), actor=cast.actor("he"), at=NOW)
    cast.account("he").duties.all().delete()
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.done) == ("stopped", 0)
    assert not Employee.objects.filter(staff_number="01000").exists()


def test_stopping_what_nobody_works_on_takes_effect_at_once(cast: Cast, small_parts) -> None:
    run = actions.receive("roster", roster(57), "大.csv", actor=cast.actor("he"), at=NOW)
    assert actions.stop(run, actor=cast.actor("he"), at=NOW).state == "discarded"
    run = actions.receive("roster", roster(57), "大.csv", actor=cast.actor("he"), at=NOW)
    jobs.work_off()
    run.refresh_from_db()
    actions.begin(run, actor=cast.actor("he"), at=NOW)
    assert actions.stop(run, actor=cast.actor("he"), at=NOW).state == "stopped"
    jobs.work_off()
    run.refresh_from_db()
    assert (run.state, run.done) == ("stopped", 0)


def test_a_job_whose_worker_died_waits_again_and_gives_up_after_some_deaths(cast: Cast, small_parts) -> None:
    actions.receive("roster", roster(57), "大.csv", actor=cast.actor("he"), at=NOW)
    job = DBTaskResult.objects.get()
    job.claim("dead:1")
    assert jobs.give_back() == 1
    job.refresh_from_db()
    assert job.status == "READY"
    for n in range(2, jobs.ATTEMPTS + 1):
        job.claim(f"dead:{n}")
    jobs.give_back()
    job.refresh_from_db()
    assert job.status == "FAILED"


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_do_one_job_twice(cast: Cast, small_parts) -> None:
    for n in range(6):
        actions.receive(
            "roster", roster(57, first=1000 + 100 * n), f"{n}.csv", actor=cast.actor("he"), at=NOW
        )

    def work() -> None:
        try:
            while DBTaskResult.objects.exclude(status="SUCCESSFUL").exists():
                jobs.work_off()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [len(job.worker_ids) for job in DBTaskResult.objects.all()] == [1] * 6
    assert Event.objects.filter(verb="import.previewed").count() == 6


def test_a_lease_is_held_once_and_ends_with_its_holder(db) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("one session holds its lease as often as it likes; sessions are tested above")
    with lease.held("x") as mine:
        with lease.held("x") as second:
            assert (mine, second) == (True, False)
        with lease.held("y") as other:
            assert other
    with lease.held("x") as again:
        assert again


def test_rows_written_are_one_bit_each() -> None:
    rows = RowsWritten(b"")
    rows.add([1, 8, 100_000])
    assert [row for row in (1, 2, 7, 8, 9, 99_999, 100_000, 200_000) if row in rows] == [1, 8, 100_000]
    assert len(rows.bits) == 12_501
    assert 100_000 in RowsWritten(rows.bits)


def test_killed_in_the_middle_and_resumed_on_the_command_line(tmp_path: Path) -> None:
    """kill -9 between two parts: `resume` goes on, every person and every event is there once."""
    env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "HUITAN_HOME": str(tmp_path / "home")
    }
    file = tmp_path / "大.csv"
    file.write_bytes(roster(6000, first=10000).replace(b",00006\r\n", b",\r\n"))
    huitan = [sys.executable, "-m", "huitan.cli.main"]
    first = subprocess.Popen(
        [*huitan, "import", "roster", str(file)], env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert first.stderr is not None
    for told in first.stderr:
        if "已写入 2,000" in told.decode() or "已写入 1,000" in told.decode():
            break
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stderr.close()
    resumed = subprocess.run(
        [*huitan, "import", "resume", "--json"], env=env, capture_output=True, check=False, timeout=300
    )
    assert resumed.returncode == 0, resumed.stderr.decode()
    found = json.loads(resumed.stdout)
    assert (found["created"], found["updated"], found["unchanged"]) == (6000, 0, 0)
    verified = subprocess.run([*huitan, "verify"], env=env, capture_output=True, check=False, timeout=300)
    assert verified.returncode == 0, verified.stdout.decode()
    again = subprocess.run(
        [*huitan, "import", "roster", str(file), "--json"],
        env=env,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert json.loads(again.stdout)["unchanged"] == 6000
    nothing = subprocess.run([*huitan, "import", "resume"], env=env, capture_output=True, check=False)
    assert nothing.returncode == 2


def test_a_worker_that_is_told_to_end_leaves_the_job_to_the_next(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "HUITAN_HOME": str(tmp_path / "home")
    }
    huitan = [sys.executable, "-m", "huitan.cli.main"]
    subprocess.run([*huitan, "migrate"], env=env, check=True, capture_output=True)
    file = tmp_path / "大.csv"
    file.write_bytes(roster(6000, first=10000).replace(b",00006\r\n", b",\r\n"))
    queue = (
        "import django; django.setup()\n"
        "from datetime import datetime, UTC\n"
        "from pathlib import Path\n"
        "from huitan.imports import actions\n"
        "from huitan.people.relations import system\n"
        f"data = Path({str(file)!r}).read_bytes()\n"
        "at = datetime.now(UTC)\n"
        "run = actions.preview('roster', data, 'x.csv', actor=system('cli'), at=at)\n"
        "actions.begin(run, actor=system('cli'), at=at)\n"
    )
    script = {**env, "DJANGO_SETTINGS_MODULE": "huitan.config.settings"}
    subprocess.run([sys.executable, "-c", queue], env=script, check=True, timeout=120)

    def state() -> tuple[str, int]:
        with closing(sqlite3.connect(tmp_path / "home/huitan.sqlite3")) as there:
            word, number = there.execute("SELECT state, done FROM imports_importrun").fetchone()
            return word, number

    first = subprocess.Popen([*huitan, "worker"], env=env)
    deadline = time.monotonic() + 120
    while state()[1] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    first.terminate()
    first.wait(30)
    done = state()
    assert done[0] in ("importing", "confirmed")
    subprocess.run([*huitan, "worker", "--once"], env=env, check=True, timeout=300, capture_output=True)
    assert state() == ("confirmed", 6000)
