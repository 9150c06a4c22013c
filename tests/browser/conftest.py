"""Real people in a real Chromium against a real server. A module names its `STAGE` (tests.browser.company) and `NOW`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.people import Meeting
from tests.browser.server import Server

CHROMIUM = Path("/usr/bin/chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        why = f"{CHROMIUM} is not installed"
        if os.environ.get("CI"):
            pytest.fail(f"{why}; where CI is set these tests must run", pytrace=False)
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def empty_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with tables and nothing in them, made once: each module's company begins as a copy."""
    return Server(tmp_path_factory.mktemp("empty"), "nothing").home


@pytest.fixture(scope="module")
def server(
    chromium: Browser,
    request: pytest.FixtureRequest,
    empty_company: Path,
    tmp_path_factory: pytest.TempPathFactory,
):
    """Runs until the module is done; `chromium` comes first so that without one nothing is built in vain."""
    home = tmp_path_factory.mktemp("company")
    shutil.copytree(empty_company, home, dirs_exist_ok=True)
    running = Server(home, request.module.STAGE)
    try:
        running.at(request.module.NOW)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def meeting(chromium: Browser, server: Server) -> Iterator[Meeting]:
    people = Meeting(chromium, server)
    yield people
    people.leave()
