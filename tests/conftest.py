from __future__ import annotations

import pytest
from django.conf import settings

from tests import cast as the_cast


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


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


@pytest.fixture(autouse=True)
def _nobody_else_writes(request: pytest.FixtureRequest) -> None:
    """On PostgreSQL a thread of an earlier test may have left a transaction open; reading the settled end of the history
    would wait for it in vain."""
    from django.db import connection

    if "db" in request.fixturenames and connection.vendor == "postgresql":
        request.getfixturevalue("db")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
            )
