"""What was measured, as report.json for machines and REPORT.md for people."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RATIO, QUERIES, GROWTH, COCKPIT_MS = 3.0, 15, 1.5, 100


def machine() -> dict[str, Any]:
    """What stands behind the numbers; no names of machines or folders."""
    import django
    import granian
    from tests import postgres

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = postgres.programs()
    version = (
        subprocess.run([found / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        if found
        else "-"
    )
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
        "django": django.get_version(),
        "granian": granian.__version__,
        "sqlite": sqlite3.sqlite_version,
        "postgresql": version.split()[2] if found else "-",
        "load_at_start": [round(one, 1) for one in os.getloadavg()],
    }


def write(found: dict[str, Any]) -> None:
    (FOLDER / "report.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (FOLDER / "REPORT.md").write_text("\n".join(_lines(found)) + "\n", "utf-8")


def _lines(found: dict[str, Any]) -> list[str]:
    on, after = found["machine"], found["load_at_end"]
    lines = [
        "# Measurements",
        "",
        "Written by `make bench`; all figures come from one run. CPU is processor time of the server's processes (and of",
        "PostgreSQL's) per request, so that it depends little on what else the machine was doing; requests a second and",
        "medians do depend on it. Ratio: page to the bare handler, which runs the page's own SQL on the driver's cursor and",
        "sends the same bytes through the same server; both are measured in turn.",
        "",
        f"{on['cores']} cores, {on['memory_gb']} GB, {on['system']}, Python {on['python']}, Django {on['django']}, "
        f"granian {on['granian']} (2 workers of 2 threads, 4 connections), SQLite {on['sqlite']}, "
        f"PostgreSQL {on['postgresql']}.",
        f"Load average at the start {on['load_at_start'][0]}, at the end {after[0]} "
        f"({'the machine was shared: rates and medians are too low' if after[0] > 3 else 'nothing else was running'}).",
        "",
    ]
    for company in found["companies"]:
        lines += _company(company)
    lines += _growth(found["companies"]) + _missed(found["companies"])
    for name, output in found["parts"].items():
        lines += [f"## {name}", "", "```", *output.strip().splitlines(), "```", ""]
    return lines


def _company(company: dict[str, Any]) -> list[str]:
    built = company["built"]
    lines = [
        f"## {company['employees']:,} employees on {company['database']}",
        "",
        f"Generated in {built['seconds']:,} s ({built['cpu_seconds']:,} s CPU besides the database's), the cockpit's figures "
        f"counted from nothing in {built['insights_seconds']:,} s.",
        "",
        "| page | queries | bytes | requests/s | median ms | CPU ms | bare CPU ms | ratio (CPU) | ratio (rate) |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for page in company["pages"]:
        lines.append(
            f"| {page['name']} | {page['queries']} | {page['bytes']:,} | {page['per_second']} | {page['median_ms']} "
            f"| {page['cpu_ms']} | {page['bare_cpu_ms']} | {page['cpu_ratio']} | {page['ratio']} |"
        )
        if page["failed"]:
            lines.append(f"| ({page['failed']} requests were not answered with 200) | | | | | | | | |")
    return [*lines, ""]


def _growth(companies: list[dict[str, Any]]) -> list[str]:
    """CPU of each page, and of its SQL alone, from the smallest company to the largest, per database."""
    lines = ["## Growth with the company", ""]
    lines += [
        "| database | page | from → to | page CPU × | bare CPU × |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    for small, large, was, page in _grown(companies):
        lines.append(
            f"| {large['database']} | {page['name']} | {small['employees']:,} → {large['employees']:,} "
            f"| {page['cpu_ms'] / was['cpu_ms']:.2f} | {page['bare_cpu_ms'] / was['bare_cpu_ms']:.2f} |"
        )
    return [*lines, ""]


def _grown(companies: list[dict[str, Any]]) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Smallest and largest company of each database, and each page in both."""
    for database in sorted({company["database"] for company in companies}):
        sizes = sorted((c for c in companies if c["database"] == database), key=lambda c: c["employees"])
        small, large = sizes[0], sizes[-1]
        before = {page["name"]: page for page in small["pages"]}
        for page in large["pages"] if large is not small else ():
            was = before.get(page["name"])
            if was and was["cpu_ms"] and was["bare_cpu_ms"]:
                yield small, large, was, page


def _missed(companies: list[dict[str, Any]]) -> list[str]:
    """Goals not reached, each with the statements the database takes longest over and where Python spends its time."""
    lines = ["## Goals missed", ""]
    lines.append(
        f"Goals: the ledger at most {RATIO:.0f} times its bare handler, at most {QUERIES} queries a page, at most {GROWTH} "
        f"times the time from the smallest to the largest company, the cockpit at most {COCKPIT_MS} ms."
    )
    lines.append("")
    for company in companies:
        where = f"{company['employees']:,} on {company['database']}"
        for page in company["pages"]:
            reasons = []
            if page["name"].startswith("ledger") and (page["cpu_ratio"] or 0) > RATIO:
                reasons.append(f"{page['cpu_ratio']} times bare")
            if page["name"].startswith("cockpit") and page["median_ms"] > COCKPIT_MS:
                reasons.append(f"{page['median_ms']} ms")
            if page["queries"] > QUERIES:
                reasons.append(f"{page['queries']} queries")
            if reasons:
                lines.append(f"- {where}, {page['name']}: {', '.join(reasons)}. {_time_goes(page)}")
    for small, large, was, page in _grown(companies):
        if page["cpu_ms"] / was["cpu_ms"] > GROWTH:
            lines.append(
                f"- {small['employees']:,} → {large['employees']:,} on {large['database']}, {page['name']}: "
                f"{page['cpu_ms'] / was['cpu_ms']:.1f} times the time. {_time_goes(page)}"
            )
    return [*lines, ""]


def _time_goes(page: dict[str, Any]) -> str:
    ways = ", ".join(f"{share} % {what}" for what, share in page["profile"].items())
    slowest = "; ".join(f"{ms} ms `{sql[:70]}…`" for ms, sql in page["slowest_statements"][:2])
    return f"Time goes to: {ways}. Slowest statements: {slowest}."
