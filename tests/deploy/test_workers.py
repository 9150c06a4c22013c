"""Several workers share what waits; nothing is done twice, nothing is left. On PostgreSQL with two real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult
from tests import kept
from tests.cast import SYSTEM, at
from tests.deploy.jobs import mark
from tests.postgres import address_of

from huitan.cli import duties
from huitan.core import events as history
from huitan.core import lease, seals

ROOT = Path(__file__).resolve().parents[2]
JOBS = 50
NOW = at(7, 18, 10)


@pytest.fixture
def emptied(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one worker at a time writes")
    yield
    kept.empty()


def test_two_workers_share_fifty_jobs_and_do_none_twice(emptied, tmp_path: Path) -> None:
    for number in range(JOBS):
        mark.enqueue(number, str(tmp_path))
    env = {**os.environ, "DATABASE_URL": address_of(connection)}
    command = [sys.executable, "-m", "huitan.cli.main", "worker", "--once"]
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [worker.communicate(timeout=90) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    jobs = list(DBTaskResult.objects.all())
    assert {job.status for job in jobs} == {"SUCCESSFUL"}, [job.traceback for job in jobs if job.traceback]
    assert {len(job.worker_ids) for job in jobs} == {1}
    shares = Counter((tmp_path / f"job-{number}").read_text() for number in range(JOBS))
    assert set(shares) == {str(worker.pid) for worker in workers}
    assert sum(shares.values()) == JOBS


def test_while_one_worker_does_what_is_due_another_leaves_it_alone(db) -> None:
    begun, over = threading.Event(), threading.Event()

    def another() -> None:
        with lease.held("duties") as mine:
            assert mine
            begun.set()
            over.wait(30)
        connection.close()

    history.append("employee:1", "employee.changed", actor=SYSTEM, at=NOW)
    worker = threading.Thread(target=another)
    worker.start()
    begun.wait(30)
    meanwhile = duties.round_at(NOW + timedelta(minutes=5))
    over.set()
    worker.join()
    assert meanwhile["sealed"] == 0
    assert duties.round_at(NOW + timedelta(minutes=5))["sealed"] == 1
    assert list(seals.broken_seals()) == []
