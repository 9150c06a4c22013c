"""S5, thirty minutes: what was not reached moves to a follow-up talk with a date and is not lost."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.browser.people import Meeting

STAGE = "half_hour"
NOW = "2026-07-16T14:28:00+08:00"
LEFT_OVER = "一次交检合格率"


def test_s5_one_topic_is_carried_to_a_follow_up_with_a_date_and_the_record_shows_it(meeting: Meeting) -> None:
    talk, topic = meeting.server.numbers["talk"], meeting.server.numbers["second"]
    manager, employee = meeting.seat("shen"), meeting.seat("lin", "phone")
    phone = employee.open(f"/talks/{talk}/room/")
    words = phone.locator("#room-clock, .room-topic").first
    expect(words).to_be_visible()
    own = phone.locator(".room-topic", has_text="ECN 按期关闭").get_by_label("你的话", exact=True)
    expect(own).not_to_have_value("")

    desk = manager.open(f"/talks/{talk}/room/?topic={topic}")
    minutes = [int(part.get_attribute("data-minutes") or 0) for part in desk.locator("[data-part]").all()]
    assert sum(minutes) == 30
    desk.get_by_label("这个话题还可以").click()
    desk.get_by_role("button", name="留到后续面谈").click()
    expect(desk.locator("#room-topics .carried")).to_contain_text(LEFT_OVER)
    expect(phone.locator("#room-carried")).to_contain_text(LEFT_OVER)

    finish = desk.get_by_role("link", name="结束并生成记录")
    finish.click()
    drawer = desk.locator("#drawer")
    expect(drawer.locator(".missing-list")).to_contain_text("后续面谈")
    drawer.get_by_role("button", name="关闭").click()
    desk.locator("#follow-up").get_by_role("link", name="定时间").click()
    drawer.get_by_label("后续面谈的时间").fill("2026-07-23T10:00")
    drawer.get_by_role("button", name="定下时间").click()
    expect(desk.locator("#follow-up")).to_contain_text("10:00")
    finish.click()
    expect(drawer).to_contain_text("1 个话题留到后续面谈")
    drawer.get_by_role("button", name="结束并生成记录").click()
    expect(desk).to_have_url(re.compile(r"/record/$"))
    expect(desk.locator("#main")).to_contain_text(LEFT_OVER)
    expect(desk.locator("#main")).to_contain_text("7 月 23 日")

    manager.open("/talks/")
    follow_up = desk.locator(".talk-table [data-row]", has_text="后续面谈")
    expect(follow_up).to_contain_text("林晓岚")
    expect(follow_up).to_contain_text("10:00")
    follow_up.get_by_role("link").last.click()
    expect(desk.locator("#topics")).to_contain_text(LEFT_OVER)
    expect(phone).not_to_have_url(re.compile(r"/room/"))  # the phone has followed to the record by itself
    employee.open("/talks/")
    expect(phone.locator(".talk-table [data-row]", has_text="后续面谈")).to_contain_text("10:00")
    assert manager.complaints + employee.complaints == []
