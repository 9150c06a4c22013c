"""Password, one-time codes, recovery codes and the list of devices; passkeys are tried in tests/browser."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from tests import walk
from tests.cast import PASSWORD, Cast, at

from huitan.conversations.models import Signature
from huitan.core import events
from huitan.core.models import Event
from huitan.people import second_factor
from huitan.people.models import Account, Login

NOW = at(7, 16, 16)
BACKEND = "huitan.people.backend.Accounts"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _now(settings) -> None:
    settings.HUITAN_SCRIPTED_NOW = NOW.isoformat()


def later(settings, **by: int) -> datetime:
    moment = datetime.fromisoformat(settings.HUITAN_SCRIPTED_NOW) + timedelta(**by)
    settings.HUITAN_SCRIPTED_NOW = moment.isoformat()
    return moment


def code_of(secret: str, when: datetime) -> str:
    """As an authenticator app computes it (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(when.timestamp()) // 30))


def words(answer) -> str:
    return answer.content.decode()


def password_step(cast: Cast, who: str, **more: str):
    client = Client(
        headers={"user-agent": more.pop("agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Edg/140")}
    )
    given = {"login_name": cast.account(who).login_name, "password": PASSWORD, **more}
    return client, client.post(reverse("login"), given)


def logged_in(cast: Cast, who: str) -> Client:
    client, answer = password_step(cast, who)
    assert answer.url == reverse("home")
    return client


def with_totp(cast: Cast, who: str, when: datetime = NOW - timedelta(hours=1)) -> None:
    account = cast.account(who)
    second_factor.add_totp(account, SECRET, code_of(SECRET, when), actor=cast.actor(who), at=when)


# ── One-time codes ──


def test_an_authenticator_app_is_added_by_its_picture_and_a_code(cast, settings) -> None:
    client = logged_in(cast, "lin")
    page = words(client.get(reverse("security-totp")))
    assert "data:image/svg+xml;base64," in page
    secret = re.search(r'security-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    wrong = client.post(reverse("security-totp"), {"code": "000000"})
    assert wrong.status_code == 422 and "动态码不对" in words(wrong)
    added = client.post(reverse("security-totp"), {"code": code_of(secret, NOW)})
    assert added.url == reverse("security-codes")
    row = Authenticator.objects.get(type="totp")
    assert secret not in str(row.data), "the secret rests encrypted"
    page = words(client.post(reverse("security-codes")))
    codes = re.findall(r"<li><code>(\d{4}) (\d{4})</code>", page)
    assert len(codes) == 10 and "只显示这一次" in page
    assert codes[0][0] not in words(client.get(reverse("security-codes")))
    assert "还有 10 个没用过" in words(client.get(reverse("security")))
    told = list(
        Event.objects.filter(stream=f"account:{cast.account('lin').pk}")
        .order_by("id")
        .values_list("verb", flat=True)
    )
    assert told == ["account.second_factor_added", "account.recovery_codes_made"]
    assert not list(events.breaks(f"account:{cast.account('lin').pk}"))


def test_log_in_asks_for_the_second_step_and_the_password_alone_is_nobody(cast, settings) -> None:
    with_totp(cast, "lin")
    client, answer = password_step(cast, "lin", next=reverse("ledger"))
    assert answer.url == reverse("login-second")
    assert client.get(reverse("home")).status_code == 302
    assert "_auth_user_id" not in client.session
    wrong = client.post(reverse("login-second"), {"code": "000000"})
    assert wrong.status_code == 422 and client.get(reverse("home")).status_code == 302
    before = client.session.session_key
    done = client.post(reverse("login-second"), {"code": code_of(SECRET, NOW)})
    assert done.url == reverse("ledger") and client.session.session_key != before
    assert client.get(reverse("home")).status_code == 200
    assert Login.objects.get().method == "password+totp"


def test_the_second_step_waits_ten_minutes(cast, settings) -> None:
    with_totp(cast, "lin")
    client, _ = password_step(cast, "lin")
    moment = later(settings, minutes=11)
    assert client.post(reverse("login-second"), {"code": code_of(SECRET, moment)}).url == reverse("login")


def test_a_code_is_good_once(cast, settings) -> None:
    """Also within the tolerance for slow clocks, in another session, and for another purpose."""
    with_totp(cast, "lin")
    code = code_of(SECRET, NOW)
    client, _ = password_step(cast, "lin")
    assert client.post(reverse("login-second"), {"code": code}).status_code == 302
    for seconds in (0, 20, 30):
        later(settings, seconds=seconds)
        other, _ = password_step(cast, "lin")
        replayed = other.post(reverse("login-second"), {"code": code})
        assert replayed.status_code == 422 and "已经用过" in words(replayed)
    moment = later(settings, seconds=30)
    earlier = code_of(SECRET, moment - timedelta(seconds=30))
    assert second_factor.check_code(cast.account("lin"), code_of(SECRET, moment), moment) == "totp"
    assert second_factor.check_code(cast.account("lin"), earlier, moment) is None, (
        "an older code is used up, too"
    )


@pytest.mark.parametrize(
    ("seconds", "works"), [(-90, False), (-30, True), (0, True), (30, True), (90, False)]
)
def test_a_phones_clock_may_be_half_a_minute_off(cast, seconds, works) -> None:
    with_totp(cast, "lin")
    code = code_of(SECRET, NOW + timedelta(seconds=seconds))
    assert bool(second_factor.check_code(cast.account("lin"), code, NOW)) == works


def test_the_code_of_one_person_is_nothing_for_another(cast) -> None:
    with_totp(cast, "lin")
    assert second_factor.check_code(cast.account("shen"), code_of(SECRET, NOW), NOW) is None


def test_guessing_codes_is_locked_out_like_guessing_passwords(cast) -> None:
    with_totp(cast, "lin")
    client, _ = password_step(cast, "lin")
    answers = [client.post(reverse("login-second"), {"code": f"{n:06}"}).status_code for n in range(11)]
    assert answers[:9] == [422] * 9 and answers[-1] == 403
    right = client.post(reverse("login-second"), {"code": code_of(SECRET, NOW)})
    assert right.status_code == 403 and "15 分钟后再试" in words(right)
    _, again = password_step(cast, "lin")
    assert again.status_code == 429


def test_a_recovery_code_opens_once(cast) -> None:
    with_totp(cast, "lin")
    codes = second_factor.make_recovery_codes(cast.account("lin"), actor=cast.actor("lin"), at=NOW)
    client, _ = password_step(cast, "lin")
    assert client.post(reverse("login-second"), {"code": f"{codes[0][:4]} {codes[0][4:]}"}).status_code == 302
    other, _ = password_step(cast, "lin")
    assert other.post(reverse("login-second"), {"code": codes[0]}).status_code == 422
    assert other.post(reverse("login-second"), {"code": codes[1]}).status_code == 302
    used = Event.objects.filter(verb="account.recovery_code_used").order_by("seq")
    assert [e.payload["left"] for e in used] == [9, 8]
    assert "codes" not in str(used[0].payload)


def test_r18_a_one_time_code_is_a_fresh_authentication_at_the_signature(cast, talk, settings) -> None:
    walk.to_recorded(cast, talk)
    with_totp(cast, "lin")
    client, _ = password_step(cast, "lin")
    client.post(reverse("login-second"), {"code": code_of(SECRET, NOW)})
    url = reverse("sign", args=[talk.pk])
    page = words(client.get(url))
    assert 'value="code"' in page and 'name="code"' in page
    given = {"choice": "agree", "seen_hash": talk.current_record().hash, "prove_by": "code"}
    replayed = client.post(url, {**given, "code": code_of(SECRET, NOW)})
    assert replayed.status_code == 422 and not Signature.objects.exists()
    assert code_of(SECRET, NOW) not in re.sub(r"<textarea.*?</textarea>", "", words(replayed))
    moment = later(settings, seconds=30)
    assert client.post(url, {**given, "code": code_of(SECRET, moment)}).status_code == 302
    assert Signature.objects.get().method == "totp"
    assert "动态码" in words(client.get(reverse("record", args=[talk.pk])))


def test_the_device_is_taken_with_password_and_code_by_who_has_one(cast, talk, settings) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    with_totp(cast, "lin")
    client = logged_in(cast, "shen")
    client.post(reverse("hand-over", args=[talk.pk]))
    page = words(client.get(reverse("device") + "?who=employee&by=password"))
    assert 'name="code"' in page
    half = client.post(reverse("device-take"), {"by": "password", "password": PASSWORD})
    assert half.status_code == 422
    both = {"by": "password", "password": PASSWORD, "code": code_of(SECRET, NOW)}
    assert client.post(reverse("device-take"), both).status_code == 302
    taken = Event.objects.get(verb="device.taken")
    assert taken.payload["method"] == "password+totp"


def test_the_manager_with_a_second_factor_needs_it_to_take_the_device_back(cast, talk, settings) -> None:
    walk.prepare(cast, talk)
    walk.share(cast, talk)
    client = logged_in(cast, "shen")
    client.post(reverse("hand-over", args=[talk.pk]))
    with_totp(cast, "shen")
    assert client.post(reverse("device-back"), {"password": PASSWORD}).status_code == 422
    given = {"password": PASSWORD, "code": code_of(SECRET, NOW)}
    assert client.post(reverse("device-back"), given).url == reverse("talk", args=[talk.pk])


# ── Changing what locks the account ──


@pytest.mark.parametrize(
    "route", ["security-totp", "security-passkey", "security-codes", "security-pin", "security-factor-remove"]
)
def test_changes_ask_for_a_proof_of_the_last_minutes(cast, settings, route) -> None:
    client = logged_in(cast, "lin")
    later(settings, minutes=11)
    answer = client.post(reverse(route), {"kind": "totp", "pin": "305917", "again": "305917"})
    assert answer.status_code == 302 and answer.url.startswith(reverse("security-confirm"))
    assert not Account.objects.get(pk=cast.account("lin").pk).pin


def test_without_a_log_in_of_ones_own_nothing_is_fresh(cast, client) -> None:
    client.force_login(cast.account("lin"), backend=BACKEND)
    assert client.get(reverse("security-totp")).url.startswith(reverse("security-confirm"))


def test_the_way_after_confirming_never_leads_outside(cast, client) -> None:
    client = logged_in(cast, "lin")
    url = reverse("security-confirm") + "?next=https://evil.example/"
    assert client.post(url, {"password": PASSWORD}).url == reverse("security")


def test_removing_the_last_factor_takes_the_recovery_codes_along(cast) -> None:
    with_totp(cast, "lin")
    second_factor.make_recovery_codes(cast.account("lin"), actor=cast.actor("lin"), at=NOW)
    client, _ = password_step(cast, "lin")
    client.post(reverse("login-second"), {"code": code_of(SECRET, NOW)})
    assert client.post(reverse("security-factor-remove"), {"kind": "totp"}).url == reverse("security")
    assert not Authenticator.objects.exists()
    assert client.post(reverse("security-factor-remove"), {"kind": "totp"}).status_code == 409
    assert client.post(reverse("security-factor-remove"), {"kind": "recovery_codes"}).status_code == 409


def test_nobody_removes_anothers_factor(cast) -> None:
    with_totp(cast, "lin")
    client = logged_in(cast, "he")
    key = Authenticator.objects.get().pk
    assert client.post(reverse("security-factor-remove"), {"kind": "totp", "key": key}).status_code == 409
    assert Authenticator.objects.exists()


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("kurz", "10"),
        ("password12345", "常见"),
        ("2938471029384", ""),
        ("lin@example.com", ""),
    ],
)
def test_a_weak_password_is_refused(cast, new, said) -> None:
    Account.objects.filter(pk=cast.account("lin").pk).update(email="lin@example.com")
    client = logged_in(cast, "lin")
    answer = client.post(reverse("security-password"), {"current": PASSWORD, "password": new, "again": new})
    assert answer.status_code == 422 and said in words(answer) and new not in words(answer)
    assert Account.objects.get(pk=cast.account("lin").pk).check_password(PASSWORD)


