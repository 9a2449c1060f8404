"""The network's pages: what is known and how fresh, by hand, by pasting and by file."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import NOW, Cast
from tests.imports.test_sheet import ANA, BO, MAPPING, text_of
from tests.web.test_finding import enter_dana
from warmhandoff.core import clock
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.measuring import note_outcome, report
from warmhandoff.directory.models import Listing, Upload
from warmhandoff.directory.queries import listing_page

pytestmark = pytest.mark.slow

PASTED = "Jane Doe, LCSW, 512-555-0100, jane@example.org, Austin\nBo Unclear, 512-555-0101"


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def get(cast: Cast, address: str, part: str = "clinician", status: int = 200) -> str:
    answer = cast.web(part).get(address)
    assert answer.status_code == status
    return str(answer.content.decode())


def post(cast: Cast, address: str, given: dict[str, Any], status: int = 200) -> str:
    answer = cast.web().post(address, given, follow=True)
    assert answer.status_code == status
    return str(answer.content.decode())


def names(cast: Cast) -> list[str]:
    return [line.name for line in listings(cast.actor(), today=NOW.date()).lines]


def test_an_empty_network_says_what_to_do(cast: Cast) -> None:
    assert "There is nobody in your network yet" in get(cast, "/network/")


def test_the_list_is_searched_and_paged(cast: Cast) -> None:
    for number in range(51):
        enter_dana(cast, name=f"Person {number:02d}")
    first = get(cast, "/network/")
    assert "51 listings" in first and "Person 49" in first and "Person 50" not in first
    assert "Person 50" in get(cast, "/network/?page=2")
    found = get(cast, "/network/?q=person+07&scope=all&kind=therapist")
    assert "One listing" in found and "Person 07" in found and "Person 08" not in found
    assert "Nobody here answers to that" in get(cast, "/network/?q=nobody&page=99999999&scope=x&kind=y")


def test_a_listing_shows_every_fact_with_age_and_source(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    dana = enter_dana(cast)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=100))
    html = get(cast, f"/network/{dana}/")
    assert "Dana Example" in html and "$150" in html and "Entered by hand" in html and "3 months ago, too old" in html
    assert re.search(r"<title>Listing", html)
    post(cast, f"/network/{dana}/still-true/", {"field": "plans"})
    page = listing_page(cast.actor(), dana, today=clock.now().date())
    assert {fact.field for fact in page.stale} == {"accepting", "wait_days", "fee"}
    post(cast, f"/network/{dana}/still-true/", {})
    assert not listing_page(cast.actor(), dana, today=clock.now().date()).stale


def test_another_practices_listing_is_not_there(cast: Cast) -> None:
    dana = enter_dana(cast)
    for address in (f"/network/{dana}/", f"/network/{dana}/edit/"):
        get(cast, address, "outsider", 404)
    for action in ("relation", "still-true", "confirm", "retire"):
        answer = cast.web("outsider").post(f"/network/{dana}/{action}/", {"relationship": "met", "field": "fee"})
        assert answer.status_code == 404
    get(cast, "/network/999999999999999999999/", status=404)


def test_someone_is_added_and_mended(cast: Cast) -> None:
    given = {
        "name": "Eli Example", "kind": "therapist", "treats": ["grief"], "fee": "120.50", "sliding_scale": "no",
        "plans": ["aetna"], "other_plans": "Local Union 7", "languages": ["es", ""], "state": "TX",
    }  # fmt: skip
    html = post(cast, "/network/add/", given)
    assert "Added to your network." in html
    listing = Listing.objects.get()
    held = listing_page(cast.actor(), listing.pk, today=NOW.date()).values
    assert held == {
        "name": "Eli Example", "kind": "therapist", "treats": ["grief"], "fee": 12050, "sliding_scale": False,
        "plans": ["Local Union 7", "aetna"], "languages": ["es"], "state": "TX",
    }  # fmt: skip
    form = get(cast, f"/network/{listing.pk}/edit/")
    assert 'value="120.5' in form and 'value="Local Union 7" id=' in form
    cheaper = {**given, "fee": "", "plans": ["aetna", "Local Union 7"], "other_plans": ""}
    post(cast, f"/network/{listing.pk}/edit/", cheaper)
    changed = listing_page(cast.actor(), listing.pk, today=NOW.date()).values
    assert changed == {field: value for field, value in held.items() if field != "fee"}


def test_a_form_that_is_not_accepted_keeps_what_was_typed(cast: Cast) -> None:
    given = {"name": "Eli", "kind": "therapist", "zip": "12", "treats": ["grief"], "specialises_in": ["trauma"]}
    html = post(cast, "/network/add/", given, 422)
    assert "things to mend" in html and 'value="12"' in html
    assert "A ZIP of five digits is needed" in html and "is not among what is treated" in html
    assert not Listing.objects.exists()


def test_what_you_know_of_them(cast: Cast) -> None:
    dana = enter_dana(cast)
    address = f"/network/{dana}/relation/"
    html = post(cast, address, {"relationship": "know_well", "tie_kind": "family", "notes": "met in May"}, 422)
    assert "the client reads them" in html and "met in May" in html
    told = {"relationship": "know_well", "tie_kind": "family", "tie_text": "My sister.", "excluded": "on"}
    html = post(cast, address, told)
    assert "Shown to every client" in html and "Set aside by your practice" in html
    assert get(cast, "/network/").count("set aside") == 1


def test_out_of_use_and_back(cast: Cast) -> None:
    dana = enter_dana(cast)
    assert "No longer in use" in post(cast, f"/network/{dana}/retire/", {})
    assert "In use again" in post(cast, f"/network/{dana}/retire/", {"back": "yes"})


def previewed(html: str) -> dict[str, str]:
    """The preview's form as a browser would send it back."""
    fields = dict(re.findall(r'<input type="(?:text|hidden)" name="(form-[^"]+)" value="([^"]*)"', html))
    fields |= dict.fromkeys(re.findall(r'<input type="checkbox" name="(form-[^"]+)"[^>]* checked', html), "on")
    for name, options in re.findall(r'<select name="(form-[^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def test_pasted_contacts_are_shown_mended_and_added(cast: Cast) -> None:
    preview = post(cast, "/network/paste/", {"text": PASTED})
    assert "Nothing is kept yet" in preview and not Listing.objects.exists()
    given = previewed(preview) | {"relationship": "heard_of"}
    assert (given["form-0-name"], given["form-0-kind"], given["form-1-kind"]) == ("Jane Doe", "therapist", "")
    again = post(cast, "/network/paste/", given, 422)
    assert "Is needed." in again and "jane@example.org" in again and not Listing.objects.exists()
    html = post(cast, "/network/paste/", given | {"form-1-kind": "prescriber"})
    assert "2 contacts were added." in html and html.count("pasted, not confirmed") == 2
    jane = Listing.objects.get(name="Jane Doe")
    assert "Confirmed." in post(cast, f"/network/{jane.pk}/confirm/", {})
    assert get(cast, "/network/").count("pasted, not confirmed") == 1
    twice = post(cast, "/network/paste/", {"text": PASTED})
    assert twice.count("is in your network already") == 2 and "form-0-keep" not in previewed(twice)


def test_unticked_contacts_are_left_out(cast: Cast) -> None:
    given = previewed(post(cast, "/network/paste/", {"text": PASTED}))
    del given["form-1-keep"]
    post(cast, "/network/paste/", given)
    assert names(cast) == ["Jane Doe"]
    del given["form-0-keep"]
    assert "Tick at least one." in post(cast, "/network/paste/", given, 422)


@pytest.mark.parametrize("text", ["", " \n\t\n", ",;.", "Ana\n" * 200])
def test_what_cannot_be_pasted_is_told(cast: Cast, text: str) -> None:
    assert "to mend" in post(cast, "/network/paste/", {"text": text}, 422)


def upload(cast: Cast, data: bytes, mapping: str = MAPPING, status: int = 200) -> str:
    own = SimpleUploadedFile("my.toml", mapping.encode()) if mapping else ""
    return post(cast, "/network/import/", {"file": SimpleUploadedFile("people.csv", data), "own_mapping": own}, status)


def test_a_file_is_tried_out_and_then_landed(cast: Cast) -> None:
    html = upload(cast, text_of(ANA, BO, [*ANA[:2], "wizard", *ANA[3:]]))
    assert "Nothing is written yet" in html and "unknown code" in html and not Listing.objects.exists()
    address = re.search(r'action="(/network/import/[0-9a-f-]{36}/)"', html)
    assert address is not None
    assert cast.web("outsider").post(address[1]).status_code == 404
    assert "This was imported." in post(cast, address[1], {})
    assert names(cast) == ["Ana", "Bo"] and not Upload.objects.exists()
    assert Listing.objects.filter(practice=cast.practice).count() == 2
    post(cast, address[1], {}, 404)


def test_a_file_can_be_thrown_away(cast: Cast) -> None:
    address = re.search(r'action="(/network/import/[0-9a-f-]{36}/)"', upload(cast, text_of(ANA)))
    assert address is not None
    assert "Nothing was imported" in post(cast, address[1], {"drop": "yes"})
    assert not Listing.objects.exists() and not Upload.objects.exists()


@pytest.mark.parametrize(
    ("data", "mapping", "words"),
    [
        (b"a,b\n1,2\n", MAPPING, "the file has none such"),
        (text_of(ANA), "x = ", "is not TOML"), (b"", MAPPING, "empty"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(cast: Cast, data: bytes, mapping: str, words: str) -> None:
    assert words in upload(cast, data, mapping, 422)
    assert not Upload.objects.exists()


def test_a_list_asks_the_database_little(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        enter_dana(cast, name=f"Person {number}")
    browser = cast.web()
    browser.get("/network/")  # what is kept in memory is read now
    with django_assert_max_num_queries(12):
        browser.get("/network/")


@pytest.mark.parametrize("count", ["0", "-1"])
def test_a_preview_without_rows_begins_again(cast: Cast, count: str) -> None:
    answer = cast.web().post("/network/paste/", {"form-TOTAL_FORMS": count, "form-INITIAL_FORMS": "0"})
    assert answer.status_code == 422 and 'name="text"' in answer.content.decode()


def test_a_listings_page_tells_what_referrals_met_with(cast: Cast) -> None:
    dana = enter_dana(cast)
    assert "What your referrals met with" not in get(cast, f"/network/{dana}/")
    for kind, days in (("answered", None), ("silent", None), ("first_seen", 9)):
        note_outcome(cast.practice.pk, dana, kind, about=uuid4(), now=NOW, days=days)
    report(cast.actor(), dana, "number_dead", now=NOW)
    page = get(cast, f"/network/{dana}/")
    assert "Answered in time: 1 of 3" in page and "The number is dead: 1 time" in page
    assert "First appointments: 1, usually after 9 days" in page
    assert "met with" not in get(cast, f"/network/{dana}/", part="outsider", status=404)
