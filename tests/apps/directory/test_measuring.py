"""What referrals tell of a listing: counts, softened when few, each practice's own unless it agrees to share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.directory.test_listing import enter_dana, shared_dana
from tests.apps.directory.test_merging import land, one
from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.core import jobs
from warmhandoff.directory.measuring import (
    GHOSTS,
    met_with,
    note_outcome,
    report,
    responsiveness,
    share_counts,
    softened_wait,
)
from warmhandoff.directory.models import Report
from warmhandoff.directory.queries import known_facts, listing_page
from warmhandoff.referrals import answering, attending, overdue
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("answered", "asked", "mean"), [(0, 0, 0.5), (0, 1, 0.4), (1, 1, 0.6), (9, 10, 0.786)])
def test_few_answers_say_little(answered: int, asked: int, mean: float) -> None:
    assert responsiveness(answered, asked) == mean


@pytest.mark.parametrize(("observed", "stated", "days"), [
    ([], 7, None), ([40], None, None), ([40, 50], None, None), ([40, 50, 60], None, 50),
    ([40], 8, 16), ([40, 50, 60], 10, 30), ([20] * 30, 0, 18),
])  # fmt: skip
def test_the_wait_is_drawn_towards_what_is_stated_while_few_are_seen(
    observed: list[int], stated: int | None, days: int | None
) -> None:
    assert softened_wait(observed, stated) == days


def facts(cast: Cast, listing_id: int, part: str = "clinician", days: int = 0) -> dict[str, Any]:
    jobs.run_due(cast.now)
    today = (cast.now + timedelta(days=days)).date()
    return known_facts(cast.members[part].practice_id, [listing_id], today=today)[listing_id]


def told(cast: Cast, listing_id: int, *kinds: str, part: str = "clinician") -> None:
    for kind in kinds:
        note_outcome(cast.members[part].practice_id, listing_id, kind, about=uuid4(), now=cast.now)


def test_an_answer_in_time_and_a_silence_are_counted_by_the_referral_itself(cast: Cast) -> None:
    walk = way.accepted(cast)
    assert facts(cast, walk.listing_ids[0])["responsiveness"] == 0.6
    counts = met_with(cast.actor(), walk.listing_ids[0], now=cast.now)
    assert (counts.asked, counts.answered, counts.reports) == (1, 1, ())


def test_a_silence_counts_once_and_a_late_answer_does_not_take_it_back(cast: Cast) -> None:
    walk = way.given(way.sent(cast))
    walk.later(days=9)
    overdue.find_overdue(walk.now)
    overdue.find_overdue(walk.now)
    answering.answer_delivery(way.recipient(walk), answering.Answer("accept", openings="Monday"), now=walk.now)
    assert [row.kind for row in Report.objects.all()] == ["silent"]
    jobs.run_due(walk.now)
    assert facts(cast, walk.listing_ids[0], days=9)["responsiveness"] == 0.4


def test_a_first_appointment_tells_the_wait(cast: Cast) -> None:
    walk = way.accepted(cast)
    listing_id, staff = walk.listing_ids[0], walk.staff
    stated = facts(cast, listing_id).get("wait_days")
    attending.book(staff, walk.referral_id, session_at=walk.now + timedelta(days=20), now=walk.now)
    walk.later(days=21)
    attending.tell_attendance(staff, walk.referral_id, told="attended", now=walk.now)
    seen = Report.objects.get(kind="first_seen")
    assert seen.days == 20
    jobs.run_due(walk.now)
    expected = softened_wait([20], stated)
    assert facts(cast, listing_id, days=21).get("wait_days") == (expected if stated is not None else None)


def test_counts_are_the_practices_own(cast: Cast) -> None:
    dana = shared_dana(cast)
    told(cast, dana, "silent", "silent")
    assert facts(cast, dana)["responsiveness"] == 0.333
    assert "responsiveness" not in facts(cast, dana, "outsider")


def test_what_practices_agree_to_share_is_a_sum_and_can_be_taken_back(cast: Cast) -> None:
    dana = shared_dana(cast)
    told(cast, dana, "answered", "answered")
    told(cast, dana, "silent", part="outsider")
    with pytest.raises(NotAllowed):
        share_counts(cast.actor("clinician"), True, now=cast.now)
    share_counts(cast.actor("admin"), True, now=cast.now)
    third = listing_page(cast.actor("outsider"), dana, today=cast.now.date())
    assert "responsiveness" not in third.values
    jobs.run_due(cast.now)
    shared = facts(cast, dana, "outsider")["responsiveness"]
    assert shared == responsiveness(0, 1)  # its own counts stand over the sum of others
    from warmhandoff.directory.models import Listing

    assert Listing.objects.get(pk=dana).facts_now["responsiveness"]["value"] == responsiveness(2, 2)
    share_counts(cast.actor("admin"), False, now=cast.now)
    jobs.run_due(cast.now)
    assert "responsiveness" not in Listing.objects.get(pk=dana).facts_now


def test_one_tap_of_someone_who_tried(cast: Cast) -> None:
    dana = enter_dana(cast)
    report(cast.actor(), dana, "number_dead", now=cast.now)
    report(cast.actor(), dana, "not_accepting", now=cast.now, words="until spring")
    report(cast.actor(), dana, "wrong_kind", now=cast.now)
    found = facts(cast, dana)
    assert (found["accepting"], found["responsiveness"]) == ("closed", 0.4)
    reports = dict(met_with(cast.actor(), dana, now=cast.now).reports)
    assert reports == {GHOSTS["number_dead"]: 1, GHOSTS["not_accepting"]: 1, GHOSTS["wrong_kind"]: 1}
    with pytest.raises(NotNow):
        report(cast.actor(), dana, "number_dead", now=cast.now + timedelta(hours=3))
    with pytest.raises(BadInput):
        report(cast.actor(), dana, "rude", now=cast.now)
    with pytest.raises(BadInput):
        report(cast.actor(), dana, "wrong_kind", now=cast.now, words="x" * 501)


def test_a_silence_told_by_a_person_as_well_is_one(cast: Cast) -> None:
    walk = way.given(way.sent(cast)).later(days=9)
    overdue.find_overdue(walk.now)
    report(cast.actor(), walk.listing_ids[0], "never_answered", now=walk.now, about=walk.delivery.pk)
    assert met_with(cast.actor(), walk.listing_ids[0], now=walk.now).asked == 1


def test_counts_of_merged_listings_add_up(cast: Cast) -> None:
    a, b = land(cast, "a", ("1", {"name": "Dana", "kind": "therapist"}), ("2", {"name": "Dana", "kind": "therapist"}))
    told(cast, a, "silent")
    one(cast, a, b)
    told(cast, b, "silent")
    assert facts(cast, b)["responsiveness"] == responsiveness(0, 2)


def test_old_counts_are_forgotten(cast: Cast) -> None:
    dana = enter_dana(cast)
    told(cast, dana, "silent")
    assert met_with(cast.actor(), dana, now=cast.now + timedelta(days=731)).asked == 0


def test_measuring_twice_writes_once(cast: Cast) -> None:
    from warmhandoff.directory.measuring import measure
    from warmhandoff.directory.models import Fact

    dana = enter_dana(cast)
    told(cast, dana, "silent")
    jobs.run_due(cast.now)
    before = Fact.objects.count()
    measure({"practice": str(cast.practice.pk), "listing": dana}, cast.now)
    assert Fact.objects.count() == before
