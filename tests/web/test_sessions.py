"""Who may tell a browser to forget its session."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from django.urls import reverse

FORMER = "f" * 32


def test_a_request_that_comes_late_with_a_former_session_takes_no_new_one_away(db, client: Client) -> None:
    """Two tabs: the device was handed over in one, while a request of the other was under way."""
    for path in ("/", reverse("login"), reverse("device")):
        client.cookies[settings.SESSION_COOKIE_NAME] = FORMER
        assert settings.SESSION_COOKIE_NAME not in client.get(path).cookies, path


def test_logging_out_forgets_it(cast, client: Client) -> None:
    client.force_login(cast.account("lin"), backend="huitan.people.backend.Accounts")
    gone = client.post(reverse("logout")).cookies[settings.SESSION_COOKIE_NAME]
    assert gone["max-age"] == 0 and not gone.value
