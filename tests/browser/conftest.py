"""Real people in a real Chromium against a real server. A module names its `STAGE` (tests.browser.company) and `NOW`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.people import Meeting
from tests.browser.server import Server, built

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
def companies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the companies of all stages are kept for this run, for whichever process needs one first."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "companies"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def server(
    chromium: Browser,
    request: pytest.FixtureRequest,
    companies: Path,
    tmp_path_factory: pytest.TempPathFactory,
):
    """Runs until the module is done; `chromium` comes first so that without one nothing is built in vain."""
    empty, _ = built("nothing", companies)
    made, numbers = built(request.module.STAGE, companies, empty)
    home = tmp_path_factory.mktemp("company")
    shutil.copytree(made, home, dirs_exist_ok=True)
    running = Server(home, numbers)
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
