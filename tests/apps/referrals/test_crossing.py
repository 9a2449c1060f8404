"""Two practices of one server: the packet arrives in the other's inbox under its own key, and the answer comes back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from warmhandoff.core import carriers, clock, jobs
from warmhandoff.core.models import Job, Message
from warmhandoff.referrals import answering, inbox, papers, receiving, sending, ways
from warmhandoff.referrals.models import ArrivedPacket, Delivery, Incoming, TakenIn
from warmhandoff.rules.refusals import BadInput, NotThere, Unavailable

pytestmark = pytest.mark.slow  # a walk each


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _answer(cast: Cast, answer: answering.Answer, now: datetime = NOW) -> None:
    receiving.answer_incoming(cast.actor("outsider"), neighbours.incoming(cast).pk, answer, now=now)


def test_the_packet_arrives_under_the_receivers_own_key(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    row, packet = neighbours.incoming(cast), ArrivedPacket.objects.get()
    assert (row.came_by, row.state, row.to_member) == ("member", "waiting", cast.members["outsider"])
    assert "Lakeside" in row.from_name.reveal() and row.client_name.reveal() == "Rosalind Marlowe"
    assert row.due_at == datetime(2026, 11, 25, 23, 0, tzinfo=row.due_at.tzinfo), "her promise, by her own clock"
    frozen = walk.delivery.packet
    assert (packet.sha256, packet.content.reveal()) == (frozen.sha256, frozen.content.reveal())
    theirs = cast.actor("outsider")
    assert papers.arrived_file(theirs, row.pk, now=NOW) == frozen.pdf.reveal()
    assert packet.practice_id == theirs.practice_id != walk.delivery.practice_id
    assert (walk.row.state, walk.delivery.state) == ("sent", "handed_over") and walk.delivery.token_hash is None
    assert Message.objects.get().channel == "member" and not Message.objects.get().body.reveal()
    for part in ("clinician", "admin"):
        with pytest.raises(NotThere):
            papers.arrived_file(cast.actor(part), row.pk, now=NOW)


@pytest.mark.parametrize(("answer", "state"), [
    (answering.Answer("accept", openings="Thursday at 5 pm"), "accepted"),
    (answering.Answer("waitlist", weeks=6), "waitlisted"),
    (answering.Answer("decline", decline_reason="full"), "declined"),
])  # fmt: skip
def test_the_answer_travels_back_by_itself(cast: Cast, answer: answering.Answer, state: str) -> None:
    walk = neighbours.arrived(cast)
    _answer(cast, answer)
    assert walk.row.state == "sent" and ArrivedPacket.objects.get().told == "on_its_way"
    jobs.run_due(NOW)
    assert walk.row.state == state and walk.delivery.answer_facts.reveal() == answer.facts()
    assert ArrivedPacket.objects.get().told == "told" and neighbours.incoming(cast).state == state


def test_a_question_goes_there_and_its_answer_comes_here(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _answer(cast, answering.Answer("ask", question="Mornings or evenings?"))
    jobs.run_due(NOW)
    assert walk.row.state == "asked" and walk.delivery.question.reveal() == "Mornings or evenings?"
    answering.answer_question(walk.staff, walk.referral_id, words="Evenings, after six.", now=NOW)
    jobs.run_due(NOW)
    page = inbox.open_incoming(cast.actor("outsider"), neighbours.incoming(cast).pk, now=NOW)
    assert page.line.state == "waiting" and page.facts["question_answer"] == "Evenings, after six."


def test_a_release_taken_back_stops_words_on_their_way(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    _answer(cast, answering.Answer("ask", question="Mornings or evenings?"))
    jobs.run_due(NOW)
    answering.answer_question(walk.staff, walk.referral_id, words="Evenings, after six.", now=NOW)
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert neighbours.incoming(cast).state == "asked" and Message.objects.filter(state="stopped").count() == 1
    _answer(cast, answering.Answer("accept", openings="Monday"))
    jobs.run_due(NOW)
    assert ArrivedPacket.objects.get().told == "too_late" and walk.row.state == "undecided"


def test_a_parcel_handed_over_twice_is_taken_in_once(cast: Cast) -> None:
    neighbours.arrived(cast)
    _answer(cast, answering.Answer("accept", openings="Monday"))
    message = Message.objects.get(template="answer")
    words = message.body.reveal()
    parcel = carriers.Parcel(str(message.pk), message.to.reveal(), "answer", words)
    for _ in range(2):
        carriers.carrier("member").carry(parcel)
    jobs.run_due(NOW)
    assert ArrivedPacket.objects.get().told == "told" and TakenIn.objects.count() == 2, "packet, and answer"


def test_without_a_release_nothing_arrives(cast: Cast) -> None:
    walk = neighbours.ordered(cast)
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    jobs.run_due(NOW)
    assert not Incoming.objects.exists() and not ArrivedPacket.objects.exists()
    with pytest.raises(Unavailable):
        ways.packet_to_carry(walk.delivery.pk, now=NOW)


def test_whoever_let_go_of_the_listing_gets_nothing(cast: Cast) -> None:
    walk = neighbours.ordered(cast)
    cast.members["outsider"].claims.update(ended_at=NOW)
    jobs.run_one("w", NOW)
    assert not Incoming.objects.exists() and walk.delivery.state == "queued"
    assert Job.objects.get(name="deliver").last_error == "unavailable"


def test_the_way_is_offered_only_where_it_leads(cast: Cast) -> None:
    walk = way.released(cast)
    listing_id = walk.listing_ids[0]
    codes = [code for code, _ in ways.offered(cast.practice.pk, [listing_id])]
    assert codes == ["link", "paper", "phone"]
    order = way.order(walk, way="member")
    with pytest.raises(BadInput):
        sending.send(walk.staff, walk.referral_id, order, now=NOW)
    neighbours.keep(cast, listing_id)
    assert [code for code, _ in ways.offered(cast.practice.pk, [listing_id])] == ["member", "link", "paper", "phone"]
    theirs = cast.members["outsider"].practice_id
    codes = [code for code, _ in ways.offered(theirs, [listing_id])]
    assert codes == ["link", "paper", "phone"], "nobody sends to herself"
    assert not Delivery.objects.exists()


def test_a_further_way_cannot_take_a_built_in_name() -> None:
    further = ways.Way("x", "x", "x", lambda practice_id, listing_id: "")
    for code in ("link", "paper", "phone", "much_too_long"):
        with pytest.raises(ValueError, match="cannot name"):
            ways.register_way(code, further)


def test_silence_is_noticed_there_too(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    jobs.run_due(NOW + timedelta(days=5))
    assert walk.row.state == "silent"
