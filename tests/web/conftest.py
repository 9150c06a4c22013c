"""What every screen's test needs: somebody of the cast at a browser."""

from __future__ import annotations

import pytest

BACKEND = "huitan.people.backend.Accounts"


@pytest.fixture
def as_(client, cast):
    def log_in(name: str):
        client.force_login(cast.account(name), backend=BACKEND)
        return client

    return log_in
