"""The main path by keyboard alone: signing in, the skip link, the jump box, a choice. Every stop shows where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.browser.chromium import ChromiumBrowser, Watch, chromium
from tests.browser.people import PlainBrowser, become
from tests.cast import PASSWORD, SECRETS
from tests.faults.servers import Server
from warmhandoff.demo.walk import CLIENT_NAME, Walk, next_code

MOST_STOPS = 60
# Where the cursor is, and whether it can be seen: the outline may be drawn by the card around a radio button.
HERE = """() => {
  const e = document.activeElement;
  const style = (x) => getComputedStyle(x);
  const drawn = (x) => style(x).outlineStyle !== 'none' && parseFloat(style(x).outlineWidth) > 0;
  const box = e.getBoundingClientRect();
  return {
    tag: e.tagName, name: e.getAttribute('name') ?? '', value: e.getAttribute('value') ?? '', id: e.id,
    text: (e.textContent ?? '').trim().slice(0, 40),
    seen: drawn(e) || Boolean(e.closest('.pick') && drawn(e.closest('.pick'))),
    there: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@pytest.fixture
def walk(place: tuple[Server, Path]) -> Walk:
    """A client whose options are on the table, made without Chromium."""
    server, mail = place
    begun = Walk(
        server.base, mail, "clinician@lakeside-counseling.example", PASSWORD, SECRETS["clinician"],
            say=lambda text: None,
        new_browser=PlainBrowser,
    )  # fmt: skip
    for step in (begun.sign_in, begun.add_client, begun.record_need, begun.offer):
        step()
    return begun


@pytest.fixture
def browser(walk: Walk) -> Iterator[ChromiumBrowser]:
    watch = Watch(names=(CLIENT_NAME,))
    with chromium() as chrome:
        yield ChromiumBrowser(walk.base, chrome, watch, viewport={"width": 1280, "height": 900})
    assert not watch.faults, "\n".join(dict.fromkeys(watch.faults))


def _here(tab: Tab) -> dict[str, Any]:
    here: dict[str, Any] = tab.evaluate(HERE)
    assert here["tag"] != "BODY", "the cursor went nowhere"
    assert here["seen"], f"nobody sees where the cursor is: {here}"
    assert here["there"], f"the cursor is outside the window: {here}"
    return here


def _tab_to(tab: Tab, **wanted: str) -> dict[str, Any]:
    """Press Tab until the cursor stands there; every stop on the way can be seen."""
    passed = []
    for _ in range(MOST_STOPS):
        tab.keyboard.press("Tab")
        here = _here(tab)
        passed.append(here["text"] or here["name"])
        if all(here[key] == value for key, value in wanted.items()):
            return here
    raise AssertionError(f"{wanted} is not reached by Tab; passed: {passed}")


def _sign_in(browser: ChromiumBrowser) -> None:
    browser.get("/sign-in/")
    _tab_to(browser.tab, name="email")
    browser.tab.keyboard.type("clinician@lakeside-counseling.example")
    _tab_to(browser.tab, name="password")
    browser.tab.keyboard.type(PASSWORD)
    with browser.tab.expect_navigation():
        browser.tab.keyboard.press("Enter")
    assert browser.tab.evaluate("document.activeElement.name") == "code", "the second step waits for its code"
    browser.tab.keyboard.type(next_code(SECRETS["clinician"]))
    with browser.tab.expect_navigation():
        browser.tab.keyboard.press("Enter")
    assert browser.tab.url == f"{browser.base}/"


def test_sign_in_skip_and_jump(browser: ChromiumBrowser, walk: Walk) -> None:
    _sign_in(browser)
    tab = browser.tab
    assert _tab_to(tab, text="Skip to content")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "content"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null"), "the skip link does not skip"
    _here(tab)
    tab.keyboard.press("Control+k")
    assert _here(tab)["id"] == "jump-q"
    tab.keyboard.type("marisol")
    expect(tab.locator('[role="option"]').first).to_be_visible()
    assert tab.locator("#jump-q").get_attribute("aria-activedescendant") == "jump-option-0"
    assert CLIENT_NAME in tab.locator('[aria-selected="true"]').inner_text()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert "/clients/" in tab.url
    assert CLIENT_NAME in tab.locator("h1").inner_text()
    assert "marisol" not in tab.url.lower()


def test_what_she_chose(browser: ChromiumBrowser, walk: Walk) -> None:
    """The desk's form: a radio button, a place in her order, and the button."""
    become(browser, walk.staff)
    tab = browser.tab
    browser.get(f"/referrals/{walk.referral_id}/choice/")
    _tab_to(tab, name="kind")
    assert tab.evaluate("document.activeElement.value") == "choose"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.checked && document.activeElement.value") != "choose"
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("document.activeElement.checked && document.activeElement.value") == "choose"
    _tab_to(tab, tag="SELECT")
    tab.keyboard.press("1")
    _tab_to(tab, text="Write it down")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.url.endswith(f"/referrals/{walk.referral_id}/")
    assert "Her choice is written down" in tab.locator("main").inner_text()


def test_her_own_choice(browser: ChromiumBrowser, walk: Walk) -> None:
    """The client's page: cards that are radio buttons, and the button that sends her choice."""
    walk.check_identity()
    walk.client_enters()
    become(browser, walk.client)
    tab = browser.tab
    browser.get(f"/c/about/{walk.referral_id}/")
    _tab_to(tab, text="Skip to content")
    _tab_to(tab, text="Leave this page")
    _tab_to(tab, name="first")
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowDown")
    assert _here(tab)["id"] == "pick-1"
    assert tab.evaluate("document.activeElement.checked")
    _tab_to(tab, text="This is my choice")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert "You chose" in tab.locator("h1").inner_text()
