from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from tests import asking
from tests import cast as the_cast


def pytest_configure() -> None:
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # A file as everywhere else, not Django's shared memory: there a second connection is refused where it would wait.
        database.setdefault("TEST", {})["NAME"] = str(settings.HUITAN_HOME / "tests.sqlite3")
        database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser modules, which wait more than they work, are spread over the run: one at a time, and none at its end."""
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    slow = [path for path in modules if path.parent.name == "browser"]
    order = [path for path in modules if path.parent.name != "browser"]
    apart = max(1, len(order) * 4 // 5 // max(1, len(slow)))
    for number, path in enumerate(slow):
        order.insert(number * (apart + 1), path)
    items[:] = [item for path in order for item in modules[path]]


@pytest.fixture(autouse=True)
def every_page_asks_little(monkeypatch: pytest.MonkeyPatch) -> None:
    asking.keep_watch(monkeypatch)


@pytest.fixture
def cast(db: None) -> the_cast.Cast:
    return the_cast.enrol()


@pytest.fixture
def cycle(cast: the_cast.Cast):
    return the_cast.open_cycle()


@pytest.fixture
def talk(cast: the_cast.Cast, cycle):
    the_cast.bring_results(cast, cycle)
    return the_cast.talk_of(cast.lin, cycle)
