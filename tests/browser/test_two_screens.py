"""Two people on two screens: each sees the other's change, nothing is overwritten, nothing typed is lost."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest
from playwright.sync_api import Page, expect
from tests.browser.people import Meeting, Seat, log_in

STAGE = "talking"
NOW = "2026-07-16T14:22:00+08:00"
WITHIN_SECONDS = 1.0


def path(meeting: Meeting) -> str:
    return f"/talks/{meeting.server.numbers['talk']}/room/?topic={meeting.server.numbers['topic']}"


def saved(page: Page) -> None:
    expect(page.locator("#room-save")).to_have_attribute("data-state", "saved")


def is_live(page: Page) -> None:
    expect(page.locator("[data-live-state]")).to_have_attribute("data-state", "live")


@pytest.fixture
def manager(meeting: Meeting) -> Seat:
    seat = meeting.seat("shen")
    seat.complaints.clear()
    seat.open(path(meeting))
    is_live(seat.page)
    return seat


@pytest.fixture
def employee(meeting: Meeting) -> Seat:
    seat = meeting.seat("lin", "phone")
    seat.complaints.clear()
    seat.open(path(meeting))
    is_live(seat.page)
    return seat


def words(page: Page):
    return page.locator(".room-topic", has_text="ECN 按期关闭").get_by_label("你的话", exact=True)


def direction(page: Page):
    return page.get_by_label("改进方向", exact=True)


def test_each_sees_the_others_change_within_a_second_of_its_saving(manager, employee) -> None:
    took = []
    for n in range(5):
        text = f"第 {n} 次写的:会签平均等 6 天。"
        field = words(employee.page)
        field.fill(text)
        with employee.page.expect_response(re.compile("/text/words/")):
            pass
        since = time.monotonic()
        expect(manager.page.locator(".their-words")).to_have_text(text, timeout=5000)
        took.append(time.monotonic() - since)
    assert sorted(took)[2] < WITHIN_SECONDS, took
    direction(manager.page).fill("超过一个工作日的会签,当天点名。")
    expect(employee.page.locator(".room-topic", has_text="当天点名")).to_be_visible(timeout=3000)
    assert manager.complaints == [] and employee.complaints == []


def test_each_sees_where_the_other_is_writing_and_not_what(manager, employee) -> None:
    expect(manager.page.locator(".presence")).to_contain_text("在线")
    words(employee.page).press_sequentially("还没", delay=20)
    expect(manager.page.locator(".presence")).to_contain_text(
        "正在写「ECN 按期关闭」的员工的话", timeout=5000
    )
    words(employee.page).blur()
    expect(manager.page.locator(".presence")).not_to_contain_text("正在写", timeout=8000)


def test_cut_off_on_one_side_both_write_and_both_texts_are_shown(meeting, manager) -> None:
    here = manager.page
    elsewhere = meeting.stranger("desktop", known=manager)
    other = elsewhere.open(path(meeting))
    is_live(other)
    elsewhere.context.set_offline(True)
    try:
        expect(other.locator("[data-offline-bar]")).to_be_visible()
        expect(other.locator("[data-live-state]")).to_have_attribute("data-state", "offline")
        direction(other).fill("断网时在另一台写的。")
        other.get_by_label("怎么算做到", exact=True).fill("断网时只有这边改的。")
        expect(other.locator("[data-offline-bar]")).to_contain_text("已记下 2 处改动")
        direction(here).fill("网络正常的一台写的。")
        saved(here)
        other.wait_for_timeout(10_000)
    finally:
        elsewhere.context.set_offline(False)
    conflict = other.locator(".conflict")
    expect(conflict).to_contain_text("断网时在另一台写的。")
    expect(conflict).to_contain_text("网络正常的一台写的。")
    expect(here.get_by_label("怎么算做到", exact=True)).to_have_value("断网时只有这边改的。")
    conflict.get_by_role("button", name="合在一起改").click()
    expect(direction(other)).to_have_value("网络正常的一台写的。\n\n断网时在另一台写的。")
    expect(direction(here)).to_have_value("网络正常的一台写的。")
    conflict.get_by_role("button", name="留下改好的").click()
    expect(direction(here)).to_have_value("网络正常的一台写的。\n\n断网时在另一台写的。")
    elsewhere.context.close()


def test_a_tab_closed_without_a_line_loses_nothing(meeting, employee) -> None:
    tab = employee.open(path(meeting), employee.tab())
    is_live(tab)
    employee.context.set_offline(True)
    words(tab).fill("写完就把页面关了。")
    expect(tab.locator("#room-save")).to_have_attribute("data-state", "offline")
    tab.close()
    employee.context.set_offline(False)
    # From any page of the product, without opening the room.
    page = employee.open("/ledger/", employee.tab())
    expect(page.locator("#messages")).to_contain_text("之前没存上的 1 处内容,现在存好了。".replace(",", "，"))
    page.close()
    expect(words(employee.open(path(meeting)))).to_have_value("写完就把页面关了。")


def test_a_server_killed_and_started_again_is_found_again_by_its_pages(meeting, manager, employee) -> None:
    server = meeting.server
    assert server.process is not None
    for pid in children_of(server.process.pid):
        os.kill(pid, signal.SIGKILL)
    server.process.kill()
    server.process.wait()
    expect(manager.page.locator("[data-live-state]")).not_to_have_attribute("data-state", "live")
    words(employee.page).fill("服务器停着的时候写的。")
    expect(employee.page.locator("#room-save")).to_have_attribute("data-state", "offline")
    server.at(NOW)
    is_live(manager.page)
    expect(manager.page.locator(".their-words")).to_have_text("服务器停着的时候写的。", timeout=30_000)


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
        return [int(one) for one in listed.read().split()]


def test_log_out_names_what_is_not_saved_and_leaves_nothing_for_the_next_person(meeting) -> None:
    seat = meeting.stranger("desktop")
    log_in(seat, "shen")
    page = seat.open(path(meeting))
    page.route("**/text/direction/", lambda route: route.abort())
    direction(page).fill("谁也不该看到的半句话")
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    seat.open("/ledger/")
    page.route("**/text/direction/", lambda route: route.abort())
    page.locator(".side-foot summary").click()
    page.get_by_role("button", name="退出").click()
    dialog = page.locator("#unsent")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="先不退出").click()
    assert kept(page) == 1
    page.locator(".side-foot [data-log-out] button").dispatch_event("click")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="清除并退出").click()
    expect(page).to_have_url(re.compile("/login/"))
    assert kept(page) == 0


def forget_who_was_here(seat: Seat) -> None:
    """As after a restart of the browser. What a page had under way would bring a token of its own beside the log-in
    page's, so its answers are waited for."""
    seat.page.goto("about:blank")
    seat.page.wait_for_timeout(1500)
    seat.context.clear_cookies()


def test_another_account_on_the_same_device_neither_sees_nor_sends_what_was_left(meeting) -> None:
    seat = meeting.stranger("desktop")
    log_in(seat, "shen")
    page = seat.open(path(meeting))
    page.route("**/text/direction/", lambda route: route.abort())
    direction(page).fill("沈立文没存上的话")
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    forget_who_was_here(seat)
    sent: list[str] = []
    page.unroute("**/text/direction/")
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    log_in(seat, "zhao")
    seat.open("/ledger/")
    page.wait_for_timeout(1500)
    assert not [url for url in sent if "/text/" in url]
    assert "沈立文没存上的话" not in page.content()
    forget_who_was_here(seat)
    log_in(seat, "shen")
    expect(page.locator("#messages")).to_contain_text("现在存好了")
    expect(direction(seat.open(path(meeting)))).to_have_value("沈立文没存上的话")


def kept(page: Page) -> int:
    count: int = page.evaluate(
        "Object.keys(localStorage).filter(name => name.startsWith('huitan-draft:')).length"
    )
    return count
