"""S7, a new manager in mid-cycle: plan and record come along, private notes do not."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.browser.people import Meeting

STAGE = "handed_on"
NOW = "2026-08-05T10:00:00+08:00"
NOTE = "先肯定她再谈会签"
ACTION = "每周五更新 ECN 台账并通报超期"


def test_s7_the_new_manager_gets_plan_and_record_but_not_the_private_notes(meeting: Meeting) -> None:
    numbers = meeting.server.numbers
    new, old, employee = meeting.seat("chen"), meeting.seat("shen"), meeting.seat("lin", "phone")
    desk = new.open(f"/talks/{numbers['talk']}/record/")
    expect(desk.locator("#main")).to_contain_text("沈立文")
    expect(desk.locator("#main")).to_contain_text(ACTION)
    for path in ("record", "prepare", "room", ""):
        shown = new.open(f"/talks/{numbers['talk']}/{path}/".replace("//", "/"))
        assert NOTE not in shown.content(), path

    new.open("/ledger/")
    expect(desk.locator("#main")).to_contain_text(ACTION)
    new.open(f"/check-ins/{numbers['check_in']}/")
    desk.locator("#part-form textarea").first.fill("接手了：台账第二周，会签已有时限。")
    desk.get_by_role("button", name="写下我的部分").click()
    expect(desk.locator("#messages")).to_contain_text("林晓岚马上就能看到")

    phone = employee.open("/")
    expect(phone.locator("#main")).to_be_visible()
    employee.open(f"/items/{numbers['item']}/")
    expect(phone.locator("#main")).to_contain_text("陈思远")

    former = old.open(f"/talks/{numbers['talk']}/record/")
    expect(former.locator("#main")).to_contain_text(ACTION)
    answer = former.goto(f"{meeting.server.url}/items/{numbers['item']}/")
    assert answer is not None and answer.status in (200, 404)
    expect(former.get_by_role("button", name="验收")).to_have_count(0)
    assert new.complaints + old.complaints + employee.complaints == []
