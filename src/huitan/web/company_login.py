"""Logging in with the company's own account: OpenID Connect, Feishu, DingTalk, WeCom.

The protocols are django-allauth's; whose account it is, the second step and the session are ours. Nothing here makes
people or accounts, and no token is kept.
"""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.dingtalk.views import DingTalkOAuth2Adapter
from allauth.socialaccount.providers.feishu.views import FeishuOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from jwt import PyJWTError, get_unverified_header
from requests import RequestException

from huitan.core.moves import Refused
from huitan.people.company_login import Identity, account_for
from huitan.web.accounts import finish_log_in, log_in_page, next_page
from huitan.web.wecom.views import WeComAdapter

# Signed with a key only the provider has; nothing signed with a shared secret, nothing unsigned.
SIGNED = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
DINGTALK = "https://oapi.dingtalk.com/topapi"


class OpenID(OpenIDConnectOAuth2Adapter):
    """The signature is always checked, and user info has to be about the same person as the signed token."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, "oidc")

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        signed = self._decode_id_token(app, kwargs["response"].get("id_token") or "")
        told = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        if told and told.get("sub") != signed["sub"]:
            raise OAuth2Error("user info of somebody else")
        return self.get_provider().sociallogin_from_response(request, {"id_token": {**told, **signed}})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            if get_unverified_header(id_token).get("alg") not in SIGNED:
                raise OAuth2Error("id_token is not signed by the provider's key")
        except PyJWTError as wrong:
            raise OAuth2Error("no id_token") from wrong
        found: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return found


class DingTalk(DingTalkOAuth2Adapter):
    """Who somebody is, DingTalk's directory of the company says, not the person's own profile."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        login = super().complete_login(request, app, token, **kwargs)
        with get_adapter().get_requests_session() as session:
            asked = {"appKey": app.client_id, "appSecret": app.secret}
            answer = session.post("https://api.dingtalk.com/v1.0/oauth2/accessToken", json=asked)
            answer.raise_for_status()
            key = {"access_token": answer.json()["accessToken"]}
            who = {"unionid": login.account.extra_data["unionId"]}
            member = _result(session.post(f"{DINGTALK}/user/getbyunionid", params=key, json=who))
            person = _result(
                session.post(f"{DINGTALK}/v2/user/get", params=key, json={"userid": member["userid"]})
            )
        login.account.extra_data = person
        return login


def _result(answer: Any) -> dict[str, Any]:
    answer.raise_for_status()
    found = answer.json()
    if found.get("errcode"):
        raise OAuth2Error(f"{found.get('errcode')} {found.get('errmsg')}")
    result: dict[str, Any] = found["result"]
    return result


ADAPTERS: dict[str, type[OAuth2Adapter]] = {
    "openid_connect": OpenID,
    "feishu": FeishuOAuth2Adapter,
    "dingtalk": DingTalk,
    "wecom": WeComAdapter,
}


class Adapter(DefaultSocialAccountAdapter):
    """Where allauth hands over: somebody was recognised, or was not."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        wish = _wish(sociallogin.state)
        by = "staff_number" if sociallogin.account.provider == "wecom" else settings.HUITAN_LOGIN_BY
        identity = identity_of(sociallogin.account)
        try:
            account = account_for(identity, by=by, at=request.at)
        except Refused as refusal:
            raise ImmediateHttpResponse(_refused(request, str(refusal), wish=wish)) from refusal
        way = f"company:{identity.provider}"
        raise ImmediateHttpResponse(finish_log_in(request, account, way, wish or reverse("home")))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> NoReturn:
        words = _("公司账号没有确认成功，没有登录。再试一次，或用密码登录。")
        if error == AuthError.CANCELLED:
            words = _("你取消了公司账号登录。")
        raise ImmediateHttpResponse(_refused(request, words, wish=_wish((extra_context or {}).get("state"))))


def _wish(state: Any) -> str:
    """Where somebody wanted to go, checked when they set out."""
    return str((state or {}).get("next") or "")


def identity_of(account: Any) -> Identity:
    """What the provider vouches for, by provider."""
    told = account.extra_data
    if account.provider == "oidc":
        signed = told["id_token"]
        claim = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["claim"]
        email = signed.get("email") if signed.get("email_verified") is True else ""
        return Identity("oidc", account.uid, str(email or ""), str(signed.get(claim) or ""))
    if account.provider == "feishu":
        return Identity(
            "feishu", account.uid, told.get("enterprise_email") or "", told.get("employee_no") or ""
        )
    if account.provider == "dingtalk":
        return Identity("dingtalk", account.uid, told.get("org_email") or "", told.get("job_number") or "")
    return Identity(account.provider, account.uid, staff_number=account.uid)


@require_GET
def start(request: HttpRequest, provider: str) -> HttpResponse:
    adapter = _adapter(request, provider)
    try:
        wish = next_page(request, reverse("home"))
        answer: HttpResponse = adapter.get_provider().redirect(
            request, AuthProcess.LOGIN, next_url=wish, **_more(provider)
        )
    except (RequestException, OAuth2Error, KeyError, ValueError):
        return _refused(request, _("现在连不上公司的登录服务。稍后再试，或用密码登录。"), 503)
    return answer


@require_GET
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    adapter = _adapter(request, provider)
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(adapter)(request)
    except (KeyError, ValueError, RequestException):
        return _refused(request, _("公司账号没有确认成功，没有登录。再试一次，或用密码登录。"))
    return answer


def _adapter(request: HttpRequest, provider: str) -> OAuth2Adapter:
    if provider not in settings.SOCIALACCOUNT_PROVIDERS or provider not in ADAPTERS:
        raise Http404
    return ADAPTERS[provider](request)


def _more(provider: str) -> dict[str, Any]:
    """WeCom wants to know for which of the corporation's apps."""
    if provider != "wecom":
        return {}
    return {"auth_params": {"agentid": settings.SOCIALACCOUNT_PROVIDERS["wecom"]["APPS"][0]["key"]}}


def _refused(request: HttpRequest, words: str, status: int = 403, wish: str = "") -> HttpResponse:
    return log_in_page(request, words, status, wish)


urls = [
    path("login/company/<str:provider>/", start, name="company-login"),
    path(
        "login/company/openid_connect/callback/<str:provider_id>/",
        lambda request, provider_id: callback(request, "openid_connect"),
        name="openid_connect_callback",
    ),
    *(
        path(f"login/company/{key}/callback/", callback, {"provider": key}, name=f"{key}_callback")
        for key in ("feishu", "dingtalk", "wecom")
    ),
]
