"""The crisis path on the pages: the numbers above everything, then the place, the plan, the note, the follow-up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from tests.apps.referrals.loop import NEED
from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.accounts.texts import keep_text
from warmhandoff.clients.models import Client
from warmhandoff.core import clock
from warmhandoff.directory import listing
from warmhandoff.referrals.models import CrisisNote, SafetyPlan
from warmhandoff.referrals.planning import NewReferral, record_need

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def her(cast: Cast) -> str:
    return f"/clients/{cast.client.pk}/"


def _numbers_first(html: str) -> None:
    main = html[html.index("<main"):]
    first_field = min(found.start() for found in re.finditer(r'<(?:input(?! type="hidden")|textarea|select)', main))
    assert main.index("tel:911") < main.index("tel:988") < main.index("chat.988lifeline.org") < first_field


def test_the_numbers_stand_above_every_field(cast: Cast, her: str) -> None:
    for address in ("/crisis/near/", f"{her}crisis/"):
        _numbers_first(cast.web().get(address).content.decode())


def test_the_place_is_asked_and_may_be_left_out(cast: Cast, her: str) -> None:
    facts = {"name": "Near Crisis Team", "kind": "crisis_service", "zip": "78704", "phone": "512-555-0199",
             "formats": ["in_person"]}  # fmt: skip
    listing.enter(cast.actor(), facts, now=NOW, verified=True)
    for address in ("/crisis/near/", f"{her}crisis/"):
        html = cast.web().post(address, {"place": "78745"}).content.decode()
        assert "Near Crisis Team" in html and "512-555-0199" in html and "put through" in html
        assert "78745" not in address and cast.web().post(address, {"place": ""}).status_code == 200
        assert "112" in cast.web().post(address, {"place": "European Union"}).content.decode()
    assert not CrisisNote.objects.exists(), "looking writes nothing down"


def test_from_the_note_to_today_to_having_asked(cast: Cast, her: str, monkeypatch: pytest.MonkeyPatch) -> None:
    web = cast.web()
    answer = web.post(f"{her}crisis/record/", {"words": " "})
    assert answer.status_code == 422 and "Say what was done" in answer.content.decode()
    _numbers_first(answer.content.decode())
    given = {"done": ["stayed", "means"], "words": "She called from the car.", "judgment": "High.",
             "screening_wish": "yes", "screening_intent": "yes", "recipient": "Her sister",
             "told": "that she should not be alone", "basis": "involved_in_care"}  # fmt: skip
    answer = web.post(f"{her}crisis/record/", given, follow=True)
    html = answer.content.decode()
    assert "Suggests the high band" in html and "never a verdict" in html and "Lighthouse" in html
    assert "Her sister: that she should not be alone" in html
    note = CrisisNote.objects.get()
    record = reverse("disclosure", args=[cast.client.pk, note.disclosure_id])
    assert record in html and "complete it, and someone else looks at it" in html
    assert web.get(record).status_code == 200 and record in web.get("/").content.decode()
    assert "Ask after R. M." in web.get("/").content.decode()
    assert "Ask after" not in cast.web("supervisor").get("/").content.decode()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=25))
    late = cast.web("supervisor").get("/").content.decode()
    assert "Ask after R. M." in late and "Clinician Person was to do it" in late and "overdue" in late
    page = f"{her}crisis/{note.pk}/"
    web = cast.web()
    assert "512-555-0142" in web.get(page).content.decode()
    assert web.post(page, {"reached": "yes", "words": ""}).status_code == 422
    assert web.post(page, {"reached": "no", "words": ""}).status_code == 302
    assert "Ask after R. M." in web.get("/").content.decode()
    assert web.post(page, {"reached": "yes", "words": "She slept."}).status_code == 302
    assert "Ask after" not in web.get("/").content.decode()
    assert "She slept." in web.get(f"{her}crisis/").content.decode()


def test_the_number_in_the_rail_counts_it(cast: Cast, her: str) -> None:
    cast.web().post(f"{her}crisis/record/", {"words": "She called."})
    for address in ("/", "/clients/"):
        assert '<span class="tag">1<span class="hear"> to do' in cast.web().get(address).content.decode()


def test_the_front_desk_sees_the_path_without_the_clinical_part(cast: Cast, her: str) -> None:
    cast.web().post(f"{her}crisis/record/", {"words": "She called from the car.", "screening_plan": "yes"})
    cast.web().post(f"{her}safety-plan/", {"seen": "0", "coping": "Walk to the lake"})
    html = cast.web("coordinator").get(f"{her}crisis/").content.decode()
    _numbers_first(html)
    assert "the car" not in html and "high band" not in html and "the lake" not in html
    assert cast.web("coordinator").get(f"{her}safety-plan/").status_code == 403
    assert cast.web("coordinator").post(f"{her}crisis/record/", {"words": "She called the desk."}).status_code == 302


def test_the_safety_plan_is_written_with_her_and_printed(cast: Cast, her: str) -> None:
    web = cast.web()
    assert "She has none here yet" in web.get(f"{her}crisis/").content.decode()
    assert web.post(f"{her}safety-plan/", {"seen": "0"}).status_code == 422
    given = {"seen": "0", "warning_signs": "I stop to eat", "people": "My sister, 512-555-0177"}
    assert web.post(f"{her}safety-plan/", given).status_code == 302
    assert web.post(f"{her}safety-plan/", given).status_code == 409, "another version is there by now"
    html = web.get(f"{her}crisis/").content.decode()
    assert "I stop to eat" in html and "safety-plan.pdf" in html
    copy = web.get(f"{her}safety-plan.pdf")
    assert copy.headers["Content-Type"] == "application/pdf" and copy.content.startswith(b"%PDF-")
    assert SafetyPlan.objects.count() == 1


def test_the_practices_own_texts_stand_on_the_path(cast: Cast, her: str) -> None:
    html = cast.web().get(f"{her}crisis/").content.decode()
    assert "has not written down its protocol yet" in html and "Ask your supervisor or the practice" in html
    keep_text(cast.actor("admin"), "protect", "Our counsel says: call her first.", reviewed_on=NOW.date(), now=NOW)
    html = cast.web().get(f"{her}crisis/").content.decode()
    assert "Our counsel says: call her first." in html and "last read Monday 23 November" in html


def test_administrators_write_the_texts_and_colleagues_read_them(cast: Cast) -> None:
    page = "/practice/texts/"
    assert "<textarea" not in cast.web().get(page).content.decode()
    assert cast.web().post(page, {"code": "protocol", "protocol-text": "Mine"}).status_code == 403
    admin = cast.web("admin")
    assert admin.post(page, {"code": "protocol", "protocol-text": "Call Ana."}).status_code == 302
    assert "Call Ana." in cast.web().get(page).content.decode()
    bad = {"code": "protocol", "protocol-text": "Call Ben.", "protocol-reviewed_on": "2027-01-01"}
    answer = admin.post(page, bad)
    assert answer.status_code == 422 and "Call Ben." in answer.content.decode()
    assert admin.post(page, {"code": "law", "law-text": "x"}).status_code == 422


def test_no_address_and_no_title_names_her(cast: Cast, her: str) -> None:
    for address in (f"{her}crisis/", f"{her}safety-plan/"):
        html = cast.web().get(address).content.decode()
        title = html[html.index("<title>"):html.index("</title>")]
        assert CLIENT_NAME not in title and CLIENT_NAME in html


def test_a_client_who_may_only_be_met_in_session_is_not_called(cast: Cast, her: str) -> None:
    row = Client.objects.get(pk=cast.client.pk)
    row.safe_contact = {"never": True}
    row.save()
    cast.web().post(f"{her}crisis/record/", {"words": "She called."})
    html = cast.web().get(f"{her}crisis/{CrisisNote.objects.get().pk}/").content.decode()
    assert "Never outside the session" in html and "tel:512" not in html


def _recorded(cast: Cast, new: NewReferral) -> UUID:
    return record_need(cast.actor(), cast.client.pk, new, now=NOW)


def test_a_referral_made_in_a_crisis_leads_there_first(cast: Cast, her: str) -> None:
    new = NewReferral(kind="adjunct", reason="crisis", need=NEED)
    pages = {
        reason: cast.web().get(f"/referrals/{_recorded(cast, one)}/").content.decode()
        for reason, one in (("crisis", new), ("modality", replace(new, reason="modality")))
    }
    assert "In a crisis, call first" in pages["crisis"] and "In a crisis" not in pages["modality"]
    assert all(f"{her}crisis/" in html for html in pages.values())
