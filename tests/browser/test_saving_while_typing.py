"""Nothing typed is lost: not by closing the page, not by a second window, not by a cut line."""

from __future__ import annotations

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect
from tests.browser.people import Meeting, Seat

STAGE = "talking"
NOW = "2026-07-16T14:22:00+08:00"


def path(meeting: Meeting) -> str:
    return f"/talks/{meeting.server.numbers['talk']}/room/?topic={meeting.server.numbers['topic']}"


def saved(page: Page) -> None:
    mark = page.locator("#room-save")
    expect(mark).to_have_attribute("data-state", "saved")
    expect(mark).to_contain_text("14:22:00")


@pytest.fixture
def manager(meeting: Meeting) -> Seat:
    return meeting.seat("shen")


def test_what_is_typed_is_saved_by_itself_and_is_there_after_a_reload(meeting, manager):
    page = manager.open(path(meeting))
    field = page.get_by_label("改进方向", exact=True)
    field.fill("会签满 1 个工作日未回复，当天点名。")
    saved(page)
    page.reload()
    expect(field).to_have_value("会签满 1 个工作日未回复，当天点名。")
    assert page.locator(".draft").count() == 0
    assert manager.complaints == []


def test_words_typed_before_the_page_is_ready_are_saved(meeting, manager):
    page, held = manager.tab(), []
    page.route("**/app.js*", lambda route: held.append(route))
    page.goto(f"{meeting.server.url}{path(meeting)}", wait_until="commit")
    field = page.get_by_label("支持措施", exact=True)
    field.fill("我约质量和采购，7 月 24 日前定下会签时限。")
    expect(page.locator("#room-save")).not_to_have_attribute("data-state", "saved")
    assert held
    held[0].continue_()
    saved(page)
    page.unroute("**/app.js*")
    page.reload()
    expect(field).to_have_value("我约质量和采购，7 月 24 日前定下会签时限。")


def test_two_windows_writing_the_same_field_are_shown_both_texts_and_nothing_is_overwritten(meeting, manager):
    first = manager.open(path(meeting))
    second = manager.open(path(meeting), manager.tab())
    # The second window has not yet been shown what the first one saved when somebody writes in it.
    second.route("**/room/changes/**", lambda route: route.fulfill(status=204))
    first.get_by_label("具体问题", exact=True).fill("第一个窗口写的：ECN-2207 晚了 6 天。")
    saved(first)
    field = second.get_by_label("具体问题", exact=True)
    field.fill("第二个窗口写的：四份 ECN 超期。")
    conflict = second.locator(".conflict")
    expect(conflict).to_contain_text("沈立文在 14:22 也改了这一段")
    expect(conflict).to_contain_text("第一个窗口写的：ECN-2207 晚了 6 天。")
    expect(conflict).to_contain_text("第二个窗口写的：四份 ECN 超期。")
    expect(field).to_have_value("第二个窗口写的：四份 ECN 超期。")
    conflict.get_by_role("button", name="留下我写的").click()
    saved(second)
    second.close()
    first.reload()
    expect(first.get_by_label("具体问题", exact=True)).to_have_value("第二个窗口写的：四份 ECN 超期。")


def test_a_cut_line_is_said_the_words_stay_and_are_saved_when_it_is_back(meeting):
    employee = meeting.seat("lin", "phone")
    phone = employee.open(path(meeting))
    field = phone.locator(".room-topic", has_text="ECN 按期关闭").get_by_label("你的话", exact=True)
    bar = phone.locator("[data-offline-bar]")
    expect(bar).to_be_hidden()
    employee.context.set_offline(True)
    expect(bar).to_be_visible()
    field.fill("断网时写的：会签平均等 6 天。")
    expect(phone.locator("#room-save")).to_have_attribute("data-state", "offline")
    expect(field).to_have_value("断网时写的：会签平均等 6 天。")
    employee.context.set_offline(False)
    expect(bar).to_be_hidden()
    saved(phone)
    phone.reload()
    expect(field).to_have_value("断网时写的：会签平均等 6 天。")


