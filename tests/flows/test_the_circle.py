"""The third article told by the pages: set a goal, meet someone different, follow up, refer first, and get one back."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from tests.apps.network.test_coverage import someone
from tests.apps.referrals.loop import NEED, Loop
from tests.cast import NOW, Cast
from warmhandoff.core import clock, jobs
from warmhandoff.directory.finding import find
from warmhandoff.network.circle import circle
from warmhandoff.referrals import receiving
from warmhandoff.referrals.answering import Answer

pytestmark = pytest.mark.slow
OCD = {"kind": "therapist", "level": "outpatient", "concerns": ["ocd"], "payment": "plan:aetna", "zip": "78704",
       "formats": ["in_person"], "radius_miles": "15", "a_year": "6"}  # fmt: skip


class Desk:
    """The clinician's browser and a clock that moves."""

    def __init__(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cast, self.now = cast, NOW
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def get(self, name: str, *args: Any) -> str:
        answer = self.cast.web().get(reverse(name, args=args))
        assert answer.status_code == 200, answer.status_code
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))

    def post(self, page: str, /, *args: Any, **data: Any) -> None:
        answer = self.cast.web().post(reverse(page, args=args), data)
        assert answer.status_code == 302, (answer.status_code, answer.content.decode()[:3000])

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)
        self.cast._web.clear()
        jobs.run_due(self.now)


def test_a_circle_is_built(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(cast, monkeypatch)
    for number in range(5):  # everyone she knows does what she does
        someone(cast, f"Trauma Colleague {number}", "know_well", specialises_in=["trauma"])
    olivia = someone(cast, "Olivia Cedar", treats=["ocd", "trauma"])

    # A goal that is specific, and what is missing
    desk.post("network_goals", new="3", touches="")
    desk.post("network_expected", **OCD)
    shown = desk.get("network_coverage")
    assert "Much alike" in shown and "5 of the 5 people you know" in shown, "don't just group with the same"
    assert "Olivia Cedar" in shown and "The first you know for about 6 needs a year (Therapist: OCD" in shown

    # Coffee, with words to begin with, in her calendar; then a note
    assert "You offer something of value" in desk.get("network_touch", olivia)
    desk.post("network_touch", olivia, way="coffee", on="2026-11-25", do="plan")
    plan = circle(cast.actor(), today=NOW.date()).planned[0].id
    calendar = cast.web().get(reverse("network_outreach_calendar", args=[plan])).content
    assert b"SUMMARY:Coffee: Olivia Cedar" in calendar and cast.client.initials.reveal().encode() not in calendar
    desk.later(days=2, hours=2)
    desk.post("network_outreach_done", plan, on="2026-11-25", words="Exposure work, dry humor.", relationship="",
              follow_up_on="2026-11-30")  # fmt: skip
    desk.post("network_known", olivia, style="Structured, warm", fees="Slides to 80", next_on="2027-02-01")
    shown = desk.get("network_circle")
    assert "1 of the 3 new colleagues you meant for this month. A small circle is enough." in shown
    assert "A note after you met" in shown
    desk.later(days=5)
    desk.post("network_followed_up", plan)
    assert "A note after you met" not in desk.get("network_circle")
    shown = desk.get("network_coverage")
    assert "Therapist: OCD Aetna, within 15 miles under 5 6 one" in shown, "one is known now; more would be a choice"

    # A group
    desk.post("network_group_add", name="Southside consultation group", kind="group", place="Library", next_on="",
              notes="")  # fmt: skip
    group = circle(cast.actor(), today=NOW.date()).groups[0].id
    desk.post("network_group_touch", group, way="group", on="2026-12-15", do="plan")
    assert "In a group: Southside consultation group" in desk.get("network_circle")

    # Refer first; she returns the favor, is answered and thanked. It is shown, and ranks nobody.
    cast.uses(reciprocity=True)
    loop = Loop(cast)
    loop.offer([olivia, loop.listings[0]]).choose([olivia]).sign(ids=[olivia]).send(listing_id=olivia)
    assert "You sent them 1 They sent you 0" in re.sub(r"\s+", " ", desk.get("network_known", olivia))
    need = {**NEED, "concerns": []}
    before = find(cast.actor(), need, today=desk.now.date()).options
    new = receiving.NewIncoming(from_name="Olivia Cedar", about="someone with trauma", listing_id=olivia)
    back = receiving.log_incoming(cast.actor(), new, now=desk.now)
    receiving.answer_incoming(cast.actor(), back, Answer(kind="accept", openings="Monday"), now=desk.now)
    receiving.thank(cast.actor(), back, "Thank you for thinking of me.", now=desk.now)
    shown = re.sub(r"\s+", " ", desk.get("network_known", olivia))
    assert "You sent them 1 They sent you 1 You thanked them 1" in shown
    assert find(cast.actor(), need, today=desk.now.date()).options == before
