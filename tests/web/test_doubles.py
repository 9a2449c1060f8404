"""Are these the same? The pages where a person says so, and where it is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apps.directory.test_merging import PLAIN, land
from tests.cast import NOW, Cast
from warmhandoff.core import clock
from warmhandoff.directory.listing import enter
from warmhandoff.directory.merging import look_for_doubles
from warmhandoff.directory.models import Likeness, Listing, Merge


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def get(cast: Cast, address: str, part: str = "clinician") -> str:
    return str(cast.web(part).get(address, follow=True).content.decode())


def twice(cast: Cast, **more: Any) -> list[int]:
    made = [enter(cast.actor(), {**PLAIN, **more, "phone": phone}, now=cast.now)
            for phone in ("512-555-0101", "(512) 555-0101")]  # fmt: skip
    look_for_doubles(now=cast.now)
    return made


def test_a_pair_stands_side_by_side_with_its_sum_and_is_merged_by_a_button(cast: Cast) -> None:
    a, b = twice(cast)
    html = get(cast, "/network/same/")
    assert "One pair waits for your answer" in html and "(512) 555-0101" in html and "Why we ask" in html
    assert "Dana Example" not in get(cast, "/network/same/", "outsider")
    pair = Likeness.objects.get().pk
    assert cast.web("outsider").post(f"/network/same/{pair}/", {"answer": "same"}).status_code == 404
    answer = cast.web().post(f"/network/same/{pair}/", {"answer": "same"}, follow=True)
    assert "They are one listing now" in answer.content.decode()
    assert cast.web().get(f"/network/{b}/").headers["Location"] == f"/network/{a}/"
    html = get(cast, "/network/merged/")
    assert "Merged by Clinician Person" in html and "Undo" in html
    assert "Dana" not in get(cast, "/network/merged/", "outsider")
    cast.web().post(f"/network/merged/{Merge.objects.get().pk}/undo/")
    assert "undone" in get(cast, "/network/merged/") and Listing.objects.filter(survivor=None).count() == 2


@pytest.mark.parametrize("answer", ["different", "later"])
def test_another_answer_takes_the_pair_away(cast: Cast, answer: str) -> None:
    twice(cast)
    cast.web().post(f"/network/same/{Likeness.objects.get().pk}/", {"answer": answer})
    assert "No two listings look the same" in get(cast, "/network/same/")
    assert not Merge.objects.exists()


def test_shared_listings_are_the_operators_where_several_practices_share_them(cast: Cast) -> None:
    land(cast, "a", ("1", {**PLAIN, "phone": "512-555-0101"}), ("2", {**PLAIN, "phone": "512-555-0101"}))
    look_for_doubles(now=cast.now)
    assert "Dana" not in get(cast, "/network/same/")
    answer = cast.web().post(f"/network/same/{Likeness.objects.get().pk}/", {"answer": "same"})
    assert answer.status_code == 403 and not Merge.objects.exists()


def test_a_confidential_place_is_not_told_side_by_side(cast: Cast) -> None:
    twice(cast, confidential=True, address="12 Hidden Street")
    html = get(cast, "/network/same/")
    assert "Dana Example" in html
    assert not any(told in html for told in ("Hidden", "Austin", "78704"))


def test_the_page_asks_the_database_little(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(4):
        twice(cast, name=f"Dana Example{number}")
    get(cast, "/network/same/")
    with django_assert_max_num_queries(12):
        get(cast, "/network/same/")
    with django_assert_max_num_queries(12):
        get(cast, "/network/merged/")
