"""Requests over keep-alive connections, as many as there are answers, and what they cost the server."""

from __future__ import annotations

import os
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.pages import TOKEN

CONNECTIONS = 4


@dataclass
class Measured:
    """`cpu` in ms of the server (and its database) per request."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    failed: int = 0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    @property
    def median(self) -> float:
        return 1000 * statistics.median(self.times) if self.times else 0.0

    @property
    def cpu(self) -> float:
        return 1000 * self.cpu_seconds / len(self.times) if self.times else 0.0


class Line:
    """One connection. A save carries the version its last answer left."""

    def __init__(self, port: int, page: dict[str, Any], bare: int | None) -> None:
        self.page, self.version, self.count = page, page["version"], 0
        self.path = page["path"] if bare is None else f"/bare/{bare}"
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bare = bare

    def ask(self) -> bool:
        body, method = b"", "GET"
        if self.page["body"]:
            self.count += 1
            text = f"文字 {time.time_ns()} {self.count}"
            body = urlencode({self.page["body"]: text, "version": self.version}).encode()
            method = "POST"
        head = (
            f"{method} {self.path} HTTP/1.1\r\nHost: localhost\r\nX-CSRFToken: {TOKEN}\r\n"
            f"Cookie: sessionid={self.page['session']}; csrftoken={TOKEN}\r\nX-Requested-With: fetch\r\n"
        )
        if body:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(head.encode() + b"\r\n" + body)
        found = b""
        while b"\r\n\r\n" not in found:
            found += self._more()
        top, _, rest = found.partition(b"\r\n\r\n")
        lower = top.lower()
        wanted = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(rest) < wanted:
            rest += self._more()
        well = lower.split(b" ", 2)[1] == b"200"
        if well and self.page["body"] and self.bare is None:
            self.version += 1
        return well

    def _more(self) -> bytes:
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def lines(port: int, pages: list[tuple[int, dict[str, Any]]], bare: bool) -> list[Line]:
    """A page, or one save in several talks: half of those are saved by the product, half by the bare handler."""
    if len(pages) > 1:
        half = len(pages) // 2
        pages = pages[half:] if bare else pages[:half]
        return [Line(port, page, number if bare else None) for number, page in pages[:CONNECTIONS]]
    number, page = pages[0]
    return [Line(port, page, number if bare else None) for _ in range(CONNECTIONS)]


def ask_for(seconds: float, of: list[Line], watched: list[int], into: Measured) -> None:
    """Every connection asks again as soon as it is answered."""
    until = time.perf_counter() + seconds
    collected: list[list[float]] = [[] for _ in of]
    failed = [0] * len(of)

    def run(n: int) -> None:
        while (start := time.perf_counter()) < until:
            if of[n].ask():
                collected[n].append(time.perf_counter() - start)
            else:
                failed[n] += 1

    before, start = spent(watched), time.perf_counter()
    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(of))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    into.seconds += time.perf_counter() - start
    into.cpu_seconds += spent(watched) - before
    into.times += [one for some in collected for one in some]
    into.failed += sum(failed)


def spent(watched: list[int]) -> float:
    """Processor seconds of these processes and their children so far."""
    ticks = 0
    for pid in watched:
        for one in (pid, *children(pid)):
            try:
                fields = Path(f"/proc/{one}/stat").read_text().rsplit(") ", 1)[1].split()
            except FileNotFoundError:
                continue
            # With what its children had spent that have ended: a database's process for one connection, say.
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from children(int(child))
