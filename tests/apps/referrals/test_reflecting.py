"""What a clinician reflects on for herself: hers alone, in no output, and under a key of its own."""

from __future__ import annotations

import ast
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pypdf import PdfReader

from tests.cast import CLIENT_NAME, NOW, Cast
from tests.flows import walk as way
from tests.house.tree import SOURCE
from tests.web.visits import entered
from warmhandoff.accounts.api_clients import NewApiClient, create
from warmhandoff.clients.exporting import export_record
from warmhandoff.core import clock, sealing
from warmhandoff.core.exporting import export_lines
from warmhandoff.core.models import AuditedClient, AuditEntry, Event
from warmhandoff.core.resealing import sealed_columns
from warmhandoff.referrals import reflecting
from warmhandoff.referrals.models.reflection import Reflection
from warmhandoff.rules.access import SCOPES
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Unavailable

CANARY = "Zq7reflection"
WORD = "quietness"  # to search by: the page of a search says what was searched for
SAID = {"too_much": f"{CANARY} {WORD}", "repair": f"{CANARY} repair"}
# audit_words holds what the audit calls the subject, no way to the words
MAY = {"referrals/models/__init__.py", "referrals/reflecting.py", "web/desk/pause.py", "web/desk/audit_words.py"}


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def kept(cast: Cast) -> UUID:
    return reflecting.keep(cast.actor(), cast.client.pk, SAID, now=NOW)


def read(cast: Cast, part: str) -> list[reflecting.Kept]:
    return reflecting.reflections(cast.actor(part), cast.client.pk, now=NOW)


def test_reading_the_questions_keeps_nothing(cast: Cast) -> None:
    page = cast.web().get(reverse("client_pause", args=[cast.client.pk]))
    assert all(question in page.content.decode() for question in reflecting.QUESTIONS.values())
    assert b"Private is not privileged" in page.content and b'autocomplete="off"' in page.content
    assert cast.web().post(reverse("client_pause", args=[cast.client.pk]), {"repair": "  "}).status_code == 422
    assert not Reflection.objects.exists()
    with pytest.raises(BadInput):
        reflecting.keep(cast.actor(), cast.client.pk, {"secret": "x"}, now=NOW)


def test_it_is_its_authors_and_the_supervisors_where_she_showed_it(cast: Cast) -> None:
    one = kept(cast)
    assert [item.answers for item in read(cast, "clinician")] == [SAID]
    assert read(cast, "supervisor") == []
    reflecting.show_supervisor(cast.actor(), cast.client.pk, one, shown=True, now=NOW)
    assert [item.mine for item in read(cast, "supervisor")] == [False]
    with pytest.raises(NotThere):
        reflecting.throw_away(cast.actor("supervisor"), cast.client.pk, one, now=NOW)
    reflecting.show_supervisor(cast.actor(), cast.client.pk, one, shown=False, now=NOW)
    assert read(cast, "supervisor") == []
    for part in ("coordinator", "admin", "colleague", "outsider"):
        with pytest.raises(NotThere):
            read(cast, part)
    reflecting.throw_away(cast.actor(), cast.client.pk, one, now=NOW)
    assert not Reflection.objects.exists()


def test_without_a_supervisor_it_is_shown_to_nobody(cast: Cast) -> None:
    one = kept(cast)
    cast.clinician.supervisor = None
    cast.clinician.save()
    with pytest.raises(NotNow):
        reflecting.show_supervisor(cast.actor(), cast.client.pk, one, shown=True, now=NOW)


def test_the_record_knows_nothing_and_the_audit_no_client(cast: Cast) -> None:
    before, told = Event.objects.count(), AuditedClient.objects.count()
    one = kept(cast)
    entry = AuditEntry.objects.get(subject_kind="reflection")
    assert (entry.verb, entry.subject_id) == ("keep", str(one))
    assert (Event.objects.count(), AuditedClient.objects.count()) == (before, told)


def test_its_words_lie_under_a_key_of_their_own(cast: Cast) -> None:
    kept(cast)
    row = Reflection.objects.get()
    (column,) = [one for one in sealed_columns() if one.table == "referrals_reflection"]
    sealed, place = bytes(row.__dict__["words"]), column.place(row.practice_id, str(row.pk))
    assert CANARY in sealing.unseal(sealed, place).decode()
    plain = sealing.Place(row.practice_id, place.table, place.column, place.row)
    with pytest.raises(Unavailable):
        sealing.unseal(sealed, plain)


