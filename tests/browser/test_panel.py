"""Two hundred clients handed on in Chromium: picked at once, watched on the way, looked at, accepted, printed."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError

from tests.browser.chromium import ChromiumBrowser, Mode, Watch, chromium
from tests.browser.many_clients import CLIENTS
from tests.browser.people import PlainBrowser, become
from tests.cast import PASSWORD, SECRETS
from tests.faults.places import PYTHON, ROOT
from tests.faults.servers import Server
from warmhandoff.demo.walk import Walk

MODES = (Mode("dark", 1280), Mode("light", 360), Mode("dark", 360, axe=False))
PATIENCE = 240.0  # seconds


def _until_done(browser: ChromiumBrowser, told: str) -> list[int]:
    """What the page counted while the work went on, until it shows `told` by itself."""
    seen: list[int] = []
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        with contextlib.suppress(PlaywrightError):  # the page loads itself anew when the work is done
            if browser.tab.get_by_text(told).count():
                return seen
            count = browser.tab.evaluate("() => document.querySelector('#panel-progress')?.value ?? -1")
            seen += [int(count)] if count >= 0 else []
        time.sleep(0.3)
    raise AssertionError(f"{told!r} never came: {browser.tab.content()[-2000:]}")


def test_two_hundred_clients_are_handed_on(place: tuple[Server, Path]) -> None:
    server, mail = place
    subprocess.run([PYTHON, "-m", "tests.browser.many_clients"], env=server.env, cwd=ROOT, check=True)
    walk = Walk(
        server.base, mail, "clinician@lakeside-counseling.example", PASSWORD, SECRETS["clinician"],
        say=lambda text: None, new_browser=PlainBrowser,
    )  # fmt: skip
    walk.sign_in()
    pictures = os.environ.get("WARMHANDOFF_TEST_PICTURES")
    watch = Watch(names=("Nadia",), modes=MODES, pictures=Path(pictures) if pictures else None)
    with chromium() as chrome:
        browser = ChromiumBrowser(walk.base, chrome, watch, viewport={"width": 1280, "height": 900})
        become(browser, walk.staff)
        begin = browser.get("/transitions/")
        notice = date.today() + timedelta(days=10)
        page = browser.send(begin.form("/transitions/"), {
            "reason": "clinician_leaving", "notice_on": notice.isoformat(), "concerns": ["trauma"],
            "last_on": (notice + timedelta(days=60)).isoformat(), "payment": "plan:aetna", "zip": "78704",
        })
        where = re.search("/transitions/[0-9a-f-]{36}/", page.url)
        assert where is not None
        watch.modes = ()  # pages of two hundred rows are looked at once
        browser.get(f"{where[0]}?tick=all")
        assert browser.tab.locator("[name=clients]:checked").count() >= CLIENTS
        asked = time.monotonic()
        browser.tab.get_by_role("button", name="Look for places for them").click()
        _until_done(browser, "would have a place")
        assigned = time.monotonic() - asked
        result = browser.get(where[0])
        assert "Meet them first" in result.text and "Place 00 Example" in result.text
        assert "Without a place" in result.text and "No other way serves more of them" in result.text
        asked = time.monotonic()
        browser.tab.get_by_role("button", name="Accept and make the referrals").click()
        counted = _until_done(browser, "goes her own way")
        accepted = time.monotonic() - asked
        assert counted == sorted(counted) and any(0 < count < CLIENTS for count in counted), counted
        browser.get(where[0])
        assert browser.tab.get_by_role("link", name=re.compile("Open the referral of")).count() >= CLIENTS
        answer = browser.context.request.get(f"{walk.base}{where[0]}letters.pdf", timeout=120_000)
        assert answer.status == 200 and answer.body().startswith(b"%PDF-")
        watch.modes = MODES
        browser.get("/reports/?of=mine&small=shown")
        watch.modes = ()
        browser.get("/")
        print(f"{CLIENTS} clients in the browser: assigned in {assigned:.1f} s, accepted in {accepted:.1f} s")
    assert not watch.faults, "\n".join(dict.fromkeys(watch.faults))
