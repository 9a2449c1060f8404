"""What other referral systems get wrong, each as a story that must not come true here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as WebClient

from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.clients.caring import ClientFacts, change_client
from warmhandoff.core import jobs
from warmhandoff.core.models import Event, Message
from warmhandoff.referrals import answering, asking, attending, choosing, closing, going_on, sending
from warmhandoff.referrals.day import today
from warmhandoff.referrals.models import Gap, Option
from warmhandoff.rules.refusals import BadInput

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _mail(settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"


def mails(tmp_path: Any, to: str) -> list[str]:
    found = [path.read_text() for path in (tmp_path / "mail").glob("*.eml")]
    return [mail for mail in found if f"To: {to}" in mail]


def matched(walk: way.Walk) -> set[int]:
    """The listings that meet every must for certain."""
    return {one.id for one in asking.find_options(walk.staff, walk.referral_id, now=walk.now).options}


def test_no_match_is_never_silent(cast: Cast) -> None:
    """The sender reads it on the very next page, with what would open options; the need is in the gap register."""
    walk = way.recorded(cast, concerns=["borderline"], formats=["in_person"])
    assert Gap.objects.count() == 1
    page = cast.web().get(f"/referrals/{walk.referral_id}/options/").content.decode()
    assert "Nobody meets this need" in page or "Nobody is known to meet everything" in page
    row = walk.row
    assert row.next_owner_id == cast.clinician.pk and row.waiting_on == "referrer" and row.due_at is not None


def test_silence_never_leaves_a_referral_without_its_owners_step(cast: Cast) -> None:
    """However long nobody does anything, it stands among what is overdue of someone who is there."""
    walk = way.sent(cast)
    for _ in range(6):
        walk.later(days=30)
        jobs.run_due(walk.now)
        mine = today(walk.staff, now=walk.now).mine
        assert [(line.id, line.waiting_on) for line in mine] == [(walk.referral_id, "referrer")]
    assert walk.row.state == "silent" and walk.row.due_at < walk.now


def test_a_second_no_does_not_restart(cast: Cast) -> None:
    """Need, release and what was tried stay; only who said no is left out from here on."""
    walk = way.sent(cast, rank=3, named=3, go_on=True)
    before = walk.row.need.reveal()
    for place in range(2):
        walk.later(minutes=5)
        no = answering.Answer("decline", decline_reason="full")
        answering.answer_delivery(way.recipient(walk), no, now=walk.now)
        going_on.go_on(walk.staff, walk.referral_id, now=walk.now)
        jobs.run_due(walk.now)
        assert walk.row.state == "sent" and walk.delivery.listing_id == walk.listing_ids[place + 1]
    assert walk.row.need.reveal() == before and walk.delivery.release_id == walk.release_id
    tried = dict(Option.objects.filter(referral_id=walk.referral_id).values_list("listing_id", "tried"))
    assert [tried[one] for one in walk.listing_ids] == ["declined", "declined", ""]
    assert asking.need_of(walk.row)["exclude"] == sorted(walk.listing_ids[:2])


def test_a_listing_without_a_place_is_never_taken_for_near(cast: Cast) -> None:
    """Missing location fails closed: it may be asked about, but it is no match."""
    from warmhandoff.directory import listing

    walk = way.recorded(cast, formats=["in_person"])
    known = matched(walk)
    facts = {"kind": "therapist", "levels": ["outpatient"], "treats": ["trauma"], "plans": ["aetna"],
             "formats": ["in_person"], "accepting": "open", "wait_days": 1, "name": "Nowhere Known"}
    nowhere = listing.enter(walk.staff, facts, now=walk.now, verified=True)
    assert known and matched(walk) == known and nowhere not in known


def test_a_frozen_packet_shows_what_was_sent_that_day(cast: Cast) -> None:
    """The record moves on; what was sent does not."""
    walk = way.sent(cast)
    who = way.recipient(walk)
    first, pdf = answering.open_delivery(who, now=walk.now), answering.packet_for_recipient(who, now=walk.now)
    row = walk.row
    row.hoped_for, row.background, row.client_reason = "changed since", "changed since", "changed since"
    row.save()
    change_client(walk.staff, cast.client.pk, ClientFacts(name="Another Name", phone="512-555-0199"), now=walk.now)
    walk.later(days=3)
    again = answering.open_delivery(who, now=walk.now)
    assert again.content == first.content and again.sha256 == first.sha256
    assert answering.packet_for_recipient(who, now=walk.now) == pdf


def test_do_not_contact_me_still_tells_the_recipient_that_it_is_over(cast: Cast, tmp_path: Any) -> None:
    """Her rules are about her own telephone; whoever waits for her is not left waiting."""
    walk = way.sent(cast)
    cast.client.refresh_from_db()
    cast.client.safe_contact = {"channels": [], "voicemail": False, "note": "never"}
    cast.client.save()
    to_tell = closing.close(walk.staff, walk.referral_id, outcome="client_declined", why="she wants to wait",
                            reason="not_now", now=walk.now)
    jobs.run_due(walk.now)
    over = [mail for mail in mails(tmp_path, "lena@listing.example") if "Nothing more is needed" in mail]
    assert to_tell == [] and len(over) == 1
    assert all(word not in over[0] for word in ("Rosalind", "Marlowe", "R. M.", "trauma", "wait"))
    assert mails(tmp_path, "rosalind@client.example") == []


def test_after_a_release_is_taken_back_not_even_that_is_told(cast: Cast, tmp_path: Any) -> None:
    walk = way.sent(cast)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=walk.now)
    assert closing.close(walk.staff, walk.referral_id, outcome="client_declined", why="her wish", now=walk.now) == []
    jobs.run_due(walk.now)
    assert not any("Nothing more is needed" in mail for mail in mails(tmp_path, "lena@listing.example"))


def test_who_said_no_is_not_written_to_again(cast: Cast, tmp_path: Any) -> None:
    walk = way.sent(cast)
    answering.answer_delivery(way.recipient(walk), answering.Answer("decline", decline_reason="full"), now=walk.now)
    closing.close(walk.staff, walk.referral_id, outcome="recipients_declined", why="nobody else", now=walk.now)
    assert not Message.objects.filter(template="recipient_closed").exists()


def test_a_link_that_is_merely_opened_changes_nothing(cast: Cast) -> None:
    """Mail scanners fetch and HEAD every address: neither answers, redeems, nor counts as opened."""
    walk = way.sent(cast)
    before = (walk.row.moves_made, walk.row.state, Event.objects.count(), walk.delivery.opened_at)
    web = WebClient()
    for path in ("/r/", "/c/", f"/r/?t={way.token_of(walk.delivery)}"):
        for call in (web.get, web.head):
            assert call(path).status_code == 200
    walk.delivery.refresh_from_db()
    assert (walk.row.moves_made, walk.row.state, Event.objects.count(), walk.delivery.opened_at) == before
    assert walk.delivery.wrong_codes == 0 and way.recipient(walk).side == "recipient"


def test_a_poor_fit_is_not_the_end_and_not_the_beginning(cast: Cast) -> None:
    """Attended is not fitting: she says so, her options are extended, and what was told of the first stays his."""
    walk = way.accepted(cast, rank=2, named=2)
    attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
    first = way.recipient(walk)
    walk.later(days=2)
    attending.tell_attendance(first, walk.referral_id, told="attended", now=walk.now)
    attending.tell_attendance(walk.client, walk.referral_id, told="attended", now=walk.now)
    attending.check_in(walk.client, walk.referral_id, fits="no", comfort=2, words="", now=walk.now)
    assert (walk.row.state, walk.row.waiting_on) == ("mismatched", "referrer")
    choice = choosing.ClientChoice("choose_next", "portal", ranked=[walk.listing_ids[1]])
    choosing.record_choice(walk.client, walk.referral_id, choice, now=walk.now)
    assert walk.row.state == "released" and walk.row.session_at is None  # her release names the next one already
    assert Option.objects.get(referral_id=walk.referral_id, listing_id=walk.listing_ids[0]).tried == "poor_fit"
    with pytest.raises(BadInput):
        again = choosing.ClientChoice("choose", "portal", ranked=[walk.listing_ids[0]])
        choosing.record_choice(walk.client, walk.referral_id, again, now=walk.now)
    shown = answering.open_delivery(first, now=walk.now)
    assert not shown.is_live and shown.session_at is None and shown.state == ""
    assert list(walk.row.attendances.values_list("attempt", flat=True)) == [2, 2] and walk.row.attempt == 3
