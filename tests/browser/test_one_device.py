"""One device for two: the manager hands over, the employee writes and signs, nobody reads what is not theirs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.people import Meeting, Seat, log_in
from tests.cast import PASSWORD

STAGE = "one_device"
NOW = "2026-07-16T15:10:00+08:00"
PIN = "305917"
SECRET = "她可能想转岗，别先提"
UNSENT = "补一句：会签人名单也要"


def here(seat: Seat, path: str) -> str:
    return f"{seat.server.url}{path}"


def stored(page) -> str:
    return page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")


def until(page, words: str, is_there: bool) -> None:
    """Wait until this browser keeps the words, or keeps them no more."""
    for _ in range(60):
        if (words in stored(page)) == is_there:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{words!r} {'missing from' if is_there else 'left in'} {stored(page)}")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_one_device_from_hand_over_to_signature_and_back(meeting: Meeting, size: str) -> None:
    seat = meeting.stranger(size)
    log_in(seat, "shen")
    talk = meeting.server.numbers["phone_talk" if size == "phone" else "talk"]
    page = seat.open(f"/talks/{talk}/room/")
    note = page.get_by_label("只有你能看到")
    expect(note).to_have_value(SECRET)
    other_tab = seat.open(f"/talks/{talk}/prepare/", seat.tab())
    expect(other_tab.locator("body")).to_contain_text(SECRET) if other_tab.get_by_text(
        SECRET
    ).count() else None

    # Words that could not be sent before the device changes hands.
    page.route("**/room/note/", lambda route: route.abort())
    note.fill(SECRET + "，先听")
    until(page, "先听", True)
    before = seat.context.cookies()
    page.get_by_role("link", name="把设备交给林晓岚").click()
    page.get_by_role("button", name="把设备交给林晓岚").click()
    expect(page.get_by_role("heading", name="林晓岚，请确认是你本人")).to_be_visible()
    until(page, "先听", False)

    # The other tab, the way back, addresses, and a POST as the manager: nothing answers.
    expect(other_tab.get_by_role("heading", name="林晓岚，请确认是你本人")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="林晓岚，请确认是你本人")).to_be_visible()
    for path in ("/", "/team/", f"/talks/{talk}/prepare/", f"/talks/{talk}/room/", "/login/"):
        seat.open(path)
        expect(page).to_have_url(here(seat, "/device/"))
    token = next(c["value"] for c in before if c["name"] == "csrftoken")
    refused = page.evaluate(
        """async ([url, token]) => (await fetch(url, {method: 'POST', headers: {'X-CSRFToken': token,
        'X-Requested-With': 'fetch'}, body: new URLSearchParams({others_present: 'x', version: '0'})})).status""",
        [f"/talks/{talk}/room/text/others_present/", token],
    )
    assert refused == 403
    stale = meeting.browser.new_context()
    stale.add_cookies([c for c in before if c["name"] == "sessionid"])
    replayed = stale.new_page()
    replayed.goto(here(seat, "/"))
    expect(replayed).to_have_url(here(seat, "/login/?next=/"))
    stale.close()

    # The employee confirms, writes, and cannot leave this talk.
    page.get_by_role("link", name="换一个人").click()
    page.get_by_role("link", name="我是林晓岚").click()
    page.get_by_label("交接 PIN").fill("111222")
    page.get_by_role("button", name="我是林晓岚").click()
    expect(page.get_by_text("还能试 4 次").first).to_be_visible()
    page.get_by_label("交接 PIN").fill(PIN)
    page.get_by_role("button", name="我是林晓岚").click()
    expect(page).to_have_url(here(seat, f"/talks/{talk}/room/"))
    expect(page.get_by_text("沈立文的设备，现在由林晓岚使用")).to_be_visible()
    own = page.locator(".room-topic", has_text="ECN 按期关闭").get_by_label("你的话", exact=True)
    own.fill("会签平均要等 6 天，我催过三次。")
    expect(page.locator("[data-save-state][data-state=saved]").first).to_be_visible()
    assert SECRET not in page.content() and SECRET not in stored(page) and "先听" not in stored(page)
    assert SECRET not in page.title()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seat.open("/team/")
    expect(page.get_by_role("heading", name="这一页不在这里")).to_be_visible()
    page.get_by_role("link", name="回到这次面谈").click()

    # Half a sentence that does not reach the server stays hers.
    page.route("**/text/words/", lambda route: route.abort())
    own.fill(UNSENT)
    until(page, UNSENT, True)
    page.get_by_role("button", name="还给沈立文").click()
    expect(page.get_by_role("heading", name="沈立文，请确认是你本人")).to_be_visible()
    until(page, UNSENT, False)
    page.go_back()
    expect(page.get_by_role("heading", name="设备锁着，谁来用？")).to_be_visible()
    page.get_by_role("link", name="我是沈立文").click()
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="拿回设备").click()
    expect(page).to_have_url(here(seat, f"/talks/{talk}/room/"))
    expect(page.get_by_text("没存上的内容").first).to_be_visible()
    expect(page.locator(".draft")).to_contain_text("先听")
    assert UNSENT not in page.content() and UNSENT not in stored(page)
    page.locator(".draft").get_by_role("button", name="放回来").click()
    page.unroute("**/room/note/")

    # The record, and the signature on the handed-over device.
    seat.open(f"/talks/{talk}/room/complete/")
    page.get_by_role("button", name="结束并生成记录").click()
    expect(page).to_have_url(here(seat, f"/talks/{talk}/record/"))
    page.get_by_role("link", name="把设备交给林晓岚").click()
    page.get_by_role("button", name="把设备交给林晓岚").click()
    page.get_by_label("交接 PIN").fill(PIN)
    page.get_by_role("button", name="我是林晓岚").click()
    expect(page).to_have_url(here(seat, f"/talks/{talk}/sign/"))
    page.get_by_text("我已阅读全文并同意").click()
    page.locator("#id_pin").fill(PIN)
    page.get_by_role("button", name="确认并签字").click()
    expect(page).to_have_url(here(seat, f"/talks/{talk}/record/"))
    expect(page.get_by_text("在面谈人的设备上").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert SECRET not in page.content()
    page.get_by_role("button", name="还给沈立文").click()
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="拿回设备").click()
    expect(page).to_have_url(here(seat, f"/talks/{talk}/record/"))
    expect(page.get_by_text("先读一遍定稿，再签字确认。")).to_be_visible()
    assert seat.complaints == []
    seat.context.close()
