"""Looking through the directory: words, facets that count exactly, and what must not be found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps.directory.test_listing import shared_dana
from tests.cast import Cast
from tests.web.test_finding import enter_dana
from warmhandoff.directory import searching, shelf
from warmhandoff.directory.browsing import Asked, browse
from warmhandoff.directory.listing import edit, relate, retire
from warmhandoff.directory.models import Listing
from warmhandoff.directory.queries import listing_card, listing_page
from warmhandoff.directory.words import facets_of, facets_on, tokens, words_of

pytestmark = pytest.mark.slow


def found(cast: Cast, words: str = "", *, part: str = "clinician", days: int = 0, **more: Any) -> list[str]:
    asked = Asked(words, more.pop("scope", "all"), **more)
    return [line.name for line in browse(cast.actor(part), asked, today=(cast.now + timedelta(days=days)).date()).lines]


def counts(cast: Cast, name: str, days: int = 0, **more: Any) -> dict[str, int]:
    asked = Asked(scope="all", **more)
    facets = browse(cast.actor(), asked, today=(cast.now + timedelta(days=days)).date()).facets
    return {choice.code: choice.count for facet in facets if facet.name == name for choice in facet.choices}


def test_words_are_found_whatever_their_accents_capitals_and_place(cast: Cast) -> None:
    enter_dana(cast, name="José Núñez-Ortiz", city="Waco", zip="76701", treats=["grief"], modalities=["emdr"],
               about="Sees musicians.", specialises_in=[])  # fmt: skip
    enter_dana(cast, name="Ann Other")
    for words in ("jose", "NUNEZ", "ort", "núñ jo", "waco", "767", "grief", "emdr", "musicians waco"):
        assert found(cast, words) == ["José Núñez-Ortiz"], words
    for words in ("ose", "jose ann", "zzz", "!!!", "*", '"', "'"):
        assert found(cast, words) == [], words
    assert sorted(found(cast, "")) == sorted(found(cast, "   ")) == ["Ann Other", "José Núñez-Ortiz"]


def test_a_hit_in_the_name_comes_before_one_elsewhere(cast: Cast) -> None:
    enter_dana(cast, name="Ann Other", about="Trained with Garland.")
    enter_dana(cast, name="Zoe Garland", about="")
    assert found(cast, "garland") == ["Zoe Garland", "Ann Other"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=40))
def test_no_words_are_an_error(cast: Cast, words: str) -> None:
    assert len(searching.words(words).ids) == 0


@pytest.mark.parametrize("words", [
    'q" OR "somebody', "name_words:somebody", "somebody NEAR q", "q:*", "(q", "somebody & !q", "-q", "\x00q", "𝔮́ ٣",
    "somebody'", "q" * 5000, "somebody " * 8 + "x", "{name_words}:s*", "^q", "q' | 's",
])  # fmt: skip
def test_hostile_words_only_look(cast: Cast, words: str) -> None:
    enter_dana(cast, name="Somebody", about="", credentials="", specialises_in=[], treats=[])
    assert found(cast, words) == (["Somebody"] if words == "somebody'" or words.startswith("somebody somebody") else [])


def test_the_index_follows_every_change(cast: Cast) -> None:
    dana = enter_dana(cast, name="Dana First")
    edit(cast.actor(), dana, {"name": "Dana Second"}, now=cast.now)
    assert found(cast, "first") == [] and found(cast, "second") == ["Dana Second"]
    Listing.objects.filter(pk=dana).delete()
    assert len(searching.words("second").ids) == 0


def test_the_triggers_return_after_a_table_was_rebuilt(cast: Cast) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its column with the table")
    with connection.cursor() as cursor:
        cursor.execute("drop trigger directory_words_insert")
    searching.raise_index()
    enter_dana(cast, name="Later Person")
    assert found(cast, "later") == ["Later Person"]


def test_facets_count_what_the_others_leave(cast: Cast) -> None:
    enter_dana(cast, name="One", languages=["es"], plans=["aetna"], treats=["grief"], specialises_in=[])
    enter_dana(cast, name="Two", languages=["es", "en"], plans=["aetna", "Local Union 7"], treats=["grief", "trauma"])
    enter_dana(cast, name="Three", kind="prescriber", languages=["en"], plans=[], treats=["trauma"])
    assert counts(cast, "languages") == {"en": 2, "es": 2}
    assert counts(cast, "plans") == {"aetna": 2, "Local Union 7": 1}
    assert counts(cast, "kind") == {"therapist": 2, "prescriber": 1}
    asked = {"facets": {"languages": "es"}}
    assert found(cast, **asked) == ["One", "Two"]
    assert counts(cast, "languages", **asked) == {"en": 2, "es": 2}, "its own choice leaves the others to choose from"
    assert counts(cast, "treats", **asked) == {"grief": 2, "trauma": 1}
    assert found(cast, facets={"languages": "es", "treats": "trauma"}) == ["Two"]
    assert found(cast, "three", facets={"languages": "es"}) == [] == found(cast, facets={"kind": "no such"})


def test_what_is_stale_is_counted_under_nothing(cast: Cast) -> None:
    enter_dana(cast, accepting="open", plans=["aetna"])
    assert counts(cast, "plans", days=90) == {"aetna": 1} and counts(cast, "accepting", days=30) == {"open": 1}
    assert counts(cast, "plans", days=91) == {} == counts(cast, "accepting", days=31)
    assert counts(cast, "kind", days=5000) == {"therapist": 1}
    assert found(cast, days=91, facets={"plans": "aetna"}) == []


def test_a_practices_word_over_a_shared_listing_counts_for_it_alone(cast: Cast) -> None:
    shared = shared_dana(cast, name="Shared Example", plans=["aetna"])
    edit(cast.actor(), shared, {"plans": ["cigna"]}, now=cast.now)
    assert found(cast, facets={"plans": "cigna"}) == ["Shared Example"] and not found(cast, facets={"plans": "aetna"})
    assert found(cast, part="outsider", facets={"plans": "aetna"}) == ["Shared Example"]
    assert not found(cast, part="outsider", facets={"plans": "cigna"})


def test_other_practices_and_retired_listings_are_not_found(cast: Cast) -> None:
    own = enter_dana(cast, name="Own Example")
    shared_dana(cast, name="Shared Example")
    assert found(cast, "example", part="outsider") == ["Shared Example"] == found(cast, "example", scope="shared")
    seen = browse(cast.actor("outsider"), Asked(scope="all"), today=cast.now.date())
    assert seen.total == 1 and sum(choice.count for choice in seen.facets[0].choices) == 1, "not even counted"
    assert found(cast, scope="network") == ["Own Example"] and not found(cast, part="outsider", scope="network")
    retire(cast.actor(), own, now=cast.now)
    assert found(cast, "own") == [] and found(cast, "own", scope="network") == ["Own Example"]


def test_a_list_narrows_what_is_found(cast: Cast) -> None:
    one = enter_dana(cast, name="One")
    enter_dana(cast, name="Two")
    assert found(cast, within=frozenset({one, 999_999})) == ["One"] and found(cast, within=frozenset()) == []


def test_a_confidential_place_is_neither_kept_shown_nor_found(cast: Cast) -> None:
    where = {"address": "9 Hidden Road", "city": "Waco", "zip": "76701", "lat": 31.5, "lon": -97.1}
    hidden = enter_dana(cast, name="Safe House", confidential=True, **where)
    later = enter_dana(cast, name="Later House", **where)
    shared = shared_dana(cast, name="Shared House", **where)
    for key in (later, shared):
        edit(cast.actor(), key, {"confidential": True}, now=cast.now)
    for key in (hidden, later, shared):
        page = listing_page(cast.actor(), key, today=cast.now.date())
        card = listing_card(cast.actor(), [key], today=cast.now.date())[0]
        assert not {"address", "city", "zip", "lat", "lon"} & {*page.values, *(fact.field for fact in page.facts)}
        assert "Hidden" not in repr(page) + repr(card) and "76701" not in repr(page) + repr(card)
    for words in ("hidden", "76701", "waco"):
        assert "Safe House" not in found(cast, words) and "Later House" not in found(cast, words)
    assert Listing.objects.get(pk=later).zip == "" == Listing.objects.get(pk=hidden).city


def test_a_page_takes_few_queries_and_a_change_is_seen_at_once(
    cast: Cast, django_assert_max_num_queries: Any, transactional_db: None
) -> None:
    shelf.forget()
    dana = enter_dana(cast, name="Dana Example")
    assert found(cast, "example") == ["Dana Example"]
    for number in range(60):
        enter_dana(cast, name=f"Example {number:02d}")
    relate(cast.actor(), dana, excluded=True, now=cast.now)
    with django_assert_max_num_queries(9):
        assert len(found(cast, "example", facets={"kind": "therapist"})) == 50
    assert found(cast, "example 59") == ["Example 59"]
    shelf.forget()


def test_more_hits_than_are_worth_ranking_come_by_name(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "RANKED", 1)
    enter_dana(cast, name="B Garland", about="")
    enter_dana(cast, name="A Other", about="Garland")
    assert found(cast, "garland") == ["A Other", "B Garland"]


def test_words_and_facets_by_themselves() -> None:
    def fact(value: Any) -> dict[str, Any]:
        return {"value": value, "seen_on": "2026-01-01", "verified_on": None}

    facts = {"name": fact("Ärzte-Haus 2"), "kind": fact("therapist"), "plans": fact(["aetna"]), "city": fact("Waco"),
             "treats": fact(None)}  # fmt: skip
    assert words_of(facts)[0] == "arzte haus 2" and "waco" in words_of(facts)[1].split()
    assert "waco" not in words_of({**facts, "confidential": fact(True)})[1]
    from datetime import date

    assert facets_on(facets_of(facts), date(2026, 4, 1)) == {"kind": ("therapist",), "plans": ("aetna",)}
    assert facets_on(facets_of(facts), date(2026, 4, 2)) == {"kind": ("therapist",)}
    assert facets_on("", date(2026, 4, 2)) == {} and tokens("a" * 50) == ["a" * 40]
