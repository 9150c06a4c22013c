"""S2, a manufacturer: the pack goes out early, the employee works with it on the phone, preparing leads with it."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting

STAGE = "scored"
NOW = "2026-07-06T10:00:00+08:00"
ECN = "ECN 按期关闭率"
QUESTIONS = ("按期率是怎么算的？", "会签可以在哪一步升级？")
DOUBT = "我自己的台账是 78.6%"
ANSWER = "核对 ERP：一份重复计入"


def ask(page: Page, text: str) -> None:
    item = page.locator(".pack-item", has_text=ECN)
    item.get_by_text("提问", exact=True).first.click()
    item.get_by_label("想问什么？").fill(text)
    item.get_by_role("button", name="提问").click()
    expect(page.locator("#messages")).to_contain_text("问题已让沈立文看到")
    expect(item).to_contain_text(text)


def contest(page: Page) -> None:
    item = page.locator(".pack-item", has_text=ECN)
    item.get_by_text("对这个数字有疑问").click()
    item.get_by_label("你手里的数字").fill("78.6")
    item.get_by_label("哪里不对，从哪里来").fill(DOUBT)
    item.get_by_role("button", name="请 HR 核对").click()
    expect(page.locator("#messages")).to_contain_text("已请 HR 核对")
    expect(item).to_contain_text("待核对")


def answer_survey(page: Page) -> None:
    page.get_by_role("link", name="填预调研").click()
    page.locator(".self-score", has_text=ECN).get_by_role("radio", name="4", exact=True).check()
    page.get_by_label("什么卡住了你？").fill("会签要等，平均 6 天，我催过三次。")
    page.get_by_role("button", name="交给沈立文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("你的调研交了")


def test_s2_shared_a_week_ahead_questions_pinned_number_contested_and_preparing_leads_with_both(
    meeting: Meeting,
) -> None:
    talk = meeting.server.numbers["talk"]
    manager, employee, hr = meeting.seat("shen"), meeting.seat("lin", "phone"), meeting.seat("gu")
    desk = manager.open(f"/talks/{talk}/prepare/share/")
    expect(desk.locator(".share-rule")).to_contain_text("提前 10 天，符合至少 7 天的规定")
    desk.get_by_role("button", name="共享给林晓岚").click()
    expect(desk.locator("#share")).to_contain_text("提前 10 天")

    phone = employee.open("/")
    phone.locator(".next-card").get_by_role("link").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("读一读")
    for question in QUESTIONS:
        ask(phone, question)
    contest(phone)
    answer_survey(phone)

    manager.open(f"/talks/{talk}/prepare/")
    expect(desk.locator("#dossier")).to_contain_text("7 月 6 日打开")
    first = desk.locator(".proposal", has_text="待改进点").first
    expect(first).to_contain_text(ECN)
    for reason in ("认知差 1.2", "2 个提问", "疑问"):
        expect(first).to_contain_text(reason)

    desk_of_hr = hr.open("/")
    desk_of_hr.get_by_role("link", name=ECN).first.click()
    desk_of_hr.get_by_role("radio", name="更正").check()
    desk_of_hr.get_by_label("更正为").fill("78")
    desk_of_hr.get_by_label("核对说明").fill(ANSWER)
    desk_of_hr.locator("#main form").get_by_role("button").first.click()
    expect(desk_of_hr.locator("#messages")).to_contain_text("从 71.4% 更正为 78%，资料包有了新版本")

    employee.open(f"/talks/{talk}/pack/")
    expect(phone.locator(".pack-changed")).to_contain_text("78%")
    item = phone.locator(".pack-item", has_text=ECN)
    for kept in ("71.4%", "78.6", "已更正", ANSWER, *QUESTIONS):
        expect(item).to_contain_text(kept)
    assert manager.complaints + employee.complaints + hr.complaints == []
