"""Walls of keeping the directory: lists, counts, calls, doubles and weights are a practice's own (R-04).

One wall at a time, as in test_other_practices.py; `shared_dana` is a listing that every practice of the server sees.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.apps.directory.test_listing import DANA, enter_dana, shared_dana
from tests.apps.directory.test_own_word import asked as link_of
from tests.apps.directory.test_reverifying import asked as queue_of
from tests.cast import NOW, Cast
from warmhandoff.core.models import Job
from warmhandoff.directory import answered, indexing, lists, mapping, measuring, merging, own_word, ties, weighing
from warmhandoff.directory.listing import edit, enter, relate
from warmhandoff.directory.models import Fact, Likeness, Listing, ListingList, Merge, Overlay, SharedCounts
from warmhandoff.directory.queries import known_facts, listing_page
from warmhandoff.directory.reverifying import Queue, called_in_vain
from warmhandoff.rules.refusals import NotAllowed, NotNow, NotThere

TODAY = NOW.date()


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def theirs(cast: Cast, name: str = "Theirs Example") -> int:
    """A listing of the other practice's own."""
    return enter(cast.actor("outsider"), {**DANA, "name": name}, now=NOW)


def test_lists_are_seen_in_their_practice_and_changed_by_their_owner(cast: Cast, other: UUID) -> None:
    actor = cast.actor()
    ours = lists.make_list(actor, "Trauma", now=NOW, shared=True)
    assert [one.id for one in lists.lists_of(cast.actor("colleague"))] == [ours]
    with pytest.raises(NotAllowed):
        lists.end_list(cast.actor("colleague"), ours, now=NOW)
    assert lists.lists_of(cast.actor("outsider")) == ()
    for who, wanted in ((cast.actor("outsider"), ours), (actor, uuid4())):
        with pytest.raises(NotThere):
            lists.open_list(who, wanted)
    ListingList.objects.update(practice_id=other)
    assert lists.lists_of(actor) == ()


def test_a_place_that_another_practice_moved_stays_on_our_map(cast: Cast) -> None:
    dana = shared_dana(cast)
    edit(cast.actor("outsider"), dana, {"zip": "10001"}, now=NOW)
    for part, zip_code in (("clinician", DANA["zip"]), ("outsider", "10001")):
        assert [dot.zip for dot in mapping.map_of(cast.actor(part), [dana]).dots] == [zip_code]


def test_what_each_practice_says_of_a_shared_listing_stays_its_own(cast: Cast, other: UUID) -> None:
    dana = shared_dana(cast)
    for part, fee in (("outsider", 9000), ("clinician", 8000)):
        edit(cast.actor(part), dana, {"fee": fee}, now=NOW)
    assert [known_facts(one, [dana], today=TODAY)[dana]["fee"] for one in (cast.practice.pk, other)] == [8000, 9000]
    relate(cast.actor("outsider"), dana, relationship="met", tie_kind="family", tie_text="My sister.", now=NOW)
    assert ties.sharing_tie(other, "family") == [dana] and ties.sharing_tie(cast.practice.pk, "family") == []
    assert listing_page(cast.actor(), dana, today=TODAY).line.relationship == "unknown"


def test_what_a_practice_met_with_is_counted_for_it(cast: Cast, other: UUID) -> None:
    dana = shared_dana(cast)
    for part in ("outsider", "clinician"):
        measuring.report(cast.actor(part), dana, "number_dead", now=NOW)
    with pytest.raises(NotNow):
        measuring.report(cast.actor(), dana, "number_dead", now=NOW)
    assert [measuring.counts_of([one], dana, now=NOW).asked for one in (cast.practice.pk, other)] == [1, 1]


def test_each_practice_agrees_for_itself_to_share_its_counts(cast: Cast, other: UUID) -> None:
    dana = shared_dana(cast)
    measuring.report(cast.actor(), dana, "number_dead", now=NOW)
    Job.objects.all().delete()
    with pytest.raises(NotAllowed):
        measuring.share_counts(cast.actor(), True, now=NOW)
    measuring.share_counts(cast.actor("outsider"), True, now=NOW)
    assert not Job.objects.exists(), "that practice reported nothing: nothing is measured anew"
    assert measuring.shares_counts(other) and not measuring.shares_counts(cast.practice.pk)
    measuring.share_counts(cast.actor("admin"), True, now=NOW)
    assert Job.objects.filter(name="measure").count() == 1
    measuring.share_counts(cast.actor("admin"), False, now=NOW)
    assert SharedCounts.objects.get().practice_id == other


