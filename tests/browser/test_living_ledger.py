"""The ledger while others work: what changes shows itself, and leaves hand, place and choices of the reader alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting

STAGE = "disputable"
NOW = "2026-07-20T10:00:00+08:00"
ACTION = "每周五更新 ECN 台账并通报超期"


def send(page: Page, button: str, **typed: str) -> None:
    """One step of an item's page; a fold is opened first where the step lies in one."""
    for name, words in typed.items():
        field = page.locator(f"[name={name}]")
        if not field.is_visible():
            page.locator("details.item-fold", has=field).locator("summary").click()
        field.fill(words)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#messages .message.success")).to_be_visible()


def test_what_changes_elsewhere_shows_itself_and_takes_no_hand_no_place_and_no_choice(
    meeting: Meeting,
) -> None:
    manager, employee = meeting.seat("shen"), meeting.seat("lin", "phone")
    # Not the first page, which nothing says is older than the rest.
    desk = manager.open("/ledger/?kind=action&after=2026-01-01.1")
    expect(desk.locator("[data-live-state]")).to_have_attribute("data-state", "live")
    row, panel = desk.locator("#ledger-list [data-row]", has_text=ACTION), desk.locator("#ledger-panel")
    row.locator("[data-row-link]").click()
    expect(panel.locator("h2")).to_have_text(ACTION)
    # A list of one that can be reminded: when she hands it in, the column of boxes goes.
    expect(row.locator(".pick")).to_be_visible()

    panel.evaluate("panel => { panel.style.maxHeight = '200px'; panel.scrollTop = 120; }")
    desk.locator("#id_q").press_sequentially("EC")
    phone = employee.open("/ledger/")
    phone.get_by_role("link", name=ACTION).click()
    item = phone.url
    opened = phone.locator("#support summary")
    opened.focus()
    other = manager.open(item.removeprefix(meeting.server.url), manager.tab())
    send(other, "定下", name="按期关闭率", unit="%", start="71.4", target="90")
    other.close()
    expect(phone.get_by_label("按期关闭率")).to_be_visible()
    expect(opened).to_be_focused()
    send(phone, "写下卡点", blocker="质量部没人接会签")
    expect(panel).to_contain_text("质量部没人接会签")
    assert panel.evaluate("panel => panel.scrollTop") == 120
    desk.keyboard.type("N")
    expect(desk.locator("#id_q")).to_have_value("ECN")
    # Escape belongs to the field one is in.
    desk.keyboard.press("Escape")
    expect(desk.locator("#id_q")).to_have_value("")
    expect(panel).to_be_visible()

    figure = desk.locator("#ledger-figures a").nth(3)
    figure.focus()
    send(phone, "提交验收", submitted_evidence="四周台账都在附件里")
    expect(row.locator(".c-state")).to_have_text("待验收")
    expect(row.locator(".c-progress")).to_contain_text("100%")
    expect(row.locator(".c-due")).to_contain_text("9 月 30 日")
    expect(row.locator(".c-pick")).to_be_empty()
    expect(figure).to_contain_text("1")
    expect(figure).to_be_focused()

    other = manager.open(item.removeprefix(meeting.server.url), manager.tab())
    send(other, "验收通过", acceptance_note="看过四周的台账")
    expect(row).to_contain_text("已不在这一页")
    expect(panel.locator(".item-top")).to_contain_text("已验收")
    expect(panel.get_by_role("link", name="去验收")).to_have_count(0)
    other.close()

    desk.locator("#id_state").select_option("submitted")
    expect(desk).to_have_url(re.compile("state=submitted"))
    desk.go_back()
    expect(desk).to_have_url(re.compile(r"after=2026-01-01.1$"))
    expect(desk.locator("#id_state")).to_have_value("")
    assert manager.complaints == [] and employee.complaints == []


def test_words_left_in_a_fold_are_offered_where_they_are_seen(meeting: Meeting) -> None:
    seat = meeting.seat("shen", "phone")
    page = seat.open("/ledger/?kind=support")
    page.locator("#ledger-list [data-row-link]").first.click()
    fold = page.locator("#block")
    fold.locator("summary").click()
    fold.locator("textarea").fill("等第三方样机")
    page.reload()
    expect(page.locator("#block .draft")).to_be_visible()
    expect(page.locator("#block .draft")).to_contain_text("等第三方样机")


def test_the_longest_name_of_a_view_stays_inside_the_menu(meeting: Meeting) -> None:
    page = meeting.seat("shen", "phone").open("/ledger/?due=30")
    views = page.locator(".ledger-menu").first
    views.locator("summary").click()
    views.locator("[name=name]").fill("三十天内到期的全部事项" * 2 + "AbcdeFghij")
    views.get_by_role("button", name="存下视图").click()
    expect(page.locator("#messages .message.success")).to_be_visible()
    views.locator("summary").click()
    menu = views.locator(".menu-pop")
    expect(menu).to_be_visible()
    assert menu.evaluate("menu => menu.scrollWidth - menu.clientWidth") == 0
