"""Walls of the directory: what a practice says, keeps, drafts and takes out is its own (R-04).

One wall at a time, as in test_other_practices.py; `shared_dana` is a listing that every practice of the server sees.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.apps.directory.test_listing import DANA, NEED, enter_dana, shared_dana
from tests.cast import NOW, Cast
from warmhandoff.directory import acquaintance, by_program, catalogue, column_mappings, drafts, exporting
from warmhandoff.directory.browsing import Asked, browse
from warmhandoff.directory.finding import find
from warmhandoff.directory.listing import edit, relate
from warmhandoff.directory.models import ColumnMapping, ListingDraft
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere

TODAY = NOW.date()
HEADINGS = ["Name", "Phone"]


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def browsed(cast: Cast, part: str, words: str = "", scope: str = "all") -> list[int]:
    return [line.id for line in browse(cast.actor(part), Asked(words, scope), today=TODAY).lines]


def known_elsewhere(cast: Cast, **more: Any) -> int:
    """A shared listing that the other practice knows well."""
    dana = shared_dana(cast, **more)
    relate(cast.actor("outsider"), dana, relationship="know_well", now=NOW)
    return dana


def test_whom_another_practice_knows_is_not_whom_we_know(cast: Cast, other: UUID) -> None:
    dana = known_elsewhere(cast)
    assert acquaintance.relationships_of(other) == {dana: "know_well"}
    assert acquaintance.relationships_of(cast.practice.pk) == {}
    assert browsed(cast, "outsider", scope="network") == [dana] and browsed(cast, "clinician", scope="network") == []


def test_a_place_that_another_practice_hides_is_found_here(cast: Cast) -> None:
    dana = shared_dana(cast, city="Waco", zip="76701")
    edit(cast.actor("outsider"), dana, {"confidential": True}, now=NOW)
    for part, found in (("clinician", [dana]), ("outsider", [])):
        assert browsed(cast, part, "waco") == found
        wanted = catalogue.Wanted("shared", "waco")
        entries = catalogue.catalogue(cast.actor(part), wanted, today=TODAY).entries
        assert [entry.line.id for entry in entries] == found


def test_what_another_practice_says_is_chosen_by_there_alone(cast: Cast) -> None:
    dana = shared_dana(cast, languages=["en"])
    edit(cast.actor("outsider"), dana, {"languages": ["es"]}, now=NOW)
    for part, code in (("clinician", "en"), ("outsider", "es")):
        found = browse(cast.actor(part), Asked("", "all", {"languages": code}), today=TODAY)
        assert [line.id for line in found.lines] == [dana]


def test_whom_another_practice_left_out_is_found_here_among_a_list(cast: Cast) -> None:
    dana = shared_dana(cast)
    relate(cast.actor("outsider"), dana, excluded=True, now=NOW)
    for part, found in (("clinician", [dana]), ("outsider", [])):
        assert [one.id for one in find(cast.actor(part), NEED, today=TODAY, within=[dana]).options] == found


def test_a_program_changes_its_practices_own_listings_alone(cast: Cast) -> None:
    own, dana = enter_dana(cast), shared_dana(cast)
    by_program.still_true(cast.actor(), own, ["plans"], now=NOW, today=TODAY)
    with pytest.raises(NotAllowed, match="share this listing"):
        by_program.still_true(cast.actor(), dana, ["plans"], now=NOW, today=TODAY)
    for part, wanted in (("outsider", own), ("clinician", 2**40)):
        with pytest.raises(NotThere):
            catalogue.catalogue_entry(cast.actor(part), wanted, today=TODAY)


def keep(cast: Cast, part: str, name: str = "Ours", headings: list[str] | None = None) -> UUID:
    return column_mappings.keep_mapping(
        cast.actor(part), headings or HEADINGS, name=name, choices={"by": part}, text="", now=NOW
    )


def test_mappings_of_columns_are_a_practices(cast: Cast) -> None:
    actor, outsider = cast.actor(), cast.actor("outsider")
    ours = keep(cast, "clinician")
    assert column_mappings.kept_mappings(outsider) == () and column_mappings.mapping_for(outsider, HEADINGS) is None
    for who, wanted in ((outsider, ours), (actor, uuid4())):
        with pytest.raises(NotThere):
            column_mappings.kept_mapping(who, wanted)
        with pytest.raises(NotThere):
            column_mappings.remove_mapping(who, wanted)
    keep(cast, "outsider", headings=["Other"])  # a name that is taken elsewhere is free here
    theirs = keep(cast, "outsider", "Theirs")
    with pytest.raises(BadInput):
        keep(cast, "clinician", headings=["Another"])
    assert [one.id for one in column_mappings.kept_mappings(actor)] == [ours] != [theirs]
    assert column_mappings.kept_mapping(actor, ours).choices == {"by": "clinician"}
    column_mappings.remove_mapping(actor, ours)
    assert ColumnMapping.objects.filter(pk=theirs).exists() and column_mappings.mapping_for(actor, HEADINGS) is None


def test_drafts_are_of_one_practice(cast: Cast, other: UUID) -> None:
    actor = cast.actor()
    draft = drafts.keep_draft(actor, {"name": ["Dana"]}, now=NOW)
    assert [line.id for line in drafts.drafts_of(actor)] == [draft] and drafts.open_draft(actor, draft)
    ListingDraft.objects.update(practice_id=other)  # as if she had been a member there
    assert drafts.drafts_of(actor) == ()
    with pytest.raises(NotThere):
        drafts.open_draft(actor, draft)
    with pytest.raises(NotThere):
        drafts.keep_draft(actor, {"name": ["Dana Mine"]}, now=NOW, draft_id=draft)
    drafts.erase_draft(actor, draft)
    assert ListingDraft.objects.get().typed == {"name": ["Dana"]}


def test_the_directory_is_taken_out_as_ones_own_practice_knows_it(cast: Cast, other: UUID) -> None:
    ours, dana = enter_dana(cast, name="Ours Example"), shared_dana(cast)
    edit(cast.actor("outsider"), dana, {"phone": "512-555-0199"}, now=NOW)
    theirs = [(one.values["name"], one.values["phone"]) for one in exporting.outgoing(other)]
    assert theirs == [(DANA["name"], "512-555-0199")]
    assert [one.values["name"] for one in exporting.outgoing(cast.practice.pk)] == ["Ours Example"]
    relate(cast.actor(), dana, relationship="met", now=NOW)
    found = {one.values["name"]: one.values for one in exporting.outgoing(cast.practice.pk, [ours, dana])}
    assert set(found) == {"Ours Example", DANA["name"]} and "phone" not in found[DANA["name"]]
    assert [one.values["name"] for one in exporting.outgoing(None)] == [DANA["name"]]
