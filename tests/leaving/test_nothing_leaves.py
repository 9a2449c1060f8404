"""R-11: over random lives of releases and packets, no mark comes out where an independent oracle says no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.leaving import running
from tests.leaving.holding import World
from warmhandoff.core import outbox
from warmhandoff.referrals import packets
from warmhandoff.rules import part2, release
from warmhandoff.rules.wording import mail_text

pytestmark = pytest.mark.slow


@pytest.fixture
def world(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    return running.make_world(cast, tmp_path, monkeypatch, settings)


@pytest.mark.parametrize("part", range(0, running.PARTS, 2))
def test_no_mark_comes_out_where_the_oracle_says_no(
    world: World, part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        running.hold(world, part)


@pytest.mark.parametrize("broken", ["gate", "classes", "mail", "notice"])
def test_it_goes_red_when_the_product_leaks(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Each wall taken down, one at a time."""
    if broken == "gate":  # a release that was taken back still counts
        real = release.first_fault
        monkeypatch.setattr(release, "first_fault", lambda t, w: None if real(t, w) == "revoked" else real(t, w))
    elif broken == "classes":  # a packet holds everything, whatever was chosen
        whole = packets.compose
        monkeypatch.setattr(packets, "compose", lambda facts, classes, titles: {
            **whole(facts, classes, titles), "sections": whole(facts, list(titles)[:4], titles)["sections"]})
    elif broken == "mail":
        monkeypatch.setattr(outbox, "mail_text", lambda template, words: (
            "You have a message", mail_text(template, words)[1] + world.loops[0].row.background.reveal()))
    else:
        monkeypatch.setattr(part2, "attached", lambda classes, scope: None)
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        running.run(world, 5000, 1)
