"""Deliveries on the pages: receipts, what can be done about them, the alarm, and a neighbour's inbox."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from tests.cast import NOW, Cast
from tests.flows import neighbours
from tests.flows import walk as way
from tests.web.visits import words
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import Message
from warmhandoff.referrals import answering, sending
from warmhandoff.referrals.models import Incoming, LinkIssue

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def _one(walk: way.Walk, what: str) -> str:
    return f"/referrals/{walk.referral_id}/deliveries/{walk.delivery.pk}{what}"


def test_the_referral_tells_what_became_of_it_and_what_is_next(cast: Cast) -> None:
    walk = way.sent(cast)
    page = words(cast.web().get(f"/referrals/{walk.referral_id}/"))
    for said in ("Queued Monday 23 November, 9:00 am", "Link handed over Monday 23 November, 9:00 am",
                 "Opened by the recipient: not yet", "Answered: not yet",
                 "Without an answer, it comes back to you", "Wednesday", walk.delivery.code.reveal()):
        assert said.casefold() in page.casefold(), said


def test_a_new_link_and_a_new_code_from_the_page(cast: Cast) -> None:
    walk = way.sent(cast)
    before = walk.delivery.code.reveal()
    told = cast.web().post(_one(walk, "/remind/"), follow=True)
    assert "The link was sent again 1 time" in words(told) and walk.delivery.code.reveal() == before
    assert "With whom you spoke" not in words(told).split("Messages")[0]
    refused = cast.web().post(_one(walk, "/code/"), {"how": ""}, follow=True)
    assert "Say with whom you spoke" in words(refused) and walk.delivery.code.reveal() == before
    cast.web().post(_one(walk, "/code/"), {"how": "called the office"}, follow=True)
    assert walk.delivery.code.reveal() != before and LinkIssue.objects.count() == 2


def test_paper_comes_with_a_cover_sheet_past_the_gate(cast: Cast) -> None:
    walk = way.released(cast)
    sending.send(walk.staff, walk.referral_id, way.order(walk, way="paper"), now=NOW)
    assert "Print with cover sheet" in words(cast.web().get(f"/referrals/{walk.referral_id}/"))
    answer = cast.web().get(_one(walk, "/fax.pdf"))
    assert answer.status_code == 200 and "papers.pdf" in answer.headers["Content-Disposition"]
    first, second, *_ = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert "Marlowe" not in first and "512-555-0100" in first and "Marlowe" in second
    assert cast.web("colleague").get(_one(walk, "/fax.pdf")).status_code == 404
    sending.revoke(walk.staff, walk.referral_id, walk.release_id, now=NOW)
    assert cast.web().get(_one(walk, "/fax.pdf")).status_code == 403


def test_what_could_not_leave_alarms_on_today_until_it_is_dropped(cast: Cast, settings: Any) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    walk = way.queued(cast)
    for hours in range(0, 27, 3):
        jobs.run_one("w", NOW + timedelta(hours=hours))
    assert "One message could not be delivered" in words(cast.web().get("/"))
    assert "could not be delivered" not in words(cast.web("colleague").get("/"))
    page = words(cast.web().get("/messages/"))
    assert "eight times over some four hours" in page and "Drop it" in page
    message = Message.objects.get()
    assert cast.web("colleague").post(f"/messages/{message.pk}/drop/").status_code == 404
    dropped = words(cast.web().post(f"/messages/{message.pk}/drop/", follow=True))
    assert "not tried any more, and its link is erased" in dropped and walk.row.state == "released"
    assert "could not be delivered" not in words(cast.web().get("/"))


def test_a_neighbour_finds_the_packet_in_her_inbox_and_answers_there(cast: Cast) -> None:
    walk = way.released(cast)
    listing_id = walk.listing_ids[0]
    looking = {"recipient": str(listing_id), "classes": list(way.CLASSES), "way": "member"}
    assert "To their inbox" not in words(cast.web().get(f"/referrals/{walk.referral_id}/packet/"))
    neighbours.keep(cast, listing_id)
    page = cast.web().get(f"/referrals/{walk.referral_id}/packet/", looking)
    assert "their own inbox on this server" in words(page)
    order = {**looking, "sha256": page.context["ready"].sha256, "seen": walk.row.moves_made, "attested": "on", "to": ""}
    sent = cast.web().post(f"/referrals/{walk.referral_id}/packet/", order, follow=True)
    assert "on its way to their inbox" in words(sent)
    jobs.run_due(NOW)
    row = Incoming.objects.get()
    page = words(cast.web("outsider").get(f"/inbox/{row.pk}/"))
    assert "From a practice of this server" in page and "What they sent along" in page and "Rosalind Marlowe" in page
    pdf = cast.web("outsider").get(f"/inbox/{row.pk}/packet.pdf")
    assert pdf.content == walk.delivery.packet.pdf.reveal()
    assert cast.web().get(f"/inbox/{row.pk}/packet.pdf").status_code == 404
    given = {"kind": "accept", "openings": "Thursday at 5 pm", "seen": row.moves_made}
    told = cast.web("outsider").post(f"/inbox/{row.pk}/", given, follow=True)
    assert "on its way to the sender" in words(told)
    jobs.run_due(NOW)
    assert "Your answer is with the sender" in words(cast.web("outsider").get(f"/inbox/{row.pk}/"))
    page = words(cast.web().get(f"/referrals/{walk.referral_id}/"))
    assert "Arrived in their inbox" in page and "Accepted" in page and "Thursday at 5 pm" in page


def test_a_text_waits_for_her_hours_and_says_so(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMS_URL = f"file://{tmp_path}/texts"
    form = {"name": "Rosalind Marlowe", "language": "en", "zip": "78704", "phone": "512-555-0142", "channels": ["sms"],
            "from": "18:00", "until": "21:00", "days": ["0", "1"]}
    assert cast.web().post(f"/clients/{cast.client.pk}/edit/", form).status_code == 302
    page = cast.web().get(f"/clients/{cast.client.pk}/edit/").content.decode()
    assert 'value="18:00' in page and 'value="21:00' in page
    assert "waits for her safe hours" in words(cast.web().post(f"/clients/{cast.client.pk}/invite/", follow=True))
    assert "It waits for her safe hours: Monday 23 November, 6:00 pm." in words(cast.web().get("/messages/"))
    jobs.run_due(NOW + timedelta(hours=9))
    assert "you have a message" in words(cast.web().get("/messages/")), "shown, for a folder took it"


def test_a_question_and_its_answer_stand_on_both_pages(cast: Cast) -> None:
    walk = neighbours.arrived(cast)
    row = Incoming.objects.get()
    given = {"kind": "ask", "question": "Mornings or evenings?", "seen": row.moves_made}
    cast.web("outsider").post(f"/inbox/{row.pk}/", given)
    jobs.run_due(NOW)
    answering.answer_question(walk.staff, walk.referral_id, words="Evenings.", now=NOW)
    jobs.run_due(NOW)
    assert "They said Evenings." in words(cast.web("outsider").get(f"/inbox/{row.pk}/"))
