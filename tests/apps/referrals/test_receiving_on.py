"""After the answer: others named, the course after a yes, thanks that tell nothing, room, reminders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW, Cast
from warmhandoff.core import jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.directory.listing import enter, reachable, relate
from warmhandoff.directory.models import Claim
from warmhandoff.referrals import inbox, receiving, redirecting, room, seeing_on
from warmhandoff.referrals.answering import Answer
from warmhandoff.referrals.models import Course, Incoming, News, Room, Weighed
from warmhandoff.referrals.nudging import nudge_inbox
from warmhandoff.referrals.receiving import NewIncoming
from warmhandoff.referrals.redirecting import Redirect
from warmhandoff.rules.incoming import tells_of_attendance
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Stale

DAY = timedelta(days=1)
NEED = {
    "kind": "therapist", "level": "outpatient", "payment": {"any": True}, "place": {"zip": "78704"},
    "formats": ["telehealth"],
}  # fmt: skip


def log(cast: Cast, part: str = "clinician", **facts: Any) -> UUID:
    new = NewIncoming(**{"from_name": "Hill Country Physicians", "about": "Pain and medication", **facts})
    return receiving.log_incoming(cast.actor(part), new, now=NOW)


def accepted(cast: Cast, **facts: Any) -> UUID:
    given = log(cast, **facts)
    receiving.answer_incoming(cast.actor(), given, Answer("accept", openings="Thursday"), now=NOW)
    return given


def row(incoming_id: UUID) -> Incoming:
    return Incoming.objects.get(pk=incoming_id)


def colleague(cast: Cast, name: str, **facts: Any) -> int:
    values = {
        "name": name, "kind": "therapist", "accepting": "open", "formats": ["telehealth"], "licensed_states": ["TX"],
        "phone": "+1 512 555 0100", **facts,
    }  # fmt: skip
    return enter(cast.actor(), values, now=NOW, verified=True, relationship="met")


def names(cast: Cast, given: UUID, wanted: list[int], words: str = "", **more: Any) -> list[str]:
    order = Redirect(wanted, words=words)
    return redirecting.redirect(cast.actor(), given, order, today=NOW.date(), now=NOW, **more)


def test_three_names_in_place_of_a_yes(cast: Cast) -> None:
    listings = [colleague(cast, name) for name in ("Ana Ruiz", "Bea Stone", "Cy Young")]
    relate(cast.actor(), listings[1], now=NOW, tie_kind="family", tie_text="Bea is my cousin.")
    given = log(cast)
    told = names(cast, given, listings, "I work with chronic illness; they work with dependence.")
    found = row(given)
    assert (found.state, found.due_at, found.answered_at) == ("redirected", None, NOW) and inbox.thanks_due(found)
    assert found.answer_facts.reveal()["names"] == told and told[0].startswith("Ana Ruiz") and "555" in told[0]
    assert "Bea is my cousin." in told[1], "a tie is told with the name"
    assert Event.objects.filter(subject_id=given, move="redirect").count() == 1 and not Message.objects.exists()
    with pytest.raises(NotNow):
        names(cast, given, listings)


def test_what_a_redirect_refuses(cast: Cast) -> None:
    listings = [colleague(cast, f"Name {number}") for number in range(4)]
    given = log(cast)
    for wanted in ([], listings):
        with pytest.raises(BadInput):
            names(cast, given, wanted)
    with pytest.raises(BadInput, match="why this one"):
        names(cast, given, listings[:1])
    stranger = enter(cast.actor("outsider"), {"name": "Else", "kind": "therapist"}, now=NOW)
    with pytest.raises(NotThere):
        names(cast, given, [listings[0], stranger])
    with pytest.raises(Stale):
        names(cast, given, listings[:2], seen=7)
    assert row(given).state == "waiting"
    with pytest.raises(NotThere):
        redirecting.find_others(cast.actor("outsider"), given, NEED, today=NOW.date())


def test_only_the_own_network_is_looked_through_and_neither_she_nor_the_sender(cast: Cast) -> None:
    mine, sender, other = (colleague(cast, name) for name in ("Myself", "The Sender", "Ana Ruiz"))
    Claim.objects.create(
        practice=cast.practice, membership=cast.clinician, listing_id=mine, how="practice", asked_at=NOW,
        expires_at=NOW, confirmed_at=NOW,
    )
    given = log(cast, listing_id=sender)
    answer = redirecting.find_others(cast.actor(), given, NEED, today=NOW.date())
    found = {one.id for one in answer.options} | {one.id for one in answer.possibles}
    assert found == {other}


def test_the_three_questions_are_kept_apart_and_here(cast: Cast) -> None:
    given = log(cast)
    redirecting.weigh(cast.actor(), given, {"can": "yes", "room": "yes", "want": "no"}, now=NOW)
    kept = Weighed.objects.get()
    assert (kept.can, kept.room, kept.want) == ("yes", "yes", "no")
    receiving.answer_incoming(cast.actor(), given, Answer("accept", openings="Monday"), now=NOW)
    assert set(row(given).answer_facts.reveal()) == {"openings"}
    redirecting.weigh(cast.actor(), log(cast), {"can": "", "room": "", "want": ""}, now=NOW)
    assert Weighed.objects.count() == 1
    with pytest.raises(BadInput):
        redirecting.weigh(cast.actor(), given, {"can": "maybe"}, now=NOW)


def test_what_a_yes_teaches_is_counted_by_sender(cast: Cast) -> None:
    accepted(cast, from_name="hill country physicians")
    out = Answer("decline", decline_reason="outside_niche")
    receiving.answer_incoming(cast.actor(), log(cast), out, now=NOW)
    receiving.answer_incoming(cast.actor(), log(cast), Answer("decline", decline_reason="full"), now=NOW)
    log(cast, from_name="Another Office")
    given = log(cast)
    before = redirecting.source_before(cast.actor(), given, now=NOW)
    assert (before.came, before.accepted, before.outside) == (3, 1, 1)
    old = redirecting.source_before(cast.actor(), given, now=NOW + 400 * DAY)
    assert old.came == 0


def test_an_early_look_at_the_fit_is_due_after_a_yes(cast: Cast) -> None:
    given = accepted(cast)
    course = Course.objects.get()
    assert course.recheck_due_at == NOW + 30 * DAY
    assert seeing_on.rechecks_due(cast.actor(), now=NOW + 29 * DAY) == []
    assert [one.id for one in seeing_on.rechecks_due(cast.actor(), now=NOW + 30 * DAY)] == [given]
    assert seeing_on.rechecks_due(cast.actor("colleague"), now=NOW + 30 * DAY) == []
    seeing_on.book_here(cast.actor(), given, session_at=NOW + 3 * DAY, now=NOW)
    assert Course.objects.get().recheck_due_at == NOW + 24 * DAY
    seeing_on.recheck(cast.actor(), given, fits="unsure", words="early", now=NOW + 24 * DAY)
    assert Course.objects.get().recheck_due_at == NOW + 45 * DAY
    seeing_on.recheck(cast.actor(), given, fits="no", now=NOW + 45 * DAY)
    kept = Course.objects.get()
    assert (kept.fits, kept.recheck_due_at) == ("no", None) and kept.rechecked_at
    with pytest.raises(BadInput):
        seeing_on.recheck(cast.actor(), given, fits="sort of", now=NOW)


def test_the_course_is_for_what_was_accepted(cast: Cast) -> None:
    given = log(cast)
    for act in (
        lambda: seeing_on.book_here(cast.actor(), given, session_at=NOW + DAY, now=NOW),
        lambda: seeing_on.tell_session(cast.actor(), given, told="attended", now=NOW),
        lambda: seeing_on.recheck(cast.actor(), given, fits="yes", now=NOW),
        lambda: seeing_on.keep_return_plan(cast.actor(), given, "in spring", now=NOW),
    ):
        with pytest.raises(NotNow):
            act()
    assert not Course.objects.exists() and row(given).moves_made == 1


def test_paused_not_ended_keeps_the_way_back(cast: Cast) -> None:
    given = accepted(cast)
    seeing_on.tell_session(cast.actor(), given, told="attended", now=NOW)
    seeing_on.keep_return_plan(cast.actor(), given, "Comes back after the birth.", now=NOW)
    view = seeing_on.course_of(cast.actor(), given, zone="America/Chicago", now=NOW)
    assert view is not None and (view.told, view.return_plan) == ("attended", "Comes back after the birth.")
    with pytest.raises(BadInput):
        seeing_on.keep_return_plan(cast.actor(), given, " ", now=NOW)
    with pytest.raises(NotThere):
        seeing_on.course_of(cast.actor("outsider"), given, zone="America/Chicago", now=NOW)


@pytest.mark.parametrize("words", [
    "She came on Tuesday, thank you!", "Thank you, we had a good first session.", "Thanks, I am seeing her weekly.",
    "Thank you; they attended.", "Thanks for him, he is doing well.", "A no-show, but thank you.",
])  # fmt: skip
def test_thanks_do_not_tell_whether_someone_came(cast: Cast, words: str) -> None:
    given = accepted(cast)
    with pytest.raises(BadInput, match="whether someone came"):
        receiving.thank(cast.actor(), given, words, now=NOW)
    assert row(given).thanked_at is None


@pytest.mark.parametrize("words", [
    receiving.THANKS, "Thank you for thinking of us. I work best with chronic illness; send me more of that.",
    "Thanks so much for your trust. Lunch soon?",
])  # fmt: skip
def test_plain_thanks_pass(words: str) -> None:
    assert tells_of_attendance(words) == ""


def test_news_without_a_release_cannot_even_be_stored(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        News(practice=cast.practice, kind="progress", words="well", at=NOW).save(force_insert=True)


def test_room_is_said_on_the_listings_she_keeps(cast: Cast) -> None:
    mine = colleague(cast, "Myself", accepting="closed")
    given = room.RoomGiven("open", seeing=17, at_most=20, wait_days=10)
    assert room.keep_room(cast.actor(), given, now=NOW) == 0
    Claim.objects.create(
        practice=cast.practice, membership=cast.clinician, listing_id=mine, how="practice", asked_at=NOW,
        expires_at=NOW, confirmed_at=NOW,
    )
    assert room.keep_room(cast.actor(), given, now=NOW) == 1
    facts = reachable(cast.actor(), mine).facts_now
    assert {name: facts[name]["value"] for name in ("accepting", "openings", "wait_days")} == {
        "accepting": "open", "openings": 3, "wait_days": 10,
    }  # fmt: skip
    away = room.RoomGiven("open", away_from=NOW.date(), away_until=NOW.date() + 14 * DAY)
    room.keep_room(cast.actor(), away, now=NOW)
    facts = reachable(cast.actor(), mine).facts_now
    assert facts["accepting"]["value"] == "closed" and facts["paused_until"]["value"] == "2026-12-08"
    incoming = log(cast)
    assert room.away_until(cast.actor(), incoming, NOW.date()) == away.away_until
    assert room.away_until(cast.actor(), incoming, NOW.date() + 15 * DAY) is None
    assert Room.objects.count() == 1 and room.room_of(cast.actor()).given == away


def test_a_time_away_that_is_to_come_is_said_when_it_comes(cast: Cast) -> None:
    mine = colleague(cast, "Myself")
    Claim.objects.create(
        practice=cast.practice, membership=cast.clinician, listing_id=mine, how="practice", asked_at=NOW,
        expires_at=NOW, confirmed_at=NOW,
    )
    first, last = NOW.date() + 3 * DAY, NOW.date() + 9 * DAY
    room.keep_room(cast.actor(), room.RoomGiven("open", away_from=first, away_until=last), now=NOW)
    assert reachable(cast.actor(), mine).facts_now["accepting"]["value"] == "open"
    jobs.run_due(NOW + 4 * DAY)
    facts = reachable(cast.actor(), mine).facts_now
    assert facts["accepting"]["value"] == "closed" and facts["paused_until"]["value"] == "2026-12-03"


@pytest.mark.parametrize(("given", "field"), [
    (room.RoomGiven("perhaps"), "accepting"), (room.RoomGiven(seeing=-1), "seeing"),
    (room.RoomGiven(away_from=NOW.date()), "away_until"), (room.RoomGiven(away_until=NOW.date()), "away_from"),
    (room.RoomGiven(away_from=NOW.date() - 9 * DAY, away_until=NOW.date() - DAY), "away_until"),
    (room.RoomGiven(away_from=NOW.date(), away_until=NOW.date() + 400 * DAY), "away_until"),
])  # fmt: skip
def test_room_that_cannot_be(cast: Cast, given: room.RoomGiven, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        room.keep_room(cast.actor(), given, now=NOW)
    assert [problem.field for problem in refused.value.problems] == [field] and not Room.objects.exists()


def test_reminders_go_once_to_her_and_once_to_her_supervisor(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    given = log(cast, client_name="Rosalind Marlowe", about="zq-canary-one")
    due = row(given).due_at
    assert due is not None and cast.clinician.supervisor is not None
    nudge_inbox(due - 9 * timedelta(hours=1))
    assert not Message.objects.exists()
    for _ in range(3):
        nudge_inbox(due - timedelta(hours=2))
    first = Message.objects.get()
    assert (first.template, first.to.reveal()) == ("inbox_due", cast.clinician.user.email)
    for _ in range(3):
        nudge_inbox(due + timedelta(hours=1))
    late = Message.objects.exclude(pk=first.pk).get()
    assert (late.template, late.to.reveal()) == ("inbox_late", cast.clinician.supervisor.user.email)
    for message in (first, late):
        words = " ".join(message.body.reveal().values())
        assert "zq-canary" not in words and "Marlowe" not in words and "Physicians" not in words
    receiving.answer_incoming(cast.actor(), given, Answer("accept", openings="Monday"), now=NOW)
    nudge_inbox(due + 5 * DAY)
    assert Message.objects.count() == 2


def test_without_mail_nobody_is_asked_to_carry_reminders(cast: Cast, settings: Any) -> None:
    settings.SMTP_URL = ""
    given = log(cast)
    nudge_inbox(row(given).received_at + 9 * DAY)
    assert not Message.objects.exists()
