"""Pasted lists: what is read, and what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import Cast
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.models import Listing
from warmhandoff.directory.pasting import MOST, PastedContact, add_pasted, kind_of, read_pasted
from warmhandoff.directory.queries import listing_page
from warmhandoff.rules.refusals import BadInput

JANE = PastedContact(
    name="Jane Doe", credentials="LCSW", kind="therapist", phone="512-555-0100", email="jane@example.org", city="Austin"
)


def test_names_one_a_line() -> None:
    assert [contact.name for contact in read_pasted("Ana Rivera\r\n- Dr. Bo Lee\n3. Mary Ma\n\n")] == [
        "Ana Rivera", "Dr. Bo Lee", "Mary Ma",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Jane Doe, LCSW, 512-555-0100, jane@example.org, Austin",
        "Jane Doe LCSW; jane@example.org; 512-555-0100; Austin",
        "Jane Doe\tLCSW\t512-555-0100\tjane@example.org\tAustin",
        "Name\tCredentials\tPhone\tEmail\tCity\nJane Doe\tLCSW\t512-555-0100\tjane@example.org\tAustin",
        "First name\tLast name\tTitle\tTel\tE-mail\tTown\nJane\tDoe\tLCSW\t512-555-0100\tjane@example.org\tAustin",
        "Jane Doe, LCSW\nphone: 512-555-0100\ne-mail: jane@example.org\nAustin",
    ],
)
def test_the_same_contact_in_many_forms(text: str) -> None:
    assert read_pasted(text) == [JANE]


def test_a_line_of_a_sheet_among_others() -> None:
    sheet = "Bo Ray\tMD\t512-555-0177\tAustin, TX 78704"
    found = read_pasted(f"Jane Doe, LCSW, 512-555-0100, jane@example.org, Austin\n{sheet}")
    assert found[0] == JANE
    assert (found[1].name, found[1].kind, found[1].phone, found[1].zip, found[1].rest) == (
        "Bo Ray", "prescriber", "512-555-0177", "78704", "",
    )  # fmt: skip


def test_signatures_between_blank_lines() -> None:
    text = (
        "Jane Doe, LPC\nLicensed Professional Counselor\nc. 512-555-0100 | jane@example.org\nwww.janedoe.example\n"
        "12 Main St, Austin, TX 78704\n\nBo Ray, PMHNP-BC\n(512) 555-0177 ext. 3\nbo@example.org\n"
    )
    jane, bo = read_pasted(text)
    assert (jane.name, jane.phone, jane.address, jane.city, jane.state, jane.zip) == (
        "Jane Doe", "512-555-0100", "12 Main St", "Austin", "TX", "78704",
    )  # fmt: skip
    assert (jane.website, jane.rest) == ("www.janedoe.example", "Licensed Professional Counselor")
    assert (bo.name, bo.kind, bo.phone) == ("Bo Ray", "prescriber", "(512) 555-0177 ext. 3")


def test_a_list_with_places_is_no_signature() -> None:
    found = read_pasted("Jane Doe, LCSW, 512-555-0100\nBo Ray, MD, Austin, TX 78704\nAna\nBo")
    assert [(contact.name, contact.zip) for contact in found] == [
        ("Jane Doe", ""), ("Bo Ray", "78704"), ("Ana", ""), ("Bo", ""),
    ]  # fmt: skip


def test_a_state_is_not_taken_for_credentials() -> None:
    contact = read_pasted("Pat Roe, LMFT, Pittsburgh, PA")[0]
    assert (contact.credentials, contact.state, contact.kind) == ("LMFT", "PA", "therapist")


@pytest.mark.parametrize(
    ("credentials", "kind"),
    [("LCSW", "therapist"), ("Ph.D.", "therapist"), ("M.D.", "prescriber"), ("PMHNP", "prescriber"), ("MD, LPC", ""),
     ("MA", ""), ("", ""), ("MSW, LCSW", "therapist")],
)  # fmt: skip
def test_the_kind_is_told_only_where_there_is_no_doubt(credentials: str, kind: str) -> None:
    assert kind_of(credentials) == kind


@given(st.text(st.sampled_from("ab @.,;:\n\t-()|0123456789\u2022\ud800\x00\u202eLCSWMDTXé<>\"'"), max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    for contact in read_pasted(text):
        assert contact.name
        assert "\x00" not in "".join(vars(contact).values())


@given(st.text(max_size=300))
def test_no_text_at_all_breaks_the_reading(text: str) -> None:
    assert all(contact.name.strip() for contact in read_pasted(text))


@pytest.mark.parametrize("text", ["Ana Lee\n" * (MOST + 1), "x" * 100_001])
def test_too_much_at_once_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_pasted(text)


def test_pasted_contacts_are_matchable_and_marked(cast: Cast) -> None:
    (made,) = add_pasted(cast.actor(), [PastedContact(**{**vars(JANE), "rest": "does groups"})], now=cast.now)
    line = listings(cast.actor(), today=cast.now.date()).lines[0]
    assert (line.id, line.confirmed, line.relationship, line.verified_days) == (made, False, "met", None)
    page = listing_page(cast.actor(), made, today=cast.now.date())
    assert page.values == {
        "name": "Jane Doe", "credentials": "LCSW", "kind": "therapist", "phone": "512-555-0100",
        "email": "jane@example.org", "city": "Austin",
    }  # fmt: skip
    assert page.notes == "does groups"


def test_all_or_none_is_added(cast: Cast) -> None:
    faulty = [JANE, PastedContact(name="No Kind"), PastedContact(name="Odd", kind="therapist", zip="12")]
    with pytest.raises(BadInput) as refusal:
        add_pasted(cast.actor(), faulty, now=cast.now)
    assert [problem.field for problem in refusal.value.problems] == ["1.kind", "2.zip"]
    assert not Listing.objects.exists()
