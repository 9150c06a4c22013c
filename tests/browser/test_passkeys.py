"""Passkeys with Chromium's virtual authenticator: added, used to log in, and as the fresh authentication at a signature."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting, log_in

STAGE = "every_stage"
NOW = "2026-07-17T10:00:00+08:00"


def with_authenticator(page: Page, *, verifies: bool = True):
    """A key store in this page that says yes by itself; `verifies` is whether its owner can show a finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": verifies,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def test_a_passkey_logs_in_and_signs(meeting: Meeting) -> None:
    # A key belongs to a name; the browser gives none to a bare address.
    meeting.server.url = meeting.server.url.replace("127.0.0.1", "localhost")
    seat = meeting.stranger("desktop")
    page = seat.page
    session, key_store = with_authenticator(page)
    log_in(seat, "lin")

    seat.open("/security/passkey/")
    page.get_by_label("给它起个名字").fill("办公电脑")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    page.get_by_role("button", name="生成恢复码").click()
    expect(page.locator(".security-codes li")).to_have_count(10)
    seat.open("/security/")
    expect(page.get_by_text("办公电脑").first).to_be_visible()

    # At the signature: the key alone, without a password.
    talk = meeting.server.numbers["recorded"]
    seat.open(f"/talks/{talk}/sign/")
    page.get_by_text("我已阅读全文并同意").click()
    page.locator("[name=prove_by][value=passkey]").check(force=True)
    page.get_by_role("button", name="确认并签字").click()
    expect(page).to_have_url(f"{seat.server.url}/talks/{talk}/record/")
    expect(page.locator("#signatures")).to_contain_text("通行密钥")

    # Log in with the key alone, and as the second step after the password.
    seat.context.clear_cookies()
    seat.open("/login/")
    page.get_by_role("button", name="用通行密钥").click()
    expect(page).to_have_url(f"{seat.server.url}/")
    seat.context.clear_cookies()
    log_in_first = seat.open("/login/")
    log_in_first.get_by_label("工号").fill("00004")
    log_in_first.get_by_label("密码").fill("jingtian-huitan-2026")
    log_in_first.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="第二步验证")).to_be_visible()
    page.locator("[name=prove_by][value=passkey]").check(force=True)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(f"{seat.server.url}/")

    # Without the owner's finger the key is worth nothing.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key_store, "isUserVerified": False})
    seat.context.clear_cookies()
    seat.open("/login/")
    page.get_by_role("button", name="用通行密钥").click()
    expect(page.get_by_text("通行密钥没有确认成功").first).to_be_visible()
    expect(page).to_have_url(f"{seat.server.url}/login/")
    assert seat.complaints == []
    seat.context.close()
