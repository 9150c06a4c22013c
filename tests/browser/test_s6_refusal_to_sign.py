"""S6, refusal to sign: the employee declines on the phone, HR witnesses, and the way to sign later stays open."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting
from tests.cast import PASSWORD

STAGE = "completed"
NOW = "2026-07-16T16:00:00+08:00"
NEXT_DAY = "2026-07-17T10:00:00+08:00"
REASON = "口径没有核对清楚之前我不签"


def sign(page: Page, opinion: str, words: str = "") -> None:
    page.get_by_role("radio", name=opinion).check()
    if words:
        page.locator("[name=statement]").fill(words)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="确认并签字").click()


def test_s6_a_refusal_is_witnessed_and_she_can_still_sign_later(meeting: Meeting) -> None:
    talk = meeting.server.numbers["talk"]
    manager, employee, hr = meeting.seat("shen"), meeting.seat("lin", "phone"), meeting.seat("gu")
    desk, phone = manager.open(f"/talks/{talk}/sign/"), employee.page
    sign(desk, "我已阅读全文并确认")
    expect(desk).to_have_url(re.compile(r"/record/$"))

    employee.open(f"/talks/{talk}/sign/")
    sign(phone, "选择不签字", REASON)
    expect(phone).to_have_url(re.compile(r"/record/$"))

    # The one who held the talk cannot witness.
    answer = desk.goto(f"{meeting.server.url}/talks/{talk}/record/refusal/")
    assert answer is not None and answer.status == 403

    office = hr.open(f"/talks/{talk}/record/refusal/")
    office.get_by_label("员工说的原因").fill("员工不认可口径")
    office.get_by_role("checkbox", name="当面递交").check()
    office.get_by_role("checkbox", name="电子邮件").check()
    office.get_by_role("button", name="我见证以上属实").click()
    expect(office.locator("#main")).to_contain_text("顾清和")
    expect(office.locator("#main")).not_to_contain_text("员工同意")

    meeting.server.at(NEXT_DAY)
    employee.open(f"/talks/{talk}/sign/")
    sign(phone, "保留异议", "口径另行核对")
    expect(phone.locator("#main")).to_contain_text("口径另行核对")
    assert manager.complaints + employee.complaints + hr.complaints == []
