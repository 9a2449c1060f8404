"""Listings by hand: appended facts, one practice's word, and what reaches the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from warmhandoff.core.models import AuditEntry
from warmhandoff.directory import columns
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.finding import find, why_not
from warmhandoff.directory.listing import confirm, edit, enter, relate, retire
from warmhandoff.directory.models import Fact, Listing, Source
from warmhandoff.directory.queries import listing_card, listing_page
from warmhandoff.directory.writing import derive, raise_version
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere

DANA = {
    "name": "Dana Example", "kind": "therapist", "levels": ["outpatient"], "zip": "78704", "state": "TX",
    "treats": ["trauma"],
    "formats": ["in_person"], "accepting": "open", "plans": ["aetna"], "languages": ["en"], "fee": 15000,
}  # fmt: skip
NEED = {
    "kind": "therapist", "level": "outpatient", "concerns": ["trauma"], "payment": {"plan": "aetna"},
    "place": {"zip": "78704"}, "radius_miles": 15, "formats": ["in_person"],
}  # fmt: skip


def enter_dana(cast: Cast, **more: Any) -> int:
    return enter(cast.actor(), {**DANA, **more}, now=cast.now)


def shared_dana(cast: Cast, **more: Any) -> int:
    """A listing that every practice of the server sees."""
    source = Source.objects.create(kind="csv", name="a register", created_at=cast.now)
    listing = Listing.objects.create(source=source, source_key="1", name="x", kind="other", changed_at=cast.now)
    for field, value in {**DANA, **more}.items():
        Fact.objects.create(listing=listing, field=field, value=value, source=source, seen_on=cast.now.date())
    derive([listing.pk], version=raise_version(), now=cast.now)
    return int(listing.pk)


def ids(cast: Cast, part: str = "clinician", days: int = 0) -> list[int]:
    answer = find(cast.actor(part), NEED, today=(cast.now + timedelta(days=days)).date())
    return [option.id for option in answer.options]


def test_a_listing_entered_is_an_option_at_once(cast: Cast) -> None:
    dana = enter_dana(cast)
    assert ids(cast) == [dana]
    assert ids(cast, "outsider") == []


def test_only_what_changed_is_written(cast: Cast) -> None:
    dana = enter_dana(cast)
    before = Fact.objects.count()
    assert edit(cast.actor(), dana, DANA, now=cast.now) == []
    assert edit(cast.actor(), dana, {**DANA, "fee": 16000, "plans": None}, now=cast.now) == ["plans", "fee"]
    assert Fact.objects.count() == before + 2
    assert "plans" not in listing_page(cast.actor(), dana, today=cast.now.date()).values


def test_columns_and_facts_can_be_rebuilt(cast: Cast) -> None:
    dana = enter_dana(cast)
    kept = Listing.objects.values("name", "kind", "zip", "state", "facts_now").get(pk=dana)
    Listing.objects.filter(pk=dana).update(name="?", zip="", facts_now={})
    derive([dana], version=raise_version(), now=cast.now)
    assert Listing.objects.values("name", "kind", "zip", "state", "facts_now").get(pk=dana) == kept


def test_a_stale_fact_is_not_known_and_still_true_makes_it_known(cast: Cast) -> None:
    dana = enter_dana(cast)
    later = cast.now + timedelta(days=31)
    assert ids(cast, days=31) == []
    possible = find(cast.actor(), NEED, today=later.date()).possibles[0]
    assert (possible.id, possible.ask) == (dana, ("accepting",))
    confirm(cast.actor(), dana, ["accepting"], now=later)
    assert ids(cast, days=31) == [dana]
    assert listing_card(cast.actor(), [dana], today=later.date())[0].verified_days == 0


def test_what_is_not_known_cannot_be_confirmed(cast: Cast) -> None:
    with pytest.raises(BadInput):
        confirm(cast.actor(), enter_dana(cast), ["openings"], now=cast.now)


def test_a_practices_word_on_a_shared_listing_is_its_own(cast: Cast) -> None:
    dana = shared_dana(cast)
    edit(cast.actor(), dana, {"plans": ["cigna"]}, now=cast.now)
    assert ids(cast) == []
    assert ids(cast, "outsider") == [dana]
    assert listing_page(cast.actor("outsider"), dana, today=cast.now.date()).values["plans"] == ["aetna"]
    page = listing_page(cast.actor(), dana, today=cast.now.date())
    assert [fact.field for fact in page.facts if fact.own] == ["plans"]


def test_trust_and_setting_aside_are_the_practices_own(cast: Cast) -> None:
    dana = shared_dana(cast)
    relate(cast.actor(), dana, now=cast.now, relationship="know_well")
    terms = find(cast.actor(), NEED, today=cast.now.date()).options[0].terms
    assert terms["trust"].t == 1.0
    assert find(cast.actor("outsider"), NEED, today=cast.now.date()).options[0].terms["trust"].t == 0.0
    relate(cast.actor(), dana, now=cast.now, excluded=True)
    assert ids(cast) == []
    assert ids(cast, "outsider") == [dana]
    assert why_not(cast.actor(), NEED, "dana", today=cast.now.date())[0].set_aside


def test_a_tie_needs_words_for_the_client(cast: Cast) -> None:
    dana = enter_dana(cast)
    with pytest.raises(BadInput):
        relate(cast.actor(), dana, now=cast.now, tie_kind="family", tie_text=" ")
    relate(cast.actor(), dana, now=cast.now, tie_kind="family", tie_text="My sister works there.", notes="met in May")
    assert listing_card(cast.actor(), [dana], today=cast.now.date())[0].tie_text == "My sister works there."
    assert listing_page(cast.actor(), dana, today=cast.now.date()).notes == "met in May"


def test_retired_listings_are_not_offered_and_come_back(cast: Cast) -> None:
    dana = enter_dana(cast)
    retire(cast.actor(), dana, now=cast.now)
    assert ids(cast) == []
    retire(cast.actor(), dana, now=cast.now, back=True)
    assert ids(cast) == [dana]


def test_shared_listings_are_not_one_practices_to_retire(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        retire(cast.actor(), shared_dana(cast), now=cast.now)


def test_another_practices_listing_is_not_there(cast: Cast) -> None:
    dana, outsider = enter_dana(cast), cast.actor("outsider")
    for act in (
        lambda: listing_page(outsider, dana, today=cast.now.date()),
        lambda: edit(outsider, dana, {"fee": 1}, now=cast.now),
        lambda: confirm(outsider, dana, ["fee"], now=cast.now),
        lambda: relate(outsider, dana, now=cast.now, excluded=True),
        lambda: retire(outsider, dana, now=cast.now),
    ):
        with pytest.raises(NotThere):
            act()
    assert listing_card(outsider, [dana], today=cast.now.date()) == []


def test_only_members_change_the_network(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        enter(replace(cast.actor(), roles=frozenset()), DANA, now=cast.now)
    enter_dana(cast)
    assert AuditEntry.objects.filter(verb="enter", subject_kind="listing").count() == 1


def test_a_confidential_place_has_no_address_and_no_distance(cast: Cast) -> None:
    dana = enter_dana(cast, confidential=True, address="1 Hidden Lane", city="Austin", lat=30.2, lon=-97.7)
    card = listing_card(cast.actor(), [dana], today=cast.now.date())[0]
    assert (card.address, card.confidential) == ("", True)
    possible = find(cast.actor(), NEED, today=cast.now.date()).possibles[0]
    assert possible.ask == ("place",)
    assert listings(cast.actor(), today=cast.now.date()).lines[0].place == ""


def test_specialities_never_stand_without_what_is_treated(cast: Cast) -> None:
    dana = enter_dana(cast, specialises_in=["trauma"])
    with pytest.raises(BadInput):
        edit(cast.actor(), dana, {"treats": ["anxiety"]}, now=cast.now)
    later = cast.now + timedelta(days=200)
    confirm(cast.actor(), dana, ["specialises_in"], now=later)  # treats is stale by now
    assert len(directory_for(cast.actor(), today=later.date())) == 1


def test_the_network_lists_own_and_known_listings(cast: Cast) -> None:
    own, shared = enter_dana(cast), shared_dana(cast, name="Shared Example", city="Waco")
    def shown(**asked: Any) -> list[int]:
        return [line.id for line in listings(cast.actor(), today=cast.now.date(), **asked).lines]

    assert shown() == [own]
    assert shown(scope="shared") == [shared]
    assert shown(scope="all") == [own, shared]
    assert shown(scope="all", words="exAMPLE waco") == [shared]
    assert shown(scope="all", words="78704 other") == []
    relate(cast.actor(), shared, now=cast.now, relationship="heard_of")
    assert shown() == [own, shared]


@pytest.mark.django_db(transaction=True)
def test_a_change_is_seen_by_the_next_query_and_costs_one_row_to_notice(django_assert_num_queries: Any) -> None:
    from tests.cast import make_cast

    columns.forget()
    cast = make_cast()
    dana, today = enter_dana(cast), cast.now.date()
    first = directory_for(cast.actor(), today=today)
    with django_assert_num_queries(1):
        assert directory_for(cast.actor(), today=today) is first
    edit(cast.actor(), dana, {"plans": ["cigna"]}, now=cast.now)
    assert ids(cast) == []
    other = enter_dana(cast, name="Eli Example")
    assert ids(cast) == [other]
    relate(cast.actor(), other, now=cast.now, excluded=True)
    assert ids(cast) == []
    relate(cast.actor(), other, now=cast.now, excluded=False)
    assert ids(cast) == [other]
    retire(cast.actor(), other, now=cast.now)
    assert ids(cast) == []
    columns.forget()
    assert ids(cast) == []


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_never_remembered() -> None:
    from django.db import transaction

    from tests.cast import make_cast

    columns.forget()
    cast = make_cast()
    assert ids(cast) == []
    with transaction.atomic():
        enter_dana(cast)
        assert len(ids(cast)) == 1
        transaction.set_rollback(True)
    enter_dana(cast, name="Someone Else")  # gets the very version, and on SQLite the very id, that was rolled back
    assert [option.name for option in find(cast.actor(), NEED, today=cast.now.date()).options] == ["Someone Else"]
