"""Everything `make bench` measures, in one run: the pages of generated companies beside their bare handlers, on SQLite and
PostgreSQL, then the other parts, each of which also runs alone (`python -m bench.reading`).

``python -m bench [--sizes 1000,10000] [--databases SQLite,PostgreSQL] [--parts bench.reading,bench.wording]
[--keep FOLDER]``
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import company, report

# Beyond this a company has PostgreSQL: docs/guide/deployment.md.
SQLITE_UP_TO = 100_000
PARTS = ("bench.reading", "bench.importing", "bench.wording", "bench.documents", "bench.live", "bench.kill")


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench")
    asked.add_argument("--sizes", default="1000,10000", help="numbers of employees, with commas between")
    asked.add_argument("--databases", default="SQLite,PostgreSQL")
    asked.add_argument("--parts", default=",".join(PARTS), help="which other measurements; empty for none")
    asked.add_argument(
        "--rounds", type=int, default=company.ROUNDS, help="seconds per page, and as many bare"
    )
    asked.add_argument("--keep", type=Path, help="folder where the companies stay for the next time")
    chosen = asked.parse_args()
    company.ROUNDS = chosen.rounds
    found: dict[str, Any] = {"machine": report.machine(), "companies": [], "parts": {}}
    for size in sorted(int(one) for one in chosen.sizes.split(",")):
        for database in chosen.databases.split(","):
            if database == "SQLite" and size > SQLITE_UP_TO:
                continue
            print(f"── {size} employees on {database}", flush=True)
            measured = company.measure(database, size, chosen.keep)
            if measured is None:
                print(f"{database} is not installed here", flush=True)
                continue
            found["companies"].append(measured)
            _keep(found)
            for page in measured["pages"]:
                print(
                    f"{page['name']:34} {page['queries']:3} queries {page['per_second']:8.1f}/s {page['median_ms']:8.1f} ms "
                    f"{page['cpu_ms']:7.2f} ms CPU, bare {page['bare_cpu_ms']:6.2f}, ratio {page['cpu_ratio']}",
                    flush=True,
                )
    for part in filter(None, chosen.parts.split(",")):
        print(f"── {part}", flush=True)
        done = subprocess.run([sys.executable, "-m", part], capture_output=True, text=True, check=False)
        output = done.stdout if done.returncode == 0 else f"failed:\n{done.stderr[-2000:]}"
        print(output, flush=True)
        found["parts"][part] = output
        _keep(found)


def _keep(found: dict[str, Any]) -> None:
    """After each part, so that a long run that is cut off leaves what it has."""
    found["load_at_end"] = [round(one, 1) for one in os.getloadavg()]
    report.write(found)


if __name__ == "__main__":
    main()
