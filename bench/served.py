"""The product as it is served, and beside it the bare handler: `/bare/N` runs the SQL recorded from page N and sends the
same bytes. Both in the same process, behind the same server."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")

from django.db import connection

from huitan.config.wsgi import application as product

PAGES: list[dict[str, Any]] = pickle.loads(Path(os.environ["HUITAN_BENCH_PAGES"]).read_bytes())


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path: str = environ["PATH_INFO"]
    if not path.startswith("/bare/"):
        return product(environ, start_response)
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    page = PAGES[int(path[6:])]
    _ask(page["statements"])
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [page["content"]]


def _ask(statements: list[tuple[str, Any]]) -> None:
    """On the driver's own cursor: nothing of Django's is in the way."""
    connection.ensure_connection()
    driver = connection.connection
    cursor = driver.cursor()
    writes = any(sql.startswith(("INSERT", "UPDATE")) for sql, _ in statements)
    if writes:
        cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
    for sql, params in statements:
        if sql.startswith('INSERT INTO "core_event"'):
            # The place in its stream is taken by the recorded one.
            params = (params[0], random.getrandbits(30), *params[2:])
        cursor.execute(sql, params)
        if cursor.description is not None:
            cursor.fetchall()
    if writes:
        cursor.execute("COMMIT")
