"""A scanner with a real browser opens each link, runs its scripts and sends its forms: the link stays good."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.faults.places import PYTHON, ROOT, environment
from tests.faults.servers import Server
from warmhandoff.demo.browser import Browser

TIMES = 5
NAMES = ("Rosalind", "Marlowe", "Lakeside", "Trauma")


def _scan(tab: Tab, address: str) -> None:
    """Open it as mailed, look, send every form as it stands, and go wherever the page leads."""
    tab.goto(address)
    assert tab.locator("h1").count() == 1 and not any(name in tab.content() for name in NAMES)
    assert "#" not in tab.url, "the token does not stay in the address"
    tab.locator("main form button").first.click()
    tab.wait_for_load_state()
    assert not any(name in tab.content() for name in NAMES)
    for target in [link.get_attribute("href") for link in tab.locator("a[href^='/']").all()]:
        tab.request.get(address.partition("/c/")[0].partition("/r/")[0] + str(target))


def test_a_scanner_with_a_browser_uses_up_no_link(chromium_there: None, tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    made = subprocess.run([PYTHON, "-m", "tests.browser.links"], env=env, cwd=ROOT, capture_output=True, check=True)
    links = json.loads(made.stdout.splitlines()[-1])
    server = Server(env, tmp_path / "server.log")
    server.start()
    try:
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for place in ("/c/", "/r/"):
                for _ in range(TIMES):
                    context = chromium.new_context(user_agent="Mozilla/5.0 (detonation sandbox)")
                    _scan(context.new_page(), f"{server.base}{place}#{links[place][0]}")
                    context.close()
            chromium.close()
        for place, (token, code) in links.items():
            browser = Browser(server.base)
            form = browser.get(place).form(place)
            typed = {"token": token, "code": code} if code else {"token": token}
            inside = browser.send(form, typed).url
            assert inside.startswith(server.base) and inside != f"{server.base}{place}", "she herself still comes in"
    finally:
        server.kill()
