"""The walk in Chromium: with scripts, and without any; every page it reaches is looked at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import ChromiumBrowser, Watch, chromium
from tests.cast import PASSWORD, SECRETS
from tests.faults.servers import Server
from warmhandoff.demo.walk import CLIENT_NAME, STEPS, Walk


@pytest.mark.parametrize(
    ("way", "context"),
    [
        ("plain", {"java_script_enabled": False}),
        pytest.param("light", {"color_scheme": "light"}, marks=pytest.mark.slow),
        ("under the policy people have", {"strict": True}),
        pytest.param(
            "dark, on a phone", {"color_scheme": "dark", "viewport": {"width": 360, "height": 780}},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_walk_in_chromium(place: tuple[Server, Path], way: str, context: dict[str, Any]) -> None:
    server, mail = place
    pictures = os.environ.get("WARMHANDOFF_TEST_PICTURES")
    watch = Watch(names=(CLIENT_NAME, "Marisol", "Vega"), pictures=Path(pictures) / way if pictures else None)
    with chromium() as browser:
        walk = Walk(
            server.base, mail, "clinician@lakeside-counseling.example", PASSWORD, SECRETS["clinician"],
            say=lambda text: None,
            new_browser=lambda base: ChromiumBrowser(base, browser, watch, **context),
        )
        for _, step, _ in STEPS:
            step(walk)
        assert walk.is_closed()
    assert not watch.faults, "\n".join(dict.fromkeys(watch.faults))
    assert len(watch.seen) >= 15, watch.seen
