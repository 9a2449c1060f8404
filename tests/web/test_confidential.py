"""A confidential place: on no page, in no list, by no search, and in no distance. New pages are looked at as well."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import get_resolver, reverse

from tests.cast import NOW, Cast
from tests.flows.listings import NEED
from tests.web.table_access import ACCESS
from tests.web.test_permissions import patterns
from warmhandoff.core import clock
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.finding import find
from warmhandoff.directory.freshness import PLACE
from warmhandoff.directory.listing import edit, enter
from warmhandoff.directory.merging import look_for_doubles
from warmhandoff.directory.own_word import ask_listing, open_asking, own_page
from warmhandoff.directory.queries import known_facts, listing_card, listing_page

pytestmark = pytest.mark.slow  # opens every page

SHELTER = {
    "name": "Open Arms", "kind": "therapist", "confidential": True, "address": "4711 Hideaway Passage",
    "city": "Secretville", "state": "TX", "zip": "79936", "lat": 31.7654321, "lon": -106.2987654,
    "levels": ["outpatient"], "treats": ["trauma"], "formats": ["in_person"], "accepting": "open",
    "plans": ["aetna"], "languages": ["en"], "phone": "512-555-0166",
}  # fmt: skip
TELLING = ("Hideaway", "Secretville", "79936", "31.76", "106.29")


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def shelter(cast: Cast) -> int:
    made = [enter(cast.actor(), SHELTER, now=cast.now) for _ in range(2)]  # twice: they may be the same
    look_for_doubles(now=cast.now)
    return made[0]


def tells(text: str) -> list[str]:
    return [word for word in TELLING if word in text]


def addresses(listing_id: int) -> list[str]:
    """Every page of the desk that names no record, or a listing."""
    found = []
    for pattern in patterns(get_resolver()):
        access = ACCESS[pattern.name]
        if access.door == "staff" and access.get and access.about in ("", "listing"):
            found.append(reverse(pattern.name, kwargs=dict.fromkeys(pattern.pattern.converters, listing_id)))
    return found


def test_no_page_tells_it(cast: Cast, shelter: int) -> None:
    told = {}
    looked = addresses(shelter)
    assert f"/network/{shelter}/" in looked and f"/network/{shelter}/edit/" in looked and len(looked) > 15
    for address in looked:
        for part in ("clinician", "admin"):
            answer = cast.web(part).get(address)
            if tells(answer.content.decode()):
                told[address] = tells(answer.content.decode())
    assert told == {}
    assert "Open Arms" in cast.web().get(f"/network/{shelter}/").content.decode()


@pytest.mark.parametrize("words", ["Secretville", "79936", "799"])
def test_no_search_finds_it_by_its_place(cast: Cast, shelter: int, words: str) -> None:
    assert listings(cast.actor(), today=NOW.date(), words=words, scope="all").lines == ()
    assert len(listings(cast.actor(), today=NOW.date(), words="Arms", scope="all").lines) == 2
    assert "Open Arms" not in cast.web().get(f"/network/?q={words}&scope=all").content.decode()


def test_one_practices_word_that_it_is_confidential_hides_it_for_that_practice(cast: Cast) -> None:
    from tests.apps.directory.test_merging import land

    shared, = land(cast, "a", ("1", {**SHELTER, "confidential": False}))
    assert listings(cast.actor(), today=NOW.date(), words="Secretville", scope="all").lines
    edit(cast.actor(), shared, {"confidential": True}, now=cast.now)
    assert not listings(cast.actor(), today=NOW.date(), words="Secretville", scope="all").lines
    assert listings(cast.actor("outsider"), today=NOW.date(), words="Secretville", scope="all").lines


@pytest.mark.parametrize("language", [None, "en", "es"])
def test_no_query_tells_it(cast: Cast, shelter: int, language: str | None) -> None:
    actor, today = cast.actor(), NOW.date()
    asking = open_asking(ask_listing(actor, shelter, now=NOW).link.partition("#")[2], now=NOW)
    shown: list[Any] = [
        listing_page(actor, shelter, today=today), listing_card(actor, [shelter], today=today, language=language),
        listings(actor, today=today), known_facts(cast.practice.pk, [shelter], today=today), own_page(asking, now=NOW),
    ]  # fmt: skip
    assert [tells(repr(each)) for each in shown] == [[]] * len(shown)


@pytest.mark.parametrize("place", [{"zip": "79936"}, {"zip": "78704"}])
def test_no_distance_tells_it(cast: Cast, shelter: int, place: dict[str, str]) -> None:
    """Near or far, the answer is the same: what depends on the distance is asked, not told."""
    answer = find(cast.actor(), {**NEED, "place": place, "radius_miles": 15}, today=NOW.date()).as_json()
    found = [each for each in (*answer["options"], *answer["possibles"]) if each["id"] == shelter]
    assert found and [each.get("miles") for each in found] == [None] * len(found)
    assert not tells(repr(answer))


def test_where_it_is_is_not_kept_once_it_is_saved(cast: Cast, shelter: int) -> None:
    from warmhandoff.directory.models import Listing

    given = {"name": "Open Arms", "kind": "therapist", "confidential": "yes", "fee": "20"}
    assert cast.web().post(f"/network/{shelter}/edit/", given).status_code == 302
    facts = Listing.objects.get(pk=shelter).facts_now
    assert facts["fee"]["value"] == 2000 and not any((facts.get(field) or {}).get("value") for field in PLACE)
