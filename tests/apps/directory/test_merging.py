"""One place, one listing: what is found to be the same, merged, taken apart again, and what practices know of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps.directory.test_listing import DANA, NEED
from tests.cast import Cast, make_cast
from warmhandoff.directory import columns
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.finding import find
from warmhandoff.directory.importing import Arriving, Row, import_rows
from warmhandoff.directory.listing import confirm, edit, enter, relate, retire
from warmhandoff.directory.merging import Grounds, decide, join, look_daily, look_for_doubles, undo
from warmhandoff.directory.models import DirectoryVersion, Likeness, Listing, Merge, Overlay
from warmhandoff.directory.queries import known_facts, listing_card, listing_page, mail_address
from warmhandoff.directory.writing import survivor_of
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere

pytestmark = pytest.mark.slow

PLAIN = {"name": "Dana Example", "kind": "therapist", "zip": "78704", "state": "TX", "city": "Austin"}
NPI = "1234567893"


def land(
    cast: Cast, name: str, *rows: tuple[str, dict[str, Any]], shared: bool = True, retire: bool = False
) -> list[int]:
    """An import of these (key, facts); the ids of their rows."""
    practice = None if shared else cast.practice.pk

    def read(position: Any) -> Any:
        return ((Row(number, key, facts), [number]) for number, (key, facts) in enumerate(rows, start=1))

    arriving = Arriving("csv", name, uuid4().hex, read, whole=retire)
    report = import_rows(arriving, practice_id=practice, now=cast.now)
    assert report.rows == len(rows) and not list(report.rejects)
    return [Listing.objects.get(source__name=name, practice_id=practice, source_key=key).pk for key, _ in rows]


def is_matched(cast: Cast, listing_id: int) -> bool:
    """Whether the engine has the listing at all."""
    try:
        directory_for(cast.actor(), today=cast.now.date()).find(listing_id)
    except BadInput:
        return False
    return True


def facts_of(*ids: int) -> dict[int, str]:
    rows = Listing.objects.filter(pk__in=ids).values_list("pk", "facts_now")
    return {key: json.dumps(facts, sort_keys=True) for key, facts in rows}


def one(cast: Cast, first: int, second: int) -> Any:
    return join(first, second, Grounds("person"), now=cast.now)


def alone_on_the_server(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmhandoff.directory.merging.only_practice", lambda: cast.practice.pk)


def test_one_npi_in_two_registers_is_one_listing_at_once_and_told(cast: Cast) -> None:
    a, = land(cast, "a register", ("1", {**PLAIN, "npi": NPI, "phone": "512-555-0101"}))
    b, = land(cast, "a plan", ("x", {**PLAIN, "name": "Dana Exampel, LCSW", "npi": NPI, "plans": ["aetna"]}))
    looked = look_for_doubles(now=cast.now)
    assert (looked.merged, looked.to_review) == (1, 0)
    merge = Merge.objects.get()
    assert (merge.kept_id, merge.gone_id, merge.how, merge.by) == (a, b, "sure", None)
    assert [line.id for line in listings(cast.actor(), today=cast.now.date(), scope="all").lines] == [a]
    assert listing_page(cast.actor(), b, today=cast.now.date()).values["plans"] == ["aetna"]
    assert look_for_doubles(now=cast.now, everything=True).merged == 0


def test_doubles_are_looked_for_soon_after_an_import_and_else_once_a_day(cast: Cast) -> None:
    land(cast, "a register", ("1", {**PLAIN, "npi": NPI}))
    look_daily(cast.now)
    land(cast, "a plan", ("x", {**PLAIN, "name": "Dana Exampel, LCSW", "npi": NPI}))
    look_daily(cast.now)
    assert Merge.objects.count() == 1
    looked_at = DirectoryVersion.objects.get().looked_at
    land(cast, "a plan", ("x", {**PLAIN, "name": "Dana Exampel, LCSW", "npi": NPI}))  # nothing new in it
    assert DirectoryVersion.objects.get().looked_at == looked_at


@pytest.mark.parametrize("other", [
    {"name": "Somebody Else"},  # a wrong number in one file
    {"zip": "10001", "city": "New York", "state": "NY"},  # a second office
    {"kind": "program"},
])
def test_one_npi_is_not_enough_where_the_rest_speaks_against_it(cast: Cast, other: dict[str, Any]) -> None:
    land(cast, "a", ("1", {**PLAIN, "npi": NPI}))
    land(cast, "b", ("1", {**PLAIN, "npi": NPI, **other}))
    assert look_for_doubles(now=cast.now).merged == 0


def test_the_likely_wait_for_a_person_and_different_is_remembered(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = land(cast, "a", ("1", {**PLAIN, "phone": "512-555-0101"}), ("2", {**PLAIN, "name": "Danah Example"}))
    looked = look_for_doubles(now=cast.now)
    pair = Likeness.objects.get()
    assert (looked.merged, looked.to_review, pair.state) == (0, 1, "waiting")
    assert round(sum(bits for _, _, bits in pair.why), 1) == pair.weight
    with pytest.raises(NotAllowed):
        decide(cast.actor(), pair.pk, "different", now=cast.now)  # two practices share the server
    alone_on_the_server(cast, monkeypatch)
    decide(cast.actor(), pair.pk, "different", now=cast.now)
    assert look_for_doubles(now=cast.now, everything=True) .to_review == 0
    assert Likeness.objects.get().state == "different" and Listing.objects.filter(survivor=None).count() == 2
    assert {a, b} == {pair.first_id, pair.second_id}


def test_an_undone_merging_is_not_made_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    a, = land(cast, "a", ("1", {**PLAIN, "npi": NPI}))
    b, = land(cast, "b", ("1", {**PLAIN, "npi": NPI}))
    before = facts_of(a, b)
    look_for_doubles(now=cast.now)
    alone_on_the_server(cast, monkeypatch)
    undo(cast.actor(), Merge.objects.get().pk, now=cast.now)
    assert facts_of(a, b) == before
    with pytest.raises(NotNow):
        undo(cast.actor(), Merge.objects.get().pk, now=cast.now)
    assert look_for_doubles(now=cast.now, everything=True).merged == 0


_FACTS = st.fixed_dictionaries(
    {"phone": st.sampled_from(["1", "2", "3"])},
    optional={"fee": st.integers(1, 5), "plans": st.sampled_from([["aetna"], ["cigna"], []]),
              "accepting": st.sampled_from(["open", "closed"])},
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_merge_then_undo_restores_every_row_to_the_byte(cast: Cast, data: st.DataObject) -> None:
    """Any merges, undone in any order: each row, and what the practice knew of it, is then what it had been."""
    rows = [(str(number), {**PLAIN, **data.draw(_FACTS)}) for number in range(4)]
    ids = [*land(cast, f"one {uuid4()}", *rows[:2]), *land(cast, f"two {uuid4()}", *rows[2:])]
    for key, level in zip(ids, ("know_well", "met"), strict=False):
        known = {"relationship": level, "notes": f"of {key}", "excluded": data.draw(st.booleans())}
        relate(cast.actor(), key, now=cast.now, **known)
    edit(cast.actor(), ids[1], {"fee": 700}, now=cast.now)
    before, overlays = facts_of(*ids), overlays_of(cast, ids)
    pairs = data.draw(st.permutations([(0, 1), (1, 2), (2, 3), (0, 3)]))
    merged = [merge for first, second in pairs if (merge := one(cast, ids[first], ids[second]))]
    assert Listing.objects.filter(pk__in=ids, survivor=None).count() == 1
    for place in data.draw(st.permutations(range(3))):
        _undo(cast, Merge.objects.get(pk=merged[place]))
    assert facts_of(*ids) == before
    assert overlays_of(cast, ids) == overlays


def _undo(cast: Cast, merge: Merge) -> None:
    from warmhandoff.directory import merging

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "only_practice", lambda: cast.practice.pk)
        undo(cast.actor(), merge.pk, now=cast.now)


def overlays_of(cast: Cast, ids: list[int]) -> dict[int, Any]:
    blank = ("unknown", "", False, "", True, "{}")
    found = {
        row.listing_id: (row.relationship, row.notes.reveal(), row.excluded, row.tie_text, row.confirmed,
                         json.dumps(row.facts_now, sort_keys=True))
        for row in Overlay.objects.filter(listing_id__in=ids, practice=cast.practice)
    }  # fmt: skip
    return {key: values for key, values in found.items() if values != blank}


def test_what_the_practice_knows_of_both_is_combined_and_taken_apart(cast: Cast) -> None:
    a, b = (enter(cast.actor(), DANA, now=cast.now) for _ in range(2))
    relate(cast.actor(), a, now=cast.now, relationship="heard_of", notes="quiet office", tie_kind="family",
           tie_text="My sister works there.")
    relate(cast.actor(), b, now=cast.now, relationship="know_well", notes="sees teenagers", excluded=True)
    merge = one(cast, a, b)
    page = listing_page(cast.actor(), b, today=cast.now.date())
    assert (page.line.id, page.line.relationship, page.line.excluded) == (a, "know_well", True)
    assert page.notes == "quiet office\n\nsees teenagers" and page.line.tie_text == "My sister works there."
    relate(cast.actor(), b, now=cast.now, excluded=False)  # what is written since stands for all merged until then
    assert not listing_page(cast.actor(), a, today=cast.now.date()).line.excluded
    undo(cast.actor(), merge, now=cast.now)
    assert listing_page(cast.actor(), b, today=cast.now.date()).notes == "sees teenagers"
    assert listing_page(cast.actor(), b, today=cast.now.date()).line.excluded


def test_a_practices_own_listing_is_the_shared_one_for_it_alone(cast: Cast) -> None:
    shared, = land(cast, "a register", ("1", {**DANA, "fee": 20000}))
    own = enter(cast.actor(), {**DANA, "email": "dana@example.org"}, now=cast.now)
    one(cast, own, shared)
    assert known_facts(cast.practice.pk, [own], today=cast.now.date())[own]["fee"] == 15000
    mine = listing_page(cast.actor(), own, today=cast.now.date())
    assert mine.line.id == shared and mine.values["email"] == "dana@example.org" and mail_address(cast.actor(), own)
    theirs = listing_page(cast.actor("outsider"), shared, today=cast.now.date())
    assert theirs.values["fee"] == 20000 and "email" not in theirs.values
    with pytest.raises(NotThere):
        listing_page(cast.actor("outsider"), own, today=cast.now.date())
    assert listing_card(cast.actor("outsider"), [own], today=cast.now.date()) == []
    assert known_facts(cast.members["outsider"].practice_id, [own], today=cast.now.date()) == {}


def test_listings_of_two_practices_are_never_one(cast: Cast) -> None:
    mine, theirs = enter(cast.actor(), DANA, now=cast.now), enter(cast.actor("outsider"), DANA, now=cast.now)
    look_for_doubles(now=cast.now)
    assert not Likeness.objects.exists()
    with pytest.raises(NotThere):
        one(cast, mine, theirs)


def test_the_next_import_lands_on_the_survivor_and_changes_nothing_twice(cast: Cast) -> None:
    a, = land(cast, "a", ("1", {**PLAIN, "npi": NPI}))
    rows = ("1", {**PLAIN, "npi": NPI, "phone": "512-555-0101"})
    b, = land(cast, "b", rows)
    look_for_doubles(now=cast.now)
    assert survivor_of(Listing.objects.get(pk=b).source_id, "1") == a
    before = facts_of(a, b)
    land(cast, "b", rows)
    assert facts_of(a, b) == before
    land(cast, "b", ("1", {**rows[1], "phone": "512-555-0202"}))
    assert listing_page(cast.actor(), a, today=cast.now.date()).values["phone"] == "512-555-0202"


def test_a_listing_stays_while_one_of_its_sources_holds_it(cast: Cast) -> None:
    a, = land(cast, "a", ("1", {**DANA, "npi": NPI}))
    b, = land(cast, "b", ("1", {**DANA, "npi": NPI}))
    today = cast.now.date()
    look_for_doubles(now=cast.now)

    def offered() -> list[int]:
        fresh = [option.id for option in find(cast.actor(), NEED, today=today).options]
        columns.forget()
        assert fresh == [option.id for option in find(cast.actor(), NEED, today=today).options]
        return fresh

    assert offered() == [a]
    land(cast, "a", retire=True)
    assert offered() == [a]
    land(cast, "b", retire=True)
    assert offered() == []
    land(cast, "b", ("1", {**DANA, "npi": NPI}))
    assert offered() == [a]
    assert not is_matched(cast, b)


def test_confirming_and_retiring_reach_the_survivor(cast: Cast) -> None:
    a, b = (enter(cast.actor(), DANA, now=cast.now) for _ in range(2))
    one(cast, a, b)
    later = cast.now + timedelta(days=100)
    confirm(cast.actor(), b, ["fee"], now=later)
    assert "fee" in known_facts(cast.practice.pk, [a], today=later.date())[a]
    retire(cast.actor(), b, now=later)
    assert not is_matched(cast, a)


@pytest.mark.django_db(transaction=True)
def test_two_looks_and_an_import_at_once_come_to_the_same_end() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: nothing happens at once")
    cast = make_cast()
    rows = [
        (str(number), {**PLAIN, "name": f"Dana Example{number}", "npi": f"{10**9 + number}"}) for number in range(15)
    ]
    first, second = land(cast, "a", *rows), land(cast, "b", *rows)
    changed = [(key, {**facts, "phone": "512-555-0199"}) for key, facts in rows]
    faults: list[BaseException] = []
    start = threading.Barrier(3)

    def at_once(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Exception as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)
        finally:
            connection.close()

    works: list[Callable[[], object]] = [
        lambda: look_for_doubles(now=cast.now), lambda: look_for_doubles(now=cast.now),
        lambda: land(cast, "b", *changed),
    ]  # fmt: skip
    threads = [threading.Thread(target=at_once, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert dict(Merge.objects.values_list("gone_id", "kept_id")) == dict(zip(second, first, strict=True))
    kept = Listing.objects.filter(survivor=None)
    assert {row.facts_now["phone"]["value"] for row in kept} == {"512-555-0199"} and kept.count() == 15
