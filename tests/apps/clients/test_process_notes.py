"""Psychotherapy notes (R-16): their author alone reads them, under a key of their own, and no module leads to them."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps

import warmhandoff
from tests.apps.clients.releases import asked, signed
from tests.cast import NOW, Cast
from warmhandoff.clients import caring, erasing, notes_authorization, pasted, process_notes
from warmhandoff.clients.inviting import client_actor
from warmhandoff.clients.models import ProcessNote, ProcessNoteKey, Release
from warmhandoff.core import holding, rotating, sealing, shredding
from warmhandoff.core.keys import Ring
from warmhandoff.core.models import AuditEntry, Event
from warmhandoff.rules.privacy import tables
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Unavailable
from warmhandoff.rules.release import NEVER_ON_A_GENERAL_RELEASE

TEXT = "She spoke of the brother who left, and I noticed that I wanted to leave the room as well."
HOME = Path(warmhandoff.__file__).parent
# Who may name the module, and who the model. What stands in neither cannot lead to a note.
MODULE = {"web/desk/process_notes.py", "clients/pasted.py", "web/urls.py"}
MODEL = {"clients/process_notes.py", "clients/notes_kept.py", "clients/models/__init__.py",
         "clients/models/process_note.py", "clients/migrations/0001_first.py"}  # fmt: skip
PASTED = {"web/desk/referral_need.py"}


@pytest.fixture
def kept(cast: Cast) -> Cast:
    cast.uses(process_notes=True)
    return cast


def _write(cast: Cast, text: str = TEXT, part: str = "clinician") -> ProcessNote:
    note = process_notes.write_note(cast.actor(part), cast.client.pk, text, now=NOW)
    return ProcessNote.objects.get(pk=note)


def _texts(cast: Cast, part: str = "clinician") -> list[str]:
    return [one.text for one in process_notes.own_notes(cast.actor(part), cast.client.pk, now=NOW)]


def test_it_is_off_until_the_practice_switches_it_on(cast: Cast) -> None:
    assert not process_notes.are_kept(cast.actor(), cast.client.pk)
    with pytest.raises(NotThere):
        _write(cast)
    with pytest.raises(NotThere):
        _texts(cast)


def test_their_author_reads_and_changes_them_and_nobody_else(kept: Cast) -> None:
    note = _write(kept)
    caring.join_team(kept.actor(), kept.client.pk, kept.members["colleague"].pk, now=NOW)
    assert _texts(kept) == [TEXT]
    for part in ("supervisor", "colleague"):
        assert _texts(kept, part) == []
        with pytest.raises(NotThere):
            process_notes.change_note(kept.actor(part), kept.client.pk, note.pk, "mine now", now=NOW)
    for part in ("coordinator", "admin", "outsider"):
        with pytest.raises(NotThere):
            _texts(kept, part)
    with pytest.raises(NotThere):
        process_notes.own_notes(client_actor(kept.client), kept.client.pk, now=NOW)
    process_notes.change_note(kept.actor(), kept.client.pk, note.pk, "Otherwise.", now=NOW + timedelta(hours=1))
    assert _texts(kept) == ["Otherwise."]


@pytest.mark.parametrize("text", ["", "  ", "x" * 50_001])
def test_an_empty_or_endless_note_is_refused(kept: Cast, text: str) -> None:
    with pytest.raises(BadInput):
        _write(kept, text)


def test_the_practices_own_key_does_not_open_them(kept: Cast) -> None:
    body = _write(kept).body.reveal()
    assert TEXT.encode() not in body, "what the practice's key opens is sealed once more"
    key = ProcessNoteKey.objects.get()
    with pytest.raises(Unavailable):
        sealing.unwrap(key.wrapped_by, bytes(key.wrapped), kept.practice.pk.bytes)
    key.delete()
    with pytest.raises(Unavailable):
        _texts(kept)


def test_a_note_moved_to_another_author_or_client_does_not_open(kept: Cast) -> None:
    note = _write(kept)
    ProcessNote.objects.filter(pk=note.pk).update(author=kept.members["supervisor"])
    with pytest.raises(Unavailable):
        _texts(kept, "supervisor")


def test_their_key_is_wrapped_anew_and_shredded_with_the_others(kept: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(kept)
    assert ProcessNoteKey in rotating.wrapped_tables()
    before, old = ProcessNoteKey.objects.get(), sealing.ring()
    monkeypatch.setattr(sealing, "ring", lambda: Ring("k9", {**old.keys, "k9": b"9" * 32}))
    rotating.rewrap()
    after = ProcessNoteKey.objects.get()
    assert after.wrapped_by == "k9" != before.wrapped_by and _texts(kept) == [TEXT]
    shredding._destroy(kept.practice.pk, NOW)
    assert not ProcessNoteKey.objects.exists()
    with pytest.raises(Unavailable):
        _write(kept)
    assert ProcessNote.objects.count() == 1


def test_one_key_a_practice_and_none_shared(kept: Cast) -> None:
    _write(kept)
    _write(kept, "again")
    kept.uses("outsider", process_notes=True)
    theirs = caring.add_client(kept.actor("outsider"), caring.ClientFacts("Priya V."), now=NOW)
    process_notes.write_note(kept.actor("outsider"), theirs, "elsewhere", now=NOW)
    keys = {one.practice_id: sealing.unwrap(one.wrapped_by, bytes(one.wrapped), rotating.bound_to(one))
            for one in ProcessNoteKey.objects.all()}  # fmt: skip
    assert len(keys) == 2 == len(set(keys.values()))


def _names(path: Path) -> set[str]:
    """Every name a module imports, reads or writes as a string."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def _naming(*names: str) -> set[str]:
    return {
        path.relative_to(HOME).as_posix() for path in HOME.rglob("*.py") if not _names(path).isdisjoint(names)
    }  # fmt: skip


