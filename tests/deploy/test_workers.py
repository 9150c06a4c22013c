"""Two real worker processes on PostgreSQL share what waits; nothing is done twice, nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult
from tests import kept
from tests.deploy.jobs import mark
from tests.postgres import address_of

ROOT = Path(__file__).resolve().parents[2]
JOBS = 50


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
