"""People at their screens: who they are, how big the screen is, and what their browser complained about."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.server import Server
from tests.cast import NAMES, PASSWORD

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)
# Chromium reports every refused request as an error of its own; the refusals are the tests' subject, not complaints.
NOT_COMPLAINTS = ("Failed to load resource",)


class Seat:
    """One person's browser, with a page open and logged in. `complaints` are console errors and script failures."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.context = context
        self.server = server
        self.complaints: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda said: self._hear(page, said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._hear(page, str(error)))
        return page

    def open(self, path: str, page: Page | None = None) -> Page:
        shown = page or self.page
        shown.goto(self.server.url + path)
        return shown

    def _hear(self, page: Page, said: str) -> None:
        if not said.startswith(NOT_COMPLAINTS):
            self.complaints.append(f"{page.url.removeprefix(self.server.url)}: {said}")


class Meeting:
    """Everybody who sits at a screen; the same person at the same size keeps one browser for the module."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.seats: dict[tuple[str, str, str], Seat] = {}

    def stranger(self, size: str, theme: str = "light", known: Seat | None = None) -> Seat:
        """Somebody who has not logged in, unless `known` at another screen."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            is_mobile=size == "phone",
            has_touch=size == "phone",
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            storage_state=known.context.storage_state() if known else None,
        )
        return Seat(context, self.server)

    def seat(self, nickname: str, size: str = "desktop", theme: str = "light") -> Seat:
        """`nickname` of tests.cast, who typed staff number and password once and is known at every screen since."""
        if (nickname, size, theme) not in self.seats:
            elsewhere = next((seat for (who, *_), seat in self.seats.items() if who == nickname), None)
            seat = self.seats[nickname, size, theme] = self.stranger(size, theme, elsewhere)
            if elsewhere is None:
                log_in(seat, nickname)
        return self.seats[nickname, size, theme]

    def leave(self) -> None:
        for seat in self.seats.values():
            seat.context.close()


def log_in(seat: Seat, nickname: str) -> None:
    page = seat.open("/login/")
    page.get_by_label("工号").fill(NAMES[nickname])
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{seat.server.url}/")
    expect(page.locator("#main h1")).to_be_visible()
