"""The gallery in a real Chromium under the product's security policy: access, width, and what the scripts promise."""

import json
import mimetypes
import re
from collections.abc import Iterator

import pytest
from jinja2 import Undefined
from playwright.sync_api import Browser, Page, Request, Route, expect, sync_playwright
from tests.frontend.gallery import DIST, ROOT, gallery

pytestmark = pytest.mark.browser

ORIGIN = "http://huitan.test"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
FINGER = 44


class Server:
    """Answers the browser from memory; `autosave` is what the next save is told, `None` means the line is cut."""

    def __init__(self) -> None:
        self.page = gallery(Undefined)
        self.autosave: list[tuple[int, dict] | None] = []
        self.saved: list[Request] = []

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if path == "/gallery":
            route.fulfill(
                body=self.page,
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )
        elif path.startswith("/static/dist/"):
            kind = mimetypes.guess_type(path)[0]
            route.fulfill(body=(DIST / path.rsplit("/", 1)[1]).read_bytes(), content_type=kind)
        elif path == "/autosave/":
            self.saved.append(route.request)
            reply = self.autosave.pop(0) if self.autosave else (200, {"version": 2, "saved_at": "14:22:05"})
            if reply is None:
                route.abort()
            else:
                route.fulfill(status=reply[0], body=json.dumps(reply[1]), content_type="application/json")
        elif path == "/evidence/412/":
            route.fulfill(body="<p id='source'>ECN 按期关闭率</p>", content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404, body="")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Server:
    return Server()


