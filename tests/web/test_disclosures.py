"""Pages around disclosures: texts and later versions of packets, what was told without a release, the accounting."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop, loop_at
from tests.cast import NOW, Cast
from tests.leaving.sinks import light_pdf
from tests.web.table_people import _client_inside
from warmhandoff.clients.models import LawfulDisclosure
from warmhandoff.core import clock
from warmhandoff.referrals import freezing, on_a_basis
from warmhandoff.referrals.models import BasisPacket, Packet, PacketPart

pytestmark = pytest.mark.slow
FACTS = "She said that she would not be there tomorrow, and where she is."


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for module in (freezing, on_a_basis):
        monkeypatch.setattr(module, "packet_pdf", light_pdf)


def hidden(page: str) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def get(loop: Loop, url: str, part: str = "clinician", status: int = 200, **query: Any) -> str:
    answer = loop.cast.web(part).get(url, query)
    assert answer.status_code == status
    return str(answer.content.decode())


def post(loop: Loop, url: str, part: str = "clinician", **data: Any) -> Any:
    return loop.cast.web(part).post(url, data)


def test_texts_are_written_kept_and_offered(cast: Cast) -> None:
    loop = loop_at(cast, "chosen").sign(classes=("contact", "medications"))
    assert "Write or paste: Medications" in get(loop, f"/referrals/{loop.id}/packet/")
    url = f"/referrals/{loop.id}/packet/texts/"
    assert post(loop, url, medications="sertraline").status_code == 302
    assert "sertraline" in get(loop, url)
    assert post(loop, url).status_code == 302 and not PacketPart.objects.exists()
    get(loop, url, part="coordinator", status=403)


def test_asking_for_more_leads_to_a_draft_with_what_was_wanted(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    page = get(loop, f"/referrals/{loop.id}/packet/")
    assert f"/referrals/{loop.id}/release/?draft=again" in page
    draft = get(loop, f"/referrals/{loop.id}/release/", draft="again", classes=["course"],
                recipient=loop.listings[1])
    assert re.search(r'value="course"[^>]* checked', draft)
    data = {"recipients": [str(loop.listings[1])], "classes": ["course"], "purpose": "same_service",
            "expires_on": "2027-01-01"}
    assert post(loop, f"/referrals/{loop.id}/release/?draft=again", **data).status_code == 302
    signed = post(loop, f"/referrals/{loop.id}/release/sign/", signed_name="R", identity="seen")
    assert signed.status_code == 302 and loop.state == "released"


def test_a_later_version_is_shown_and_given(cast: Cast) -> None:
    loop = loop_at(cast, "sent")
    url = f"/referrals/{loop.id}/deliveries/{loop.row.deliveries.get().pk}/later/"
    assert url in get(loop, f"/referrals/{loop.id}/")
    given = {"classes": ["reason"], "changed": "she moved", "seen": loop.row.moves_made}
    looked = post(loop, url, **given)
    assert "Version 2" in looked.content.decode() and Packet.objects.count() == 1
    assert post(loop, url, **given, sha256=hidden(looked.content.decode())).status_code == 302
    assert Packet.objects.get(edition=2).changed.reveal() == "she moved"


def test_told_by_telephone_completed_reviewed_and_on_paper(cast: Cast) -> None:
    loop = loop_at(cast, "released")
    hers = f"/clients/{cast.client.pk}/disclosures/"
    assert post(loop, f"{hers}add/", way="phone").status_code == 302
    row = LawfulDisclosure.objects.get()
    assert "To complete" in get(loop, f"{hers}{row.pk}/")
    today = get(loop, "/", part="admin")
    assert "Told without a release" in today and "R.M." not in today and "RM" not in today
    whole = {"way": "paper", "basis": "serious_threat", "recipient": "Crisis team", "able": "near", "facts": FACTS,
             "classes": ["contact", "risk"], "told": "on"}  # fmt: skip
    assert post(loop, f"{hers}{row.pk}/", **whole).status_code == 302
    url = f"/referrals/{loop.id}/disclosures/{row.pk}/"
    assert post(loop, url, classes=["reason"]).status_code == 422  # not what was recorded
    looked = post(loop, url, classes=["contact"]).content.decode()
    assert "45 CFR 164.512(j)" in looked and not BasisPacket.objects.exists()
    assert post(loop, url, classes=["contact"], sha256=hidden(looked)).status_code == 302
    assert cast.web().get(f"/referrals/{loop.id}/disclosures/{row.pk}.pdf").content.startswith(b"%PDF")
    assert post(loop, f"/practice/disclosures/{row.pk}/", review="fine").status_code == 403
    assert post(loop, f"/practice/disclosures/{row.pk}/", part="supervisor").status_code == 422
    assert post(loop, f"/practice/disclosures/{row.pk}/", part="supervisor", review="fine").status_code == 302
    assert "Supervisor Person" in get(loop, f"{hers}{row.pk}/")


def test_the_switch_is_the_administrators(cast: Cast) -> None:
    loop = Loop(cast)
    assert post(loop, "/practice/disclosures/treatment/", on="yes").status_code == 403
    assert post(loop, "/practice/disclosures/treatment/", part="admin", on="yes").status_code == 302
    cast.practice.refresh_from_db()
    assert cast.practice.discloses_for_treatment


def test_staff_and_client_read_what_was_shared(cast: Cast) -> None:
    loop = loop_at(cast, "sent")
    page = get(loop, f"/clients/{cast.client.pk}/disclosures/")
    assert "Avery Lowell" in page and "No disclosure was refused" in page
    rows = cast.web().get(f"/clients/{cast.client.pk}/disclosures.csv").content.decode()
    assert "Avery Lowell" in rows and rows.count("\r\n") == 2
    browser = cast.web()
    browser.cookies = _client_inside(cast)
    hers = browser.get("/c/shared/").content.decode()
    assert "Avery Lowell" in hers and "You had signed for this." in hers
    browser.post("/c/language/", {"language": "es"})
    assert "Usted había firmado" in browser.get("/c/shared/").content.decode()
