"""What a worker says of itself, so that `huitan doctor` knows whether one is there."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from huitan.operations.models import Heartbeat
from huitan.operations.product import version

FORGOTTEN_AFTER = timedelta(days=7)


def name() -> str:
    return f"{_host()}:{os.getpid()}"


def beat(at: datetime) -> None:
    """This process works; what died long ago is forgotten."""
    row = {"host": _host(), "version": version(), "at": at}
    Heartbeat.objects.update_or_create(worker=name(), defaults=row, create_defaults={**row, "started_at": at})
    Heartbeat.objects.filter(at__lt=at - FORGOTTEN_AFTER).delete()


def stop() -> None:
    Heartbeat.objects.filter(worker=name()).delete()


def _host() -> str:
    return socket.gethostname()[:64]