@pytest.mark.slow  # reads the whole source several times
def test_no_other_module_leads_to_a_note() -> None:
    readers = ("own_notes", "texts_for_comparing", "change_note", "write_note", "warmhandoff.clients.process_notes")
    assert _naming(*readers) <= MODULE | {"clients/process_notes.py"}
    named = _naming("ProcessNote", "process_note", "clients_processnote", "clients.ProcessNote")
    assert named - {"web/desk/audit_words.py"} <= MODEL | MODULE  # there it is what the audit calls the subject
    assert _naming("from_own_notes") == PASTED, "which says yes or no, and gives no text"
    assert "clients/process_notes.py" in _naming("ProcessNote"), "the search finds what is there"
    importing = {
        path.relative_to(HOME).as_posix() for path in HOME.rglob("*.py")
        if any(isinstance(node, ast.ImportFrom) and any(alias.name == "process_notes" for alias in node.names)
               or isinstance(node, ast.ImportFrom) and (node.module or "").endswith("clients.process_notes")
               for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    }  # fmt: skip
    assert importing == MODULE


def test_no_template_but_their_page_shows_them() -> None:
    folder = HOME / "web" / "templates"
    showing = {path.name for path in folder.rglob("*.html") if "note.text" in path.read_text(encoding="utf-8")}
    assert showing == {"notes.html"}


def test_the_tables_export_nothing_of_them_and_the_model_says_nothing(kept: Cast) -> None:
    for name in ("clients.ProcessNote", "clients.ProcessNoteKey"):
        assert tables()[name].exported == {}
    assert not {part.model for part in holding.parts()} & {ProcessNote, ProcessNoteKey}
    note = _write(kept)
    assert TEXT not in f"{note!s} {note!r} {note.body!s} {note.body!r}"
    related = {field.name for field in apps.get_model("clients.Client")._meta.get_fields()}
    notes = {name for name in related if "note" in name}
    assert notes <= {"crisis_notes"}, "no way leads from a client to her notes"


def test_the_audit_and_the_timeline_hold_ids_alone(kept: Cast) -> None:
    note = _write(kept)
    _texts(kept)
    verbs = list(AuditEntry.objects.filter(subject_kind="process_note").values_list("verb", flat=True))
    assert sorted(verbs) == ["open", "write"]
    assert not Event.objects.filter(subject_id=note.pk).exists()


def test_an_authorization_for_them_is_kept_and_nothing_rides_on_it(kept: Cast) -> None:
    given = notes_authorization.NotesAuthorization(
        "Court-appointed evaluator", "specialized", NOW.date() + timedelta(days=30), "Rosalind Marlowe", "in session"
    )
    release = notes_authorization.record_authorization(kept.actor(), kept.client.pk, given, now=NOW)
    row = Release.objects.get(pk=release)
    assert row.kind == "process_notes" and row.signed_at and "own notes" in row.text.reveal()
    assert row.classes == sorted(NEVER_ON_A_GENERAL_RELEASE)
    assert not asked(kept, "psychotherapy_notes", to=0).allowed
    Release.objects.filter(pk=release).update(classes=["psychotherapy_notes", "reason"])
    assert not asked(kept, "reason", to=0).allowed, "it is no release for anything else"
    signed(kept)
    assert not asked(kept, "reason", "psychotherapy_notes").allowed


def test_a_client_of_whom_notes_are_kept_is_not_erased_by_mistake(kept: Cast) -> None:
    client = kept.add_client("Jonas Thule")
    process_notes.write_note(kept.actor(), client, TEXT, now=NOW)
    with pytest.raises(NotNow, match="notes are kept"):
        erasing.erase_client(kept.actor(), client, now=NOW)


def test_pasting_a_note_is_noticed_for_ones_own_notes_about_her(kept: Cast) -> None:
    _write(kept)
    said = f"Background. {TEXT[10:75]} And more."
    assert pasted.from_own_notes(kept.actor(), kept.client.pk, ["short", said])
    assert not pasted.from_own_notes(kept.actor(), kept.client.pk, [f"Background. {TEXT[10:65]}. Nothing more of it."])
    assert not pasted.from_own_notes(kept.actor("supervisor"), kept.client.pk, [said])
    assert not pasted.from_own_notes(kept.actor(), kept.add_client("Jonas Thule"), [said])
    assert not pasted.from_own_notes(kept.actor(), uuid4(), [said])
