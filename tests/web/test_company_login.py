"""Logging in with the company's own account, against a real OpenID provider over HTTP that signs real tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from huitan.config.company_login import providers
from huitan.core.models import Event
from huitan.people.company_login import unlink
from huitan.people.models import Account, Employee, Login
from huitan.people.relations import system
from huitan.web.company_login import identity_of

CALLBACK = "/login/company/openid_connect/callback/oidc/"
OURS, THEIRS = (rsa.generate_private_key(65537, 2048) for _ in range(2))
NOW = "2026-07-16T09:00:00+08:00"


class Provider(HTTPServer):
    """Authorisation itself is what the test does; the rest speaks as OpenID Connect Core has it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.claims: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.challenge = ""
        self.key, self.algorithm = OURS, "RS256"

    def token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": "huitan", "iat": now, "exp": now + 60, **self.claims}
        key: Any = self.key if self.algorithm == "RS256" else "a shared secret of thirty-two bytes!"
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "one"})


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        url = self.server.url
        if self.path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "userinfo_endpoint": f"{url}/userinfo",
                    "jwks_uri": f"{url}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        elif self.path == "/keys":
            known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OURS.public_key()))
            self.answer({"keys": [{**known, "kid": "one", "alg": "RS256"}]})
        elif self.headers.get("Authorization") == "Bearer opaque":
            self.answer({"sub": self.server.claims["sub"], **self.server.info})
        else:
            self.answer({}, 401)

    def do_POST(self) -> None:
        given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        digest = hashlib.sha256(given.get("code_verifier", [""])[0].encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.server.challenge
        if given["code"] != ["good"] or given["client_secret"] != ["hush"] or not proved:
            self.answer({"error": "invalid_grant"}, 400)
            return
        self.answer({"access_token": "opaque", "token_type": "Bearer", "id_token": self.server.token()})

    def answer(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    made = Provider()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def oidc(server, cast, settings) -> Provider:
    settings.HUITAN_SCRIPTED_NOW = NOW
    settings.SOCIALACCOUNT_PROVIDERS = providers(
        {
            "HUITAN_LOGIN_OIDC": server.url,
            "HUITAN_LOGIN_OIDC_CLIENT": "huitan",
            "HUITAN_LOGIN_OIDC_SECRET": "hush",
            "HUITAN_LOGIN_OIDC_NAME": "精天账号",
        }
    )
    Employee.objects.filter(pk=cast.lin.pk).update(email="lin@jingtian.example")
    server.claims = {"sub": "u-4711", "email": "Lin@jingtian.example", "email_verified": True}
    server.info, server.key, server.algorithm = {}, OURS, "RS256"
    return server


def begin(server: Provider, client: Client, **wish: str) -> str:
    """To the provider's door; the state it is to bring back."""
    answer = client.get(reverse("company-login", args=["openid_connect"]), wish)
    asked = parse_qs(urlsplit(answer.url).query)
    assert answer.url.startswith(f"{server.url}/authorize?") and asked["client_id"] == ["huitan"]
    assert asked["redirect_uri"] == ["http://testserver" + CALLBACK]
    assert asked["code_challenge_method"] == ["S256"] and "openid" in asked["scope"][0]
    server.challenge = asked["code_challenge"][0]
    return asked["state"][0]


def come_back(server: Provider, client: Client, **given: str) -> Any:
    return client.get(CALLBACK, {"code": "good", "state": begin(server, client), **given})


def words(answer: Any) -> str:
    return answer.content.decode()


def test_a_verified_address_opens_the_account_and_is_linked_once(oidc, cast) -> None:
    client = Client()
    assert "用精天账号登录" in words(client.get(reverse("login")))
    state = begin(oidc, client, next="/ledger/")
    answer = client.get(CALLBACK, {"code": "good", "state": state})
    assert answer.url == "/ledger/" and client.get("/ledger/").status_code == 200
    assert Login.objects.get().method == "company:oidc"
    link = SocialAccount.objects.get()
    assert (link.user_id, link.uid, link.extra_data) == (cast.lin.account_id, "u-4711", {})
    assert not SocialToken.objects.exists()
    told = Event.objects.get(verb="account.company_login_linked")
    assert told.stream == f"account:{cast.lin.account_id}" and told.payload == {"provider": "oidc"}
    again = client.get(CALLBACK, {"code": "good", "state": state})
    assert again.status_code == 403, "a state is good once"
    oidc.claims["email"] = "shen@elsewhere.example"
    assert come_back(oidc, Client()).status_code == 302, "from now on the provider's id counts"
    assert Event.objects.filter(verb="account.company_login_linked").count() == 1


def test_the_staff_number_can_decide_instead(oidc, cast, settings) -> None:
    settings.HUITAN_LOGIN_BY = "staff_number"
    assert "没有工号" in words(come_back(oidc, Client()))
    oidc.info = {"employee_number": cast.shen.staff_number}
    assert come_back(oidc, Client()).status_code == 302
    assert SocialAccount.objects.get().user_id == cast.shen.account_id


def test_whoever_has_a_second_factor_still_owes_it(oidc, cast) -> None:
    Authenticator.objects.create(user=cast.account("lin"), type="totp", data={})
    client = Client()
    assert come_back(oidc, client).url == reverse("login-second")
    assert client.get(reverse("home")).status_code == 302


def refused(answer: Any, sentence: str) -> None:
    assert answer.status_code == 403 and sentence in words(answer)
    assert not SocialAccount.objects.exists() and not Login.objects.exists()


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"email_verified": False}, "没有经过验证"),
        ({"email_verified": "true"}, "没有经过验证"),
        ({"email": "nobody@jingtian.example"}, "没有找到"),
        ({"aud": "somebody-else"}, "公司账号没有确认成功"),
        ({"iss": "https://elsewhere.example"}, "公司账号没有确认成功"),
        ({"exp": 1}, "公司账号没有确认成功"),
    ],
)
def test_what_the_provider_does_not_vouch_for_opens_nothing(oidc, claims, sentence) -> None:
    before = (Account.objects.count(), Employee.objects.count())
    oidc.claims |= claims
    refused(come_back(oidc, Client()), sentence)
    assert (Account.objects.count(), Employee.objects.count()) == before


