"""The pages of the network: whom to meet next, what is expected."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.apps.network.test_coverage import refer, someone
from tests.cast import NOW, Cast
from tests.web.visits import words
from warmhandoff.core import clock
from warmhandoff.network.expecting import expected_by

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
    assert "nobody yet" in shown and "within 15 miles" in shown
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
