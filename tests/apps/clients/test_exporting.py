"""Everything that is held about a client is in her copy, by the privacy tables; nothing of anybody else is."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from tests.apps.clients.rows import TOLD, a_row_of_each
from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from tests.walls import down
from warmhandoff.clients import inviting
from warmhandoff.clients.caring import record_identity_check
from warmhandoff.clients.exporting import ask_for_record, export_record, has_asked, waiting_for_record
from warmhandoff.clients.inviting import client_actor
from warmhandoff.clients.lawful import Record, record_disclosure
from warmhandoff.clients.models import Client, EmergencyAccess, PortalKey
from warmhandoff.core import holding
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.core.models import Attachment, AuditEntry, Event, Message
from warmhandoff.referrals import amending, on_a_basis, packets, talking
from warmhandoff.referrals.models import Delivery
from warmhandoff.rules.privacy import tables
from warmhandoff.rules.record import document, heading, readable, schema
from warmhandoff.rules.refusals import NotAllowed, NotThere

pytestmark = pytest.mark.slow  # renders PDFs

APPENDED = {"core.Event", "core.AuditEntry"}  # the database refuses to change these: they are planted when written
# Who looked is in her copy as the audit entry itself. A clinician's process notes (45 CFR 164.524(a)(1)(i)) and her
# reflections on her own work (the clinician's, by 164.501 no part of the record) are deliberately in no export.
NOT_HERS = {"core.AuditedClient", "clients.ProcessNote", "referrals.Reflection"}
PLAIN = ("tie_text", "name", "next_step")  # of the plain columns, those that take any words


def opened(packed: bytes) -> tuple[dict[str, Any], str, bytes]:
    """The record, the words of its PDF, and all bytes of all files."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    pages = PdfReader(io.BytesIO(files["record.pdf"])).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    return json.loads(files["record.json"]), text, b"".join([*files.values(), text.encode()])


def full_loop(cast: Cast) -> Loop:
    """A client to whom everything happened that leaves a row."""
    loop = Loop(cast).offer().choose(words="in her words").sign()
    record_identity_check(loop.actor, cast.client.pk, how="seen", now=NOW)
    talking.log_conversation(loop.actor, loop.id, held_on=NOW.date(), how="session", beats=["common"],
                             how_taken="well", now=NOW)
    inviting.invite_client(loop.actor, cast.client.pk, referral_id=loop.id, now=NOW)
    EmergencyAccess.objects.create(
        practice=cast.practice, client=cast.client, membership=cast.members["colleague"], kind="danger",
        words="she called from a bridge", opened_at=NOW, ends_at=NOW + timedelta(hours=12),
    )
    packets.write_texts(loop.actor, loop.id, {"risk": "she has a plan"}, now=NOW)
    loop.send(to="avery@recipient.example")
    _later_and_elsewhere(loop)
    loop.answer("ask", question="Which?")
    loop.answer("accept", openings="Tuesday").book()
    loop.now += timedelta(days=4)
    loop.attend().check_in()
    Attachment.objects.create(
        practice_id=cast.practice.pk, client_id=cast.client.pk, subject_kind="release", subject_id=loop.release_id,
        kind="pdf", data=b"%PDF-", size=5, added_by=cast.clinician.pk, added_at=NOW,
    )
    a_row_of_each(cast)
    return loop


def _later_and_elsewhere(loop: Loop) -> None:
    """A later version of the packet, and one on another lawful ground."""
    change = amending.Change(loop.delivery_id, ("reason",), "she moved")
    seen = amending.preview_amendment(loop.actor, loop.id, change, now=loop.now)
    amending.amend(loop.actor, loop.id, replace(change, sha256=seen.sha256), now=loop.now)
    record = Record("paper", "serious_threat", "Crisis team", "they are near", "x" * 40, ("reason",), untold_why="he")
    pk = record_disclosure(loop.actor, loop.cast.client.pk, record, now=loop.now)
    seen = on_a_basis.preview_on_basis(loop.actor, loop.id, pk, ["reason"], now=loop.now)
    on_a_basis.send_on_basis(loop.actor, loop.id, pk, ["reason"], sha256=seen.sha256, now=loop.now)


def other_loop(cast: Cast) -> UUID:
    """Another client of the same clinician with a loop of her own."""
    mine, other = cast.client, Client.objects.get(pk=cast.add_client("Jonas Thule"))
    cast.client = other
    full_loop(cast)
    cast.client = mine
    return other.pk


class Planted:
    """One canary in every field that can hold one, of every row about a client."""

    def __init__(self, client_id: UUID) -> None:
        self.exported: dict[tuple[str, str], str] = {}
        self.held_back: dict[tuple[str, str], str] = {}
        with down():  # what is signed is locked, and is written over here all the same
            for part in holding.parts():
                label = part.model._meta.label
                if label not in APPENDED:
                    for row in list(part.rows(client_id))[:1]:
                        self._plant(row, label)

    def _plant(self, row: models.Model, label: str) -> None:
        changed = []
        for name, entry in tables()[label].fields.items():
            kept = row._meta.get_field(name)
            if isinstance(kept, SealedField) or (name in PLAIN and isinstance(kept, models.CharField)):
                canary = f"canary{uuid4().hex[:18]}"
                (self.exported if entry.exported else self.held_back)[label, name] = canary
                setattr(row, name, _holding(kept, canary))
                changed.append(name)
        if changed:
            row.save(update_fields=changed)


