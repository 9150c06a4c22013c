from __future__ import annotations

import pytest
from tests.cast import NAMES

from huitan.people.models import Account


@pytest.fixture
def mailed(cast):
    """The cast with an address each."""
    for name in NAMES:
        Account.objects.filter(pk=cast.people[name].account_id).update(email=f"{name}@jingtian.example")
    for person in cast.people.values():
        person.refresh_from_db()
    return cast