def test_a_new_password_ends_every_other_session(cast) -> None:
    client, other = logged_in(cast, "lin"), logged_in(cast, "lin")
    new = "jingtian-huitan-2027"
    wrong = client.post(reverse("security-password"), {"current": "falsch", "password": new, "again": new})
    assert wrong.status_code == 422 and "密码不对" in words(wrong)
    assert client.post(reverse("security-password"), {"current": PASSWORD, "password": new, "again": new}).url
    assert client.get(reverse("home")).status_code == 200
    assert other.get(reverse("home")).status_code == 302
    assert Event.objects.filter(verb="account.password_changed").count() == 1
    again = Client().post(reverse("login"), {"login_name": cast.account("lin").login_name, "password": new})
    assert again.url == reverse("home")


# ── Devices ──


def test_the_devices_one_is_logged_in_on_and_signing_out_of_others(cast) -> None:
    client = logged_in(cast, "lin")
    phone, _ = password_step(
        cast, "lin", agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19) Version/19 Safari/604"
    )
    third = logged_in(cast, "lin")
    stranger = logged_in(cast, "shen")
    page = words(client.get(reverse("security")))
    assert page.count("这一台") == 1 and "iPhone · Safari" in page and "Windows · Edge" in page
    row = Login.objects.get(agent__contains="iPhone")
    foreign = Login.objects.get(account=cast.account("shen"))
    assert client.post(reverse("security-sign-out"), {"device": foreign.pk}).status_code == 302
    assert stranger.get(reverse("home")).status_code == 200
    client.post(reverse("security-sign-out"), {"device": row.pk})
    assert phone.get(reverse("home")).status_code == 302
    assert third.get(reverse("home")).status_code == 200
    client.post(reverse("security-sign-out"))
    assert third.get(reverse("home")).status_code == 302
    assert client.get(reverse("home")).status_code == 200
    assert Event.objects.filter(verb="account.signed_out_elsewhere").count() == 2


