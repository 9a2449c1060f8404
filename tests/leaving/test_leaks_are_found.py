"""That R-11's test can fail: each wall is taken down, one at a time, and the lives go red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.cast import NOW, Cast
from tests.leaving import running
from tests.leaving.holding import World
from warmhandoff.clients import minors
from warmhandoff.core import carriers, gate
from warmhandoff.referrals import packets
from warmhandoff.rules import part2, release
from warmhandoff.rules.release import Disclosure, Terms
from warmhandoff.rules.release_elements import GENERAL, PART2
from warmhandoff.rules.wording import mail_text

pytestmark = pytest.mark.slow
STEPS = 5000  # by then it has to be found; it takes far fewer

# A release as it looks to a gate that leaves one condition out.
BLIND: dict[str, Callable[[Terms, Disclosure], Terms]] = {
    "unsigned": lambda t, w: replace(t, signed_at=NOW, held=t.held | {"signature"}),
    "signer": lambda t, w: replace(t, signer_fault=""),
    "revoked": lambda t, w: replace(t, revoked_at=None),
    "expired": lambda t, w: replace(t, expires_on=date.max),
    "ended": lambda t, w: replace(t, ended=False),
    "recipient": lambda t, w: replace(t, recipients=frozenset({w.recipient})),
    "purpose": lambda t, w: replace(t, purpose=w.purpose),
    "classes": lambda t, w: replace(t, classes=w.classes),
    "an element": lambda t, w: replace(t, held=t.held | GENERAL - {"signature"}),
    "part 2": lambda t, w: replace(t, held=t.held | PART2),
}


@pytest.fixture
def world(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    return running.make_world(cast, tmp_path, monkeypatch, settings)


def _is_found(world: World) -> None:
    with pytest.raises((AssertionError, BaseExceptionGroup)) as found:
        print(running.run(world, STEPS, 1))  # seen only where nothing was found
    said = repr(found.value) + repr(getattr(found.value, "exceptions", ""))
    assert any(words in said for words in ("the oracle says no", "may not be told", "the notice of part 2")), said


@pytest.mark.parametrize("blind_to", BLIND)
def test_a_gate_that_leaves_a_condition_out_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, blind_to: str
) -> None:
    real = release.first_fault
    monkeypatch.setattr(release, "first_fault", lambda t, w: real(BLIND[blind_to](t, w), w))
    _is_found(world)


@pytest.mark.parametrize("broken", ["restore", "minor", "content", "mail", "notice"])
def test_another_wall_taken_down_is_found(world: World, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    if broken == "restore":
        monkeypatch.setattr(gate, "is_closed", lambda: False)
    elif broken == "minor":
        monkeypatch.setattr(minors, "why_no_packet", lambda client, day: "")
    elif broken == "content":  # a packet holds everything, whatever was chosen
        whole = packets.compose
        monkeypatch.setattr(packets, "compose", lambda facts, classes, titles: {
            **whole(facts, classes, titles), "sections": whole(facts, list(titles)[:4], titles)["sections"]})
    elif broken == "mail":
        monkeypatch.setattr(carriers, "mail_text", lambda template, words: (
            "You have a message", mail_text(template, words)[1] + world.loops[0].row.background.reveal()))
    else:
        monkeypatch.setattr(part2, "attached", lambda classes, scope: None)
    _is_found(world)
