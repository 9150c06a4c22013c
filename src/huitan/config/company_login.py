"""Logging in with the company's own accounts, from the environment: what django-allauth is to know of each provider.

HUITAN_LOGIN_OIDC          address of the company's OpenID provider; with HUITAN_LOGIN_OIDC_CLIENT, HUITAN_LOGIN_OIDC_SECRET and
                           HUITAN_LOGIN_OIDC_NAME (the word on the button)
HUITAN_LOGIN_OIDC_CLAIM    the claim that holds the staff number, with HUITAN_LOGIN_BY=staff_number (default employee_number)
HUITAN_LOGIN_FEISHU        app id:secret of the company's own Feishu app
HUITAN_LOGIN_DINGTALK      client id:secret of the company's own DingTalk app
HUITAN_LOGIN_WECOM         corp id:agent id:secret; the WeCom member id must be the staff number
HUITAN_LOGIN_BY            email (default: the address the provider vouches for) or staff_number
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def providers(environ: Mapping[str, str]) -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS: only what is set up appears at all."""
    found: dict[str, Any] = {}
    server = environ.get("HUITAN_LOGIN_OIDC", "").rstrip("/")
    if server:
        claim = environ.get("HUITAN_LOGIN_OIDC_CLAIM") or "employee_number"
        app = {
            "provider_id": "oidc",
            "name": environ.get("HUITAN_LOGIN_OIDC_NAME") or "SSO",
            "client_id": environ.get("HUITAN_LOGIN_OIDC_CLIENT", ""),
            "secret": environ.get("HUITAN_LOGIN_OIDC_SECRET", ""),
            "settings": {"server_url": server, "claim": claim},
        }
        found["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    pairs = {
        "feishu": environ.get("HUITAN_LOGIN_FEISHU", ""),
        "dingtalk": environ.get("HUITAN_LOGIN_DINGTALK", ""),
    }
    for key, pair in pairs.items():
        client, _colon, secret = pair.partition(":")
        if client:
            found[key] = {"APPS": [{"client_id": client, "secret": secret}]}
    corp, _colon, rest = environ.get("HUITAN_LOGIN_WECOM", "").partition(":")
    if corp:
        agent, _colon, secret = rest.partition(":")
        found["wecom"] = {"APPS": [{"client_id": corp, "key": agent, "secret": secret}]}
    return found