def test_a_forged_token_opens_nothing(oidc) -> None:
    oidc.key = THEIRS
    refused(come_back(oidc, Client()), "公司账号没有确认成功")
    oidc.key, oidc.algorithm = OURS, "HS256"
    refused(come_back(oidc, Client()), "公司账号没有确认成功")
    oidc.algorithm, oidc.info = "RS256", {"sub": "somebody-else"}
    refused(come_back(oidc, Client()), "公司账号没有确认成功")


def test_a_wrong_code_a_strange_state_and_a_change_of_mind(oidc) -> None:
    refused(come_back(oidc, Client(), code="stolen"), "公司账号没有确认成功")
    client = Client()
    begin(oidc, client)
    refused(client.get(CALLBACK, {"code": "good", "state": "made-up"}), "公司账号没有确认成功")
    refused(Client().get(CALLBACK, {"code": "good", "state": begin(oidc, Client())}), "公司账号没有确认成功")
    refused(come_back(oidc, Client(), code="", error="access_denied"), "你取消了公司账号登录")


def test_who_left_and_a_second_company_account_are_refused(oidc, cast) -> None:
    Employee.objects.filter(pk=cast.lin.pk).update(status="left")
    refused(come_back(oidc, Client()), "已经停用")
    Employee.objects.filter(pk=cast.lin.pk).update(status="active")
    assert come_back(oidc, Client()).status_code == 302
    oidc.claims["sub"] = "u-0815"
    assert "另一个公司账号" in words(come_back(oidc, Client()))
    assert unlink(cast.account("lin"), actor=system("cli"), at=Event.objects.latest("pk").at) == 1
    assert come_back(oidc, Client()).status_code == 302
    Account.objects.filter(pk=cast.lin.account_id).update(is_active=False)
    assert "已经停用" in words(come_back(oidc, Client()))


