"""S3 with real hands: she disputes on the phone, typed words are kept, HR assigns, the handler corrects, she is told."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting

STAGE = "disputable"
NOW = "2026-07-17T10:00:00+08:00"
CLAIM = "会签平均等 6 天不在我手里，四份里有三份卡在会签。"
REASON = "核对会签记录：三份超期等会签超过 5 天，不在员工手里。"
HELD = "申诉处理中，结果暂不生效"


def write(phone: Page) -> None:
    """From the record to the draft; a reload in between loses nothing."""
    phone.locator("#dispute").get_by_role("link", name="提出申诉").click()
    phone.get_by_role("button", name="开始写").click()
    phone.locator("#add-point li", has_text="评级").get_by_role("button", name="加上").click()
    point = phone.locator(".dispute-point")
    point.get_by_label("你的说法").fill(CLAIM)
    point.get_by_label("你认为对的是什么").fill("B：主要指标都完成了")
    expect(phone.locator("[data-save-state]").first).to_have_attribute("data-state", "saved")
    phone.reload()
    expect(phone.locator(".dispute-point").get_by_label("你的说法")).to_have_value(CLAIM)


def test_s3_disputed_on_the_phone_corrected_at_the_desk_and_confirmed(meeting: Meeting) -> None:
    talk = meeting.server.numbers["talk"]
    employee, admin, handler = meeting.seat("lin", "phone"), meeting.seat("he"), meeting.seat("gu")
    phone = employee.open(f"/talks/{talk}/record/")
    write(phone)
    phone.locator(".dispute-point").get_by_label("你认为对的是什么").fill("B：主要指标都完成了，按会签扣除后")
    phone.get_by_role("button", name="提交申诉").click()
    expect(phone).to_have_url(re.compile(r"/disputes/\d+/#main$"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("等 HR 分派处理人")
    expect(phone.locator("#main")).to_contain_text(HELD)
    expect(phone.locator("#main")).to_contain_text("按会签扣除后")
    where = phone.url.removeprefix(meeting.server.url).removesuffix("#main")

    desk = admin.open("/")
    desk.get_by_role("link", name="给林晓岚的申诉分派处理人").click()
    expect(desk.locator(".candidate", has_text="沈立文")).to_contain_text("给过这次评级")
    expect(desk.locator(".candidate", has_text="赵启明").get_by_role("radio")).to_be_disabled()
    desk.locator("#handler").get_by_role("button", name="分派").click()
    expect(desk.locator("#messages")).to_contain_text("交给顾清和处理")

    table = handler.open(where)
    table.get_by_role("button", name="受理，请双方说明").click()
    point = table.locator(".dispute-point")
    point.get_by_role("radio", name="更正", exact=True).check()
    point.get_by_role("radio", name="B", exact=True).check()
    point.get_by_label("核对了什么，结论是什么").fill(REASON)
    expect(point.locator("[data-save-state]").first).to_have_attribute("data-state", "saved")
    table.get_by_role("link", name="看一遍，发出结果").click()
    expect(table.locator("#main")).to_contain_text(REASON)
    table.get_by_role("button", name="发出结果").click()
    expect(table.locator("#messages")).to_contain_text("结果发出了")

    employee.open(where)
    expect(phone.locator(".dispute-answer")).to_contain_text(REASON)
    expect(phone.locator(".dispute-ratings")).to_contain_text("按期率 71.4%，四份超期")
    phone.get_by_role("button", name="已知悉结果").click()
    expect(phone.locator("#main")).to_contain_text("这不表示同意")
    phone.get_by_role("button", name="不再申请复核，结束申诉").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("申诉结束了")
    employee.open(f"/talks/{talk}/record/")
    expect(phone.locator("#main")).not_to_contain_text(HELD)
    expect(phone.locator("#annex")).to_contain_text("签过字的正文没有改动")
    assert employee.complaints + admin.complaints + handler.complaints == []
