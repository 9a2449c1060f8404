"""The walk's browser as a real Chromium: the same steps, with every page looked at on the way.

On each page: no fault in the console, nothing loaded from elsewhere, axe finds nothing (WCAG 2.2 AA), one heading of
the first rank, nothing wider than the window, the title names no client. Pictures are kept where
WARMHANDOFF_TEST_PICTURES names a folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, sync_playwright
from playwright.sync_api import Page as Tab

from warmhandoff.demo.browser import Browser, Form, Page, read

CHROMIUM = os.environ.get("WARMHANDOFF_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass(frozen=True)
class Mode:
    """One more way of looking at a page that is open already: its colours, its width in pixels, and axe or not."""

    colours: Literal["light", "dark"]
    width: int
    axe: bool = True


@dataclass
class Watch:
    """What was found on the pages of one walk. `modes`: how else each page is looked at, besides as it stands."""

    names: tuple[str, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    pictures: Path | None = None
    modes: tuple[Mode, ...] = ()

    def look(self, tab: Tab, *, axe: bool = True) -> None:
        """Look at one page as it stands, then in every other mode."""
        path = plain_path(tab.url)
        self.seen[path] = self.seen.get(path, 0) + 1
        for name in self.names:
            if name in tab.title():
                self.faults.append(f"{path}: the title names the client")
        if tab.locator("h1").count() != 1:
            self.faults.append(f"{path}: {tab.locator('h1').count()} headings of the first rank")
        again = self.seen[path] <= 3
        self._see(tab, path, "as it stands", axe=axe and again)
        if self.modes and again:
            self._see_otherwise(tab, path)

    def _see_otherwise(self, tab: Tab, path: str) -> None:
        size = tab.viewport_size
        assert size
        for mode in self.modes:
            tab.emulate_media(color_scheme=mode.colours)
            tab.set_viewport_size({"width": mode.width, "height": size["height"]})
            self._see(tab, path, f"{mode.colours}, {mode.width}", axe=mode.axe)
        tab.emulate_media(color_scheme="null")
        tab.set_viewport_size(size)

    def _see(self, tab: Tab, path: str, way: str, *, axe: bool) -> None:
        if wider := tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            self.faults.append(f"{path} ({way}): {wider} pixels wider than the window")
        for violation in Axe().run(tab, options=RULES).response["violations"] if axe else ():
            places = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
            self.faults.append(f"{path} ({way}): {violation['id']}: {violation['help']} ({places})")
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            number = f"{len(list(self.pictures.glob('*.png'))):03}"
            tab.screenshot(path=self.pictures / f"{number}{path.replace('/', '_')}.png", full_page=True)


def plain_path(address: str) -> str:
    """The path of an address without the ids in it."""
    return "/".join("#" if part.count("-") == 4 else part for part in urlsplit(address).path.split("/"))


@contextmanager
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class ChromiumBrowser(Browser):
    """One person's browser, with a window of its own."""

    def __init__(
        self, base: str, chromium: Chromium, watch: Watch, *, strict: bool = False, **context: Any
    ) -> None:
        """`strict` leaves the content policy in force, as people have it. axe cannot look then: it is a script of its
        own, for which the policy is lifted, and it needs scripts at all."""
        self.base, self.watch = base, watch
        self.scripts = context.get("java_script_enabled", True)
        self.axe = self.scripts and not strict
        # Without motion a colour is what it will be at once, and axe measures no shade on the way.
        self.context = chromium.new_context(bypass_csp=not strict, reduced_motion="reduce", **context)
        self.context.route("**/*", self._only_here)
        self.context.set_default_timeout(20_000)
        self.tab = self.context.new_page()
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: watch.faults.append(f"{self.tab.url}: {error}"))

    def _only_here(self, route: Any) -> None:
        if not route.request.url.startswith(self.base):
            self.watch.faults.append(f"{self.tab.url} wanted {route.request.url}")
            route.abort()
            return
        route.continue_()

    def _console(self, message: Any) -> None:
        # Chromium logs every answer of 4xx to the console; the walk judges answers by itself.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.watch.faults.append(f"{self.tab.url}: console: {message.text}")

    def get(self, address: str, *, expect: int | None = 200) -> Page:
        answer = self.tab.goto(urljoin(self.base, address))
        return self._seen(answer.status if answer else 200, expect)

    def _seen(self, status: int, expect: int | None) -> Page:
        page = Page(self.tab.url, status, self.tab.content().encode(), "text/html")
        read(page)
        self.watch.look(self.tab, axe=self.axe)
        if expect is not None and status != expect:
            raise RuntimeError(f"{page.url} answered {status}: {page.text[:300]}")
        return page

    def send(
        self, form: Form, values: Mapping[str, str | list[str]] | None = None, *, button: str = "",
        expect: int | None = 200,
    ) -> Page:
        there = self._form(form)
        for name, value in (values or {}).items():
            _fill(there, name, value if isinstance(value, list) else [value])
        name, _, wanted = button.partition("=")
        picked = there.locator(f'button[name="{name}"][value="{wanted}"]' if button else "button:not([type=button])")
        _unfold(picked.first)
        if self.scripts and picked.first.get_attribute("data-confirm"):
            picked.first.click()  # the first press asks, the second does it
        with self.tab.expect_navigation() as arrived:
            picked.first.click()
        answer = arrived.value
        return self._seen(answer.status if answer else 200, expect)

    def _form(self, form: Form) -> Locator:
        """The form on the page that the plain reader found: same address, same place among those of that address."""
        path = urlsplit(form.action).path
        now = Page(self.tab.url, 200, self.tab.content().encode(), "text/html")
        read(now)
        number = next(n for n, other in enumerate(now.forms) if _alike(form, other))
        found = self.tab.locator("form").nth(number)
        assert urlsplit(urljoin(self.tab.url, found.get_attribute("action") or self.tab.url)).path == path
        return found


def _alike(form: Form, other: Form) -> bool:
    same_fields = other.fields.keys() == form.fields.keys() and other.fields.get("kind") == form.fields.get("kind")
    return other.action == form.action and same_fields


def _unfold(element: Locator) -> None:
    """Open every folded part around an element, by pressing on its summary as a person would."""
    for _ in range(4):
        closed = element.locator("xpath=ancestor::details[not(@open)]")
        if not closed.count():
            return
        closed.first.locator("> summary").click()


def _fill(form: Locator, name: str, values: list[str]) -> None:
    fields = form.locator(f'[name="{name}"]')
    assert fields.count(), f"no field {name}"
    _unfold(fields.first)
    kind = fields.first.evaluate("e => e.tagName === 'INPUT' ? e.type : e.tagName.toLowerCase()")
    if kind in ("checkbox", "radio"):
        for number in range(fields.count()):
            box = fields.nth(number)
            wanted = (box.get_attribute("value") or "on") in values
            # Forced: a label may lie over its box, which is what a person presses.
            if kind == "checkbox":
                box.set_checked(wanted, force=True)
            elif wanted:
                box.check(force=True)
    elif kind == "select":
        for number, value in enumerate(values):
            fields.nth(number).select_option(value)
    else:
        fields.first.fill(values[0])