def _holding(kept: Any, canary: str) -> Any:
    if isinstance(kept, SealedBytes):
        return b"%PDF-1.7 " + canary.encode()
    where = "treated_for" if kept.name in ("chart", "shareable") else "planted"
    return {where: canary} if isinstance(kept, SealedJSON) else canary


def test_every_exported_field_is_in_the_record_and_no_other(cast: Cast) -> None:
    full_loop(cast)
    other = Planted(other_loop(cast))
    Client.objects.filter(pk=cast.client.pk).update(created_at=NOW)
    mine = Planted(cast.client.pk)
    assert len(mine.exported) > 30 and {"token", "code", "body", "access_code"} <= {n for _, n in mine.held_back}
    record, _, everything = opened(export_record(cast.actor(), cast.client.pk, now=NOW))
    assert [key for key, canary in mine.exported.items() if canary.encode() not in everything] == []
    assert [key for key, canary in mine.held_back.items() if canary.encode() in everything] == []
    strangers = {**other.exported, **other.held_back}
    assert [key for key, canary in strangers.items() if canary.encode() in everything] == []
    for part in holding.parts():
        words = set(tables()[part.model._meta.label].exported.values())
        rows = record["record"][part.words]
        assert rows, f"nothing of {part.words}: the loop has to leave a row of it"
        assert all(row.keys() == words for row in rows), part.words


def test_every_model_with_an_exported_field_is_a_part() -> None:
    gathered = {part.model._meta.label for part in holding.parts()}
    assert gathered == {label for label, model in tables().items() if model.exported}
    about = {m._meta.label for m in apps.get_models() if any(f.name in ("client", "client_id", "referral")
             for f in m._meta.concrete_fields)}  # fmt: skip
    assert about - gathered == NOT_HERS, "a model about a client that her copy would not hold"


def test_what_is_appended_is_there_too(cast: Cast) -> None:
    full_loop(cast)
    Event.objects.create(
        practice_id=cast.practice.pk, client_id=cast.client.pk, subject_kind="client", subject_id=uuid4(), move="talk",
        side="referrer", actor_name="canary-of-a-name", facts={"why": "canary-of-a-fact"}, at=NOW, number=1,
    )
    record, text, _ = opened(export_record(cast.actor(), cast.client.pk, now=NOW))
    assert "canary-of-a-name" in text and "canary-of-a-fact" in json.dumps(record["record"]["What happened"])
    looked = record["record"]["Who looked"]
    assert {"Clinician Person"} <= {row["Who"] for row in looked} and len(looked) > 10


def test_the_record_fits_its_schema(cast: Cast) -> None:
    full_loop(cast)
    record, _, _ = opened(export_record(cast.actor(), cast.client.pk, now=NOW))
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(record)
    assert not Draft202012Validator(schema()).is_valid({**record, "record": {"You": [{"Shoe size": 3}]}})


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_is_read_in_her_language_and_without_codes(cast: Cast, language: str) -> None:
    loop = full_loop(cast)
    Client.objects.filter(pk=cast.client.pk).update(language=language)
    loop.close()
    _, text, _ = opened(export_record(cast.actor(), cast.client.pk, now=NOW))
    for words in ("You", "Referral", "Conversations", "Choices", "Who looked", "Messages", "Deliveries"):
        assert heading(words, language) in text
    assert ("Todo lo que tenemos" in text) == (language == "es")
    assert ("23 de noviembre de 2026" in text) == (language == "es")  # a packet stays in the words in which it left
    assert re.findall(r"\b[a-z]+_[a-z_]+\b", text) == []
    assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}", text) == []
    assert "Permission to share" in text or "Permiso para compartir" in text


def test_every_word_of_it_is_there_in_spanish() -> None:
    words = {word for model in tables().values() for word in model.exported.values()}
    for word in words | {part.words for part in holding.parts()}:
        assert heading(word, "es")


def test_the_pdf_is_tagged(cast: Cast) -> None:
    with zipfile.ZipFile(io.BytesIO(export_record(cast.actor(), cast.client.pk, now=NOW))) as archive:
        root = PdfReader(io.BytesIO(archive.read("record.pdf"))).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"].startswith("en")


