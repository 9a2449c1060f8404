"""Handing on a panel in the browser: begun, picked, watched, looked at, accepted, printed."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from tests.cast import NOW, Cast
from tests.flows import listings
from warmhandoff.core import clock, jobs
from warmhandoff.directory.listing import relate
from warmhandoff.referrals import panel, panel_view
from warmhandoff.referrals.models import PanelClient, PanelTransition, Referral

pytestmark = pytest.mark.slow
ASKED = {
    "reason": "insurance_not_accepted", "notice_on": "2026-12-01", "last_on": "2027-01-31", "kind": "therapist",
    "level": "outpatient", "payment": "plan:aetna", "zip": "78704", "formats": ["in_person"], "radius_miles": "15",
    "concerns": ["trauma"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def post(cast: Cast, address: str, given: dict[str, Any], status: int = 200) -> str:
    answer = cast.web().post(address, given, follow=True)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return str(answer.content.decode())


def get(cast: Cast, address: str, **more: Any) -> str:
    answer = cast.web().get(address, **more)
    assert answer.status_code == 200
    return str(answer.content.decode())


def begun(cast: Cast) -> tuple[str, list[UUID]]:
    for name, openings in (("Known Example", 1), ("Nora Unknown", 1)):
        key = listings.add(cast, name, openings=openings)
        if name.startswith("Nora"):
            relate(cast.actor(), key, now=NOW, relationship="heard_of")
    ids = [cast.client.pk, *(cast.add_client(name, zip="78704") for name in ("Ada Bell", "Cora Dahl"))]
    assert "What changes, and when" in get(cast, "/transitions/")
    html = post(cast, "/transitions/", ASKED)
    assert "Ada Bell" in html and "Look for places for them" in html
    return f"/transitions/{PanelTransition.objects.get().pk}/", ids


def test_the_whole_way(cast: Cast) -> None:
    address, ids = begun(cast)
    html = post(cast, address, {"do": "pick", "clients": [str(one) for one in ids]})
    assert "0 of 3 clients" in html and "<progress" in html and "Look again" in html
    fragment = get(cast, address, headers={"HX-Request": "true"})
    assert fragment.lstrip().startswith('<section class="card stack" id="progress"') and "<html" not in fragment
    jobs.run_due(NOW)
    assert cast.web().get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    html = get(cast, address)
    assert "2 of 3" in html and "Without a place" in html and "No single change would open more" in html
    assert "Meet them first" in html and "Nora Unknown" in html
    meeting = re.search('name="meeting" value="([^"]+)"', html)
    assert meeting and "ok\">met" in post(cast, address, {"do": "met", "meeting": meeting[1]})
    left = PanelClient.objects.get(first=None)
    assert "left out" in post(cast, address, {"do": "out", "client": str(left.pk)})
    assert "left out" not in post(cast, address, {"do": "in", "client": str(left.pk)})
    seen = re.search('name="seen" value="([0-9]+)"', get(cast, address))
    assert seen is not None
    assert "Referrals are being made" in post(cast, address, {"do": "accept", "seen": seen[1]})
    jobs.run_due(NOW)
    html = get(cast, address)
    assert "goes her own way" in html and html.count("the referral of") == 3 and Referral.objects.count() == 3
    answer = cast.web().get(f"{address}letters.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    assert "Accepted" in get(cast, "/transitions/")


def test_what_one_needs_instead_and_throwing_it_away(cast: Cast) -> None:
    address, ids = begun(cast)
    panel.pick(cast.actor(), PanelTransition.objects.get().pk, ids, now=NOW)
    one = PanelClient.objects.get(client_id=ids[1])
    need = {name: value for name, value in ASKED.items() if name not in ("reason", "notice_on", "last_on")}
    assert 'value="78704"' in get(cast, f"{address}clients/{one.pk}/")
    assert "How far can she travel" in post(cast, f"{address}clients/{one.pk}/", {**need, "radius_miles": ""}, 422)
    assert "her own need" in post(cast, f"{address}clients/{one.pk}/", {**need, "modalities_must": ["dbt"]})
    assert "Thrown away" in post(cast, address, {"do": "drop"}) and not PanelTransition.objects.exists()
    assert cast.web().get(address).status_code == 404


def test_what_is_refused_is_said_and_what_was_typed_stays(cast: Cast) -> None:
    html = post(cast, "/transitions/", {**ASKED, "last_on": "2026-11-01", "zip": "1"}, 422)
    assert 'value="2026-11-01"' in html
    assert "The last day comes after the notice" in post(cast, "/transitions/", {**ASKED, "last_on": "2026-11-30"}, 422)
    address, ids = begun(cast)
    assert "Tick at least one client" in post(cast, address, {"do": "pick"}, 422)
    assert "Choose from the list" in post(cast, address, {"do": "pick", "clients": "nonsense"}, 422)
    assert "Choose what to do" in post(cast, address, {"do": "nonsense"}, 422)
    made = PanelTransition.objects.get().pk
    panel.pick(cast.actor(), made, ids, now=NOW)
    panel.begin_assigning(cast.actor(), made, now=NOW)
    jobs.run_due(NOW)
    assert "What would open options" not in get(cast, address)
    one = PanelClient.objects.get(first=None)
    PanelClient.objects.filter(pk=one.pk).update(opens=[["radius_miles", "x2", 4]])
    assert "Twice the distance (4 more)" in get(cast, address)
    seen = panel_view.open_transition(cast.actor(), made, now=NOW).moves_made
    assert cast.web().post(address, {"do": "accept", "seen": str(seen - 1)}).status_code == 409
    assert cast.web().post(address, {"do": "accept", "seen": "x"}).status_code == 409
    assert not Referral.objects.exists()


def test_the_result_of_many_costs_no_more_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    address, ids = begun(cast)
    more = [cast.add_client(f"Client {n}", zip="78704") for n in range(12)]
    post(cast, address, {"do": "pick", "clients": [str(one) for one in (*ids, *more)]})
    jobs.run_due(NOW)
    with django_assert_max_num_queries(24):
        get(cast, address)
