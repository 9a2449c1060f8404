"""Hostile forms: whatever is posted wherever, no fault and no row of anybody else's; foreign ids change nothing."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.apps.referrals.loop import CLASSES, WAYS, Loop
from tests.cast import NOW, Cast
from tests.web.table_access import ACCESS, VISIBLE
from tests.web.table_people import Stage, make_stage
from tests.web.test_headers import PERSON
from tests.web.test_permissions import fingerprints, patterns
from warmhandoff.core import clock

pytestmark = pytest.mark.slow

EXAMPLES = {"fast": 120, "ci": 1500, "nightly": 5_000}[os.environ.get("WARMHANDOFF_TEST_PROFILE", "fast")]
HOSTILE = (
    "", " ", "\x00", "a\x00b", "\ud800", "\u202e\u2066", "\ufeff", "𝔘🏳️‍🌈", "é" * 5000, "9" * 400, "-1", "0", "1e999",
    "NaN", "9223372036854775808", "-9223372036854775809", "٣", "²", "0x10", "true", "null", "[]", "{}", "{{ 7*7 }}",
    "{% csrf_token %}", "<script>alert(1)</script>", "' OR 1=1 --", "%s%n", "../../etc/passwd", "\r\nSet-Cookie: a=b",
    "0000-00-00", "9999-12-31", "10000-01-01", "2026-02-30", "25:61", "a@b", "javascript:alert(1)",
    "00000000-0000-0000-0000-000000000000", "//evil.example", "=cmd|'/c calc'!A0",
)  # fmt: skip
# What forms of the whole product understand, so that some of the examples come through to the actions.
SENSIBLE: dict[str, tuple[str, ...]] = {
    "kind": ("choose", "talk_first", "accept", "decline", "ask", "waitlist", "therapist"), "how": ("session", "seen"),
    "held_on": ("2026-11-20",), "day": ("2026-11-30",), "time": ("09:30",), "expires_on": ("2027-01-31",),
    "told": ("attended", "missed", "rather_not"), "fits": ("yes", "no"), "outcome": ("attended_fit", "unreachable"),
    "purpose": ("same_service", "specialized"), "classes": ("contact", "reason"), "way": ("link", "paper", "phone"),
    "channels": ("mail",), "language": ("en", "es"), "email": ("a@client.example",), "zip": ("78704",), "weeks": ("4",),
    "decline_reason": ("full",), "reason": ("outside_competence", "crisis"), "level": ("outpatient",),
    "payment": ("any", "plan", "fee"), "formats": ("in_person",), "roles": ("clinician",), "seen": ("1", ""),
    "form-TOTAL_FORMS": ("1", "2"), "form-INITIAL_FORMS": ("0", "1"), "relationship": ("met",),
    "time_zone": ("America/Chicago",), "loosen": ("0", "3"), "recipient": ("1", "2"), "who_calls": ("client",),
}  # fmt: skip
RAW = {"q", "kind", "told", "options", "listing", "loosen", "whom", "single_option_reason", "field", "back", "drop",
       "relationship", "language", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-name", "form-0-keep", "place_2",
       "place_3", "rank_1", "rank_2", "next"}  # fmt: skip


def field_names() -> list[str]:
    """Every field of every form class of the product, and what views read without one."""
    from warmhandoff.web import urls

    assert urls.urlpatterns, "importing the addresses imports the forms"
    found, classes = set(RAW), list(forms.Form.__subclasses__())
    while classes:
        one = classes.pop()
        classes += one.__subclasses__()
        if one.__module__.startswith("warmhandoff."):
            found |= set(one.base_fields)
    return sorted(found)


@pytest.fixture
def stage(db: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_stage()


def encoded(fields: dict[str, list[str]]) -> bytes:
    """As a browser with bad manners sends it: lone surrogates and all."""
    pairs = [(name, value) for name, values in fields.items() for value in values]
    raw = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in pairs]
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(value)}" for name, value in raw).encode()


def filled(names: list[str], seed: int, texts: list[str]) -> dict[str, list[str]]:
    """Two thirds of the fields, half of them with something sensible in them; the rest hostile."""
    chance = Random(seed)
    bad = [*HOSTILE, *texts, *texts]
    return {
        name: [chance.choice(SENSIBLE.get(name, ("on", "1", "Sensible words")) if chance.random() < 0.6 else bad)]
        for name in names if chance.random() < 0.7
    }  # fmt: skip


def test_no_form_breaks_whatever_is_in_it(stage: Stage) -> None:
    names = field_names()
    assert len(names) > 90
    routes = [pattern for pattern in patterns() if ACCESS[pattern.name].post]
    reached: set[int] = set()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck], database=None,
              phases=[Phase.generate])  # fmt: skip
    @given(st.sampled_from(routes), st.integers(0, 2**32), st.lists(st.text(st.characters(), max_size=40), max_size=4))
    def post(pattern: Any, seed: int, texts: list[str]) -> None:
        access, fields = ACCESS[pattern.name], filled(names, seed, texts)
        url = stage.url(pattern, next(iter(VISIBLE[access.about])))
        kind = "application/x-www-form-urlencoded"
        outcome = stage.ask(PERSON[access.door], "POST", url, encoded(fields), content_type=kind)
        reached.add(outcome.status)
        assert outcome.status < 500, f"{pattern.name}: {outcome.status} for {fields}"
        assert not outcome.location.startswith(("//", "http")), outcome.location

    post()
    assert {200, 302, 422} <= reached


def one_value_everywhere(stage: Stage, values: tuple[str, ...]) -> int:
    """Every form with one and the same hostile value in all of its fields."""
    names, asked = field_names(), 0
    for pattern in patterns():
        access = ACCESS[pattern.name]
        if not access.post:
            continue
        url = stage.url(pattern, next(iter(VISIBLE[access.about])))
        for value in values:
            body = encoded({field: [value] for field in names})
            kind = "application/x-www-form-urlencoded"
            outcome = stage.ask(PERSON[access.door], "POST", url, body, content_type=kind)
            assert outcome.status < 500, f"{pattern.name}, {value!r}: {outcome.status}"
            asked += 1
    return asked


def test_one_bad_value_in_every_field(stage: Stage) -> None:
    assert one_value_everywhere(stage, ("NaN",)) >= 45


@pytest.mark.nightly
def test_every_bad_value_in_every_field(stage: Stage) -> None:
    assert one_value_everywhere(stage, HOSTILE) >= 1500


CHARSETS = ("unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "hex", "rot13", "idna", "punycode", "no-such")


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_of_the_senders_choice_breaks_nothing(cast: Cast, charset: str) -> None:
    """Only UTF-8 is spoken: other names of encodings must neither fault nor smuggle half characters in."""
    web = cast.web()
    web.raise_request_exception = False
    parts = {"name": rb"\ud800 Test", "language": b"en", "q": rb"\ud800", "csrfmiddlewaretoken": b"+AGE-"}
    body = b"".join(b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
                    for name, value in parts.items()) + b"--x--\r\n"  # fmt: skip
    for url in ("/clients/add/", "/jump/", "/sign-in/"):
        for kind in (f"multipart/form-data; boundary=x; charset={charset}",
                     f"application/x-www-form-urlencoded; charset={charset}"):  # fmt: skip
            answer = web.generic("POST", url, body, content_type=kind)
            assert answer.status_code < 500, f"{url} {kind}: {answer.status_code}"


QUERIES = ("loosen=99999&show=%00&name=%00&draft=%ff&recipient=%D9%A3&q=%00&page=9999999",
           "loosen=%C2%B2&recipient=1&classes=%00&next=//evil&q=%25&page=-1&name=%25&kind=%00&scope=%00")  # fmt: skip


def test_hostile_questions_in_addresses(stage: Stage) -> None:
    for pattern in patterns():
        access = ACCESS[pattern.name]
        for query in QUERIES if access.get else ():
            url = stage.url(pattern, next(iter(VISIBLE[access.about])))
            assert stage.ask(PERSON[access.door], "GET", f"{url}?{query}").status < 500, pattern.name


def test_ids_too_large_for_the_database(cast: Cast) -> None:
    for number in (2**63 - 1, 2**63, 10**30):
        for rest in ("", "edit/"):
            assert cast.web().get(f"/network/{number}/{rest}").status_code == 404
        assert cast.web().post(f"/network/{number}/retire/").status_code == 404


# --- ids of others in the bodies of forms


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def refused_whole(cast: Cast, url: str, **fields: Any) -> None:
    """The form is refused, and not one row of any table changed but that someone was refused."""
    web, before = cast.web(), fingerprints()
    answer = web.post(url, fields)
    assert answer.status_code in (403, 404, 409, 422), f"{url} {fields}: {answer.status_code}"
    assert fingerprints() == before, f"{url} {fields} changed something"


def foreign_listing(cast: Cast) -> int:
    from tests.apps.referrals.loop import FACTS
    from warmhandoff.directory import listing

    return listing.enter(cast.actor("outsider"), {**FACTS, "name": "Of Elsewhere"}, now=NOW, verified=True)


def at(state: str, cast: Cast) -> Loop:
    loop = Loop(cast)
    WAYS[state](loop)
    return loop


def test_listings_of_another_practice_are_in_no_form(cast: Cast, time: None) -> None:
    theirs = foreign_listing(cast)
    loop = at("needed", cast)
    mine = loop.listings[0]
    for one in (theirs, 987_654_321):
        refused_whole(cast, reverse("referral_options", args=[loop.id]), options=[mine, one])
    loop.offer()
    choice = reverse("referral_choice", args=[loop.id])
    refused_whole(cast, choice, kind="choose", who_calls="client", **{f"rank_{theirs}": "1"})
    loop.choose()
    draft = {"purpose": "same_service", "classes": CLASSES, "expires_on": (NOW + timedelta(days=60)).date()}
    for one in (theirs, 987_654_321):
        refused_whole(cast, reverse("referral_release", args=[loop.id]), recipients=[mine, one], **draft)
    loop.sign()
    for one in (theirs, 987_654_321):
        order = {"recipient": one, "classes": CLASSES, "way": "link", "sha256": "0" * 64, "attested": "on"}
        refused_whole(cast, reverse("referral_packet", args=[loop.id]), **order)
    assert cast.web().post("/find/print/", {"listing": [theirs]}).status_code == 422


def test_people_of_another_practice_join_nothing(cast: Cast, time: None) -> None:
    loop = at("needed", cast)
    for part in ("outsider", "departed"):
        stranger = cast.members[part].pk
        refused_whole(cast, reverse("client_team", args=[cast.client.pk]), membership=stranger)
        refused_whole(cast, reverse("referral_hand_to", args=[loop.id]), colleague=stranger)


def test_referrals_and_deliveries_of_others_are_in_no_form(cast: Cast, time: None) -> None:
    stage = make_stage_of(cast)
    loop = at("sent", cast)
    for other in stage:
        answer = {"delivery": other.row.deliveries.get().pk, "kind": "decline", "decline_reason": "full"}
        refused_whole(cast, reverse("referral_answer", args=[loop.id]), **answer)
        for name in ("client_invite", "client_device"):
            refused_whole(cast, reverse(name, args=[cast.client.pk]), referral=other.id)


def make_stage_of(cast: Cast) -> list[Loop]:
    """A sent referral of a colleague's client, and one of another practice's."""
    from tests.web.table_people import _casts

    return [at("sent", other) for relation, other in _casts(cast).items() if relation != "own"]


def test_a_client_names_no_listing_but_hers(cast: Cast, time: None) -> None:
    from tests.web.visits import entered

    theirs, loop = foreign_listing(cast), at("offered", cast)
    web = entered(cast, loop.id)
    for one in (theirs, 987_654_321, loop.listing("Not Offered")):
        before = fingerprints()
        answer = web.post(reverse("portal_choice", args=[loop.id]), {"kind": "choose", "first": one})
        assert answer.status_code == 422 and fingerprints() == before


# --- files


FILES = (b"", b"\x00", b"\xff\xfe", b"PK\x03\x04" + b"\x00" * 50, b"name,kind\n" + b"x" * 1_000_000 + b",therapist\n",
         b'name,kind\n"open,therapist\n', b"name\r\r\r\nname", "name,kind\n=1+1,therapist\n".encode("utf-16"),
         b"\xef\xbb\xbfname,kind\nAnn,wizard\n", b"," * 5000 + b"\n" + b"," * 5000, b"%PDF-1.7",
         b"\x00name,kind\nA,B\n")  # fmt: skip


@pytest.mark.parametrize("place", range(len(FILES)))
def test_no_file_breaks_the_upload_and_none_lands_unseen(cast: Cast, time: None, place: int) -> None:
    from warmhandoff.directory.models import Listing

    web = cast.web()
    web.raise_request_exception = False
    for mapping in ({}, {"own_mapping": SimpleUploadedFile("m.toml", FILES[place])}, {"mapping": "ny-omh-programs"}):
        file = SimpleUploadedFile("../../a\x00.csv", FILES[place])
        answer = web.post("/network/import/", {"file": file, "mapping": "", **mapping})
        # A table whose columns nobody knows goes on to the page that asks what they mean: nothing landed there either.
        on = answer.status_code == 302 and re.fullmatch(r"/network/import/[0-9a-f-]{36}/columns/", answer["Location"])
        assert (on or answer.status_code in (200, 422)) and not Listing.objects.exists()
        if on:
            assert web.get(answer["Location"]).status_code == 200 and not Listing.objects.exists()


def test_a_scan_that_is_none_is_refused(cast: Cast, time: None) -> None:
    loop = at("chosen", cast)
    loop.draft()
    url = reverse("referral_sign", args=[loop.id])
    for data in (b"MZ\x90", b"<html>", b"GIF89a"):
        scan = SimpleUploadedFile("scan.pdf", data, content_type="application/pdf")
        refused_whole(cast, url, signed_name="R M", identity="seen", scan=scan)
