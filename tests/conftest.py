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
