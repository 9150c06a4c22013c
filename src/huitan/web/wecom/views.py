"""The corporation's token and the code of the log-in together say which member it is."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.utils.http import urlencode

API = "https://qyapi.weixin.qq.com/cgi-bin"


class WeComClient(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, str]) -> str:
        asked = {
            "login_type": "CorpApp",
            "appid": self.consumer_key,
            "redirect_uri": self.callback_url,
            "state": self.state,
            **extra_params,
        }
        return f"{authorization_url}?{urlencode(asked)}"

    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, Any]:
        asked = {"corpid": self.consumer_key, "corpsecret": self.consumer_secret}
        return {"access_token": _ask("gettoken", asked)["access_token"], "code": code}


class WeComAdapter(OAuth2Adapter):
    provider_id = "wecom"
    authorize_url = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    access_token_url = f"{API}/gettoken"
    client_class = WeComClient

    def complete_login(self, request: Any, app: Any, token: Any, **kwargs: Any) -> Any:
        asked = {"access_token": token.token, "code": kwargs["response"]["code"]}
        found = _ask("auth/getuserinfo", asked)
        if not found.get("userid"):
            raise OAuth2Error("not a member of this corporation")
        return self.get_provider().sociallogin_from_response(request, {"userid": found["userid"]})


def _ask(what: str, asked: dict[str, str]) -> dict[str, Any]:
    with get_adapter().get_requests_session() as session:
        answer = session.get(f"{API}/{what}", params=asked)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    if found.get("errcode"):
        raise OAuth2Error(f"{what}: {found.get('errcode')} {found.get('errmsg')}")
    return found
