"""The pages of the network: whom to meet next, what is expected."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.apps.network.test_coverage import refer, someone
from tests.apps.network.test_niche import MINE, came
from tests.cast import NOW, Cast
from tests.web.visits import words
from warmhandoff.core import clock
from warmhandoff.network.circle import circle
from warmhandoff.network.expecting import expected_by
from warmhandoff.network.meeting import Touch, log_outreach, set_goal

pytestmark = pytest.mark.slow
EXPECTED = {
    "a_year": "6", "kind": "therapist", "level": "outpatient", "concerns": ["ocd"], "payment": "plan:aetna",
    "zip": "78704", "formats": ["in_person"], "radius_miles": "15",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(cast: Cast, name: str, part: str = "clinician", *args: Any) -> str:
    answer = cast.web(part).get(reverse(name, args=args))
    assert answer.status_code == 200
    return words(answer)


def test_from_what_is_expected_to_whom_to_meet(cast: Cast) -> None:
    assert "Nothing to go by yet" in page(cast, "network_coverage")
    someone(cast, "Olivia Cedar", treats=["ocd"])
    someone(cast, "Perhaps Birch", treats=["ocd"], plans=None)
    answer = cast.web().post(reverse("network_expected"), EXPECTED)
    assert answer.status_code == 302
    assert "About 6 a year" in page(cast, "network_expected")
    shown = page(cast, "network_coverage")
    assert "Olivia Cedar" in shown and "The first you know for about 6 needs a year" in shown
    assert "nobody yet" in shown and "within 15 miles" in shown and "would close 57 % of the gap" in shown
    assert "Perhaps Birch" not in shown, "the gap they might close is closed by someone who surely fits"
    assert "A prescriber" in shown and "A small circle is enough" in shown
    assert "Olivia Cedar" not in page(cast, "network_coverage", "outsider")


def test_what_cannot_be_is_said_at_its_field_and_stays_typed(cast: Cast) -> None:
    answer = cast.web().post(reverse("network_expected"), {**EXPECTED, "zip": "00000", "a_year": "0"})
    assert answer.status_code == 422 and 'value="00000"' in answer.content.decode()
    answer = cast.web().post(reverse("network_expected"), {**EXPECTED, "zip": "00000"})
    assert answer.status_code == 422 and "is not a known five-digit ZIP" in words(answer)
    assert expected_by(cast.practice.pk) == []


def test_what_is_expected_can_be_taken_back(cast: Cast) -> None:
    cast.web().post(reverse("network_expected"), EXPECTED)
    key = expected_by(cast.practice.pk)[0].id
    assert cast.web("outsider").post(reverse("network_expected_remove", args=[key])).status_code == 404
    assert cast.web().post(reverse("network_expected_remove", args=[key])).status_code == 302
    assert expected_by(cast.practice.pk) == []


def test_rare_needs_stay_untold_and_the_page_takes_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    refer(cast, 3, concerns=["sex_offending"])
    refer(cast, 7)
    someone(cast, "Known Well", "know_well")
    web = cast.web()
    web.get("/")
    with django_assert_max_num_queries(22):
        shown = words(web.get(reverse("network_coverage")))
    assert "Trauma" in shown and "offend" not in shown.lower() and "Other needs" in shown


def test_a_coffee_from_plan_to_follow_up(cast: Cast) -> None:
    key = someone(cast, "Olivia Cedar")
    touch = reverse("network_touch", args=[key])
    assert "What do you like to work with most?" in words(cast.web().get(touch))
    planned = {"way": "coffee", "on": "2026-11-30", "do": "plan", "words": "Bring cards"}
    assert cast.web().post(touch, {**planned, "on": "2026-11-01"}).status_code == 422
    assert cast.web().post(touch, planned).status_code == 302
    shown = page(cast, "network_circle")
    assert "Coffee: Olivia Cedar" in shown and "Bring cards" in shown
    line = circle(cast.actor(), today=NOW.date()).planned[0]
    done = reverse("network_outreach_done", args=[line.id])
    given = {"on": "2026-11-23", "words": "Warm", "relationship": "know_well", "follow_up_on": "2026-11-27"}
    assert cast.web("colleague").post(done, given).status_code == 404
    assert cast.web().post(done, given).status_code == 302
    assert "A note after you met" in page(cast, "network_circle")
    assert cast.web().post(reverse("network_followed_up", args=[line.id])).status_code == 302
    known = page(cast, "network_known", "colleague", key)
    assert "Know well" in known and "Warm" in known and "last in touch" in known


def test_a_page_of_one_colleague_keeps_what_is_known(cast: Cast) -> None:
    key = someone(cast, "Olivia Cedar")
    address = reverse("network_known", args=[key])
    given = {"style": "Quiet", "fees": "Slides to 80", "next_on": "2026-12-24"}
    assert cast.web().post(address, {**given, "next_on": "2026-01-01"}).status_code == 422
    assert cast.web().post(address, given).status_code == 302
    assert "Quiet" in page(cast, "network_known", "colleague", key)
    assert "Olivia Cedar" in page(cast, "network_circle", "colleague"), "a day to be in touch is the practice's"
    assert cast.web("outsider").get(address).status_code == 404


def test_goals_groups_and_the_calendar(cast: Cast) -> None:
    assert cast.web().post(reverse("network_goals"), {"new": "99"}).status_code == 422
    assert cast.web().post(reverse("network_goals"), {"new": "3", "touches": ""}).status_code == 302
    said = "0 of the 3 new colleagues you meant for this month. A small circle is enough."
    assert said in page(cast, "network_circle")
    assert cast.web().post(reverse("network_group_add"), {"name": "", "kind": "group"}).status_code == 422
    given = {"name": "Spring mixer", "kind": "event", "next_on": "2027-03-01"}
    assert cast.web().post(reverse("network_group_add"), given).status_code == 302
    assert "Spring mixer" in page(cast, "network_circle", "colleague")
    group = circle(cast.actor(), today=NOW.date()).groups[0].id
    given = {"way": "event", "on": "2027-03-01", "do": "plan"}
    assert cast.web().post(reverse("network_group_touch", args=[group]), given).status_code == 302
    answer = cast.web().get(reverse("network_calendar"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8" and b"At an event: Spring mixer" in answer.content
    assert cast.web().post(reverse("network_group_end", args=[group])).status_code == 302
    assert cast.web().get(reverse("network_group_touch", args=[group])).status_code == 404


def test_the_circle_takes_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(4):
        key = someone(cast, f"Person {number}")
        log_outreach(cast.actor(), Touch("call", NOW.date(), key, follow_up_on=NOW.date()), now=NOW)
    set_goal(cast.actor(), "new", 3, now=NOW)
    web = cast.web()
    web.get("/")
    with django_assert_max_num_queries(14):
        web.get(reverse("network_circle"))


def test_the_niche_is_kept_said_and_followed_by_a_kind_note(cast: Cast) -> None:
    key = someone(cast, "Dr. Ines Falk")
    address = reverse("network_niche")
    assert cast.web().post(address, {"text": "I see. I saw. I was."}).status_code == 422
    assert cast.web().post(address, {"text": MINE}).status_code == 302
    for answer in ("decline", "decline"):
        came(cast, key, answer)
    shown = page(cast, "network_niche")
    assert "Reads at about grade" in shown and "0 of 2 fitted so far: too few to say." in shown
    assert f"What I do best: {MINE}" in shown and "Has not heard your sentence yet" in shown
    said = reverse("network_niche_said", args=[key])
    assert cast.web().post(said, {"place": "moon"}).status_code == 422
    assert cast.web().post(said, {"place": "note"}).status_code == 302
    shown = page(cast, "network_niche")
    assert "Last heard" in shown and "A kind note" not in shown
    assert MINE in page(cast, "network_known", "clinician", key)
    assert MINE in page(cast, "network_niche", "colleague") and "Dr. Ines Falk" not in page(
        cast, "network_niche", "colleague"
    )


def test_given_and_received_shows_only_where_it_is_switched_on(cast: Cast) -> None:
    key = someone(cast, "Dr. Ines Falk")
    came(cast, key)
    assert "Given and received" not in page(cast, "network_known", "clinician", key)
    cast.uses(reciprocity=True)
    assert "They sent you 1" in page(cast, "network_known", "clinician", key)
