"""Lines of several paragraphs, slow answers, two fields at once, somebody pressing twice: nothing lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.people import Meeting, Seat

STAGE = "talking"
NOW = "2026-07-16T14:22:00+08:00"


def room(meeting: Meeting) -> str:
    return f"/talks/{meeting.server.numbers['talk']}/room/?topic={meeting.server.numbers['topic']}"


def survey(meeting: Meeting) -> str:
    return f"/talks/{meeting.server.numbers['talk']}/survey/"


def state(page: Page, wanted: str) -> None:
    expect(page.locator("#room-save")).to_have_attribute("data-state", wanted)


def until(page: Page, is_so: Callable[[], object]) -> None:
    for _ in range(100):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come about within ten seconds")


@pytest.fixture
def manager(meeting: Meeting) -> Seat:
    return meeting.seat("shen")


def test_several_paragraphs_whose_answer_was_lost_are_no_conflict_with_oneself(meeting, manager):
    page = manager.open(room(meeting))
    field = page.get_by_label("改进方向", exact=True)
    lost: list[Route] = []

    def lose(route: Route) -> None:
        lost.append(route)
        route.fetch()
        route.abort()

    page.route("**/room/topics/**", lose)
    field.fill("先提醒。\n再点名。")
    state(page, "offline")
    page.unroute_all()
    field.fill("先提醒。\n再点名。\n最后上会。")
    state(page, "saved")
    assert lost
    expect(page.locator(".conflict")).to_have_count(0)
    page.reload()
    expect(field).to_have_value("先提醒。\n再点名。\n最后上会。")


def test_space_the_server_takes_off_is_no_conflict_with_oneself(meeting):
    phone = meeting.seat("lin", "phone").open(survey(meeting))
    phone.route("**/survey/save/", lambda route: (route.fetch(), route.abort()))
    field, mark = phone.get_by_label("什么卡住了你？"), phone.locator("[data-save-state]")
    field.fill("会签。\n等六天。\n")
    expect(mark).to_have_attribute("data-state", "offline")
    phone.unroute_all()
    field.fill("会签。\n等六天。\n没人催。")
    expect(mark).to_have_attribute("data-state", "saved")
    expect(phone.locator(".conflict")).to_have_count(0)
    phone.reload()
    expect(field).to_have_value("会签。\n等六天。\n没人催。")


def test_saved_is_said_only_once_every_field_is(meeting, manager):
    page = manager.open(room(meeting))
    slow: list[Route] = []
    too_long = {"errors": {"direction": ["最多 10000 个字。"]}}
    page.route(
        "**/direction/",
        lambda route: route.fulfill(status=422, json=too_long) if slow else slow.append(route),
    )
    page.get_by_label("改进方向", exact=True).fill("慢的一栏。")
    until(page, lambda: slow)
    with page.expect_response("**/support/"):
        page.get_by_label("支持措施", exact=True).fill("快的一栏。")
    page.wait_for_timeout(300)
    expect(page.locator("#room-save")).not_to_have_attribute("data-state", "saved")
    slow[0].fulfill(status=422, json=too_long)
    state(page, "failed")
    with page.expect_response("**/support/"):
        page.get_by_label("支持措施", exact=True).fill("快的一栏，又写。")
    page.wait_for_timeout(300)
    state(page, "failed")
    page.unroute_all()
    page.get_by_label("改进方向", exact=True).fill("慢的一栏，短一些。")
    state(page, "saved")


def test_words_written_beside_a_shown_conflict_are_part_of_what_is_put_together(meeting, manager):
    first, second = manager.open(room(meeting)), manager.open(room(meeting), manager.tab())
    second.route("**/room/changes/**", lambda route: route.fulfill(status=204))
    first.get_by_label("具体问题", exact=True).fill("那边写的。")
    state(first, "saved")
    field = second.get_by_label("具体问题", exact=True)
    field.fill("这边写的。")
    expect(second.locator(".conflict")).to_be_visible()
    field.fill("这边写的。还没写完，接着写。")
    second.get_by_role("button", name="合在一起改").click()
    expect(field).to_have_value("那边写的。\n\n这边写的。还没写完，接着写。")
    second.get_by_role("button", name="留下改好的").click()
    state(second, "saved")
    second.close()


def test_a_text_brought_back_does_not_replace_what_was_typed_since(meeting):
    page = meeting.seat("lin").open("/evidence/")
    field = page.locator("textarea[name=statement]").first
    field.fill("昨天写的一件事。")
    page.reload()
    field.fill("今天写的一件事。")
    page.locator(".draft").get_by_role("button", name="放回来").click()
    expect(field).to_have_value("今天写的一件事。\n\n昨天写的一件事。")
    page.reload()
    page.locator(".draft").get_by_role("button", name="不要了").click()


def test_what_did_not_get_through_is_not_dropped_because_something_else_did(meeting):
    page = meeting.seat("lin").open("/evidence/")
    page.route(
        "**/evidence/**",
        lambda route: route.fulfill(status=504) if route.request.method == "POST" else route.continue_(),
    )
    field = page.locator("textarea[name=statement]").first
    field.fill("代理超时的时候交的一件事。")
    page.locator("form", has=field).get_by_role("button", name="记下来").click()
    page.unroute_all()
    page.goto(f"{meeting.server.url}/preferences/")
    page.get_by_role("button", name="保存").first.click()
    expect(page.locator("#messages .success")).to_be_visible()
    page.goto(f"{meeting.server.url}/evidence/")
    expect(page.locator(".draft")).to_contain_text("代理超时的时候交的一件事。")


def test_pressing_twice_in_the_drawer_while_the_answer_is_slow_makes_one_topic(meeting, manager):
    page = manager.open(room(meeting))
    page.get_by_role("link", name="加一个话题").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("话题", exact=False).first.fill("按了两次的话题")
    held: list[Route] = []
    page.route(
        "**/topics/new/**",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    add = drawer.get_by_role("button", name="加上")
    add.click()
    until(page, lambda: held)
    add.click()
    held[0].continue_()
    page.wait_for_timeout(1500)
    for route in held[1:]:
        route.continue_()
    page.wait_for_timeout(500)
    page.unroute_all()
    page.reload()
    expect(page.get_by_text("按了两次的话题")).to_have_count(1)


def test_half_a_pinyin_is_not_saved_while_its_characters_are_being_chosen(meeting, manager):
    page = manager.open(room(meeting))
    field = page.get_by_label("支持措施", exact=True)
    field.fill("我来")
    state(page, "saved")
    sent: list[str] = []
    page.on(
        "request",
        lambda request: sent.append(request.post_data or "") if "/support/" in request.url else None,
    )
    typist = page.context.new_cdp_session(page)
    field.focus()
    field.press("End")
    typist.send("Input.imeSetComposition", {"text": "tixing", "selectionStart": 6, "selectionEnd": 6})
    page.wait_for_timeout(1500)
    assert sent == []
    typist.send("Input.insertText", {"text": "提醒"})
    until(page, lambda: sent)
    state(page, "saved")
    assert all("tixing" not in body for body in sent)
    expect(field).to_have_value("我来提醒")


def test_a_save_nobody_answers_is_given_up_and_tried_again(meeting, manager):
    page = manager.tab()
    page.clock.install()
    manager.open(room(meeting), page)
    held: list[Route] = []
    page.route("**/room/topics/**", lambda route: route.continue_() if held else held.append(route))
    field = page.get_by_label("改进方向", exact=True)
    field.fill("发出去没有回音的一句。")
    page.clock.run_for(1000)
    until(page, lambda: held)
    for _ in range(6):
        page.clock.run_for(10_000)
        page.wait_for_timeout(100)
    state(page, "saved")
    page.close()


def test_whoever_was_logged_out_meanwhile_is_told_so(meeting):
    seat = meeting.stranger("desktop", known=meeting.seat("shen"))
    page = seat.open(room(meeting))
    seat.context.clear_cookies(name="sessionid")
    page.get_by_label("改进方向", exact=True).fill("登录过期以后写的。")
    state(page, "failed")
    expect(page.locator("#messages")).to_contain_text("登录")
    seat.context.close()


def add_topic(page: Page, title: str) -> Locator:
    page.get_by_role("link", name="加一个话题").first.click()
    field = page.locator("#drawer").get_by_label("话题", exact=False).first
    field.fill(title)
    return field


def test_a_choice_answered_late_leaves_the_drawer_somebody_writes_in_open(meeting, manager):
    page = manager.open(room(meeting))
    held: list[Route] = []
    page.route("**/choose/**", lambda route: held.append(route))
    page.get_by_label("部分共识").check(force=True)
    until(page, lambda: held)
    field = add_topic(page, "正在写的话题")
    with page.expect_response("**/choose/**"):
        held[0].continue_()
    page.wait_for_timeout(500)
    expect(field).to_be_visible()
    expect(field).to_have_value("正在写的话题")


def test_a_link_answered_late_does_not_replace_a_drawer_somebody_writes_in(meeting, manager):
    page = manager.open(room(meeting))
    held: list[Route] = []
    page.route("**/room/actions/new/**", lambda route: held.append(route))
    page.get_by_role("link", name="再定一项行动").click()
    until(page, lambda: held)
    field = add_topic(page, "正在写的话题")
    held[0].continue_()
    page.wait_for_timeout(700)
    expect(field).to_have_value("正在写的话题")


def test_one_escape_does_not_shut_a_drawer_with_typed_words(meeting, manager):
    page = manager.open(room(meeting))
    field = add_topic(page, "写到一半的话题")
    field.press("Escape")
    page.wait_for_timeout(200)
    expect(field).to_be_visible()
    expect(field).to_have_value("写到一半的话题")
    field.press("Escape")
    expect(field).to_be_hidden()


def test_a_line_that_is_heard_again_is_no_longer_called_cut(meeting, manager):
    page = manager.tab()
    page.route(
        "**/live/**",
        lambda route: route.fulfill(content_type="text/event-stream", body="event: hello\ndata: {}\n\n"),
    )
    page.route("**/room/changes/**", lambda route: route.abort())
    manager.open(room(meeting), page)
    page.evaluate("document.dispatchEvent(new CustomEvent('huitan:look'))")
    bar = page.locator("[data-offline-bar]")
    expect(bar).to_be_visible()
    page.unroute("**/room/changes/**")
    page.wait_for_timeout(100)
    expect(bar).to_be_hidden(timeout=5000)
    page.close()


def test_a_text_too_long_taken_back_is_no_longer_called_unsaved(meeting, manager):
    page = manager.open(room(meeting))
    field = page.get_by_label("改进方向", exact=True)
    before = field.input_value()
    field.fill("长" * 10_001)
    state(page, "failed")
    field.fill(before)
    state(page, "saved")
    expect(page.locator(".field-error")).to_have_count(0)
