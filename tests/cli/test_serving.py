"""What a server may hold at once: every live stream beside the pages, and a file open for each."""

from __future__ import annotations

import resource

import pytest

from huitan.cli import server


@pytest.mark.parametrize("interface", ["one", "live"])
def test_streams_leave_room_for_pages(interface: str, settings) -> None:
    settings.HUITAN_STREAMS = 3000
    assert server._server("127.0.0.1", 8000, 1, 4, interface).backpressure > 3000


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((1024, 1_000_000), (5000, 1_000_000)),
        ((1024, 2048), (2048, 2048)),
        ((1024, resource.RLIM_INFINITY), (5000, resource.RLIM_INFINITY)),
        ((65_536, 65_536), None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), None),
    ],
)
def test_so_many_files_may_be_open_as_streams_need(limits, raised, monkeypatch, settings) -> None:
    settings.HUITAN_STREAMS = 3000
    done = []
    monkeypatch.setattr(server.resource, "getrlimit", lambda _which: limits)
    monkeypatch.setattr(server.resource, "setrlimit", lambda _which, wanted: done.append(wanted))
    server._may_open_many()
    assert done == ([raised] if raised else [])
