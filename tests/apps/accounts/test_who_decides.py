"""What holds for a whole practice is decided by its administrators: at the action, not only on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cast import NOW, Cast
from warmhandoff.accounts.policies import allow_treatment_disclosures
from warmhandoff.accounts.practice_settings import set_share_at_least
from warmhandoff.accounts.release_settings import change_release_settings, release_settings
from warmhandoff.accounts.switches import set_switches
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed

DECISIONS: dict[str, Callable[[Actor], None]] = {
    "how many share what a text tells": lambda actor: set_share_at_least(actor, 30, now=NOW),
    "how releases are": lambda actor: change_release_settings(actor, release_settings(actor), now=NOW),
    "whether it tells for treatment": lambda actor: allow_treatment_disclosures(actor, on=False, now=NOW),
    "what it uses": lambda actor: set_switches(actor, {"pause": False}, now=NOW),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS.keys())
def test_only_administrators_decide(cast: Cast, decide: Callable[[Actor], None]) -> None:
    for part in ("clinician", "supervisor", "coordinator"):
        with pytest.raises(NotAllowed):
            decide(cast.actor(part))
    decide(cast.actor("admin"))
