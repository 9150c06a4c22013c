"""A server of its own on a free loopback port, while something is measured."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN = 60


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Runs `command` with `--port N` until left; gives the port, once it answers, and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + READY_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(30)
