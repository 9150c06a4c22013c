"""Run a command against a PostgreSQL of its own: `python -m tests.postgres COMMAND …`.

A cluster in a temporary folder on a free loopback port, gone afterwards. PostgreSQL does not run as root, so as root
the server runs as the system's postgres user.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def programs() -> Path | None:
    """The folder with initdb and postgres, newest version first."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(p.split("/")[4]))
    return Path(found[-1]).parent if found else None


def address_of(connection: Any) -> str:
    """DATABASE_URL of the database a test is using, for a process of its own."""
    to = connection.settings_dict
    return f"postgres://{to['USER']}@{to['HOST']}:{to['PORT']}/{to['NAME']}"


@contextmanager
def running(where: Path, kept: Path | None = None, settings: str = "") -> Iterator[tuple[str, str]]:
    """A cluster of its own while it lasts: its address, and the folder with its files. `where` are the programs.

    In the folder `kept` it is found again the next time; otherwise it is gone afterwards.
    """
    folder = str(kept) if kept else tempfile.mkdtemp(prefix="huitan-postgres-")
    Path(folder).mkdir(parents=True, exist_ok=True)
    prefix: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        prefix = ["runuser", "-u", "postgres", "--"]
    data = f"{folder}/data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    server = [*prefix, str(where / "pg_ctl"), "-D", data, "-w", "-l", f"{folder}/log"]
    make = ["-D", data, "-U", "huitan", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    try:
        if not Path(data).exists():
            subprocess.run([*prefix, str(where / "initdb"), *make], **quiet)
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c jit=off -c max_connections=60 {settings}"
        subprocess.run([*server, "-o", options, "start"], **quiet)
        yield f"postgres://huitan@127.0.0.1:{port}/postgres", data
    finally:
        how = "fast" if kept else "immediate"
        subprocess.run([*server, "-m", how, "stop"], stdout=subprocess.DEVNULL, check=False)
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    where = programs()
    if where is None:
        sys.stderr.write("PostgreSQL is not installed here; the tests against it were not run.\n")
        return 1 if os.environ.get("CI") else 0
    with running(where) as (url, _):
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