class Lost:
    """Saves of one page reach the server; while `on`, their answers are lost on the way back."""

    def __init__(self, page: Page) -> None:
        self.on, self.count = True, 0
        page.route("**/room/topics/**", self.answer)

    def answer(self, route: Route) -> None:
        if not self.on or route.request.method != "POST":
            route.continue_()
            return
        assert route.fetch().status in (200, 412)
        self.count += 1
        route.abort()


def one_of_them_lost(page: Page, field: Locator, text: str) -> Lost:
    lost = Lost(page)
    field.fill(text)
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    assert lost.count
    return lost


def test_ones_own_words_whose_answer_was_lost_are_no_conflict_when_one_writes_on(meeting, manager):
    page = manager.open(path(meeting))
    field = page.get_by_label("改进方向", exact=True)
    lost = one_of_them_lost(page, field, "每周一先看快到期的会签。")
    lost.on = False
    field.fill("每周一先看快到期的会签，当天点名。")
    saved(page)
    assert page.locator(".conflict").count() == 0
    lost.on = True
    field.fill("到期前两天提醒。")
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    lost.on = False
    field.fill("每周一先看快到期的会签，当天点名。")
    saved(page)
    page.reload()
    expect(field).to_have_value("每周一先看快到期的会签，当天点名。")


def test_a_page_loaded_again_after_a_lost_answer_goes_on_with_the_newest_words(meeting, manager):
    page = manager.open(path(meeting))
    field = page.get_by_label("改进方向", exact=True)
    lost = one_of_them_lost(page, field, "先写的半句")
    page.route("**/room/topics/**", lambda route: route.abort())
    field.fill("先写的半句，后写的半句。")
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    page.unroute_all()
    page.reload()
    expect(field).to_have_value("先写的半句，后写的半句。")
    saved(page)
    assert page.locator(".conflict").count() == 0 and lost.count
    page.reload()
    expect(field).to_have_value("先写的半句，后写的半句。")


def test_another_page_sends_what_followed_a_lost_answer(meeting, manager):
    page = manager.open(path(meeting))
    field = page.get_by_label("改进方向", exact=True)
    one_of_them_lost(page, field, "路上写的半句")
    page.route("**/room/topics/**", lambda route: route.abort())
    field.fill("路上写的半句，到家写完。")
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    page.goto("about:blank")
    page.unroute_all()
    manager.open("/")
    expect(page.locator("#messages")).to_contain_text("现在存好了")
    manager.open(path(meeting))
    expect(field).to_have_value("路上写的半句，到家写完。")
    assert page.locator(".conflict").count() == 0


def test_a_save_of_the_page_before_that_lands_late_is_no_conflict_with_oneself(meeting, manager):
    page = manager.open(path(meeting))
    field = page.get_by_label("改进方向", exact=True)
    page.route("**/room/topics/**", lambda route: route.abort())
    field.fill("上一页最后写的。")
    expect(page.locator("#room-save")).to_have_attribute("data-state", "offline")
    page.unroute_all()
    held: list[Route] = []
    page.route("**/room/topics/**", lambda route: route.continue_() if held else held.append(route))
    page.reload()
    expect(field).to_have_value("上一页最后写的。")
    for _ in range(100):
        if not held:
            page.wait_for_timeout(100)
    # Its farewell arrives only now, before anything of this page.
    assert held[0].fetch().status == 200
    field.fill("这一页接着写的。")
    held[0].continue_()
    saved(page)
    assert page.locator(".conflict").count() == 0
    page.reload()
    expect(field).to_have_value("这一页接着写的。")


