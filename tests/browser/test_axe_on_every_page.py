"""Every page of every role, on a desk in light and on a phone in dark: for everybody, within the screen, without errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.people import Meeting, Seat
from tests.browser.server import ROOT

STAGE = "every_stage"
NOW = "2026-07-16T14:22:00+08:00"
AXE = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
SCREENS = {"desktop": "light", "phone": "dark"}
ROSTER = "工号,姓名,部门,岗位,直接上级工号\n00021,周一鸣,制造中心,质量工程师,00002\n00022,郑好,制造中心,计划员,99999\n"
# Who, and the pages they come to; {name} is a number the stage printed.
PAGES = {
    "shen": {
        "home": "/",
        "talks": "/talks/",
        "team": "/team/",
        "prepare": "/talks/{preparing}/prepare/",
        "share": "/talks/{preparing}/prepare/share/",
        "prepared": "/talks/{shared}/prepare/",
        "waiting": "/talks/{shared}/room/",
        "room": "/talks/{talking}/room/",
        "end of the talk": "/talks/{talking}/room/complete/",
        "record": "/talks/{recorded}/record/",
        "ledger": "/ledger/",
        "item": "/items/{item}/",
        "promise": "/items/{promise}/",
        "check-in": "/check-ins/{check_in}/",
        "disputed by her": "/disputes/{dispute}/",
        "search": "/search/?q=ECN",
    },
    "lin": {
        "home": "/",
        "talks": "/talks/",
        "survey": "/talks/{shared}/survey/",
        "pack": "/talks/{shared}/pack/",
        "room": "/talks/{talking}/room/",
        "record": "/talks/{signed}/record/",
        "pulse": "/talks/{signed}/pulse/",
        "sign": "/talks/{recorded}/sign/",
        "ledger": "/ledger/",
        "item": "/items/{item}/",
        "preferences": "/preferences/",
        "own dispute": "/disputes/{dispute}/",
        "draft of a dispute": "/talks/{recorded}/dispute/",
    },
    "gu": {
        "home": "/",
        "contest": "/talks/{shared}/contests/{contest}/",
        "progress": "/progress/",
        "dispute": "/disputes/{dispute}/",
        "outcome": "/disputes/{dispute}/outcome/",
    },
    "he": {
        "home": "/",
        "cockpit": "/cockpit/?cycle=2026e",
        "progress": "/progress/",
        "cycles": "/cycles/",
        "new cycle": "/cycles/new/",
        "draft cycle": "/cycles/2026h2/",
        "open cycle": "/cycles/2026a/",
        "imports": "/imports/",
        "disputes": "/disputes/",
        "who handles": "/disputes/{dispute}/",
        "ledger": "/ledger/",
        "verify": "/verify/",
        "one history": "/verify/{signed}/",
    },
    "tao": {"home": "/", "record": "/talks/{signed}/record/", "verify": "/verify/"},
}
EVERY = [(who, name) for who, pages in PAGES.items() for name in pages]


def serious_findings(page: Page) -> list[tuple[str, list[str]]]:
    """Serious and critical ones: rule and where. The page's policy lets no script in, the debugging door does."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
    found: list[tuple[str, list[str]]] = page.evaluate(
        """async () => (await axe.run(document, { resultTypes: ['violations'], preload: false })).violations
        .filter(one => ['serious', 'critical'].includes(one.impact))
        .map(one => [one.id, one.nodes.map(node => node.target.join(' ') + ' ' + (node.any[0]?.message ?? ''))])"""
    )
    return found


def check(seat: Seat, size: str, language: str = "zh-CN") -> None:
    page = seat.page
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", SCREENS[size])
    assert page.locator("main h1").count() == 1
    assert serious_findings(page) == []
    if size == "phone":
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{wide} px wider than the screen"
    assert seat.complaints == []


@pytest.fixture(autouse=True)
def _each_page_answers_for_itself(meeting: Meeting) -> Iterator[None]:
    yield
    for seat in meeting.seats.values():
        seat.complaints.clear()


def open_page(seat: Seat, path: str) -> None:
    """The page asked for and no other: neither an error nor another address."""
    answer = seat.page.goto(seat.server.url + path.format(**seat.server.numbers))
    assert answer is not None and answer.status == 200
    assert seat.page.url == seat.server.url + path.format(**seat.server.numbers)


@pytest.mark.parametrize("size", list(SCREENS))
@pytest.mark.parametrize(("who", "name"), EVERY, ids=[f"{who}-{name}" for who, name in EVERY])
def test_page_is_for_everybody(meeting: Meeting, who: str, name: str, size: str) -> None:
    seat = meeting.seat(who, size, SCREENS[size])
    open_page(seat, PAGES[who][name])
    check(seat, size)


@pytest.mark.parametrize("size", list(SCREENS))
def test_import_preview_is_for_everybody(meeting: Meeting, size: str) -> None:
    seat = meeting.seat("he", size, SCREENS[size])
    open_page(seat, "/imports/")
    seat.page.get_by_role("radio", name="花名册").check()
    file = {"name": f"花名册-{size}.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    seat.page.get_by_label("文件", exact=True).set_input_files(file)  # type: ignore[arg-type]
    seat.page.get_by_role("button", name="读一遍，先看结果").click()
    expect(seat.page).to_have_url(re.compile(r"/imports/\d+/$"))
    expect(seat.page.locator("#problems")).to_contain_text("99999")
    check(seat, size)


@pytest.mark.parametrize("size", list(SCREENS))
def test_login_is_for_everybody(meeting: Meeting, size: str) -> None:
    for path, language in (("/login/", "zh-CN"), ("/login/?lang=en", "en")):
        seat = meeting.stranger(size, SCREENS[size])
        open_page(seat, path)
        check(seat, size, language)
        seat.context.close()


def test_in_english_by_preference(meeting: Meeting) -> None:
    seat = meeting.seat("chen", "phone", "dark")
    open_page(seat, "/preferences/")
    seat.page.get_by_role("radio", name="English").check()
    seat.page.get_by_role("button", name="保存").click()
    expect(seat.page.locator("html")).to_have_attribute("lang", "en")
    for path, spoken in {"/": ".tabbar", "/talks/": "main h1", "/ledger/": "main h1"}.items():
        open_page(seat, path)
        check(seat, "phone", "en")
        words = seat.page.locator(spoken).inner_text()
        assert re.search("[A-Za-z]{3}", words) and not re.search("[\u4e00-\u9fff]", words), words
