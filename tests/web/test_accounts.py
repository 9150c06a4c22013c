"""Logging in, being locked out, preferences; pages that went wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import PASSWORD

BACKEND = "huitan.people.backend.Accounts"


def log_in(client, name: str, password: str = PASSWORD, **more: str):
    return client.post(reverse("login"), {"login_name": name, "password": password, **more})


@pytest.mark.parametrize("name", ["00004", "lin@example.com", "LIN@example.com"])
def test_log_in_with_staff_number_or_email(cast, client, name) -> None:
    account = cast.account("lin")
    type(account).objects.filter(pk=account.pk).update(email="lin@example.com")
    answer = log_in(client, name)
    assert answer.status_code == 302
    assert answer.url == reverse("home")


def test_a_wrong_password_is_said_and_the_name_stays(cast, client) -> None:
    answer = log_in(client, "00004", "wrong")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "工号（或邮箱）和密码对不上" in page
    assert 'value="00004"' in page
    assert "wrong" not in page


def test_guessing_under_other_letters_is_guessing_the_same_account(cast, client) -> None:
    account = cast.account("shen")
    account.email = "shen@jingtian.example"
    account.save()
    for name in ("shen@jingtian.example", "Shen@jingtian.example", "SHEN@jingtian.example") * 4:
        log_in(client, name, "guess")
    assert log_in(client, "sHEN@jingtian.example").status_code == 429


def test_guessing_is_locked_out_in_words(cast, client) -> None:
    for _ in range(9):
        assert log_in(client, "00004", "guess").status_code == 422
    locked = log_in(client, "00004", "guess")
    assert locked.status_code == 429
    assert "15 分钟后再试" in locked.content.decode()
    assert log_in(client, "00004").status_code == 429


def test_after_log_in_one_lands_where_one_wanted_but_never_outside(cast, client) -> None:
    wish = reverse("ledger")
    assert client.get(wish).url == f"{reverse('login')}?next={wish}"
    assert log_in(client, "00004", next=wish).url == wish
    client.logout()
    assert log_in(client, "00004", next="https://evil.example/").url == reverse("home")
    client.logout()
    assert log_in(client, "00004", next="//evil.example/").url == reverse("home")


def test_language_follows_the_account(cast, client) -> None:
    client.force_login(cast.account("lin"), backend=BACKEND)
    url = reverse("preferences")
    assert 'lang="zh-CN"' in client.get(url).content.decode()
    saved = client.post(url, {"language": "en", "time_zone": "Europe/Berlin", "theme": "dark"})
    assert saved.status_code == 302
    page = client.get(url).content.decode()
    assert 'lang="en"' in page
    assert 'data-theme-choice="dark"' in page


def test_the_theme_switch_saves_alone_and_refuses_nonsense(cast, client) -> None:
    client.force_login(cast.account("lin"), backend=BACKEND)
    assert client.post(reverse("preferences"), {"theme": "dark"}).status_code == 204
    assert client.post(reverse("preferences"), {"theme": "<script>"}).status_code == 422
    account = cast.account("lin")
    account.refresh_from_db()
    assert account.theme == "dark"


def test_pages_carry_the_security_headers(cast, client) -> None:
    client.force_login(cast.account("lin"), backend=BACKEND)
    answer = client.get(reverse("preferences"))
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("style-src-attr")[0]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_an_unknown_page_says_what_to_do(cast, client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "没有找到这一页" in answer.content.decode()


def test_an_expired_form_says_so(cast) -> None:

    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("login"), {"login_name": "x", "password": "y"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_temporary_files_lie_under_the_data_folder(settings) -> None:
    with tempfile.NamedTemporaryFile() as made:
        assert Path(made.name).is_relative_to(settings.HUITAN_HOME)