def test_what_is_measured_of_ones_own_listing_is_told_to_nobody_else(cast: Cast) -> None:
    ours = enter_dana(cast)
    measuring.share_counts(cast.actor("admin"), True, now=NOW)
    measuring.report(cast.actor(), ours, "number_dead", now=NOW)
    measuring.measure({"practice": str(cast.practice.pk), "listing": ours}, NOW)
    told = Fact.objects.filter(listing_id=ours, source__kind="measured")
    assert [fact.source.practice_id for fact in told] == [cast.practice.pk]


def test_another_practices_link_goes_on_and_its_directory_keeps_who_left_ours(cast: Cast, other: UUID) -> None:
    dana = shared_dana(cast)
    relate(cast.actor("outsider"), dana, relationship="met", now=NOW)
    link = own_word.ask_listing(cast.actor("outsider"), dana, now=NOW, by_hand=True).link
    mine = link_of(cast, dana)
    assert own_word.open_asking(link.partition("#")[2], now=NOW), "it is open still"
    own_word.remove(mine, now=NOW)
    assert [row.practice_id for row in Overlay.objects.filter(excluded=True)] == [cast.practice.pk]
    with pytest.raises(NotThere):
        own_word.no_mail(uuid4(), now=NOW)


def seen(cast: Cast) -> Queue:
    return queue_of(cast, NOW + timedelta(minutes=1))


def test_whom_to_ask_first_is_from_ones_own_calls_and_words(cast: Cast) -> None:
    dana, elsewhere = shared_dana(cast), cast.actor("outsider")
    relate(elsewhere, dana, relationship="know_well", now=NOW)
    assert seen(cast).lines == (), "another practice knows them"
    relate(cast.actor(), dana, relationship="know_well", now=NOW)
    edit(elsewhere, dana, {"phone": "512-555-0199"}, now=NOW)
    relate(elsewhere, dana, excluded=True, now=NOW)
    measuring.report(elsewhere, dana, "number_dead", now=NOW)
    called_in_vain(elsewhere, dana, now=NOW)
    (line,) = seen(cast).lines
    assert (line.id, line.phone, line.reports) == (dana, "", ())
    own_word.ask_listing(elsewhere, dana, now=NOW, by_hand=True)
    assert seen(cast).resting == 0
    called_in_vain(cast.actor(), dana, now=NOW + timedelta(seconds=1))
    assert seen(cast).resting == 1


def test_listings_of_two_practices_are_never_one(cast: Cast, other: UUID) -> None:
    grounds = merging.Grounds("person")
    ours, second, elsewhere = enter_dana(cast), enter_dana(cast), theirs(cast)
    for pair in ((ours, elsewhere), (ours, 2**40)):
        with pytest.raises(NotThere):
            merging.join(*pair, grounds, now=NOW)
    likely = Likeness.objects.create(
        practice=cast.practice, first_id=ours, second_id=second, weight=9, why=[], found_at=NOW
    )
    merge = merging.join(ours, second, grounds, now=NOW)
    assert merge is not None
    for who, like, made in ((cast.actor("outsider"), likely.pk, merge), (cast.actor(), 2**40, uuid4())):
        with pytest.raises(NotThere):
            merging.decide(who, like, "different", now=NOW)
        with pytest.raises(NotThere):
            merging.undo(who, made, now=NOW)
    Likeness.objects.update(practice=None)
    Merge.objects.update(practice=None)
    with pytest.raises(NotAllowed):
        merging.decide(cast.actor(), likely.pk, "different", now=NOW)
    with pytest.raises(NotAllowed):
        merging.undo(cast.actor(), merge, now=NOW)
    assert Listing.objects.get(pk=second).survivor_id == ours


def test_another_practices_listing_is_not_asked(cast: Cast) -> None:
    ours = enter_dana(cast)
    assert answered.askable(cast.actor(), [ours]) == {ours: DANA["name"]}
    with pytest.raises(NotThere):
        answered.askable(cast.actor(), [ours, theirs(cast)])


def test_what_counts_in_matching_is_set_by_a_practice_for_itself(cast: Cast, other: UUID) -> None:
    term, usual = next(iter(weighing.weights_of(other).weights.items()))
    weighing.set_weights(cast.actor("outsider"), {term: usual + 1}, now=NOW)
    assert weighing.weights_of(other).number == 1 and len(weighing.weights_history(other)) == 1
    assert weighing.weights_of(cast.practice.pk).number == 0 and weighing.weights_history(cast.practice.pk) == []
    with pytest.raises(NotAllowed):
        weighing.set_weights(cast.actor(), {term: usual + 1}, now=NOW)


def test_what_a_practice_entered_is_in_no_index_of_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "WORTH_FILES", 1)
    monkeypatch.setattr(indexing, "_looked", {})
    enter_dana(cast)
    indexing.plan_build(NOW)
    assert not Job.objects.filter(name="index_directory").exists()
    assert indexing.build(NOW) is None
