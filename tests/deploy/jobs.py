"""A job for tests of several workers: leaves a mark that can be left only once."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django_tasks import task

PATIENCE = 30


@task()
def mark(number: int, folder: str) -> None:
    """The first job of each worker waits until another worker is there, so that neither does everything alone."""
    place = Path(folder)
    (place / f"worker-{os.getpid()}").touch()
    until = time.monotonic() + PATIENCE
    while len(list(place.glob("worker-*"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    with (place / f"job-{number}").open("x") as file:
        file.write(str(os.getpid()))