def opened(
    browser: Browser, server: Server, size: str = "desktop", theme: str = "light"
) -> tuple[Page, list[str]]:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        is_mobile=size == "phone",
        has_touch=size == "phone",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/*", server.answer)
    page.goto(f"{ORIGIN}/gallery")
    return page, complaints


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    shown, _ = opened(browser, server)
    yield shown
    shown.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_no_axe_finding_no_sideways_scrolling_and_no_breach_of_the_policy(browser, server, size, theme):
    page, complaints = opened(browser, server, size, theme)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == theme
    axe = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text()
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    findings = page.evaluate(
        "async () => (await axe.run(document)).violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))])"
    )
    assert findings == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert complaints == []
    page.context.close()


def test_buttons_and_fields_are_wide_enough_for_a_finger(browser, server):
    page, _ = opened(browser, server, "phone")
    small = page.evaluate(
        """finger => [...document.querySelectorAll('button, .btn, .nav-i, .tab, input, select, textarea, summary')]
        .map(one => one.closest('label') ?? (one.closest('.field-check') || one))
        .filter(one => { const box = one.getBoundingClientRect(); return box.width && box.height < finger - .5 })
        .map(one => one.outerHTML.slice(0, 80))""",
        FINGER,
    )
    assert small == []
    page.context.close()


def test_every_icon_used_in_a_template_is_in_the_sprite(page):
    from_gallery_data = {"i-scale", "i-book"}
    missing = page.evaluate(
        """() => [...document.querySelectorAll('use')].map(use => use.getAttribute('href').slice(1))
        .filter(id => !document.getElementById(id))"""
    )
    assert set(missing) <= from_gallery_data


def test_the_theme_is_remembered_and_set_before_the_page_is_drawn(page):
    page.click(".top [data-theme-switch]")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.reload(wait_until="commit")
    page.wait_for_selector("body")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_keys_walk_the_rows_search_and_explain_themselves(page):
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("j?")
    assert page.input_value("[data-search] input") == "j?"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")


def test_an_evidence_chip_opens_its_source_in_the_drawer_and_focus_comes_back(page):
    page.click("a.evidence >> nth=0")
    page.wait_for_selector("#drawer #source")
    page.click("#drawer [data-dialog-close]")
    assert not page.is_visible("#drawer")
    assert page.evaluate("document.activeElement.className") == "evidence"


def test_typing_is_saved_by_itself_with_the_time(page, server):
    page.fill("#id_words", "时限定下来我能做到 90%。")
    page.wait_for_selector("#form [data-save-state][data-state=saved]:has-text('14:22:05')")
    sent = server.saved[-1]
    assert sent.headers["x-csrftoken"] == "token"
    assert "时限定下来我能做到 90%。" in (sent.post_data or "")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('huitan-draft'))") == []


def test_words_survive_a_cut_line_and_a_closed_page(page, server):
    server.autosave = [None] * 20
    page.fill("#id_words", "断网时写的话")
    page.wait_for_selector("#form [data-save-state][data-state=offline]")
    assert page.is_visible("[data-offline-bar]")
    page.goto("about:blank")
    server.autosave = []
    page.goto(f"{ORIGIN}/gallery")
    assert page.input_value("#id_words") == "断网时写的话"
    page.wait_for_selector("#form [data-save-state][data-state=saved]:has-text('14:22:05')")


def test_a_conflict_shows_both_texts_and_saves_the_chosen_one(page, server):
    theirs = {"words": "对方写的", "what": ""}
    server.autosave = [(412, {"version": 5, "changed_by": "林晓岚", "changed_at": "14:21", "values": theirs})]
    page.fill("#id_words", "我写的")
    page.wait_for_selector("#form .conflict")
    panel = page.inner_text("#form .conflict")
    assert "对方写的" in panel and "我写的" in panel and "林晓岚" in panel
    assert page.input_value("#id_words") == "我写的"
    page.click("#form .conflict .btn-soft")
    page.wait_for_selector("#form [data-save-state][data-state=saved]:has-text('14:22:05')")
    sent = server.saved[-1].post_data or ""
    assert "我写的" in sent
    assert re.search(r'name="version"\s+5', sent)


def test_what_only_the_other_side_changed_is_merged_without_asking(page, server):
    theirs = {"words": "会签平均要等 6 天。", "what": "对方补的一句"}
    server.autosave = [(412, {"version": 5, "values": theirs})]
    page.fill("#id_words", "我改的")
    expect(page.locator("#id_what")).to_have_value("对方补的一句")
    page.wait_for_selector("#form [data-save-state][data-state=saved]:has-text('14:22:05')")
    assert page.input_value("#id_words") == "我改的"
    assert page.query_selector("#form .conflict") is None


def test_an_error_from_the_server_stands_at_its_field(page, server):
    server.autosave = [(422, {"errors": {"words": ["写得再具体一点。"]}})]
    page.fill("#id_words", "嗯")
    page.wait_for_selector("#form .field-error:has-text('写得再具体一点。')")
    assert page.get_attribute("#id_words", "aria-invalid") == "true"
    note = (page.get_attribute("#id_words", "aria-describedby") or "").split()[-1]
    assert page.inner_text(f"#{note}") == "写得再具体一点。"


def test_a_form_is_sent_once(page):
    sent = page.evaluate(
        """() => { const form = document.createElement('form'); form.method = 'post'; form.action = '#'; document.body.append(form);
        let passed = 0; window.addEventListener('submit', event => { if (!event.defaultPrevented) passed += 1; event.preventDefault(); });
        form.requestSubmit(); form.requestSubmit(); return passed }"""
    )
    assert sent == 1


def test_the_first_load_stays_small():
    import gzip

    served = [path for path in DIST.iterdir() if path.suffix in (".js", ".css", ".svg")]
    # The charts come when the first one is scrolled to, on one page.
    first = [path for path in served if path.name != "charts.js"]
    assert len(first) >= 4
    assert sum(len(gzip.compress(path.read_bytes())) for path in first) <= 200 * 1024


def test_one_text_with_its_own_version_is_saved_by_itself(page, server):
    server.autosave = [(200, {"version": 8, "saved_at": "14:30:00"})]
    page.fill("#id_issue", "2 月 14 日 ECN-2207 晚 6 天")
    page.wait_for_timeout(1200)
    sent = server.saved[-1].post_data or ""
    assert 'name="issue"' in sent and 'name="direction"' not in sent
    assert re.search(r'name="version"\s+7', sent)