def test_what_is_typed_while_a_slow_save_is_under_way_outlives_its_answer(meeting, manager):
    page = manager.open(path(meeting))
    field = page.get_by_label("改进方向", exact=True)
    held: list[Route] = []
    page.route("**/room/topics/**", lambda route: held.append(route))

    def under_way(n: int) -> Route:
        for _ in range(100):
            if len(held) < n:
                page.wait_for_timeout(100)
        return held[n - 1]

    field.fill("慢的网络上写的前半句，")
    first = under_way(1)
    answer = first.fetch()
    field.fill("慢的网络上写的前半句，等的时候写的后半句。")
    # Longer than the page takes somebody to be still typing.
    page.wait_for_timeout(2500)
    first.fulfill(response=answer)
    second = under_way(2)
    page.get_by_label("支持措施", exact=True).focus()
    page.wait_for_timeout(1000)
    expect(field).to_have_value("慢的网络上写的前半句，等的时候写的后半句。")
    second.continue_()
    page.unroute_all()
    saved(page)
    page.reload()
    expect(field).to_have_value("慢的网络上写的前半句，等的时候写的后半句。")


def test_handing_in_waits_for_the_save_under_way_instead_of_quarrelling_with_it(meeting):
    employee = meeting.seat("lin", "phone")
    phone = employee.open(f"/talks/{meeting.server.numbers['talk']}/survey/")
    held: list[tuple[Route, APIResponse]] = []

    def stored_but_not_answered(route: Route) -> None:
        held.append((route, route.fetch()))

    phone.route("**/survey/save/", stored_but_not_answered)
    phone.get_by_label("什么卡住了你？").fill("会签要等，平均 6 天。")
    for _ in range(100):
        if not held:
            phone.wait_for_timeout(100)
    phone.get_by_role("button", name="交给沈立文").click(no_wait_after=True)
    expect(phone.get_by_role("heading", level=1)).to_have_text("面谈前，先听你说")
    route, answer = held[0]
    assert answer.status == 200
    route.fulfill(response=answer)
    expect(phone.get_by_role("heading", level=1)).to_have_text("你的调研交了")
    expect(phone.locator("#main")).to_contain_text("会签要等，平均 6 天。")


def test_words_left_on_a_device_for_weeks_are_shown_and_go_only_when_their_writer_says_so(meeting, manager):
    page = manager.open("/")
    page.evaluate(
        """() => {
            const at = Date.now() - 20 * 24 * 3600 * 1000;
            const entry = { at, values: { reason: '三周前写的理由。' }, by: 'earlier', page: '/ledger/' };
            localStorage.setItem(`huitan-draft:${document.documentElement.dataset.reader}:talk-1-score-1`, JSON.stringify(entry));
        }"""
    )
    page.reload()
    panel = page.locator(".draft")
    expect(panel).to_contain_text("一直没存上")
    expect(panel).to_contain_text("三周前写的理由。")
    expect(panel.get_by_role("link", name="去看看")).to_have_attribute("href", "/ledger/")
    panel.get_by_role("button", name="不要了").click()
    page.reload()
    expect(page.locator("#messages")).to_be_attached()
    expect(panel).to_have_count(0)
    assert manager.complaints == []


def test_what_an_earlier_page_left_stays_until_decided_even_if_its_writer_types_on(meeting):
    page = meeting.seat("lin").open("/evidence/")
    field = page.locator("textarea[name=statement]").first
    field.fill("先写的一件事。")
    page.reload()
    expect(page.locator(".draft")).to_contain_text("先写的一件事。")
    field.fill("后写的另一件事。")
    page.reload()
    offers = page.locator(".draft")
    expect(offers).to_have_count(2)
    offers.filter(has_text="先写的").get_by_role("button", name="放回来").click()
    expect(field).to_have_value("先写的一件事。")
    offers.filter(has_text="后写的").get_by_role("button", name="不要了").click()
    page.reload()
    expect(offers).to_have_count(1)
    expect(offers).to_contain_text("先写的一件事。")
