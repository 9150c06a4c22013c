"""One generated company on one database, served and measured page by page, each beside its bare handler."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from tests import postgres

from bench.load import Measured, ask_for, lines
from bench.serving import ROOT, serving

NOW = "2026-07-16T12:00:00+08:00"
TODAY = "2026-07-16"
ROUNDS = 3
SECONDS = 1.0
WORKERS = 2
# As the guide asks for on a machine of this size; the tests' cluster takes the defaults.
SETTINGS = "-c shared_buffers=2GB -c max_wal_size=4GB"


def measure(database: str, size: int, kept: Path | None = None) -> dict[str, Any] | None:
    """Everything about this size on this database; none where the database is not installed.

    In the folder `kept` companies are found again: a million people take longer to make than to measure.
    """
    with ExitStack() as ending:
        if kept:
            home = str(kept / f"{database}-{size}")
            Path(home).mkdir(parents=True, exist_ok=True)
        else:
            home = ending.enter_context(tempfile.TemporaryDirectory(prefix="huitan-bench-"))
        environment = {
            **os.environ,
            "HUITAN_HOME": home,
            "DJANGO_SETTINGS_MODULE": "huitan.config.settings",
            "HUITAN_SCRIPTED_NOW": NOW,
            "HUITAN_BENCH_PAGES": f"{home}/pages.pickle",
        }
        watched = []
        environment.pop("DATABASE_URL", None)
        if database == "PostgreSQL":
            programs = postgres.programs()
            if programs is None:
                return None
            where = Path(home, "postgres") if kept else None
            url, data = ending.enter_context(postgres.running(programs, where, SETTINGS))
            environment["DATABASE_URL"] = url
            watched = [int(Path(data, "postmaster.pid").read_text().split()[0])]
        built = _build(size, environment, url if watched else "")
        _run(environment, "-m", "bench.pages", environment["HUITAN_BENCH_PAGES"])
        pages = pickle.loads(Path(environment["HUITAN_BENCH_PAGES"]).read_bytes())
        with _served(environment) as (port, pid):
            measured = [_page(port, [pid, *watched], some) for some in _by_name(pages)]
    return {"database": database, "employees": size, "built": built, "pages": measured}


def _build(size: int, environment: dict[str, str], url: str) -> dict[str, float]:
    """The company itself, then what the worker keeps of it for the cockpit."""
    note = Path(environment["HUITAN_HOME"], "built.json")
    _run(environment, "-m", "huitan.cli.main", "migrate")
    if note.exists():
        return json.loads(note.read_text())
    generate = ("data", "generate", "--employees", str(size), "--seed", "7", "--today", TODAY)
    built = _timed("", environment, *generate)
    if url:
        # What autovacuum does within a minute on a database that lives on.
        subprocess.run(["psql", "-q", url, "-c", "VACUUM ANALYZE"], check=True)
    built |= _timed("insights_", environment, "insights", "rebuild")
    note.write_text(json.dumps(built))
    return built


def _timed(what: str, environment: dict[str, str], *command: str) -> dict[str, float]:
    before, start = os.times(), time.perf_counter()
    _run(environment, "-m", "huitan.cli.main", *command)
    after, seconds = os.times(), time.perf_counter() - start
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {f"{what}seconds": round(seconds, 1), f"{what}cpu_seconds": round(cpu, 1)}


def _run(environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def _served(environment: dict[str, str]) -> AbstractContextManager[tuple[int, int]]:
    options = ["--interface", "wsgi", "--workers", str(WORKERS), "--blocking-threads", "2", "--no-ws"]
    granian = str(Path(sys.executable).with_name("granian"))
    return serving([granian, *options, "--log-level", "error", "bench.served:application"], environment)


def _by_name(pages: list[dict[str, Any]]) -> list[list[tuple[int, dict[str, Any]]]]:
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, page in enumerate(pages):
        found.setdefault(page["name"], []).append((number, page))
    return list(found.values())


def _page(port: int, watched: list[int], pages: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """Page and bare handler in turn, so that whatever else the machine does meets both."""
    real, bare = Measured(), Measured()
    asked, plain = lines(port, pages, False), lines(port, pages, True)
    for of in (asked, plain):
        ask_for(SECONDS / 2, of, watched, Measured())
    for _ in range(ROUNDS):
        ask_for(SECONDS, asked, watched, real)
        ask_for(SECONDS, plain, watched, bare)
    first = pages[0][1]
    return {
        "name": first["name"],
        "queries": len(first["statements"]),
        "bytes": len(first["content"]),
        "per_second": round(real.rate, 1),
        "median_ms": round(real.median, 2),
        "cpu_ms": round(real.cpu, 2),
        "bare_per_second": round(bare.rate, 1),
        "bare_median_ms": round(bare.median, 2),
        "bare_cpu_ms": round(bare.cpu, 2),
        "ratio": round(bare.rate / real.rate, 2) if real.rate else None,
        "cpu_ratio": round(real.cpu / bare.cpu, 2) if bare.cpu else None,
        "failed": real.failed + bare.failed,
        "profile": first["profile"],
        "slowest_statements": [[round(ms, 2), sql[:300]] for ms, sql in first["slowest"]],
    }