def test_when_a_device_was_last_seen_is_noted_now_and_then(cast, settings) -> None:
    client = logged_in(cast, "lin")
    client.get(reverse("home"))
    for minutes in (2, 4):
        later(settings, minutes=minutes)
        client.get(reverse("home"))
    assert Login.objects.get().seen_at == NOW + timedelta(minutes=6)


# ── The installation's policy ──


def test_an_hr_admin_without_second_factor_gets_no_further(cast, settings) -> None:
    settings.HUITAN_SECOND_FACTOR_FOR = "hr_admin"
    client = logged_in(cast, "he")
    for route in ("home", "talks", "imports", "verify"):
        assert client.get(reverse(route)).url == reverse("security")
        assert client.post(reverse(route)).status_code in (302, 405)
    assert "公司要求" in words(client.get(reverse("security")))
    page = words(client.get(reverse("security-totp")))
    secret = re.search(r'security-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    client.post(reverse("security-totp"), {"code": code_of(secret, NOW)})
    assert client.get(reverse("imports")).status_code == 200
    refused = client.post(reverse("security-factor-remove"), {"kind": "totp"})
    assert refused.status_code == 409 and "先加一个别的" in words(refused)
    assert logged_in(cast, "lin").get(reverse("home")).status_code == 200


def test_query_count_of_the_page(cast, django_assert_num_queries) -> None:
    client = logged_in(cast, "lin")
    client.get(reverse("security"))
    with django_assert_num_queries(5):
        client.get(reverse("security"))
    for _ in range(2):
        logged_in(cast, "lin")
    with django_assert_num_queries(5):
        client.get(reverse("security"))
