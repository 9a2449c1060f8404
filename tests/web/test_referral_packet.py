"""Release and packet pages: what she signs, what exactly leaves, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.clients.models import Release
from warmhandoff.core import clock
from warmhandoff.core.models import Attachment, Event
from warmhandoff.documents import release_pdf
from warmhandoff.referrals.models import Delivery, Packet

pytestmark = pytest.mark.slow  # renders PDFs


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def get(loop: Loop, page: str, **query: Any) -> str:
    response = loop.cast.web().get(f"/referrals/{loop.id}/{page}", query)
    assert response.status_code == 200
    return str(response.content.decode())


def post(loop: Loop, page: str, **data: Any) -> Any:
    return loop.cast.web().post(f"/referrals/{loop.id}/{page}", data)


def ticked(page: str, name: str) -> list[str]:
    boxes = re.findall(rf'<input type="checkbox" name="{name}"[^>]*>', page)
    return [found[1] for box in boxes if " checked" in box and (found := re.search(r'value="([^"]+)"', box))]


def looked(loop: Loop, classes: tuple[str, ...] = ("contact", "reason"), way: str = "link") -> dict[str, Any]:
    """Look at the preview, and give what its form would send."""
    page = get(loop, "packet/", recipient=loop.listings[0], classes=list(classes), way=way)
    hidden = dict(re.findall(r'<input type="hidden" name="(seen|sha256|recipient|way|to)" value="([^"]*)"', page))
    return {**hidden, "classes": re.findall(r'name="classes" value="(\w+)">', page.partition("Exactly")[2])}


def test_the_draft_ticks_her_choices_and_no_class(cast: Cast) -> None:
    loop = loop_at(cast, "chosen")
    page = get(loop, "release/")
    assert ticked(page, "recipients") == [str(one) for one in loop.listings[:2]]
    assert ticked(page, "classes") == []
    assert 'value="2027-02-21"' in page  # ninety days
    assert "so that they can reach the client" in page


@pytest.mark.parametrize(("changed", "words"), [
    ({"classes": []}, "This field is required."), ({"expires_on": "2028-01-01"}, "A release ends within"),
    ({"recipients": []}, "This field is required."), ({"classes": ["psychotherapy_notes"]}, "Select a valid choice"),
])  # fmt: skip
def test_a_draft_that_cannot_be_is_refused(cast: Cast, changed: dict[str, Any], words: str) -> None:
    loop = loop_at(cast, "chosen")
    data = {"recipients": [str(loop.listings[0])], "classes": ["contact"], "purpose": "same_service",
            "expires_on": "2027-01-01"}
    response = post(loop, "release/", **{**data, **changed})
    assert response.status_code == 422 and words in str(response.content.decode())
    assert not Release.objects.exists()


def test_the_text_stands_in_her_language_before_it_is_signed(cast: Cast) -> None:
    loop = loop_at(cast, "chosen")
    row = cast.client
    row.language = "es"
    row.save()
    loop.draft()
    page = get(loop, "release/")
    assert "Permiso para compartir" in page and 'lang="es"' in page
    assert f'name="referral" value="{loop.id}"' in page  # she may sign on this device or by link as well


def test_a_paper_signature_needs_a_name_and_a_sane_scan(cast: Cast) -> None:
    loop = loop_at(cast, "chosen")
    loop.draft()
    assert post(loop, "release/sign/", identity="seen").status_code == 422
    odd = SimpleUploadedFile("scan.pdf", b"MZ not a scan")
    refused = post(loop, "release/sign/", signed_name="Rosalind Marlowe", identity="seen", scan=odd)
    assert refused.status_code == 422 and "PDF, PNG or JPEG" in str(refused.content.decode())
    assert loop.state == "chosen"
    page = release_pdf(["A page", "that she signed."], [], language="en")
    scan = SimpleUploadedFile("scan.pdf", page)
    post(loop, "release/sign/", signed_name="Rosalind Marlowe", identity="seen", scan=scan)
    assert loop.state == "released" and Attachment.objects.get().data.reveal() == page


def test_the_release_prints(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    response = loop.cast.web().get(f"/referrals/{loop.id}/release/{loop.release_id}.pdf")
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")


def test_nothing_is_ticked_and_nothing_shown_before_one_chooses(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    page = get(loop, "packet/")
    assert ticked(page, "classes") == [] and "Exactly this leaves" not in page
    assert "Medications" not in page  # the release does not cover it
    assert re.search(rf'<option value="{loop.listings[0]}" selected>', page)


def test_the_preview_is_what_leaves(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    page = get(loop, "packet/", recipient=loop.listings[0], classes=["reason"], way="link")
    assert "You need someone trained in trauma." in page
    assert "A client (name not shared)" in page and "512-555-0142" not in page
    order = looked(loop, ("reason",))
    pdf = loop.cast.web().get(
        f"/referrals/{loop.id}/packet/preview.pdf", {"recipient": loop.listings[0], "classes": ["reason"]}
    )
    assert post(loop, "packet/", **order, attested="on").status_code == 302
    packet = Packet.objects.get()
    assert packet.pdf.reveal() == pdf.content and packet.classes == ["reason"]
    assert packet.sha256 == order["sha256"]


def test_without_the_attestation_it_stays(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    response = post(loop, "packet/", **looked(loop))
    assert response.status_code == 422 and "nothing of value" in str(response.content.decode())
    assert not Packet.objects.exists()


def test_a_record_that_changed_since_is_looked_at_again(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    order = looked(loop)
    row = loop.row
    row.client_reason = "another reason"
    row.save()
    response = post(loop, "packet/", **order, attested="on")
    assert response.status_code == 409 and "look at the packet again" in str(response.content.decode())
    assert not Packet.objects.exists()


def test_a_class_the_release_does_not_cover_cannot_be_added_to_the_form(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    order = looked(loop)
    response = post(loop, "packet/", **{**order, "classes": ["contact", "background"]}, attested="on")
    assert response.status_code == 422 and not Packet.objects.exists()


def test_without_a_release_one_is_offered_to_ask_her(cast: Cast) -> None:
    loop = loop_at(cast, "chosen")
    response = loop.cast.web().get(f"/referrals/{loop.id}/packet/")
    page = str(response.content.decode())
    assert response.status_code == 403
    assert "Ask her now" in page and f"/referrals/{loop.id}/release/" in page


def test_taking_back_says_what_it_cannot_undo(cast: Cast) -> None:
    loop = loop_at(cast, "sent")
    page = get(loop, "release/revoke/")
    assert "Call back what was received already: Avery Lowell" in page
    response = loop.cast.web().post(f"/referrals/{loop.id}/release/revoke/", follow=True)
    assert "Avery Lowell had received something before" in str(response.content.decode())
    assert loop.state == "undecided"
    assert loop.cast.web().get(f"/referrals/{loop.id}/release/revoke/").status_code == 409


def test_a_paper_packet_is_refused_once_it_is_taken_back(cast: Cast) -> None:
    loop = loop_at(cast, "released").send(way="paper")
    path = f"/referrals/{loop.id}/deliveries/{loop.delivery_id}.pdf"
    assert loop.cast.web().get(path).status_code == 200
    post(loop, "release/revoke/")
    assert loop.cast.web().get(path).status_code == 403
    assert Event.objects.filter(move="refuse_disclosure").count() == 1


def test_a_delivery_of_another_referral_does_not_open_here(cast: Cast) -> None:
    one, other = loop_at(cast, "sent"), loop_at(cast, "sent")
    assert cast.web().get(f"/referrals/{one.id}/deliveries/{other.delivery_id}.pdf").status_code == 404


def test_by_mail_only_a_neutral_message_goes(cast: Cast, settings: Any, tmp_path: Any) -> None:
    from warmhandoff.core import jobs

    settings.SMTP_URL = f"file://{tmp_path}"
    loop = loop_at(cast, "released")
    post(loop, "packet/", **{**looked(loop), "to": "desk@avery.example"}, attested="on")
    jobs.run_due(NOW)
    (mail,) = [path.read_text() for path in tmp_path.glob("*.eml")]
    assert "desk@avery.example" in mail and "/r/#" in mail
    assert CLIENT_NAME not in mail and "trauma" not in mail and Delivery.objects.get().code.reveal() not in mail
    assert loop.state == "sent"


def test_the_list_to_take_is_in_her_language_and_shows_ties(cast: Cast) -> None:
    from warmhandoff.directory import listing

    loop = Loop(cast)
    listing.relate(loop.actor, loop.listings[0], now=NOW, tie_kind="family", tie_text="Her sister works here")
    loop.offer()
    row = cast.client
    row.language = "es"
    row.save()
    page = get(loop, "list/")
    assert "Personas que pueden ayudar" in page and "Her sister works here" in page and "512-555-0101" in page
    assert CLIENT_NAME not in page
