"""Robots of instant messengers, through apprise: one's own, and HR's group.

What an address may be is decided here, not by apprise: a person names a robot of a messenger the company allows, and
nothing else, so that nobody can make the server call an address of their choosing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from django.conf import settings

from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say

# Messengers whose robots live at a fixed address of the vendor; a token is all a person gives.
VENDORS = {
    "wecombot": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/",
    "lark": "https://open.larksuite.com/open-apis/bot/v2/hook/",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=",
}
TOKEN = re.compile(r"[A-Za-z0-9-]{8,128}")
# A gateway of the company's own: allowed only at the hosts the company names.
GATEWAYS = ("json", "jsons")
SECONDS = 10
# So many silences of one messenger in a row, and the others of the round wait for the next.
LOST_AT_MOST = 2


def robot_address(typed: str) -> str:
    """The address of a personal robot as it is kept, from a webhook's address or an apprise one; refused in words."""
    typed = typed.strip()
    if not typed:
        return ""
    for scheme, door in VENDORS.items():
        if typed.startswith(door) and TOKEN.fullmatch(typed.removeprefix(door)):
            typed = f"{scheme}://{typed.removeprefix(door)}"
    problem = problem_of(typed)
    if problem:
        raise Refused("invalid", problem)
    return typed.rstrip("/")


def problem_of(address: str) -> Sentence | None:
    """Why an address may not be called, now: asked when it is chosen and again each time before sending."""
    scheme, _, rest = address.partition("://")
    if scheme not in settings.HUITAN_IM_SCHEMES:
        return say("公司没有开放这种机器人。")
    if scheme in VENDORS:
        token = rest.rstrip("/")
        # apprise reads no other of DingTalk's, and writes into the log what it does not read.
        is_whole = TOKEN.fullmatch(token) and not (scheme == "dingtalk" and "-" in token)
        return None if is_whole else say("机器人地址不完整。从群设置里整段复制。")
    if scheme in GATEWAYS:
        try:
            parts = urlsplit(address)
            whole = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        except ValueError:
            return say("机器人地址不完整。从群设置里整段复制。")
        if whole in settings.HUITAN_IM_HOSTS and not (parts.query or parts.username or parts.fragment):
            return None
    return say("公司没有开放这种机器人。")


def mark_of(address: str) -> str:
    """A name for an address that gives no token away."""
    return sha256(address.encode()).hexdigest()[:16]


class Unreachable(Exception):
    """A robot did not take the message. Its text holds no token."""


class Silent(Unreachable):
    """Nobody answered."""


class Robots:
    """The robots of one round. A messenger that falls silent is not waited for again and again."""

    def __init__(self) -> None:
        self._lost: Counter[str] = Counter()

    def is_dead(self, address: str) -> bool:
        return self._lost[urlsplit(address).scheme] >= LOST_AT_MOST

    def post(self, address: str, title: str, body: str) -> None:
        scheme = urlsplit(address).scheme
        try:
            post(address, title, body)
        except Silent:
            self._lost[scheme] += 1
            raise
        except Unreachable:
            self._lost[scheme] = 0
            raise
        self._lost[scheme] = 0


def post(address: str, title: str, body: str) -> None:
    """Send, or raise `Unreachable`."""
    import apprise  # it reads a hundred plug-ins, which only a sending worker needs

    asset = apprise.AppriseAsset(app_id="Huitan", storage_mode=apprise.PersistentStoreMode.MEMORY)
    robot = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if robot is None:
        raise Unreachable("address not understood")
    scheme = str(robot.secure_protocol)
    if scheme in VENDORS:
        _say(_call(scheme, robot, f"{title}\n{body}"))
        return
    robot.redirects = False
    robot.socket_connect_timeout = robot.socket_read_timeout = SECONDS
    if not robot.notify(body=body, title=title):
        raise Silent(f"{urlsplit(address).scheme}: not accepted")


@dataclass(frozen=True)
class Call:
    """What a vendor's robot is asked: where, signed how, what."""

    scheme: str
    url: str
    signed: Mapping[str, str]
    payload: Mapping[str, Any]


def _call(scheme: str, robot: Any, text: str) -> Call:
    token = robot.key if scheme == "wecombot" else robot.token
    url = VENDORS[scheme] + token
    if scheme in ("feishu", "lark"):
        return Call(scheme, url, {}, {"msg_type": "text", "content": {"text": text}})
    payload: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    signed = {}
    if scheme == "dingtalk":
        payload["at"] = {"atMobiles": robot.targets, "isAtAll": False}
        if robot.secret:
            # apprise quotes what is quoted once more on the way.
            stamp, sign = robot.get_signature()
            signed = {"timestamp": stamp, "sign": unquote(sign)}
    return Call(scheme, url, signed, payload)


def _say(call: Call) -> None:
    """These vendors refuse with status 200 and a number in the body, which apprise takes for accepted."""
    try:
        answer = requests.post(
            call.url, json=call.payload, params=call.signed, timeout=SECONDS, allow_redirects=False
        )
    except requests.RequestException as problem:
        raise Silent(f"{call.scheme}: {type(problem).__name__}") from None
    if answer.status_code >= 500:
        raise Silent(f"{call.scheme}: HTTP {answer.status_code}")
    try:
        told = answer.json()
        code = next(told[name] for name in ("errcode", "code", "StatusCode") if name in told)
    except (ValueError, TypeError, StopIteration):
        raise Unreachable(f"{call.scheme}: HTTP {answer.status_code}") from None
    if answer.status_code != requests.codes.ok or code != 0:
        raise Unreachable(f"{call.scheme}: {code}")
