"""Browsers that know each other: a quick plain one drives the story, Chromium looks at its pages as the same person."""

from __future__ import annotations

import urllib.request
from http.cookiejar import CookieJar

from tests.browser.chromium import ChromiumBrowser
from warmhandoff.demo.browser import Browser


class PlainBrowser(Browser):
    """The walk's own browser, whose cookies can be taken over."""

    def __init__(self, base: str) -> None:
        self.base, self.jar = base, CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        ).open


def become(tab: ChromiumBrowser, person: Browser) -> None:
    """Go on in Chromium as whoever the plain browser is signed in as."""
    assert isinstance(person, PlainBrowser)
    tab.context.clear_cookies()
    tab.context.add_cookies([{"name": c.name, "value": c.value or "", "url": tab.base} for c in person.jar])
