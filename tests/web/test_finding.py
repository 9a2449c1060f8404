"""Find someone: from nothing to a printed list, without a client's record and without script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOW, Cast
from warmhandoff.core import clock
from warmhandoff.directory.listing import enter, relate
from warmhandoff.directory.pasting import PastedContact, add_pasted

pytestmark = pytest.mark.slow  # a directory each

ASKED = {
    "kind": "therapist", "level": "outpatient", "concerns": ["trauma"], "payment": "plan:aetna", "zip": "78704",
    "formats": ["in_person"], "radius_miles": "15",
}  # fmt: skip
DANA = {
    "name": "Dana Example", "credentials": "LCSW", "kind": "therapist", "levels": ["outpatient"], "zip": "78704",
    "state": "TX", "city": "Austin", "address": "1 Invented Street", "phone": "512-555-0111", "treats": ["trauma"],
    "specialises_in": ["trauma"], "formats": ["in_person"], "accepting": "open", "plans": ["aetna"], "wait_days": 9,
    "fee": 15000,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def enter_dana(cast: Cast, **more: Any) -> int:
    return enter(cast.actor(), {**DANA, **more}, now=cast.now, verified=True)


def post(cast: Cast, address: str = "/find/", status: int = 200, **given: Any) -> str:
    answer = cast.web().post(address, {**ASKED, **given})
    assert answer.status_code == status
    assert "?" not in answer.request["PATH_INFO"] and not answer.request["QUERY_STRING"]
    return answer.content.decode()


def test_with_nobody_in_the_network_the_page_says_what_to_do(cast: Cast) -> None:
    html = cast.web().get("/find/").content.decode()
    assert "/network/paste/" in html and "/network/import/" in html
    assert "/network/paste/" in post(cast)


def test_options_come_ranked_with_their_reasons_and_the_form_stays_filled(cast: Cast) -> None:
    best = enter_dana(cast)
    enter_dana(cast, name="Eli Example", specialises_in=[])
    html = post(cast)
    assert html.index("1. <a") < html.index("Dana Example") < html.index("2. <a") < html.index("Eli Example")
    assert "Specialises in trauma; lists Aetna; in person, in the same ZIP code area" in html
    assert f'name="listing" value="{best}"' in html
    assert '<option value="plan:aetna" selected>' in html and 'value="78704"' in html
    assert "Specialises in it" in html and 'class="bars"' in html


def test_what_is_not_known_stands_apart_with_what_to_ask(cast: Cast) -> None:
    add_pasted(cast.actor(), [PastedContact(name="Bo Pasted", kind="therapist", zip="78704")], now=cast.now)
    html = post(cast)
    assert "Nobody you can refer to is known to fit everything." in html
    assert html.index("Likely, to confirm") < html.index("Bo Pasted")
    assert "pasted, not confirmed" in html and "Are you taking new clients" in html


def test_one_change_that_opens_more_is_a_button_that_makes_it(cast: Cast) -> None:
    enter_dana(cast, plans=["cigna"])
    html = post(cast)
    found = re.search(r'name="loosen" value="(\d+)">Any way of paying: 1 in all', html)
    assert found is not None
    loosened = post(cast, loosen=found[1])
    assert "One option fits everything" in loosened and "Dana Example" in loosened
    assert '<option value="any" selected>' in loosened


def test_why_someone_is_not_here(cast: Cast) -> None:
    enter_dana(cast, plans=["cigna"], treats=["grief"], specialises_in=[], accepting=None)
    html = post(cast, whom="dana")
    assert "does not take this way of paying" in html and "does not work with this (" in html
    assert "Are you taking new clients" in html
    assert "Nobody called “Zed” is in your directory." in post(cast, whom="Zed")


def test_a_set_aside_listing_is_not_shown_and_said_so_when_asked(cast: Cast) -> None:
    relate(cast.actor(), enter_dana(cast), now=cast.now, excluded=True)
    html = post(cast, whom="Dana")
    assert "One option" not in html and "Your practice has set this listing aside." in html


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"zip": "00000"}, "is not a known five-digit ZIP"), ({"formats": []}, "This field is required"),
        ({"radius_miles": ""}, "How far can she travel?"), ({"kind": "wizard"}, "Select a valid choice"),
        ({"payment": "budget"}, "How much can she pay a session?"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_told_and_what_was_typed_kept(
    cast: Cast, given: dict[str, Any], words: str
) -> None:
    html = post(cast, status=422, **{**given, "max_wait_days": "33"})
    assert words in html and 'value="33"' in html


def test_stale_openings_are_asked_about(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    enter_dana(cast)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=31))
    html = post(cast)
    assert "One option" not in html and "Are you taking new clients" in html


def test_the_list_to_take_along(cast: Cast) -> None:
    dana = enter_dana(cast)
    relate(cast.actor(), dana, now=cast.now, tie_kind="family", tie_text="My sister works there.")
    hidden = enter_dana(cast, name="Safe House", confidential=True, address="9 Hidden Lane", plans=None)
    html = post(cast, "/find/print/", listing=[str(dana), str(hidden)])
    assert html.index("Dana Example") < html.index("Safe House")
    for words in ("512-555-0111", "1 Invented Street, Austin, TX 78704", "Aetna", "$150 a session", "in about 9 days",
                  "My sister works there.", "988"):  # fmt: skip
        assert words in html
    assert "9 Hidden Lane" not in html and "The place is kept confidential" in html


def test_nothing_ticked_and_what_is_not_ones_own_print_nothing(cast: Cast) -> None:
    dana = enter_dana(cast)
    assert "Nothing was ticked" in post(cast, "/find/print/", status=422)
    answer = cast.web("outsider").post("/find/print/", {"listing": [str(dana), "x", "9" * 30]})
    assert answer.status_code == 422 and "Dana" not in answer.content.decode()
    assert cast.web().get("/find/print/").status_code == 302


def test_a_page_of_options_asks_the_database_no_more_for_more_listings(cast: Cast) -> None:
    asked = []
    for number in range(25):
        enter_dana(cast, name=f"Dana {number}")
        if number in (11, 24):
            browser = cast.web()
            browser.get("/find/")
            with CaptureQueriesContext(connection) as queries:
                browser.post("/find/", ASKED)
            asked.append(len(queries))
    # Of these, three read the directory: nothing of it is kept while a transaction, here the test's, is open.
    assert asked[0] == asked[1] <= 17
