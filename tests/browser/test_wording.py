"""R05 in a real browser: the hint appears under the words, is dismissed with a reason, and never gets in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.people import Meeting

STAGE = "talking"
NOW = "2026-07-16T14:30:00+08:00"
VAGUE = "不够主动"
AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
UNDERLINED = """(box) => {
  const range = document.createRange();
  const mark = box.parentElement.querySelector('.wording-mirror .hint');
  range.selectNodeContents(mark);
  const [words, area] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
  return words.left >= area.left && words.right <= area.right && words.top >= area.top && words.bottom <= area.bottom;
}"""


def issue_box(meeting: Meeting, size: str = "desktop", theme: str = "light") -> tuple[Page, Locator]:
    numbers = meeting.server.numbers
    page = meeting.seat("shen", size, theme).open(f"/talks/{numbers['talk']}/room/?topic={numbers['topic']}")
    return page, page.get_by_label("具体问题", exact=True)


def tips_of(box: Locator) -> Locator:
    return box.locator("xpath=following-sibling::div[contains(@class, 'wording-tips')]").locator(".tip")


def write(box: Locator, text: str) -> None:
    box.fill("")
    box.press_sequentially(text)
    expect(box).to_have_value(text)


def wait_until_saved(page: Page) -> None:
    expect(page.locator("#room-save")).to_have_attribute("data-state", "saved")


def axe_findings(page: Page, where: str = "#main") -> list[object]:
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text()})
    found: list[object] = page.evaluate(
        """async (where) => (await axe.run(document.querySelector(where))).violations
            .map(v => [v.id, v.nodes.map(n => n.target.join(' '))])""",
        where,
    )
    return found


@pytest.mark.parametrize(("size", "theme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")])
def test_r05_a_hint_stands_under_the_words_with_its_question(meeting: Meeting, size: str, theme: str) -> None:
    page, box = issue_box(meeting, size, theme)
    write(box, VAGUE)
    tip = tips_of(box)
    expect(tip).to_have_count(1)
    expect(tip.locator("b")).to_have_text(f"「{VAGUE}」")
    expect(tip).to_contain_text("？")
    expect(page.locator("#room-feedback .wording-mirror .hint")).to_have_text(VAGUE)
    assert box.evaluate(UNDERLINED)
    expect(box).to_be_focused()
    described = box.get_attribute("aria-describedby") or ""
    assert "？" in page.locator(f"#{described.split()[-1]}").inner_text()
    expect(page.locator(".room-middle [role=status].sr", has_text="具体问题：1 处措辞提示")).to_have_count(1)
    why = tip.get_by_role("button", name="为什么")
    why.click()
    expect(tip).to_contain_text("是结论")
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert meeting.seat("shen", size, theme).complaints == []


def test_r05_typing_on_never_loses_a_character(meeting: Meeting) -> None:
    page, box = issue_box(meeting)
    text = "六月的三次会签里，你" + VAGUE + "😀，对方等了。" * 6
    box.fill("")
    with page.expect_response(lambda answer: answer.url.endswith("/wording/")):
        box.press_sequentially(text, delay=35)
    expect(box).to_have_value(text)
    expect(box).to_be_focused()
    page.wait_for_timeout(1500)
    expect(box).to_have_value(text)
    wait_until_saved(page)
    page.reload()
    expect(box).to_have_value(text)


def test_r05_the_underline_follows_the_words_and_goes_with_them(meeting: Meeting) -> None:
    page, box = issue_box(meeting)
    write(box, VAGUE)
    mark = page.locator("#room-feedback .wording-mirror .hint")
    expect(mark).to_have_text(VAGUE)
    box.press("Home")
    box.press_sequentially("你")
    expect(mark).to_have_text(VAGUE)
    box.fill("6 月 3 日的会签单晚了 6 天，客户因此改期。")
    expect(mark).to_have_count(0)
    expect(tips_of(box)).to_have_count(0)


def test_the_check_is_silent_when_it_cannot_be_reached(meeting: Meeting) -> None:
    page, box = issue_box(meeting)
    page.route("**/wording/", lambda route: route.abort())
    write(box, "做事" + VAGUE)
    page.wait_for_timeout(1200)
    expect(tips_of(box)).to_have_count(0)
    page.unroute("**/wording/")


def test_the_employees_words_are_not_checked(meeting: Meeting) -> None:
    page = meeting.seat("lin", "phone").open(f"/talks/{meeting.server.numbers['talk']}/room/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.get_by_label("你的话", exact=True).last
    with page.expect_response(lambda answer: "/text/words/" in answer.url):
        box.press_sequentially(VAGUE)
    page.wait_for_timeout(1000)
    assert not [url for url in asked if "/wording/" in url]


def test_a_box_in_the_drawer_is_checked_as_well(meeting: Meeting) -> None:
    page, _box = issue_box(meeting)
    page.locator("#room-actions").get_by_role("link", name="再定一项行动").click()
    what = page.locator("#drawer").get_by_label("做什么")
    what.press_sequentially("提升沟通能力")
    expect(tips_of(what)).to_have_count(1)
    expect(tips_of(what)).to_contain_text("沟通能力")
    assert axe_findings(page, "#drawer") == []
    page.locator("#drawer").get_by_role("button", name="关闭").click()


def test_r05_dismissed_with_a_reason_by_keyboard_it_goes_and_stays_away(meeting: Meeting) -> None:
    page, box = issue_box(meeting)
    write(box, VAGUE)
    tip = tips_of(box)
    expect(tip).to_have_count(1)
    box.press("Tab")
    expect(tip.get_by_role("button", name="为什么")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    reason = tip.get_by_label("为什么不适用")
    expect(reason).to_be_focused()
    page.keyboard.press("Escape")
    expect(tip.get_by_role("button", name="不适用")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(tip).to_contain_text("写一句为什么不适用")
    expect(reason).to_be_focused()
    page.keyboard.type("客户的原话")
    assert axe_findings(page) == []
    page.keyboard.press("Enter")
    expect(tip).to_have_count(0)
    expect(page.locator("#room-feedback .wording-mirror .hint")).to_have_count(0)
    expect(box).to_be_focused()
    expect(box).to_have_value(VAGUE)
    wait_until_saved(page)
    with page.expect_response(lambda answer: answer.url.endswith("/wording/")):
        page.reload()
    page.wait_for_timeout(500)
    expect(box).to_have_value(VAGUE)
    expect(tips_of(box)).to_have_count(0)


def test_no_more_than_three_tips_stand_open_and_the_rest_is_one_press_away(meeting: Meeting) -> None:
    page, box = issue_box(meeting)
    many = [
        {
            "code": "absolute",
            "start": n,
            "end": n + 1,
            "severity": "warning",
            "message": f"原因{n}",
            "hint": f"问{n}？",
            "words": word,
        }
        for n, word in enumerate("😀一二三四")
    ]

    def answer(route: Route) -> None:
        """Only the box under test is given hints; the boxes beside it are checked on the same page."""
        asked = "box=issue" in (route.request.post_data or "")
        route.fulfill(json={"findings": many if asked else []})

    page.route("**/wording/", answer)
    write(box, "😀一二三四")
    tips = tips_of(box)
    expect(tips).to_have_count(3)
    underlined = page.locator("#room-feedback .wording-mirror").first.locator(".hint")
    expect(underlined.first).to_have_text("😀")
    expect(underlined.last).to_have_text("四")
    page.get_by_role("button", name="还有 2 处").click()
    expect(tips).to_have_count(5)
    expect(tips.nth(3).get_by_role("button", name="为什么")).to_be_focused()
    page.unroute("**/wording/")
