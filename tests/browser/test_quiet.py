"""Quiet by default: a plain transfer, from "new referral" to the printed list, in four screens and six inputs at most.

In Chromium without JavaScript, with every switch as it comes. Screens are pages that were drawn, from the form of the
new referral to the list on paper; inputs are all that a form marks as required or that need at least one tick, filled
in already or not. A select without an empty entry has its answer from the start and asks for nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.chromium import ChromiumBrowser, Watch, chromium
from tests.browser.people import PlainBrowser, become
from tests.cast import PASSWORD, SECRETS
from tests.faults.servers import Server
from warmhandoff.demo.browser import Form, Page
from warmhandoff.demo.walk import CLIENT_NAME, Walk

MOST_SCREENS = 4
MOST_REQUIRED = 6


class Quiet(ChromiumBrowser):
    """Counts the screens and the required inputs on the way."""

    screens: int = 0
    required: int = 0
    named: list[str]

    def _seen(self, status: int, expect: int | None) -> Page:
        self.screens += 1
        return super()._seen(status, expect)

    def send(
        self, form: Form, values: dict[str, str | list[str]] | None = None, *, button: str = "",  # type: ignore[override]
        expect: int | None = 200,
    ) -> Page:
        there = self._form(form)
        fields = there.locator("[required]:not([type=hidden])").all()
        self.named += sorted({str(field.get_attribute("name")) for field in fields})
        groups = there.locator("fieldset.choices:not(:has([required])) > legend:not(:has(.optional))")
        self.named += [str(legend.text_content()) for legend in groups.all()]
        if there.locator("[name=options]").count():
            self.named.append("the options that are offered")
        self.required = len(self.named)
        return super().send(form, values, button=button, expect=expect)


def _to_the_client(place: tuple[Server, Path]) -> Walk:
    server, mail = place
    walk = Walk(
        server.base, mail, "clinician@lakeside-counseling.example", PASSWORD, SECRETS["clinician"],
        say=lambda text: None, new_browser=PlainBrowser,
    )  # fmt: skip
    walk.sign_in()
    walk.add_client()
    return walk


def test_a_plain_transfer_is_four_screens_and_six_inputs(place: tuple[Server, Path]) -> None:
    walk = _to_the_client(place)
    watch = Watch(names=(CLIENT_NAME, "Marisol", "Vega"))
    with chromium() as chrome:
        browser = Quiet(walk.base, chrome, watch, java_script_enabled=False)
        browser.named = []
        become(browser, walk.staff)
        new = browser.get(f"/clients/{walk.client_id}/refer/")
        times = browser.send(new.form("/refer/"), {"reason": "caseload_full"})
        options = browser.send(times.form("/before/"), button="do=pass")  # which times: asked once, passed over
        form = options.form("/options/")
        assert 2 <= len(form.fields["options"]) <= 3, "a few are ticked from the start"
        paper = browser.send(form, button="then=list")
        assert paper.url.endswith("/list/") and "What you can say when you call" in paper.text
        _on_paper(browser)
        print(f"plain transfer: {browser.screens} screens, {browser.required} required inputs: {browser.named}")
        assert browser.screens <= MOST_SCREENS, watch.seen
        assert browser.required <= MOST_REQUIRED, browser.named
        taken = browser.send(paper.form("/list/"))
        assert "Ask how it went" in taken.text and "Client took the list" in taken.text
        assert browser.required <= MOST_REQUIRED, browser.named
    assert not watch.faults, "\n".join(watch.faults)


def _on_paper(browser: Any) -> None:
    """Nothing of the desk is printed; names, numbers and first steps are."""
    browser.tab.emulate_media(media="print")
    for gone in (".rail", ".no-print", "form"):
        for element in browser.tab.locator(gone).all():
            assert not element.is_visible(), f"{gone} would be printed"
    for kept in ("First steps", "988", "512-555-0"):
        assert browser.tab.get_by_text(kept).first.is_visible(), kept
    browser.tab.emulate_media(media="screen")
