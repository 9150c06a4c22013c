"""PostgreSQL's own programs, found on this machine: pg_dump and pg_restore know every kind of row there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connection

from huitan.core.moves import Refused
from huitan.core.sentences import say

# Passed on in the environment, never on a command line that others can read.
VARIABLES = {
    "HOST": "PGHOST",
    "PORT": "PGPORT",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "NAME": "PGDATABASE",
}
OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}
NOT_OURS = re.compile(r"^\d+; \d+ \d+ (SCHEMA - public|COMMENT - SCHEMA public|ACL - SCHEMA public)\b")


def dump(target: Path) -> None:
    """The schema of this product at one moment, while others write; read through once more afterwards."""
    run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--schema=public", "--no-password",
        "--lock-wait-timeout=60s", f"--file={target}")  # fmt: skip
    run("pg_restore", "--file=/dev/null", str(target))


def load(source: Path, beside: str) -> None:
    """The dump as the schema `public`, and what stood there as the schema `beside`: in one transaction, or not at all."""
    listing = run("pg_restore", "--list", str(source)).splitlines()
    chosen, script = source.with_suffix(".list"), source.with_suffix(".sql")
    chosen.write_text("\n".join(line for line in listing if not NOT_OURS.match(line)), encoding="utf-8")
    before = source.with_suffix(".before.sql")
    before.write_text(f'ALTER SCHEMA public RENAME TO "{beside}"; CREATE SCHEMA public;\n', encoding="utf-8")
    run(
        "pg_restore", "--no-owner", "--no-privileges", f"--use-list={chosen}", f"--file={script}", str(source)
    )
    run("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--single-transaction",
        f"--file={before}", f"--file={script}", "--output=/dev/null")  # fmt: skip


def put_back(beside: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'BEGIN; DROP SCHEMA public CASCADE; ALTER SCHEMA "{beside}" RENAME TO public; COMMIT')


def drop(beside: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{beside}" CASCADE')


def others() -> int:
    """How many other sessions use this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def run(program: str, *arguments: str) -> str:
    with connection.cursor():
        server = connection.pg_version // 10000
    done = subprocess.run(
        [str(find(program, server)), *arguments],
        env={**os.environ, **environment(connection.settings_dict)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["?"])[0]
        raise Refused("not_now", say("%(program)s 没有做成：%(said)s", program=program, said=said[:300]))
    return done.stdout


def find(program: str, server: int) -> Path:
    """The program whose version is nearest above the server's: an older one cannot read a newer server."""
    on_path = shutil.which(program)
    places = [Path(on_path)] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    versions = {place: _version(place) for place in places}
    fitting = [place for place in places if versions[place] >= server]
    if fitting:
        return min(fitting, key=lambda place: versions[place])
    if places:
        newest = max(versions.values())
        raise Refused(
            "not_now",
            say(
                "这台机器上的 %(program)s 是 %(has)s 版，数据库是 %(server)s 版。安装 postgresql-client-%(server)s。",
                program=program,
                has=newest,
                server=server,
            ),
        )
    raise Refused(
        "not_now",
        say(
            "这台机器上没有 %(program)s。安装 postgresql-client-%(server)s。", program=program, server=server
        ),
    )


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)[.\d]*", said)
    return int(found[1]) if found else 0


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    found = {variable: str(settings[name]) for name, variable in VARIABLES.items() if settings.get(name)}
    options = settings.get("OPTIONS") or {}
    return found | {variable: str(options[name]) for name, variable in OPTIONS.items() if options.get(name)}
