"""Robots of instant messengers, through apprise: one's own, and HR's group.

What an address may be is decided here, not by apprise: a person names a robot of a messenger the company allows, and
nothing else, so that nobody can make the server call an address of their choosing.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

from huitan.core.moves import Refused
from huitan.core.sentences import Sentence, say

# Messengers whose robots live at a fixed address of the vendor; a token is all a person gives.
VENDORS = {
    "wecombot": re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([A-Za-z0-9-]{8,128})"),
    "feishu": re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([A-Za-z0-9-]{8,128})"),
    "lark": re.compile(r"https://open\.larksuite\.com/open-apis/bot/v2/hook/([A-Za-z0-9-]{8,128})"),
    "dingtalk": re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=([A-Za-z0-9-]{8,128})"),
}
TOKEN = re.compile(r"[A-Za-z0-9-]{8,128}")
# A gateway of the company's own: allowed only at the hosts the company names.
GATEWAYS = ("json", "jsons")
SECONDS = 10


def robot_address(typed: str) -> str:
    """The address of a personal robot as it is kept, from a webhook's address or an apprise one; refused in words."""
    typed = typed.strip()
    if not typed:
        return ""
    for scheme, pattern in VENDORS.items():
        found = pattern.fullmatch(typed)
        if found:
            typed = f"{scheme}://{found[1]}"
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
        return None if TOKEN.fullmatch(rest.rstrip("/")) else say("机器人地址不完整。从群设置里整段复制。")
    if scheme in GATEWAYS:
        try:
            parts = urlsplit(address)
            whole = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        except ValueError:
            return say("机器人地址不完整。从群设置里整段复制。")
        if whole in settings.HUITAN_IM_HOSTS and not (parts.query or parts.username or parts.fragment):
            return None
    return say("公司没有开放这种机器人。")


def post(addresses: list[str], title: str, body: str) -> None:
    """Send to every address, or raise `Unreachable`."""
    import apprise  # it reads a hundred plug-ins, which only a sending worker needs

    asset = apprise.AppriseAsset(app_id="Huitan", storage_mode=apprise.PersistentStoreMode.MEMORY)
    for address in addresses:
        robot = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
        if robot is None:
            raise Unreachable("address not understood")
        robot.redirects = False
        robot.socket_connect_timeout = robot.socket_read_timeout = SECONDS
        if not robot.notify(body=body, title=title):
            raise Unreachable(f"{urlsplit(address).scheme}: not accepted")


class Unreachable(Exception):
    """A robot did not take the message. Its text holds no token."""
