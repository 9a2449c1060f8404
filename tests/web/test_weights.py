"""What counts in matching: every member sees it, an administrator changes it, and each change is a set of its own."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.web.test_finding import enter_dana
from warmhandoff.directory.weighing import weights_of
from warmhandoff.matching import DEFAULT_WEIGHTS

pytestmark = pytest.mark.slow
ADDRESS = "/practice/matching/"


def _given(**changed: int) -> dict[str, int]:
    return {**DEFAULT_WEIGHTS, "seen": 0, **changed}


def test_an_administrator_changes_them_and_all_see_it(cast: Cast) -> None:
    page = cast.web().get(ADDRESS).content.decode()
    assert "Nobody has changed them yet" in page and "Back to the usual ones" not in page
    assert cast.web().post(ADDRESS, _given(distance=40)).status_code == 403
    assert weights_of(cast.practice.pk).number == 0
    assert cast.web("admin").post(ADDRESS, _given(distance=40)).status_code == 302
    assert weights_of(cast.practice.pk).weights["distance"] == 40
    page = cast.web().get(ADDRESS).content.decode()
    assert "Distance: 10 to 40" in page and "Set 1" in page
    assert weights_of(cast.members["outsider"].practice_id).number == 0


def test_nonsense_and_a_change_in_between_are_refused_and_what_was_typed_stays(cast: Cast) -> None:
    web = cast.web("admin")
    answer = web.post(ADDRESS, _given(distance=-1, wait=77))
    assert answer.status_code == 422 and 'value="77"' in answer.content.decode()
    web.post(ADDRESS, _given(distance=40))
    assert web.post(ADDRESS, _given(distance=50)).status_code in (409, 422)
    assert weights_of(cast.practice.pk).number == 1


def test_the_way_back_is_a_set_as_well(cast: Cast) -> None:
    web = cast.web("admin")
    web.post(ADDRESS, _given(distance=40))
    web.post(ADDRESS, {**_given(distance=40), "seen": 1, "usual": "yes"})
    now = weights_of(cast.practice.pk)
    assert (now.number, dict(now.weights)) == (2, dict(DEFAULT_WEIGHTS))


def test_the_next_search_counts_them(cast: Cast) -> None:
    from warmhandoff.directory.finding import find

    enter_dana(cast)
    need = {"kind": "therapist", "level": "outpatient", "payment": {"any": True}, "place": {"zip": "78704"},
            "formats": ["in_person"], "radius_miles": 50}  # fmt: skip
    only = dict.fromkeys(DEFAULT_WEIGHTS, 0) | {"distance": 1}
    cast.web("admin").post(ADDRESS, _given(**only))
    found = find(cast.actor(), need, today=cast.now.date())
    best = (found.options or found.possibles)[0]
    assert found.weights["trust"] == 0 and best.name.startswith("Dana")
