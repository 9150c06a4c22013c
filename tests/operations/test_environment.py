"""Settings that cannot be meant are said before anything starts, without repeating what may be a secret."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from huitan.operations import environment

OIDC = {"HUITAN_LOGIN_OIDC": "https://login.example.com", "HUITAN_LOGIN_OIDC_CLIENT": "huitan"}
MAIL = "smtp://huitan:geheim@mail.example.com"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"HUITAN_STREAMS": "", "HUITAN_URL": "", "HUITAN_MAIL_URL": "", "HUITAN_PROXIES": ""},
        {"HUITAN_HTTPS": "1", "HUITAN_PROXIES": "127.0.0.1, ::1,10.1.0.0/24"},
        {"DATABASE_URL": "postgres://huitan:pa%3Fss@db:5432/huitan?sslmode=require"},
        {"DATABASE_URL": "postgres:///huitan?host=/var/run/postgresql"},
        {"HUITAN_MAIL_URL": f"{MAIL}:587?tls=1"},
        {"HUITAN_MAIL_URL": "smtps://mail.example.com", "HUITAN_MAIL_FROM": "会谈 <huitan@example.com>"},
        {**OIDC, "HUITAN_LOGIN_BY": "staff_number"},
        {"HUITAN_LOGIN_FEISHU": "cli_1:s:with:colons", "HUITAN_LOGIN_WECOM": "ww1:1000002:secret"},
        {"HUITAN_PASSWORD_LIST": __file__, "HUITAN_SECOND_FACTOR_FOR": "hr_admin"},
    ],
)
def test_what_can_be_meant_is_taken(given: dict[str, str]) -> None:
    assert environment.problems(given) == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"HUITAN_STREAMS": "viele"}, "HUITAN_STREAMS"),
        ({"HUITAN_PASSWORD_LENGTH": "0"}, "HUITAN_PASSWORD_LENGTH"),
        ({"HUITAN_HANDED_IDLE_MINUTES": "²"}, "HUITAN_HANDED_IDLE_MINUTES"),
        ({"HUITAN_HTTPS": "true"}, "HUITAN_HTTPS"),
        ({"HUITAN_SECOND_FACTOR_FOR": "hr"}, "hr_admin"),
        ({"HUITAN_LOGIN_BY": "phone"}, "staff_number"),
        ({"HUITAN_PROXIES": "127.0.0.1,10.0.0.5/24"}, "10.0.0.5/24"),
        ({"HUITAN_URL": "huitan.example.com"}, "HUITAN_URL"),
        ({"DATABASE_URL": "mysql://huitan:geheim@db/huitan"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgres://huitan:geheim@db:port/huitan"}, "DATABASE_URL"),
        ({"HUITAN_MAIL_URL": "mail.example.com"}, "HUITAN_MAIL_URL"),
        ({"HUITAN_MAIL_URL": f"{MAIL}?tls=yes"}, "tls=1"),
        ({"HUITAN_MAIL_FROM": "huitan"}, "HUITAN_MAIL_FROM"),
        ({"HUITAN_LOGIN_OIDC": "https://login.example.com"}, "HUITAN_LOGIN_OIDC_CLIENT"),
        ({"HUITAN_LOGIN_OIDC_SECRET": "geheim"}, "HUITAN_LOGIN_OIDC"),
        ({**OIDC, "HUITAN_LOGIN_OIDC": "login.example.com"}, "HUITAN_LOGIN_OIDC"),
        ({"HUITAN_LOGIN_FEISHU": "geheim"}, "HUITAN_LOGIN_FEISHU"),
        ({"HUITAN_LOGIN_WECOM": "ww1:geheim"}, "HUITAN_LOGIN_WECOM"),
        ({"HUITAN_PASSWORD_LIST": "/nowhere"}, "/nowhere"),
        ({"HUITAN_SCRIPTED_NOW": "soon"}, "HUITAN_SCRIPTED_NOW"),
    ],
)
def test_what_cannot_be_meant_is_named_once_and_secrets_are_not(given: dict[str, str], named: str) -> None:
    (said,) = map(str, environment.problems(given))
    assert named in said and "geheim" not in said and "%(" not in said


def test_settings_stop_at_it_and_keep_what_they_make_to_themselves(tmp_path: Path) -> None:
    def load(**given: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUITAN_")}
        kept.pop("DATABASE_URL", None)
        env = {**kept, "HUITAN_HOME": str(tmp_path / "home"), **given}
        command = [sys.executable, "-c", "import huitan.config.settings as s; print(s.ALLOWED_HOSTS)"]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False, umask=0o022)

    refused = load(HUITAN_HTTPS="true")
    assert refused.returncode and "HUITAN_HTTPS=true：只能是" in refused.stderr
    assert not (tmp_path / "home").exists()
    assert load(HUITAN_HOSTS="a.example.com, b.example.com").stdout == "['a.example.com', 'b.example.com']\n"
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("home", "home/huitan.sqlite3")]
    assert modes == [0o700, 0o600]
