"""The main job told as a story: from a need to the closed ring, and the unhappy ways out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.core import jobs
from warmhandoff.core.models import AuditEntry, Event, Message
from warmhandoff.referrals import answering, asking, attending, choosing, closing, going_on, sending
from warmhandoff.referrals.day import today
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import open_referral
from warmhandoff.rules.lifecycle import arcs
from warmhandoff.rules.refusals import BadInput, NoRelease, NotAllowed, NotNow, NotThere, Stale

MAIL = "file:///nowhere"


@pytest.fixture(autouse=True)
def _mail(settings: object, tmp_path: object) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"  # type: ignore[attr-defined]


def test_from_need_to_closed_ring(cast: Cast) -> None:
    walk = way.accepted(cast)
    attending.book(way.recipient(walk), walk.referral_id, session_at=walk.now + timedelta(days=3), now=walk.now)
    assert walk.row.state == "booked"
    walk.later(days=4)
    attending.tell_attendance(way.recipient(walk), walk.referral_id, told="attended", now=walk.now)
    attending.tell_attendance(walk.client, walk.referral_id, told="attended", now=walk.now)
    walk.later(days=7)
    attending.check_in(walk.client, walk.referral_id, fits="yes", comfort=8, words="", now=walk.now)
    closing.close(walk.staff, walk.referral_id, outcome="attended_fit", now=walk.now)
    row = walk.row
    assert (row.state, row.next_step, row.due_at, row.outcome) == ("closed", "", None, "attended_fit")
    assert arcs(row.state, waiting_on=row.waiting_on) == ["done"] * 6
    page = open_referral(walk.staff, walk.referral_id, now=walk.now)
    assert [entry.move for entry in page.timeline] == [
        "record_need", "offer", "choose", "sign_release", "send", "hand_over", "accept", "book", "tell_attended",
        "confirm_attendance", "check_in_well", "close",
    ]  # fmt: skip


@pytest.mark.slow
def test_every_disclosure_rode_on_the_release(cast: Cast) -> None:
    walk = way.accepted(cast)
    answering.open_delivery(way.recipient(walk), now=walk.now)
    disclosing = Event.objects.filter(subject_id=walk.referral_id, move__in=["send", "hand_over"])
    assert {e.release_id for e in disclosing} == {walk.release_id}
    assert {a.basis for a in AuditEntry.objects.filter(verb="disclose")} == {walk.release_id}


@pytest.mark.slow
def test_the_mail_to_the_recipient_names_nobody(cast: Cast, tmp_path: object) -> None:
    way.sent(cast)
    mails = [p.read_text() for p in (tmp_path / "mail").glob("*.eml")]  # type: ignore[operator]
    to_recipient = [m for m in mails if "To: lena@listing.example" in m]
    assert len(to_recipient) == 1
    for word in ("Rosalind", "Marlowe", "trauma", "R. M."):
        assert all(word not in mail for mail in mails)
    assert Message.objects.get(template="recipient_link").body.reveal() is None


@pytest.mark.slow
def test_client_picks_none(cast: Cast) -> None:
    walk = way.offered(cast)
    choosing.record_choice(walk.client, walk.referral_id, choosing.ClientChoice("choose_none", "portal"), now=walk.now)
    assert (walk.row.state, walk.row.waiting_on) == ("undecided", "referrer")
    asking.find_more(walk.staff, walk.referral_id, now=walk.now)
    assert walk.row.state == "needed"


def test_recipient_declines_and_the_client_chooses_another(cast: Cast) -> None:
    walk = way.sent(cast, rank=2)
    answer = answering.Answer("decline", decline_reason="full", words="I am sorry, I have no room.")
    answering.answer_delivery(way.recipient(walk), answer, now=walk.now)
    assert walk.row.state == "declined"
    assert walk.row.options.get(listing_id=walk.listing_ids[0]).tried == "declined"
    choice = choosing.ClientChoice("choose_next", "paper", ranked=[walk.listing_ids[1]])
    choosing.record_choice(walk.staff, walk.referral_id, choice, now=walk.now)
    assert walk.row.state == "chosen"
    with pytest.raises(BadInput):  # the one who declined is no option any more
        again = choosing.ClientChoice("choose_next", "paper", ranked=[walk.listing_ids[0]])
        choosing.record_choice(walk.staff, walk.referral_id, again, now=walk.now)


@pytest.mark.slow
def test_silence_is_told_and_stays_the_owners_step_without_agreement(cast: Cast) -> None:
    walk = way.sent(cast, rank=2, named=2)
    walk.later(days=5)
    jobs.run_due(walk.now)
    assert (walk.row.state, walk.row.waiting_on) == ("silent", "referrer")
    assert walk.row.next_owner == cast.clinician
    assert [item.id for item in today(walk.staff, now=walk.now).mine] == [walk.referral_id]
    with pytest.raises(NotNow):
        going_on.go_on(walk.staff, walk.referral_id, now=walk.now)


@pytest.mark.slow
def test_silence_goes_on_to_the_next_option_when_ranked_agreed_and_released(cast: Cast) -> None:
    walk = way.given(way.sent(cast, rank=2, named=2, go_on=True))
    first = walk.delivery
    walk.later(days=5)
    jobs.run_due(walk.now)
    assert walk.row.state == "sent"
    assert walk.delivery.pk != first.pk and walk.delivery.listing_id == walk.listing_ids[1]
    jobs.run_due(walk.now)
    assert walk.row.deliveries.count() == 2


@pytest.mark.slow
def test_silence_does_not_go_on_to_someone_the_release_does_not_name(cast: Cast) -> None:
    walk = way.given(way.sent(cast, rank=2, named=1, go_on=True))
    walk.later(days=5)
    jobs.run_due(walk.now)
    assert walk.row.state == "silent"
    assert walk.row.deliveries.count() == 1


@pytest.mark.slow
def test_release_taken_back_while_queued_nothing_leaves(cast: Cast, tmp_path: object) -> None:
    walk = way.queued(cast)
    sending.revoke(walk.client, walk.referral_id, walk.release_id, now=walk.now)
    jobs.run_due(walk.now)
    assert walk.row.state == "undecided"
    assert walk.delivery.state == "withdrawn"
    folder = tmp_path / "mail"  # type: ignore[operator]
    assert not folder.exists() or all("lena@listing" not in p.read_text() for p in folder.glob("*.eml"))


@pytest.mark.slow
def test_release_taken_back_after_sending_ends_the_link(cast: Cast) -> None:
    walk = way.sent(cast)
    token, code = way.token_of(walk.delivery), walk.delivery.code.reveal()
    who = way.recipient(walk)
    reached = sending.revoke(walk.client, walk.referral_id, walk.release_id, now=walk.now)
    assert reached == ["Lena Ortiz, LCSW"]
    with pytest.raises(NotThere):
        answering.open_with_code(token, code, now=walk.now)
    with pytest.raises(NotThere):
        answering.open_delivery(who, now=walk.now)
    with pytest.raises(NotThere):
        answering.answer_delivery(who, answering.Answer("accept", openings="Monday"), now=walk.now)


@pytest.mark.slow
def test_without_a_release_nothing_is_sent_and_the_refusal_is_recorded(cast: Cast) -> None:
    walk = way.released(cast)
    other = walk.listing_ids[1]
    with pytest.raises(NoRelease):
        sending.send(walk.staff, walk.referral_id, way.order(walk, other), now=walk.now)
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1
    assert walk.row.state == "released" and not walk.row.deliveries.exists()


@pytest.mark.slow
def test_a_release_that_runs_out_stops_the_link(cast: Cast) -> None:
    walk = way.sent(cast)
    who = way.recipient(walk)
    walk.later(days=91)
    with pytest.raises(NotThere):
        answering.open_delivery(who, now=walk.now)


@pytest.mark.slow
def test_on_paper_without_any_public_address(cast: Cast, settings: object) -> None:
    settings.SMTP_URL = ""  # type: ignore[attr-defined]
    walk = way.released(cast)
    delivery_id = sending.send(walk.staff, walk.referral_id, way.order(walk, way="paper"), now=walk.now)
    assert walk.row.state == "sent"
    assert sending.packet_file(walk.staff, delivery_id, now=walk.now).startswith(b"%PDF")
    answer = answering.Answer("accept", openings="Monday 9 am")
    answering.log_answer(walk.staff, walk.referral_id, delivery_id, answer, now=walk.now)
    attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=2), now=walk.now)
    attending.tell_attendance(walk.staff, walk.referral_id, told="attended", now=walk.now)
    attending.check_in(walk.staff, walk.referral_id, fits="yes", comfort=None, words="", now=walk.now)
    closing.close(walk.staff, walk.referral_id, outcome="attended_fit", now=walk.now)
    assert walk.row.state == "closed"


def test_the_preview_is_what_leaves(cast: Cast) -> None:
    walk = way.released(cast)
    stale = way.order(walk)
    row = walk.row
    row.background, row.hoped_for = "changed since", "changed since"
    row.save()
    with pytest.raises(Stale):
        sending.send(walk.staff, walk.referral_id, stale, now=walk.now)
    fresh = way.order(walk)
    shown = sending.preview(walk.staff, walk.referral_id, walk.listing_ids[0], way.CLASSES, now=walk.now)
    sending.send(walk.staff, walk.referral_id, fresh, now=walk.now)
    packet = walk.delivery.packet
    assert packet.pdf.reveal() == shown.pdf and packet.content.reveal() == shown.content


@pytest.mark.slow
def test_a_class_not_chosen_leaves_no_trace(cast: Cast) -> None:
    walk = way.released(cast)
    shown = sending.preview(walk.staff, walk.referral_id, walk.listing_ids[0], ("reason",), now=walk.now)
    assert "Rosalind" not in str(shown.content) and "0142" not in str(shown.content)


@pytest.mark.slow
def test_sides_may_disagree_about_attendance(cast: Cast) -> None:
    walk = way.accepted(cast)
    attending.book(walk.staff, walk.referral_id, session_at=walk.now + timedelta(days=1), now=walk.now)
    attending.tell_attendance(way.recipient(walk), walk.referral_id, told="attended", now=walk.now)
    attending.tell_attendance(walk.client, walk.referral_id, told="missed", now=walk.now)
    page = open_referral(walk.staff, walk.referral_id, now=walk.now)
    assert page.attendance_disagrees and len(page.attendance) == 2


@pytest.mark.slow
def test_one_option_needs_a_reason(cast: Cast) -> None:
    walk = way.recorded(cast)
    with pytest.raises(BadInput, match="single"):
        asking.offer(walk.staff, walk.referral_id, walk.listing_ids[:1], now=walk.now)
    asking.offer(walk.staff, walk.referral_id, walk.listing_ids[:1], now=walk.now, single_reason="the only one near")
    assert walk.row.state == "offered"


@pytest.mark.slow
def test_she_cannot_sign_by_herself_before_someone_checked_who_she_is(cast: Cast) -> None:
    from warmhandoff.clients.models import IdentityCheck
    from warmhandoff.clients.releasing import ReleaseDraft, Signature, draft_release

    walk = way.chosen(cast)
    draft = ReleaseDraft(walk.referral_id, [(walk.listing_ids[0], "Lena")], way.CLASSES, "specialized",
                         expires_on=walk.now.date())
    release = draft_release(walk.staff, cast.client.pk, draft, now=walk.now)
    assert not IdentityCheck.objects.exists()
    with pytest.raises(NotAllowed):
        choosing.sign(walk.client, walk.referral_id, release, Signature("portal", "R M"), now=walk.now)
    assert walk.row.state == "chosen"


@pytest.mark.slow
@pytest.mark.parametrize("part", ["outsider", "colleague", "admin", "departed"])
def test_strangers_find_nothing(cast: Cast, part: str) -> None:
    walk = way.recorded(cast)
    with pytest.raises(NotThere):
        open_referral(cast.actor(part), walk.referral_id, now=walk.now)


@pytest.mark.slow
def test_a_second_answer_finds_the_first(cast: Cast) -> None:
    walk = way.accepted(cast)
    with pytest.raises(NotNow):
        answering.answer_delivery(way.recipient(walk), answering.Answer("accept", openings="Friday"), now=walk.now)


@pytest.mark.slow
def test_a_mail_server_that_stays_away_gives_the_step_back_to_the_owner(cast: Cast, settings: object) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:1"  # type: ignore[attr-defined]
    walk = way.queued(cast)
    for _ in range(10):
        walk.later(hours=1)
        jobs.run_due(walk.now)
    assert walk.row.state == "released" and walk.row.waiting_on == "referrer"
    assert walk.delivery.state == "failed" and walk.delivery.token_hash is None


@pytest.mark.slow
def test_the_next_choice_needs_no_new_signature_where_the_release_names_her_already(cast: Cast) -> None:
    walk = way.sent(cast, rank=2, named=2)
    answering.answer_delivery(way.recipient(walk), answering.Answer("decline", decline_reason="full"), now=walk.now)
    choice = choosing.ClientChoice("choose_next", "paper", ranked=[walk.listing_ids[1]])
    choosing.record_choice(walk.staff, walk.referral_id, choice, now=walk.now)
    assert walk.row.state == "released"
    sending.send(walk.staff, walk.referral_id, way.order(walk, walk.listing_ids[1]), now=walk.now)
    jobs.run_due(walk.now)
    assert walk.row.state == "sent" and walk.delivery.release_id == walk.release_id


@pytest.mark.slow
def test_a_release_that_runs_out_while_the_packet_waits_stops_it_at_the_gate(cast: Cast, tmp_path: object) -> None:
    walk = way.queued(cast)
    walk.later(days=91)
    jobs.run_due(walk.now)
    assert walk.row.state == "undecided" and walk.delivery.state == "withdrawn"
    folder = tmp_path / "mail"  # type: ignore[operator]
    assert not folder.exists() or all("lena@listing" not in p.read_text() for p in folder.glob("*.eml"))
    assert Event.objects.filter(client_id=cast.client.pk, move="refuse_disclosure").count() == 1


def test_two_who_loaded_the_same_page_one_wins(cast: Cast) -> None:
    walk = way.sent(cast)
    first, second = walk.row, walk.row
    made = Made(facts={"openings": "Monday"})
    move(first, "accept", made, actor=way.recipient(walk), now=walk.now)
    with pytest.raises(Stale):
        move(second, "accept", made, actor=way.recipient(walk), now=walk.now)
    assert Event.objects.filter(subject_id=walk.referral_id, move="accept").count() == 1


@pytest.mark.slow
def test_a_release_is_taken_back_only_by_way_of_its_own_referral(cast: Cast) -> None:
    walk, other = way.sent(cast), way.recorded(cast)
    with pytest.raises(NotThere):
        sending.revoke(walk.staff, other.referral_id, walk.release_id, now=walk.now)
    assert answering.open_delivery(way.recipient(walk), now=walk.now).state == "sent"
