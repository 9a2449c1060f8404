"""A practice's own weights: numbered, checked, and named by what is kept of an answer."""

from __future__ import annotations

import pytest

from tests.apps.directory.test_listing import NEED, enter_dana
from tests.cast import Cast
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory.finding import find
from warmhandoff.directory.weighing import set_weights, weights_of
from warmhandoff.matching import DEFAULT_WEIGHTS
from warmhandoff.rules.refusals import BadInput, NotAllowed, Stale


def test_without_a_change_the_products_own_count(cast: Cast) -> None:
    now = weights_of(cast.actor().practice_id)
    assert (now.number, dict(now.weights)) == (0, dict(DEFAULT_WEIGHTS))


def test_each_change_is_a_new_set_and_the_old_ones_stay(cast: Cast) -> None:
    admin = cast.actor("admin")
    assert set_weights(admin, {"wait": 40}, now=cast.now, seen=0) == 1
    assert set_weights(admin, {"wait": 40}, now=cast.now) == 1, "the same weights are no change"
    assert set_weights(admin, {}, now=cast.now, seen=1) == 2
    practice = admin.practice_id
    assert [weights_of(practice, number).weights["wait"] for number in (0, 1, 2)] == [12, 40, 12]
    assert AuditEntry.objects.filter(verb="set_weights").count() == 2
    assert weights_of(cast.actor("outsider").practice_id).number == 0
    with pytest.raises(BadInput):
        weights_of(practice, 3)


def test_refused_are_strangers_to_policy_odd_weights_and_a_change_made_from_an_older_set(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        set_weights(cast.actor(), {"wait": 1}, now=cast.now)
    for odd in ({"money": 1}, {"wait": -1}, {"wait": 1.5}):
        with pytest.raises(BadInput):
            set_weights(cast.actor("admin"), odd, now=cast.now)  # type: ignore[arg-type]
    set_weights(cast.actor("admin"), {"wait": 1}, now=cast.now, seen=0)
    with pytest.raises(Stale):
        set_weights(cast.actor("admin"), {"wait": 2}, now=cast.now, seen=0)


def test_the_answer_counts_with_them_and_names_what_it_was_made_of(cast: Cast) -> None:
    enter_dana(cast)
    set_weights(cast.actor("admin"), {"distance": 99}, now=cast.now)
    answer = find(cast.actor(), NEED, today=cast.now.date())
    assert answer.options[0].terms["distance"].weight == answer.weights["distance"] == 99
    assert f"@{cast.now.date().isoformat()}" in answer.made_of
