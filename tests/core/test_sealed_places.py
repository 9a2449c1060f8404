"""Every sealed field of every model, found by looking: what it holds opens in its own place and nowhere else."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from tests.cast import CLIENT_NAME, Cast, make_cast
from tests.core.backups import backed_up, in_a_file
from tests.core.conftest import new_practice
from tests.faults.scanning import forms_of_bytes, holding
from warmhandoff.clients.models import Client
from warmhandoff.core import audit, rotating, sealing
from warmhandoff.core.fields import Ciphertext, SealedBytes, SealedJSON
from warmhandoff.core.models import AuditEntry, PracticeKey
from warmhandoff.core.resealing import Column, sealed_columns
from warmhandoff.core.sealing import Place, seal
from warmhandoff.rules.refusals import Unavailable

COLUMNS = sealed_columns()
SECRET = "Zq7moved"


def row(column: Column, practice: UUID, key: UUID) -> Any:
    """A row of the column's model, with nothing in it but its place."""
    return column.model(pk=key, practice_id=practice)


def moved_to(column: Column, row: Any, sealed: bytes) -> Any:
    row.__dict__[column.field.attname] = Ciphertext(sealed)
    return getattr(row, column.field.attname)


@pytest.fixture
def two(db: None) -> tuple[UUID, UUID]:
    return new_practice("willow").pk, new_practice("harbor").pk


def test_the_fields_are_found() -> None:
    assert len(COLUMNS) >= 40 and len({column.model for column in COLUMNS}) >= 10


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_what_is_copied_elsewhere_does_not_open(
    column: Column, two: tuple[UUID, UUID], caplog: pytest.LogCaptureFixture
) -> None:
    mine, theirs = two
    key = uuid4()
    plain: Any = {"words": SECRET} if isinstance(column.field, SealedJSON) else SECRET
    plain = SECRET.encode() if isinstance(column.field, SealedBytes) else plain
    sealed = seal(column.field.encode(plain), column.field.place(row(column, mine, key)))
    assert moved_to(column, row(column, mine, key), sealed).reveal() == plain, "in its own place it opens"
    places = [(column, mine, uuid4()), (column, theirs, key)]
    places += [(other, mine, key) for other in COLUMNS if other is not column]
    for other, practice, there in places:
        moved = moved_to(other, row(other, practice, there), sealed)
        with pytest.raises(Unavailable, match="altered or moved") as refused:
            moved.reveal()
        assert SECRET not in str(refused.value) and SECRET not in repr(moved)
        assert refused.value.details["subject"] == str(there)
    named = [record for record in caplog.records if record.name == "warmhandoff.sealing"]
    assert len(named) == len(places) and all(record.levelno == logging.ERROR for record in named)
    assert SECRET not in caplog.text


def test_a_page_that_meets_a_moved_value_shows_nothing_and_is_audited(cast: Cast) -> None:
    other = Client.objects.get(pk=cast.add_client("Jonas Thule"))
    stolen = Client.objects.filter(pk=cast.client.pk).values_list("name", flat=True).get()
    Client.objects.filter(pk=other.pk).update(name=stolen)
    answer = cast.web().get(f"/clients/{other.pk}/")
    assert answer.status_code == 503
    assert CLIENT_NAME not in answer.content.decode()
    refused = AuditEntry.objects.filter(verb="refused", subject_kind="unavailable")
    assert [entry.subject_id for entry in refused] == [str(other.pk)]
    assert audit.verify().sound


def _nonces(count: int, practice: UUID) -> int:
    place = Place(practice, "clients_client", "name", str(uuid4()))
    return len({seal(b"x", place)[5:17] for _ in range(count)})


def test_no_nonce_comes_twice(two: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _nonces(20_000, two[0]) == 20_000
    monkeypatch.setattr(sealing.os, "urandom", lambda length: b"\7" * length)
    assert _nonces(20, two[0]) == 1, "the count would have told"


@pytest.mark.nightly
def test_no_nonce_comes_twice_in_a_million(two: tuple[UUID, UUID]) -> None:
    assert _nonces(1_000_000, two[0]) == 1_000_000


# Where the keys themselves may not stand


@pytest.fixture
def _in_files(tmp_path: Path, settings: Any, transactional_db: None) -> Iterator[None]:
    settings.JOURNAL_FILE = tmp_path / "journal.jsonl"
    with in_a_file(tmp_path):
        yield


def every_key() -> list[bytes]:
    """The wrapping keys, what they were stretched into, and every practice's data keys, all as raw bytes."""
    ring = sealing.ring()
    found = [*ring.keys.values(), *(key for made in ring.kept.values() for key in made.values())]
    found += [sealing.stretched(key, purpose) for key in ring.keys.values() for purpose in rotating.SIGNS]
    for held in PracticeKey.objects.all():
        found.append(sealing.unwrap(held.wrapped_by, bytes(held.wrapped), held.practice_id.bytes))
    return found


@pytest.mark.slow
def test_no_key_stands_in_database_log_or_backup(
    _in_files: None, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's own files are looked through in tests/faults/test_canary_postgresql.py")
    caplog.set_level(logging.DEBUG)
    cast = make_cast()
    assert cast.web().get("/clients/").status_code == 200
    keys = every_key()
    assert len(keys) >= 5 and {len(key) for key in keys} == {32}
    forms = {form for key in keys for form in forms_of_bytes(key)}
    backed_up(tmp_path)
    (tmp_path / "log").write_text(caplog.text + "".join(capfd.readouterr()))
    assert {"here.sqlite3", "here.sqlite3-wal", "a.whbackup"} <= {path.name for path in tmp_path.iterdir()}
    assert holding(forms, tmp_path) == []
    for number, form in enumerate([keys[0], keys[-1].hex().encode(), os.urandom(2) + keys[-1]]):
        (tmp_path / f"planted-{number}").write_bytes(b"..." + form + b"...")
    held = PracticeKey.objects.filter(practice_id=cast.practice.pk)
    held.update(wrapped=keys[-1])  # the positive control: an unwrapped key in its column, so in the log of writes
    assert set(holding(forms, tmp_path)) == {"planted-0", "planted-1", "planted-2", "here.sqlite3-wal"}
