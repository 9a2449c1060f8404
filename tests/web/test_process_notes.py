"""Psychotherapy notes on the pages: there for their author alone, and in nothing that leaves or is searched (R-16)."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Iterator

import pytest
from django.db import connection
from django.urls import reverse
from pypdf import PdfReader

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from tests.faults.scanning import forms_of_text
from tests.web.visits import entered
from warmhandoff.clients.exporting import export_record
from warmhandoff.clients.models import ProcessNote
from warmhandoff.clients.process_notes import write_note
from warmhandoff.core import clock, exporting
from warmhandoff.referrals.models import Delivery
from warmhandoff.referrals.sending import packet_file, preview
from warmhandoff.rules.packet import WHY

TEXT = "She spoke of the brother who left, and I noticed that I wanted to leave the room as well."


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def kept(cast: Cast) -> Cast:
    cast.uses(process_notes=True)
    return cast


def _page(cast: Cast, name: str = "client_notes", part: str = "clinician") -> str:
    return cast.web(part).get(reverse(name, args=[cast.client.pk])).content.decode()


def test_the_page_is_there_where_it_is_switched_on(cast: Cast) -> None:
    address = reverse("client_notes", args=[cast.client.pk])
    assert cast.web().get(address).status_code == 404 and address not in _page(cast, "client")
    cast.uses(process_notes=True)
    text = _page(cast)
    assert "None yet." in text and "45 CFR 164.501" in text and address in _page(cast, "client")
    for item in ("Medication", "sessions started and ended", "how often", "Results of tests", "A summary of diagnosis"):
        assert item in text


@pytest.mark.slow
def test_notes_are_written_changed_and_shown_to_their_author(kept: Cast) -> None:
    web, address = kept.web(), reverse("client_notes", args=[kept.client.pk])
    assert web.post(address, {"text": " "}).status_code == 422
    assert web.post(address, {"text": TEXT}).status_code == 302 and TEXT in _page(kept)
    assert TEXT not in _page(kept, part="supervisor")
    assert kept.web("coordinator").get(address).status_code == 404
    note = ProcessNote.objects.get()
    one = reverse("client_note", args=[kept.client.pk, note.pk])
    assert kept.web("supervisor").get(one).status_code == 404
    assert TEXT in web.get(one).content.decode()
    assert web.post(one, {"text": "Otherwise."}).status_code == 302 and "Otherwise." in _page(kept)


@pytest.mark.slow
def test_an_authorization_is_recorded_and_listed_with_the_releases(kept: Cast) -> None:
    given = {"recipient": "Dr. Evaluator", "purpose": "specialized", "expires_on": "2026-12-20",
             "signed_name": "Rosalind Marlowe", "identity": "in session"}  # fmt: skip
    address = reverse("client_notes_release", args=[kept.client.pk])
    assert kept.web().post(address, {**given, "expires_on": "2030-01-01"}).status_code == 422
    assert kept.web().post(address, given).status_code == 302
    listed = _page(kept, "client_releases")
    assert "Psychotherapy notes:" in listed and "Dr. Evaluator" in listed


@pytest.mark.slow
def test_pasting_a_note_into_the_background_warns_and_does_not_hinder(kept: Cast) -> None:
    write_note(kept.actor(), kept.client.pk, TEXT, now=NOW)
    loop = Loop(kept)
    address = reverse("referral_need", args=[loop.id])
    need = {"kind": "therapist", "level": "outpatient", "formats": "in_person", "zip": "78704", "radius_miles": "20",
            "payment": "any", "concerns": "trauma", "reason": "outside_competence"}  # fmt: skip
    plain = "Two years of weekly sessions, then a pause. " * 3
    for background, warned in ((f"As noted: {TEXT}", True), (plain, False)):
        given = {**need, "background": background, "seen": loop.row.moves_made}
        answer = kept.web().post(address, given, follow=True)
        assert answer.redirect_chain, answer.context["form"].errors
        assert loop.row.background.reveal() == background.strip()
        assert ("word for word in your own psychotherapy notes" in answer.content.decode()) == warned


def _texts_of(data: bytes) -> Iterator[bytes]:
    """The bytes, what is in them where they are a ZIP, and the words of a PDF."""
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield from _texts_of(packed.read(name))
    if data.startswith(b"%PDF"):
        yield " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()


def _everything_stored() -> Iterator[bytes]:
    """Every column of every table as the database has it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    yield bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


@pytest.mark.slow
def test_of_five_hundred_notes_nothing_is_found_anywhere(kept: Cast) -> None:
    canaries = [f"Zq{secrets.token_hex(11)}" for _ in range(500)]
    for canary in canaries:
        write_note(kept.actor(), kept.client.pk, f"Of the session: {canary}.", now=NOW)
    loop = Loop(kept).offer().choose().sign()
    ready = preview(kept.actor(), loop.id, loop.listings[0], list(WHY)[:2], now=NOW)
    loop.send(to="avery@recipient.example")
    sinks = {
        "record": export_record(kept.actor(), kept.client.pk, now=NOW), "preview": ready.pdf,
        "content": json.dumps(ready.content).encode(),
        "delivery": packet_file(kept.actor(), Delivery.objects.get().pk, now=NOW),
        "audit": "\n".join(exporting.export_lines(kept.practice.pk, now=NOW)).encode(),
        "database": b"\n".join(_everything_stored()),
    }  # fmt: skip
    desk = ("today", "clients", "referrals", "outgoing", "inbox", "colleagues")
    sinks |= {f"desk {name}": kept.web().get(reverse(name)).content for name in desk}
    for part in ("clinician", "supervisor"):
        for name in ("client", "client_releases", "client_looked", "client_record"):
            sinks[f"{part} {name}"] = kept.web(part).get(reverse(name, args=[kept.client.pk])).content
    sinks["supervisor notes"] = kept.web("supervisor").get(reverse("client_notes", args=[kept.client.pk])).content
    sinks["admin audit"] = kept.web("admin").get(reverse("audit")).content
    for word in (canaries[0], "session", "Zq"):
        sinks[f"jump {word}"] = kept.web().post(reverse("jump"), {"q": word}).content
        sinks[f"search {word}"] = kept.web().post(reverse("clients"), {"q": word}).content
    hers = entered(kept)
    sinks |= {"portal": hers.get("/c/home/").content,
              "portal one": hers.get(reverse("portal_referral", args=[loop.id])).content}
    searched = sinks.pop("jump " + canaries[0]) + sinks.pop("search " + canaries[0])
    assert searched.count(canaries[0].encode()) <= 4, "the box repeats what was typed, and finds nothing"
    found = {
        name for name, data in sinks.items() for text in _texts_of(data) for canary in canaries
        if canary.encode() in text
    }  # fmt: skip
    assert found == set()
    forms = [form for canary in canaries[:20] for form in forms_of_text(canary)]
    assert not [name for name, data in sinks.items() for text in _texts_of(data) if any(f in text for f in forms)]
    author = kept.web().get(reverse("client_notes", args=[kept.client.pk])).content.decode()
    assert all(canary in author for canary in canaries), "they are there, for their author"
    assert b"Avery Lowell" in sinks["portal one"] and b"Rosalind" in b"".join(_texts_of(sinks["record"]))