def test_an_address_belongs_to_whom_it_is_today(oidc, cast) -> None:
    """陈思远 left, his address went to 林晓岚; two people at work with one address are told so."""
    Employee.objects.filter(pk=cast.chen.pk).update(email="lin@jingtian.example", status="left")
    assert come_back(oidc, Client()).status_code == 302
    assert SocialAccount.objects.get().user_id == cast.lin.account_id
    SocialAccount.objects.all().delete()
    Login.objects.all().delete()
    Employee.objects.filter(pk=cast.chen.pk).update(status="active")
    refused(come_back(oidc, Client()), "有两个会谈账号用这个邮箱")


def test_who_is_refused_still_gets_where_they_wanted_by_password(oidc, cast) -> None:
    """A link in a message leads to the log-in; a change of mind at the company's door must not lose it."""
    client = Client()
    for given in ({"error": "access_denied"}, {"code": "stolen"}):
        state = begin(oidc, client, next="/ledger/")
        assert 'name="next" value="/ledger/"' in words(client.get(CALLBACK, {"state": state, **given}))
    oidc.claims["email_verified"] = False
    state = begin(oidc, client, next="/ledger/")
    assert 'name="next" value="/ledger/"' in words(client.get(CALLBACK, {"code": "good", "state": state}))
    state = begin(oidc, client, next="https://elsewhere.example/")
    assert "elsewhere" not in words(client.get(CALLBACK, {"error": "access_denied", "state": state}))


def test_a_provider_that_is_not_there_is_said(cast, settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = providers({"HUITAN_LOGIN_OIDC": "http://127.0.0.1:9"})
    answer = Client().get(reverse("company-login", args=["openid_connect"]))
    assert answer.status_code == 503 and "连不上公司的登录服务" in words(answer)


@pytest.mark.parametrize(
    ("environment", "key", "where", "asked"),
    [
        ({"HUITAN_LOGIN_FEISHU": "cli_1:s"}, "feishu", "open.feishu.cn", {"app_id": "cli_1"}),
        ({"HUITAN_LOGIN_DINGTALK": "ding1:s"}, "dingtalk", "login.dingtalk.com", {"client_id": "ding1"}),
        (
            {"HUITAN_LOGIN_WECOM": "ww1:1000002:s"},
            "wecom",
            "login.work.weixin.qq.com",
            {"appid": "ww1", "agentid": "1000002", "login_type": "CorpApp"},
        ),
    ],
)
def test_the_way_to_each_provider(db, settings, environment, key, where, asked) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = providers(environment)
    answer = Client().get(reverse("company-login", args=[key]))
    to = urlsplit(answer.url)
    found = {name: values[0] for name, values in parse_qs(to.query).items()}
    assert to.scheme == "https" and to.hostname == where and found.items() >= asked.items() and found["state"]
    assert found["redirect_uri"] == f"http://testserver/login/company/{key}/callback/"
    wrong = Client().get(urlsplit(found["redirect_uri"]).path, {"code": "x", "state": "y"})
    assert wrong.status_code == 403 and "公司账号没有确认成功" in words(wrong)


@pytest.mark.parametrize(
    ("provider", "told", "email", "number"),
    [
        ("feishu", {"enterprise_email": "a@b.c", "email": "own@x.y", "employee_no": "7"}, "a@b.c", "7"),
        ("feishu", {"email": "own@x.y"}, "", ""),
        ("dingtalk", {"org_email": "a@b.c", "email": "own@x.y", "job_number": "7"}, "a@b.c", "7"),
        ("wecom", {"userid": "00004"}, "", "00004"),
    ],
)
def test_only_what_the_company_itself_entered_counts(provider, told, email, number) -> None:
    uid = told.get("userid", "u")
    found = identity_of(SocialAccount(provider=provider, uid=uid, extra_data=told))
    assert (found.email, found.staff_number) == (email, number)


def test_without_settings_there_is_no_such_door(db) -> None:
    page = words(Client().get(reverse("login")))
    assert "login/company" not in page
    for key in ("openid_connect", "feishu", "dingtalk", "wecom", "github"):
        assert Client().get(reverse("company-login", args=[key])).status_code == 404
    assert Client().get(CALLBACK).status_code == 404


def test_nothing_is_set_up_by_default() -> None:
    assert providers({}) == {}
