"""The options page: ranked with reasons, likely ones to confirm, ties, what would open more, who is not there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.core import clock
from warmhandoff.directory import listing
from warmhandoff.web.explaining import change_in_words, loosened, need_in_words

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop(cast)


def page_of(loop: Loop, part: str = "clinician", **query: str) -> str:
    response = loop.cast.web(part).get(f"/referrals/{loop.id}/options/", query)
    assert response.status_code == 200
    return str(response.content.decode())


def offer(loop: Loop, ids: list[int], **more: str) -> Any:
    return loop.cast.web().post(f"/referrals/{loop.id}/options/", {"options": [str(one) for one in ids], **more})


def names(page: str) -> list[str]:
    return re.findall(r"<label for=\"option-\d+\">\d+\. ([^<]+)</label>", page)


def test_the_best_come_first_with_why(loop: Loop) -> None:
    loop.listing("Dana Best", specialises_in=["trauma"], wait_days=1)
    page = page_of(loop)
    assert names(page) == ["Dana Best", "Avery Lowell", "Blake Moreno", "Casey Nguyen"]
    assert "4 who meet everything" in page
    assert "Specialises in trauma; lists Aetna; in person" in page
    assert "Why this place in the list" in page and "Together" in page
    assert CLIENT_NAME not in page


def test_what_is_not_known_is_asked_and_stands_below(loop: Loop) -> None:
    unknown = loop.listing("Eli Unknown", treats=None)
    page = page_of(loop)
    assert names(page)[-1] == "Eli Unknown"
    assert "Likely, to confirm" in page and "Do you work with this?" in page
    assert offer(loop, [loop.listings[0], unknown]).status_code == 302


def test_two_ticked_are_offered(loop: Loop) -> None:
    response = offer(loop, loop.listings[:2], seen="1")
    assert response["Location"] == f"/referrals/{loop.id}/"
    assert loop.state == "offered" and loop.row.options.count() == 2


def test_one_alone_asks_why_and_keeps_the_tick(loop: Loop) -> None:
    response = offer(loop, loop.listings[:1], seen="1")
    page = str(response.content.decode())
    assert response.status_code == 422 and "needs a reason" in page
    assert re.search(rf'id="option-{loop.listings[0]}" checked', page)
    offer(loop, loop.listings[:1], single_option_reason="the only one nearby")
    assert loop.state == "offered"


@pytest.mark.parametrize("ids", [["x"], ["9" * 30], [""]])
def test_odd_ticks_are_no_fault_of_ours(loop: Loop, ids: list[str]) -> None:
    response = loop.cast.web().post(f"/referrals/{loop.id}/options/", {"options": ids, "seen": "9" * 40})
    assert response.status_code == 422 and loop.state == "needed"


def test_of_two_windows_the_slower_one_is_told(loop: Loop) -> None:
    offer(loop, loop.listings[:2], seen="1")
    assert offer(loop, loop.listings[1:], seen="1").status_code == 409


def test_a_tie_is_tagged_with_its_words(loop: Loop) -> None:
    listing.relate(loop.actor, loop.listings[0], now=NOW, tie_kind="family", tie_text="Her sister works here")
    page = page_of(loop)
    assert "disclosed tie" in page and "Her sister works here" in page


def test_what_would_open_more_leads_to_the_need_prefilled(loop: Loop) -> None:
    for _ in range(3):
        loop.listing("Far away", plans=["cigna"])
    page = page_of(loop)
    found = re.search(rf'href="(/referrals/{loop.id}/need/\?loosen=\d+)">Any way of paying</a>: 6 in all', page)
    assert found
    form = str(loop.cast.web().get(found[1]).content.decode())
    assert '<option value="any" selected>' in form and "One thing is loosened already" in form


def test_why_someone_is_not_here(loop: Loop) -> None:
    loop.listing("Farah Cigna", plans=["cigna"], treats=["grief"])
    page = page_of(loop, name="farah")
    assert "does not work with this (Trauma)" in page and "does not take this way of paying" in page
    assert "No listing has this name." in page_of(loop, name="nobody at all")
    assert "Meets everything." in page_of(loop, name="avery")


def test_no_match_is_never_silent(cast: Cast) -> None:
    loop = Loop(cast, plans=["cigna"])
    page = page_of(loop)
    assert "Nobody meets this need" in page and "Any way of paying" in page
    assert page.count('class="btn main"') == 1


def test_who_was_tried_is_remembered(cast: Cast) -> None:
    loop = loop_at(cast, "declined")
    page = page_of(loop)
    assert "Avery Lowell: said no" in page and "Avery Lowell" not in names(page)


def test_the_front_desk_sees_but_does_not_offer(loop: Loop) -> None:
    page = page_of(loop, "coordinator")
    assert names(page) and "Offer the ticked options" not in page
    response = loop.cast.web("coordinator").post(
        f"/referrals/{loop.id}/options/", {"options": [str(one) for one in loop.listings]}
    )
    assert response.status_code == 403 and loop.state == "needed"


NEED = {
    "kind": "therapist", "level": "outpatient", "payment": {"budget": 10000}, "place": {"zip": "78704"},
    "formats": ["in_person"], "radius_miles": 10.0, "concerns": ["trauma", "grief"], "times": ["mon_morning"],
}  # fmt: skip


def test_every_loosening_makes_the_change_it_names() -> None:
    from warmhandoff import matching

    changed = matching.loosenings(matching.parse_need(NEED))
    for place, one in enumerate(changed):
        if one.field != "accepting":
            assert matching.parse_need(loosened(NEED, place)) == one.need, one.change
        assert change_in_words(one.field, one.change)
    assert loosened(NEED, len(changed)) == NEED
    assert changed[-1].field == "accepting" and loosened(NEED, len(changed) - 1)["max_wait_days"] == 3650


def test_a_need_in_words() -> None:
    words = need_in_words(NEED)
    assert words == "Therapist · Trauma · Grief and loss · up to $100 a session · within 10 miles of 78704"
