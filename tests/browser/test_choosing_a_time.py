"""The manager proposes times at the desk, the employee picks one on the phone; both see it settled."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting

STAGE = "opened"
NOW = "2026-07-02T10:00:00+08:00"


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_times_are_proposed_warned_about_turned_down_and_picked(meeting: Meeting) -> None:
    talk = meeting.server.numbers["talk"]
    manager, employee = meeting.seat("shen"), meeting.seat("lin", "phone")
    desk = manager.open(f"/talks/{talk}/prepare/")
    desk.get_by_role("link", name="给几个时间让对方选").click()
    expect(desk.locator("h1")).to_have_text("给林晓岚几个时间选")
    for n, (day, start) in enumerate((("2026-07-14", "10:00"), ("2026-07-18", "15:00")), 1):
        row = desk.get_by_role("group", name=f"时间 {n}")
        row.get_by_label("日期").fill(day)
        row.get_by_label("开始时间").fill(start)
    desk.get_by_role("button", name="发给林晓岚选").click()
    expect(desk.get_by_role("group", name="时间 2")).to_contain_text("这天是周末")
    expect(desk.get_by_role("group", name="时间 1").get_by_label("日期")).to_have_value("2026-07-14")
    desk.get_by_role("button", name="知道了，仍然发出").click()
    expect(desk.locator("#messages")).to_contain_text("已发给林晓岚")

    phone = employee.open("/")
    phone.get_by_role("link", name="去选").first.click()
    expect(phone.locator("h1")).to_have_text("选一个时间，和沈立文面谈")
    assert fits(phone)
    pick = phone.get_by_role("button", name="选这个")
    expect(pick).to_have_count(2)
    assert all(box and box["height"] >= 44 for box in (button.bounding_box() for button in pick.all()))
    phone.get_by_label("哪些时候方便").fill("周二、周三上午")
    phone.get_by_role("button", name="请对方再给几个").click()
    expect(phone.locator("#messages")).to_contain_text("已告诉对方")

    manager.open(f"/talks/{talk}/slots/")
    expect(desk.locator("#main")).to_contain_text("周二、周三上午")
    row = desk.get_by_role("group", name="时间 1")
    row.get_by_label("日期").fill("2026-07-15")
    row.get_by_label("开始时间").fill("09:30")
    desk.get_by_role("button", name="发给林晓岚选").click()
    expect(desk.locator("#messages")).to_contain_text("已发给林晓岚")

    employee.open(f"/talks/{talk}/slots/")
    phone.get_by_role("button", name="选这个").click()
    expect(phone.locator("#messages")).to_contain_text("定好了：7 月 15 日 周三 09:30")
    expect(phone.locator("#main")).to_contain_text("现在定在 7 月 15 日 周三 09:30")
    assert fits(phone)
    manager.open(f"/talks/{talk}/prepare/")
    expect(desk.locator("#schedule")).to_contain_text("09:30")
    assert manager.complaints + employee.complaints == []
