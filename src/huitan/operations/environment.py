"""Settings of the environment that cannot be meant: said before anything starts, instead of being guessed at.

A word like HUITAN_HTTPS=true would otherwise leave cookies open, tls=yes send a password in the clear, and a half
filled log-in fail in front of everybody. Values that may hold a secret are never repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from huitan.core.sentences import Sentence, say

NUMBERS = ("HUITAN_STREAMS", "HUITAN_HANDED_IDLE_MINUTES", "HUITAN_PASSWORD_LENGTH")
CHOICES = {
    "HUITAN_HTTPS": ("0", "1"),
    "HUITAN_DEMO": ("0", "1"),
    "HUITAN_SECOND_FACTOR_FOR": ("hr_admin", "everybody"),
    "HUITAN_LOGIN_BY": ("email", "staff_number"),
}
FILES = ("HUITAN_SEAL_PKCS12", "HUITAN_PASSWORD_LIST")
APPS = {
    "HUITAN_LOGIN_FEISHU": "app id:secret",
    "HUITAN_LOGIN_DINGTALK": "client id:secret",
    "HUITAN_LOGIN_WECOM": "corp id:agent id:secret",
}
DATABASE, MAIL = "postgres://user:password@host:5432/name", "smtp://user:password@host:587?tls=1"
DATABASES = ("postgres", "postgresql", "pgsql", "sqlite")


def problems(environ: Mapping[str, str]) -> list[Sentence]:
    """What is set and cannot be used; what is empty is not set."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    return [
        *_plain(given),
        *_addresses(given),
        *_mail(given),
        *_log_in(given),
    ]


def _plain(given: Mapping[str, str]) -> Iterator[Sentence]:
    for name in NUMBERS:
        value = given.get(name, "1")
        if not (value.isascii() and value.isdecimal() and 0 < int(value) < 10**9):
            yield say("%(name)s=%(value)s：要写一个大于零的整数。", name=name, value=value)
    for name, choices in CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            yield say(
                "%(name)s=%(value)s：只能是 %(choices)s，或者不设。",
                name=name,
                value=given[name],
                choices=list(choices),
            )
    for name in FILES:
        if name in given and not Path(given[name]).is_file():
            yield say("%(name)s：没有 %(file)s 这个文件，或读不到。", name=name, file=given[name])
    if "HUITAN_SCRIPTED_NOW" in given:
        try:
            datetime.fromisoformat(given["HUITAN_SCRIPTED_NOW"])
        except ValueError:
            yield say("%(name)s 不是时间，写成 2026-07-16T14:20:00+08:00。", name="HUITAN_SCRIPTED_NOW")


def _addresses(given: Mapping[str, str]) -> Iterator[Sentence]:
    for part in given.get("HUITAN_PROXIES", "").split(","):
        try:
            if part.strip():
                ip_network(part.strip())
        except ValueError:
            yield say("HUITAN_PROXIES：%(part)s 不是地址，也不是网段。", part=part.strip())
    for name in ("HUITAN_URL", "HUITAN_LOGIN_OIDC"):
        address = _split(given.get(name, "https://example.com"))
        if address is None or address.scheme not in ("http", "https") or not address.hostname:
            yield say("%(name)s 要写成完整的网址，例如 https://huitan.example.com。", name=name)
    address = _split(given.get("DATABASE_URL", "sqlite://"))
    if address is None or address.scheme not in DATABASES:
        yield say("DATABASE_URL 要写成 %(shape)s；不设就用 SQLite。", shape=DATABASE)


def _mail(given: Mapping[str, str]) -> Iterator[Sentence]:
    if "HUITAN_MAIL_URL" in given:
        server = _split(given["HUITAN_MAIL_URL"])
        if server is None or server.scheme not in ("smtp", "smtps") or not server.hostname:
            yield say("HUITAN_MAIL_URL 要写成 %(shape)s，或 smtps://…。", shape=MAIL)
        elif any(pair not in (("tls", "1"), ("tls", "0")) for pair in parse_qsl(server.query, True)):
            yield say("HUITAN_MAIL_URL 的问号后面只能是 tls=1 或 tls=0。")
    if "@" not in given.get("HUITAN_MAIL_FROM", "@"):
        yield say("HUITAN_MAIL_FROM 要写成邮箱地址。")


def _log_in(given: Mapping[str, str]) -> Iterator[Sentence]:
    halves = {"HUITAN_LOGIN_OIDC", "HUITAN_LOGIN_OIDC_CLIENT", "HUITAN_LOGIN_OIDC_SECRET"} & given.keys()
    missing = {"HUITAN_LOGIN_OIDC", "HUITAN_LOGIN_OIDC_CLIENT"} - given.keys()
    if halves and missing:
        yield say("公司账号登录（OIDC）只设了一半：还缺 %(names)s。补上，或都不设。", names=sorted(missing))
    for name, shape in APPS.items():
        parts = given.get(name, shape).split(":", shape.count(":"))
        if len(parts) != shape.count(":") + 1 or not all(part.strip() for part in parts):
            yield say("%(name)s 只设了一半：写成 %(shape)s。", name=name, shape=shape)


def _split(address: str) -> SplitResult | None:
    """None for what is no address at all."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts
