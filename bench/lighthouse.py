"""Lighthouse over a generated company, each page as the person who uses it most: managers and HR at a desk, employees on a phone.

``python -m bench.lighthouse [--employees 1000]`` (or ``make bench-lighthouse``, which installs Lighthouse first)
writes bench/lighthouse.json and prints a table. Scores are 0 to 100; the phone is Lighthouse's own slow one.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.company import NOW, ROOT, TODAY
from bench.serving import serving

PROGRAM = ROOT / "bench/npm/node_modules/lighthouse/cli/index.js"
RESULT = ROOT / "bench/lighthouse.json"
CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
CATEGORIES = ("performance", "accessibility", "best-practices")
GOAL = 95
# The page of `bench.pages`, and where it is read.
PAGES = {
    "home, manager": "desktop",
    "ledger, HR, 50 rows": "desktop",
    "home, employee": "phone",
    "record, employee": "phone",
}
ATTEMPTS = 3


def main(employees: int) -> int:
    with tempfile.TemporaryDirectory(prefix="huitan-lighthouse-") as home:
        environment = {**os.environ, "HUITAN_HOME": home, "DJANGO_SETTINGS_MODULE": "huitan.config.settings"}
        environment |= {"HUITAN_SCRIPTED_NOW": NOW}
        environment.pop("DATABASE_URL", None)
        generate = ("data", "generate", "--employees", str(employees), "--seed", "7", "--today", TODAY)
        _run(environment, "-m", "huitan.cli.main", "migrate")
        _run(environment, "-m", "huitan.cli.main", *generate)
        _run(environment, "-m", "bench.pages", f"{home}/pages.pickle")
        pages = {page["name"]: page for page in pickle.loads(Path(home, "pages.pickle").read_bytes())}
        with serving([sys.executable, "-m", "huitan.cli.main", "serve"], environment) as (port, _):
            found = [_looked_at(name, where, pages[name], port, home) for name, where in PAGES.items()]
    RESULT.write_text(
        json.dumps({"employees": employees, "pages": found}, indent=1, ensure_ascii=False) + "\n"
    )
    for page in found:
        scores = "  ".join(f"{name} {page['scores'][name]}" for name in CATEGORIES)
        print(f"{page['page']:24} {page['where']:8} {scores}")
        for lost in page["lost"]:
            print(f"    {lost}")
    return 0 if all(score >= GOAL for page in found for score in page["scores"].values()) else 1


def _run(environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def _looked_at(name: str, where: str, page: dict[str, Any], port: int, home: str) -> dict[str, Any]:
    target = Path(home, "report.json")
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    session = {"Cookie": f"sessionid={page['session']}"}
    options = [
        f"--extra-headers={json.dumps(session)}",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={CHROMIUM}",
        "--output=json",
        f"--output-path={target}",
        "--quiet",
        *(["--preset=desktop"] if where == "desktop" else []),
    ]
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    # Chromium's trace now and then misses its beginning; Lighthouse then asks to be run again.
    for attempt in range(ATTEMPTS):
        done = subprocess.run(
            [node, str(PROGRAM), f"http://127.0.0.1:{port}{page['path']}", *options],
            env={**os.environ, "CHROME_PATH": chromium},
            check=attempt == ATTEMPTS - 1,
        )
        if done.returncode == 0:
            break
    report = json.loads(target.read_text(encoding="utf-8"))
    shown = report["finalDisplayedUrl"]
    if not shown.endswith(page["path"]):
        raise SystemExit(f"{name}: {page['path']} led to {shown}")
    return {
        "page": name,
        "where": where,
        "scores": {c: round(100 * report["categories"][c]["score"]) for c in CATEGORIES},
        "lost": list(_lost(report)),
        "lighthouse": report["lighthouseVersion"],
    }


def _lost(report: dict[str, Any]) -> Iterator[str]:
    """Every check that counts and was not passed, with what Lighthouse says of it."""
    for category in CATEGORIES:
        for reference in report["categories"][category]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                named = [audit["title"], audit.get("displayValue", "")]
                named += [item["description"] for item in _items(audit) if "description" in item]
                yield f"{category}: {' · '.join(name for name in named if name)}"


def _items(audit: dict[str, Any]) -> list[dict[str, Any]]:
    return audit.get("details", {}).get("items", [])[:3]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--employees", type=int, default=1000)
    raise SystemExit(main(parser.parse_args().employees))
