"""S1, an internet company: only missed KPIs are prepared; the room says what is missing; the loop closes."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import Locator, Page, expect
from tests.browser.people import Meeting
from tests.cast import PASSWORD

STAGE = "opened"
NOW = "2026-07-06T10:00:00+08:00"
TALK_TIME = "2026-07-16T14:00:00+08:00"
ISSUE = "2 月到 5 月有 4 份 ECN 超期，其中 ECN-2207 晚了 6 天。"
WORDS = "会签平均要等 6 天。我想自己做一张会签超时看板。"
LEDGER_LOOKS_EVERY_MS = 15_000
ACTION = "自己做一张会签超时看板"


def write(page: Page, label: str, text: str, within: Locator | None = None) -> None:
    field = (within or page.locator("#main")).get_by_label(label, exact=True)
    with page.expect_response(lambda answer: "/text/" in answer.url) as answered:
        field.fill(text)
        field.blur()
    assert answered.value.status == 200
    expect(field).to_have_value(text)


def choose(page: Page, role: Literal["radio", "checkbox"], name: str) -> None:
    """A choice that sends itself."""
    with page.expect_response(lambda answer: answer.url.endswith("/choose/")) as answered:
        page.locator("#main").get_by_role(role, name=name).click()
    assert answered.value.status == 200


def prepare_only_what_was_missed(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("radio", name="业绩改进").click()
    expect(page.locator("#messages")).to_contain_text("这次谈业绩改进")
    schedule = page.locator("#schedule")
    schedule.get_by_label("日期").fill("2026-07-16")
    schedule.get_by_label("开始时间").fill("14:00")
    schedule.get_by_role("radio", name="60 分钟").check()
    schedule.get_by_label("地点").fill("3 号会客室")
    schedule.get_by_role("button", name="定下来").click()
    expect(page.locator("#messages")).to_contain_text("已定在")
    proposals = page.locator(".proposal")
    for proposal in proposals.all():
        proposal.get_by_role("checkbox").set_checked("ECN 按期关闭率" in proposal.inner_text())
    page.get_by_role("button", name="采纳选中的").click()
    expect(page.locator("#topics .topic")).to_have_count(1)
    expect(page.locator("#topics .topic")).to_contain_text("ECN 按期关闭率")


def share(page: Page) -> None:
    page.get_by_role("link", name="预览并共享").click()
    expect(page.locator(".share-rule")).to_contain_text("提前 10 天")
    page.get_by_role("button", name="共享给林晓岚").click()
    expect(page.locator("#messages")).to_contain_text("已共享给林晓岚（第 1 版）")


def add_the_missing_highlight(page: Page) -> None:
    page.get_by_role("link", name="加一个亮点").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("话题").fill("新品导入提前 4 天")
    drawer.get_by_role("button", name="加上").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("新品导入提前 4 天")
    page.get_by_role("link", name="补充事实").click()
    drawer.locator("li", has_text="新品导入周期").get_by_role("button", name="引用").click()
    expect(page.locator("#room-facts")).to_contain_text("新品导入周期")
    write(page, "肯定的事", "新品导入用 41 天完成，比目标提前 4 天，首批一次合格。")
    choose(page, "radio", "达成共识")


def add_cause_and_direction(page: Page) -> None:
    page.locator("#room-topics").get_by_role("link", name="ECN 按期关闭率").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ECN 按期关闭率")
    choose(page, "checkbox", "流程不合理")
    write(page, "具体问题", ISSUE)
    write(page, "改进方向", "会签满 2 个工作日未回复，当天点名并抄送我。")
    write(page, "支持措施", "与质量、采购约定 2 天会签时限，超时由我升级。")
    write(page, "怎么算做到", "会议纪要三方确认")
    with page.expect_response(lambda answer: answer.url.endswith("/choose/")):
        page.get_by_label("支持到哪一天").fill("2026-07-24")
        page.get_by_label("支持到哪一天").blur()
    choose(page, "radio", "达成共识")


def make_her_proposal_an_action(page: Page) -> None:
    page.locator("#room-actions").get_by_role("link", name="转为行动项").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("做什么").fill(ACTION)
    expect(drawer).to_contain_text("原因不在员工一个人手里")
    drawer.get_by_label("谁负责").select_option("林晓岚 · 工艺工程师")
    drawer.get_by_label("到哪一天").fill("2026-08-28")
    drawer.get_by_label("验收标准").fill("看板上线，质量部每天在用")
    drawer.get_by_role("button", name="定下来").click()
    expect(page.locator("#actions")).to_contain_text(ACTION)


def sign(page: Page, opinion: str) -> None:
    page.get_by_role("radio", name=opinion).check()
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="确认并签字").click()
    expect(page.locator("#messages")).to_contain_text("你签好了")


def test_s1_only_missed_kpis_then_what_is_missing_then_an_action_done_and_accepted(meeting: Meeting) -> None:
    talk = meeting.server.numbers["talk"]
    manager, employee = meeting.seat("shen"), meeting.seat("lin", "phone")
    desk = manager.open(f"/talks/{talk}/prepare/")
    prepare_only_what_was_missed(desk)
    share(desk)

    meeting.server.at(TALK_TIME)
    phone = employee.open(f"/talks/{talk}/room/")
    expect(phone.locator("#main")).to_contain_text("这一页会自己打开")
    manager.open(f"/talks/{talk}/room/")
    desk.get_by_role("button", name="开始面谈").click()
    expect(phone.locator(".room-topic")).to_contain_text("ECN 按期关闭率")

    finish = desk.get_by_role("link", name="结束并生成记录")
    finish.click()
    missing = desk.locator("#drawer .missing-list")
    for lack in ("有证据的亮点", "还没有选原因", "还缺改进方向", "还没有行动项"):
        expect(missing).to_contain_text(lack)
    desk.locator("#drawer").get_by_role("button", name="关闭").click()
    add_the_missing_highlight(desk)
    add_cause_and_direction(desk)

    improvement = phone.locator(".room-topic", has_text="ECN 按期关闭率")
    expect(improvement).to_contain_text(ISSUE)
    expect(improvement).to_contain_text("流程不合理")
    write(phone, "你的话", WORDS, improvement)
    expect(desk.locator("#room-words")).to_contain_text(WORDS)
    make_her_proposal_an_action(desk)
    expect(phone.locator("#actions")).to_contain_text(ACTION)

    finish.click()
    expect(desk.locator("#drawer")).to_contain_text("都齐了")
    desk.locator("#drawer").get_by_role("button", name="结束并生成记录").click()
    expect(desk).to_have_url(re.compile(r"/record/$"))
    manager.open(f"/talks/{talk}/sign/")
    sign(desk, "我已阅读全文并确认")
    employee.open("/")
    phone.get_by_role("link", name="去阅读").click()
    expect(phone.locator("#main")).to_contain_text(WORDS)
    sign(phone, "我已阅读全文并同意")
    # The record on the manager's screen shows the second signature by itself.
    expect(desk.locator(".signature.waiting")).to_have_count(0)
    desk.wait_for_load_state()

    desk.clock.install()
    manager.open("/ledger/")
    row = desk.locator("#ledger-list [data-row]", has_text=ACTION)
    expect(row).to_contain_text("林晓岚")
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "0")
    desk.evaluate("window.notReloaded = true")
    row.get_by_role("link", name=ACTION).focus()
    desk.keyboard.press("x")
    employee.open("/ledger/")
    phone.get_by_role("link", name=ACTION).click()
    expect(phone).to_have_url(re.compile(r"/items/\d+/$"))
    phone.get_by_role("radio", name="50%").check()
    phone.get_by_label("一句话：做到哪了").fill("看板已能显示超时的会签")
    phone.get_by_role("button", name="更新进展").click()
    expect(phone.locator("#messages")).to_contain_text("更新到 50%")
    desk.clock.fast_forward(LEDGER_LOOKS_EVERY_MS)
    expect(row.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    expect(row).to_contain_text("看板已能显示超时的会签")
    assert desk.evaluate("window.notReloaded")
    # Changed where it stands: the box picked and the hand on the row are as they were.
    expect(row.get_by_role("checkbox")).to_be_checked()
    expect(row.get_by_role("link", name=ACTION)).to_be_focused()

    phone.get_by_label("做到了什么").fill("看板上线，质量部每天在用")
    phone.get_by_role("button", name="提交验收").click()
    expect(phone.locator("#messages")).to_contain_text("已提交，等对方验收")
    row.get_by_role("link", name=ACTION).click()
    desk.locator("#ledger-panel").get_by_role("link", name="去验收").click()
    expect(desk.locator("#main")).to_contain_text("看板上线，质量部每天在用")
    desk.get_by_role("button", name="验收通过").click()
    expect(desk.locator("#messages")).to_contain_text("验收通过，下一次面谈会带上这个结果")
    assert manager.complaints + employee.complaints == []
