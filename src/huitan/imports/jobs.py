"""What the worker is asked to do for large files. Repeating a job does nothing that is done already."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django_tasks import TaskContext, task

from huitan.imports import background


@task(takes_context=True)
def look_through(context: TaskContext, run: int) -> None:
    background.look(run, since(context.task_result.started_at))


@task(takes_context=True)
def write_rows(context: TaskContext, run: int) -> None:
    background.write(run, since(context.task_result.started_at))


def since(start: datetime | None) -> background.Clock:
    """The instants after `start`, which the door knows; how long it has been is measured, not asked of a calendar."""
    if start is None:
        raise TypeError("a job has a beginning")
    first: datetime = start
    began = time.monotonic()
    return lambda: first + timedelta(seconds=time.monotonic() - began)
