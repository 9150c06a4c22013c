"""事实记录 on a phone: one line, a photo, one thumb; and what was not sent yet is still there."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.browser.people import Meeting

STAGE = "scored"
NOW = "2026-07-05T18:05:00+08:00"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2000
THUMB = 844 / 3


def to_the_log(meeting: Meeting) -> Page:
    page = meeting.seat("shen", "phone").open("/evidence/")
    page.get_by_role("link", name="林晓岚", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("林晓岚的事实记录")
    return page


def test_r04_a_note_with_a_photo_in_one_hand(meeting: Meeting, tmp_path: Path) -> None:
    photo = tmp_path / "现场.png"
    photo.write_bytes(PNG)
    page = to_the_log(meeting)
    page.get_by_label("发生了什么？").fill("换型提前 20 分钟完成")
    page.get_by_role("radio", name="成绩", exact=True).check()
    page.get_by_label("拍照或附文件").set_input_files(photo)
    send = page.get_by_role("button", name="记下来")
    box = send.bounding_box()
    assert box is not None and box["height"] >= 44 and box["y"] > THUMB
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    send.click()
    expect(page.locator("#messages")).to_contain_text(re.compile("记下了 E-"))
    note = page.locator(".log-line", has_text="换型提前 20 分钟完成")
    expect(note).to_contain_text("林晓岚还看不到")
    with page.expect_download() as got:
        note.get_by_role("link", name="现场.png").click()
    assert Path(got.value.path()).read_bytes() == PNG
    assert not meeting.seat("shen", "phone").complaints


def test_a_refused_file_keeps_the_words(meeting: Meeting, tmp_path: Path) -> None:
    fake = tmp_path / "假的.png"
    fake.write_bytes(b"<html>")
    page = to_the_log(meeting)
    page.get_by_label("发生了什么？").fill("写了很久的一句话")
    page.get_by_role("radio", name="补充事实", exact=True).check()
    page.get_by_label("拍照或附文件").set_input_files(fake)
    page.get_by_role("button", name="记下来").click()
    expect(page.get_by_role("alert")).to_contain_text("内容和扩展名对不上")
    expect(page.get_by_label("发生了什么？")).to_have_value("写了很久的一句话")


def test_words_not_sent_are_offered_again(meeting: Meeting) -> None:
    page = to_the_log(meeting)
    page.get_by_label("发生了什么？").fill("写到一半的事")
    page.wait_for_function(
        "Object.entries(localStorage).some(([k, v]) => k.includes('evidence-') && v.includes('写到一半的事'))"
    )
    page.goto(page.url)
    expect(page.locator("main")).to_contain_text("写到一半的事")
