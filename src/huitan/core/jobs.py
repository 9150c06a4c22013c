"""Background jobs as the worker meets them: claimed by one worker, given back when that worker died.

A job that runs is held by a lease that ends with its process. So a job marked as running whose lease is free belongs
to nobody any more and is put back into the queue; jobs are written to be repeated.
"""

from __future__ import annotations

import os
import socket

from django.db import OperationalError, transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import is_locked_database_exception

from huitan.core import lease

ATTEMPTS = 5
OUTAGES = ("django.db.utils.OperationalError", "django.db.utils.InterfaceError")
# More than the workers that look at the queue at the same moment.
IN_SIGHT = 20
_running: list[str] = []


def leave() -> None:
    """Asked to end in the middle of a job: at once. The part being written is undone, whole parts stay, and the next
    worker goes on from there, just as after a power cut."""
    if _running:
        os._exit(0)


def work_off() -> int:
    """Do the jobs that wait, one after the other; returns how many."""
    give_back()
    done = 0
    while _next():
        done += 1
    return done


def give_back() -> int:
    """Jobs whose worker died wait again; one that took several workers down with it does not."""
    count = 0
    for job in DBTaskResult.objects.running():
        with lease.held(_name(job.pk)) as free:
            if free:
                status = TaskResultStatus.READY if _may_repeat(job) else TaskResultStatus.FAILED
                still = DBTaskResult.objects.running().filter(pk=job.pk)
                count += still.update(status=status, started_at=None)
    return count


def _next() -> bool:
    """Whether a job was done; one that somebody else is just taking is left to them, and the one behind it is tried."""
    waiting = list(DBTaskResult.objects.ready().values_list("pk", flat=True)[:IN_SIGHT])
    return any(_take(pk) for pk in waiting)


def _take(waiting: object) -> bool:
    with lease.held(_name(waiting)) as mine:
        if not mine:
            return False
        try:
            with transaction.atomic():
                job = DBTaskResult.objects.select_for_update().get(pk=waiting)
                if job.status != TaskResultStatus.READY:
                    return True
                job.claim(f"{socket.gethostname()[:40]}:{os.getpid()}")
        except OperationalError as busy:
            if is_locked_database_exception(busy):
                return False
            raise
        _running.append(str(waiting))
        try:
            _worker().run_task(job)
        finally:
            _running.clear()
        _again_after_outage(job)
    return True


def _again_after_outage(job: DBTaskResult) -> None:
    """A database that went away in the middle of a job says nothing against the job: it waits again."""
    if job.status == TaskResultStatus.FAILED and job.exception_class_path in OUTAGES and _may_repeat(job):
        failed = DBTaskResult.objects.filter(pk=job.pk, status=TaskResultStatus.FAILED)
        failed.update(status=TaskResultStatus.READY, started_at=None, finished_at=None)


def _may_repeat(job: DBTaskResult) -> bool:
    return len(job.worker_ids) < ATTEMPTS


def _name(pk: object) -> str:
    return f"job:{pk}"


def _worker() -> Worker:
    """Runs one claimed job and notes its outcome; finding and claiming are ours."""
    return Worker(
        queue_names=["*"],
        interval=1,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="huitan",
        excluded_queue_names=[],
    )
