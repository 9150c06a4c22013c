"""WeCom (企业微信) for django-allauth, which does not bring it along."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from huitan.web.wecom.views import WeComAdapter


class WeComProvider(OAuth2Provider):
    id = "wecom"
    name = "WeCom"
    account_class = ProviderAccount
    oauth2_adapter_class = WeComAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["userid"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"username": data["userid"]}

    def get_default_scope(self) -> list[str]:
        return []


provider_classes = [WeComProvider]
