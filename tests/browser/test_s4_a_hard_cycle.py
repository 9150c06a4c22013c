"""S4, the employee did poorly: the talk opens on causes and difficulties, support comes before the result (R24)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting

STAGE = "hard_cycle"
NOW = "2026-07-06T10:00:00+08:00"
ANSWER_TIME = "2026-07-08T20:00:00+08:00"
TALK_TIME = "2026-07-16T14:00:00+08:00"
HARDEST = "4 月起夹具只有一套，两条线轮着用，我等过 9 天。"
THREAT = "再这样下去就别干了"


def write(page: Page, label: str, text: str) -> None:
    field = page.locator("#main").get_by_label(label, exact=True)
    with page.expect_response(lambda answer: "/text/" in answer.url) as answered:
        field.fill(text)
        field.blur()
    assert answered.value.status == 200


def test_s4_causes_and_support_come_before_the_result(meeting: Meeting) -> None:
    talk = meeting.server.numbers["talk"]
    manager, employee = meeting.seat("shen"), meeting.seat("lin", "phone")
    desk, phone = manager.open(f"/talks/{talk}/prepare/"), employee.page
    script = desk.locator("#script")
    expect(script).to_contain_text("建议按「这一期不顺」：按权重，一半以上的指标没到目标")
    script.get_by_role("button", name="采用").click()
    expect(script).to_contain_text("最难的是哪一段")
    desk.get_by_role("link", name="预览并共享").click()
    desk.get_by_role("button", name="共享给林晓岚").click()
    expect(desk.locator("#messages")).to_contain_text("已共享给林晓岚（第 1 版）")

    meeting.server.at(ANSWER_TIME)
    employee.open(f"/talks/{talk}/survey/")
    expect(phone.locator("#main")).not_to_contain_text("这一期不顺")
    phone.get_by_label("这个周期，最难的是哪一段？").fill(HARDEST)
    phone.get_by_role("button", name="交给沈立文").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("你的调研交了")

    meeting.server.at(TALK_TIME)
    manager.open(f"/talks/{talk}/prepare/")
    difficulty = desk.locator(".proposal", has_text="夹具")
    expect(difficulty).to_contain_text("员工")
    for proposal in desk.locator(".proposal").all():
        wanted = re.search("夹具|新品导入周期", proposal.inner_text()) is not None
        proposal.get_by_role("checkbox").set_checked(wanted)
    desk.get_by_role("button", name="采纳选中的").click()
    manager.open(f"/talks/{talk}/room/")
    desk.get_by_role("button", name="开始面谈").click()
    coach = desk.locator("#room-coach")
    expect(coach).to_contain_text(re.compile("先讲讲当时的情况|最难的是哪一段|先听情况"))
    desk.locator("#room-topics").get_by_role("link", name=re.compile("夹具")).click()
    causes, feedback = desk.locator("#room-causes"), desk.locator("#room-feedback")
    assert _top(desk, "#room-causes") < _top(desk, "#room-feedback")
    expect(causes).to_be_visible()
    expect(feedback).to_be_visible()

    issue = desk.get_by_label("具体问题", exact=True)
    issue.press_sequentially(THREAT)
    tips = issue.locator("xpath=following-sibling::div[contains(@class, 'wording-tips')]").locator(".tip")
    expect(tips.first).to_be_visible()
    write(desk, "具体问题", "4 月到 6 月有 3 批晚交，最长晚 9 天，因为夹具只有一套。")
    expect(tips).to_have_count(0)
    write(desk, "支持措施", "7 月内再做一套夹具，费用我来批。")
    expect(phone.locator("#main")).not_to_contain_text(THREAT)
    assert manager.complaints + employee.complaints == []


def _top(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"]
