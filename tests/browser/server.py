"""A real `huitan serve` over a data folder of its own, at an instant the test chooses."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("huitan")
READY_WITHIN = 40
STOPPED_WITHIN = 10


class Server:
    """`numbers` are the ids its stage printed. `at` starts the pages, again if they run, with the clock at an instant."""

    def __init__(self, home: Path, numbers: dict[str, int]) -> None:
        self.home = home
        self.numbers = numbers
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def at(self, instant: str) -> None:
        self.stop()
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(COMMAND), "serve", "--port", str(self.port)],
                cwd=ROOT,
                env={**_environment(self.home), "HUITAN_SCRIPTED_NOW": instant},
                stdout=log,
                stderr=log,
            )
        self._wait_for_login()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _wait_for_login(self) -> None:
        assert self.process is not None
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/login/", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:  # refused, reset, or too slow to answer yet
                time.sleep(0.1)
        said = (self.home / "server.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the server did not answer at {self.url}: {said[-2000:]}")


def built(stage: str, where: Path, on: Path | None = None) -> tuple[Path, dict[str, int]]:
    """The data folder of a stage and the ids it printed, made once for all test processes that share `where`; `on` is a
    folder to begin with."""
    home, told = where / stage, where / f"{stage}.json"
    with (where / f"{stage}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            if on is not None:
                shutil.copytree(on, home)
            command = [sys.executable, "-m", "tests.browser.company", stage]
            done = subprocess.run(
                command, cwd=ROOT, env=_environment(home), check=True, stdout=subprocess.PIPE
            )
            told.write_bytes(done.stdout)
    numbers: dict[str, int] = json.loads(told.read_bytes())
    return home, numbers


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**kept, "HUITAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "huitan.config.settings"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