def test_the_accounting_has_two_views(cast: Cast) -> None:
    loop = full_loop(cast)
    export_record(cast.actor(), cast.client.pk, now=NOW + timedelta(days=5))
    record, text, _ = opened(export_record(cast.actor(), cast.client.pk, now=NOW + timedelta(days=6)))
    everything = record["disclosures"]["everything"]
    told = sorted(line["Recipient"] for line in everything)
    assert told == ["Avery Lowell", "Avery Lowell", "Crisis team", "herself", TOLD]  # two versions to one
    sent = next(line for line in everything if line["Recipient"] == "Avery Lowell")
    assert sent["Address"] == "avery@recipient.example" and sent["What was shared"] == ["contact", "reason"]
    assert sent["On what ground"] == "release" and sent["Release"] == str(loop.release_id)
    assert Delivery.objects.get().handed_over_at
    required = record["disclosures"]["required_by_law"]  # not what she authorized, nor what went to herself
    assert {line["Recipient"] for line in required} == {"Crisis team", TOLD}
    assert "Shared with others: everything" in text


def test_what_the_law_asks_for_reaches_six_years_back() -> None:
    from warmhandoff.rules.record import Office

    def line(days: int, required: bool) -> dict[str, Any]:
        return {"When": (NOW - timedelta(days=days)).isoformat(), "Recipient": "Police", "Address": "",
                "What was shared": ["risk"], "Purpose": "", "On what ground": "164.512(j)", "required": required}

    lines = [line(3000, True), line(1000, True), line(900, False)]
    content = document({}, lines, Office("A", "", "America/Chicago"), language="en", made_at=NOW)
    assert [one["When"] for one in content["disclosures"]["required_by_law"]] == [lines[1]["When"]]
    assert len(content["disclosures"]["everything"]) == 3
    assert all("required" not in one for one in content["disclosures"]["everything"])
    assert readable(content, zone="America/Chicago")["sections"][-1]["rows"]


def test_that_it_was_given_is_written_down(cast: Cast) -> None:
    full_loop(cast)
    export_record(cast.actor(), cast.client.pk, now=NOW)
    entry = AuditEntry.objects.get(verb="disclose", subject_kind="record")
    assert [one.client_id for one in entry.clients.all()] == [cast.client.pk]
    facts = Event.objects.get(move="export_record").facts.reveal()
    assert facts["to"] == "the client herself" and facts["held"]["Referrals"] == 1 and facts["held"]["Packets"] == 2


def test_who_may_take_it_out(cast: Cast) -> None:
    for part in ("clinician", "supervisor"):
        assert export_record(cast.actor(part), cast.client.pk, now=NOW)
    with pytest.raises(NotAllowed):
        export_record(cast.actor("coordinator"), cast.client.pk, now=NOW)
    for part in ("colleague", "admin", "outsider"):
        with pytest.raises(NotThere):
            export_record(cast.actor(part), cast.client.pk, now=NOW)
    with pytest.raises(NotAllowed):
        export_record(client_actor(cast.client), cast.client.pk, now=NOW)


def test_it_names_nobody_outside(cast: Cast) -> None:
    full_loop(cast)
    answer = cast.web().post(reverse("client_record", args=[cast.client.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="record.zip"'
    assert "sandbox" in answer["Content-Security-Policy"] and answer["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert {one.date_time[0] for one in archive.infolist()} == {1980}
        assert PdfReader(io.BytesIO(archive.read("record.pdf"))).metadata.get("/Author") is None
    assert names[:2] == ["record.json", "record.pdf"]
    assert all(re.fullmatch(r"files/\d+\.(pdf|png|jpg)", name) for name in names[2:]) and len(names) > 2


def test_the_page_says_what_is_in_it(cast: Cast) -> None:
    web, address = cast.web(), reverse("client_record", args=[cast.client.pk])
    assert address in web.get(reverse("client", args=[cast.client.pk])).content.decode()
    page = web.get(address).content.decode()
    assert "<title>Everything we hold" in page and "45 CFR" not in page
    assert AuditEntry.objects.filter(verb="disclose").count() == 0
    assert cast.web("coordinator").get(address).status_code == 403


def test_she_asks_and_staff_see_it_until_she_has_it(cast: Cast) -> None:
    her = client_actor(cast.client)
    ask_for_record(her, now=NOW)
    ask_for_record(her, now=NOW + timedelta(hours=1))
    assert Event.objects.filter(move="ask_for_record").count() == 1 and has_asked(her)
    assert waiting_for_record(cast.actor()) == {cast.client.pk: NOW}
    assert waiting_for_record(cast.actor("colleague")) == {} == waiting_for_record(cast.actor("coordinator"))
    page = cast.web().get(reverse("client", args=[cast.client.pk])).content.decode()
    assert "She asked for a copy of her record" in page
    assert "within 30 days" in cast.web().get(reverse("client_record", args=[cast.client.pk])).content.decode()
    export_record(cast.actor(), cast.client.pk, now=NOW + timedelta(days=1))
    assert waiting_for_record(cast.actor()) == {} and not has_asked(her)
    with pytest.raises(NotAllowed):
        ask_for_record(cast.actor(), now=NOW)


def test_nothing_leaves_the_portal_by_asking(cast: Cast) -> None:
    assert not Message.objects.exists() and not PortalKey.objects.exists()
    ask_for_record(client_actor(cast.client), now=NOW)
    assert not Message.objects.exists()


