"""The map of what was found, and whom it must not show."""

from __future__ import annotations

import re

import pytest

from tests.apps.directory.test_listing import shared_dana
from tests.cast import NOW, Cast
from tests.web.test_finding import enter_dana
from warmhandoff.core import clock
from warmhandoff.directory.listing import edit
from warmhandoff.directory.mapping import HEIGHT, WIDTH, map_of
from warmhandoff.directory.models import Overlay


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(cast: Cast, query: str = "?scope=all", part: str = "clinician") -> str:
    answer = cast.web(part).get(f"/network/map/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_dots_stand_where_their_zips_lie_and_the_table_says_the_same(cast: Cast) -> None:
    codes = ("78704", "78704", "75201", "77002")
    ids = [enter_dana(cast, name=f"P{n}", zip=code, city="", state="TX") for n, code in enumerate(codes)]
    drawn = map_of(cast.actor(), ids)
    dots = {dot.zip: dot for dot in drawn.dots}
    assert [dot.count for dot in drawn.dots] == [2, 1, 1] and drawn.elsewhere == 0
    austin, dallas, houston = dots["78704"], dots["75201"], dots["77002"]
    assert dallas.y < houston.y and dallas.y < austin.y, "north is up"
    assert austin.x < dallas.x < houston.x, "east is right"
    assert all(0 < dot.x < WIDTH and 0 < dot.y < HEIGHT for dot in drawn.dots)
    assert austin.radius > dallas.radius
    miles, length = drawn.bar or (0, 0.0)
    apart = ((austin.x - dallas.x) ** 2 + (austin.y - dallas.y) ** 2) ** 0.5 * miles / length
    assert 170 < apart < 200, "Austin and Dallas lie about 182 miles apart"
    html = page(cast)
    assert html.count("<circle") == 3 and "2 listings in 78704 Austin" in html and ">Dallas</td>" in html
    address = re.search(r'href="(/network/\?[^"]*78704[^"]*)"', html)
    assert address and "2 listings" in str(cast.web().get(address[1].replace("&amp;", "&")).content.decode())


def test_a_confidential_place_is_on_no_map(cast: Cast) -> None:
    where = {"zip": "76701", "city": "Waco", "lat": 31.5, "lon": -97.1}
    hidden = enter_dana(cast, name="Safe House", confidential=True, **where)
    shared = shared_dana(cast, name="Shared House", **where)
    unknown = enter_dana(cast, name="Nowhere", zip=None, city=None, lat=None, lon=None)
    assert [dot.zip for dot in map_of(cast.actor(), [hidden, shared, unknown]).dots] == ["76701"]
    edit(cast.actor(), shared, {"confidential": True}, now=NOW)
    only = {"confidential": Overlay.objects.get(listing=shared).facts_now["confidential"]}
    Overlay.objects.filter(listing=shared).update(facts_now=only)  # even if nothing else were said of the place
    drawn = map_of(cast.actor(), [hidden, shared, unknown])
    assert drawn.dots == () and drawn.elsewhere == 3
    html = page(cast)
    assert "76701" not in html and "Waco" not in html and "3 are not on the map" in html
    assert "76701" in page(cast, part="outsider"), "for others the shared word stands"


def test_one_zip_alone_is_in_the_middle_and_few_queries_are_asked(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    one = enter_dana(cast)
    (dot,) = map_of(cast.actor(), [one]).dots
    assert (round(dot.x), round(dot.y)) == (WIDTH // 2, HEIGHT // 2) and dot.named
    page(cast)  # the first one also renews the session
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page(cast)
    assert "Nothing to draw" in page(cast, "?q=nobody")