def test_no_other_module_names_them() -> None:
    """Beside the import contract: neither by import, nor by the registry, nor by the table's name."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        name, text = path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "reflect" in text.lower() else ():
            said = [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
            said += [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []
            said += [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            words = {word.rpartition(".")[2].lower() for word in said}
            if words & {"reflection", "reflecting", "referrals_reflection"} and "migrations" not in name:
                found.add(name)
    assert found == MAY
    related = [field.related_model for field in Reflection._meta.get_fields() if field.is_relation]
    assert len(related) == 4
    assert not [f for model in related for f in model._meta.related_objects  # type: ignore[union-attr]
                if f.related_model is Reflection and not f.hidden]


def pdf(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def outputs(cast: Cast, walk: way.Walk) -> dict[str, str]:
    """Everything that leaves, or is shown to anyone but the author, as text."""
    archive = zipfile.ZipFile(io.BytesIO(export_record(cast.actor("supervisor"), cast.client.pk, now=NOW)))
    said: dict[str, str] = {f"record {name}": archive.read(name).decode("utf-8", "replace") + (
        pdf(archive.read(name)) if name.endswith(".pdf") else "") for name in archive.namelist()}
    packet = walk.delivery.packet
    said |= {"packet": json.dumps(packet.content.reveal()), "packet.pdf": pdf(packet.pdf.reveal())}
    said["audit"] = "\n".join(export_lines(cast.practice.pk, now=NOW))
    client, referral = [cast.client.pk], [walk.referral_id]
    pages: dict[str, tuple[Any, list[str]]] = {
        "supervisor": (cast.web("supervisor"), [
            reverse("client", args=client), reverse("referral", args=referral), reverse("client_plan", args=client),
            reverse("client_looked", args=client), reverse("referral_before", args=referral),
            reverse("client_pause", args=client), "/", reverse("referrals"), reverse("clients")]),
        "author": (cast.web(), [
            reverse("client", args=client), reverse("referral", args=referral), reverse("client_plan", args=client),
            reverse("referral_list", args=referral), reverse("referral_packet", args=referral)]),
        "coordinator": (cast.web("coordinator"), [reverse("client", args=client)]),
        "admin": (cast.web("admin"), [reverse("audit")]),
        "client": (entered(cast), [reverse("portal"), reverse("portal_referral", args=referral)]),
    }  # fmt: skip
    for who, (web, addresses) in pages.items():
        said |= {f"{who} {address}": web.get(address).content.decode() for address in addresses}
    said["jump"] = cast.web().post(reverse("jump"), {"q": WORD}).content.decode()
    said["clients by words"] = cast.web().post(reverse("clients"), {"q": WORD}).content.decode()
    said["directory"] = cast.web().post(reverse("directory_export"), {"format": "csv"}).getvalue().decode(
        "utf-8", "replace")
    token = create(cast.actor("admin"), NewApiClient("Website", "reads", tuple(SCOPES)), now=NOW)
    for name in ("api_audit", "api_listings", "api_openapi"):
        answer = Browser().get(reverse(name), headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, name
        said[f"api {name}"] = answer.content.decode()
    return said


@pytest.mark.slow
def test_no_word_of_it_is_in_any_output(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    walk = way.sent(cast)
    kept(cast)
    own = cast.web().get(reverse("client_pause", args=[cast.client.pk])).content.decode()
    assert own.count(CANARY) == 2  # its author reads it: the word can be found
    settings.SMTP_URL = ""  # her link is handed over
    said = outputs(cast, walk)
    assert len(said) > 20 and all(text.strip() for text in said.values())
    assert [name for name, text in said.items() if CANARY in text] == []
    assert CLIENT_NAME in said["coordinator " + reverse("client", args=[cast.client.pk])]
    assert CLIENT_NAME not in said["jump"] and CLIENT_NAME not in said["clients by words"]
    mails = [path.read_text() for path in (tmp_path / "mail").glob("*.eml")]
    assert mails and not any(CANARY in mail for mail in mails)
