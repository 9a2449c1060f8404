"""A backup is whole, sealed, without its keys, and refused when a single byte of it is not as it was written."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.cast import CLIENT_NAME, NOW, make_cast
from tests.core.backups import backed_up, embedded, filled, hashes, in_a_file
from warmhandoff.core import backing_up, restoring, rows
from warmhandoff.core.keys import make_encryption_key
from warmhandoff.core.models import Job
from warmhandoff.core.sealed_stream import Reader
from warmhandoff.core.sealing import forget_keys
from warmhandoff.rules.refusals import BadInput, NotAllowed, Unavailable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _in_a_file(tmp_path: Path) -> Iterator[None]:
    with in_a_file(tmp_path):
        yield


def all_lines(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return list(Reader(file, path.name).lines())


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    make_cast()
    before = hashes()
    path = backed_up(tmp_path)
    with embedded(tmp_path / "new.sqlite3"):
        filled(path)
        assert hashes() == before
        assert connection.introspection.table_names()
    assert len(before) > 30


def test_every_table_is_in_it(tmp_path: Path) -> None:
    tables = {line["table"] for line in all_lines(backed_up(tmp_path)) if isinstance(line, dict) and "table" in line}
    left_out = set(connection.introspection.table_names()) - tables
    # Sessions end with a restore; the index over words is made anew from the rows, on PostgreSQL within their table.
    made_anew = {name for name in left_out if name.startswith("directory_words")}
    assert left_out - made_anew == {"django_migrations", "django_session", "accounts_signedin"}


def test_numbered_keys_go_on_after_the_highest(tmp_path: Path) -> None:
    cast = make_cast()
    path = backed_up(tmp_path)
    with embedded(tmp_path / "new.sqlite3"):
        filled(path)
        from warmhandoff.core.models import AuditedClient

        before = set(AuditedClient.objects.values_list("pk", flat=True))
        cast.add_client()
        assert set(AuditedClient.objects.values_list("pk", flat=True)) > before


def test_it_is_private_and_says_nothing_of_anyone(tmp_path: Path) -> None:
    make_cast()
    path = backed_up(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"Rosalind" not in path.read_bytes() and b"lakeside" not in path.read_bytes()
    assert not any(CLIENT_NAME in json.dumps(line) for line in all_lines(path)), "sealed values stay sealed inside"
    assert any("lakeside" in json.dumps(line) for line in all_lines(path)), "the control: what is plain is inside"


def keys_in(data: bytes, settings: Any) -> list[str]:
    """Which keys stand in these bytes, raw or in one of the ways bytes are written."""
    ring = json.loads(settings.ENCRYPTION_KEY_FILE.read_text())["keys"]
    secrets = {name: base64.b64decode(key) for name, key in ring.items()} | {"secret": settings.SECRET_KEY.encode()}
    return [name for name, key in secrets.items()
            if any(form in data for form in (key, base64.b64encode(key).rstrip(b"="), key.hex().encode()))]


def test_no_key_is_in_the_backup_or_the_database(tmp_path: Path, settings: Any) -> None:
    make_cast()
    path = backed_up(tmp_path)
    inside = b"\n".join(json.dumps(line).encode() for line in all_lines(path))
    database = b"".join(file.read_bytes() for file in tmp_path.glob("here.sqlite3*"))
    assert len(inside) > 10_000
    assert keys_in(path.read_bytes() + inside + database, settings) == []
    planted = inside + settings.ENCRYPTION_KEY_FILE.read_bytes()
    assert keys_in(planted, settings) == ["k1"], "the control: a planted key is found"


def test_a_folder_that_holds_the_keys_is_refused(settings: Any) -> None:
    keys = settings.ENCRYPTION_KEY_FILE.parent
    (keys / "deeper").mkdir(exist_ok=True)
    for folder in (keys, keys / "deeper"):
        with pytest.raises(NotAllowed):
            backed_up(folder)
        assert not list(folder.glob("*whbackup*"))


def test_a_file_of_that_name_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.whbackup").write_text("mine")
    with pytest.raises(BadInput):
        backed_up(tmp_path)
    assert (tmp_path / "a.whbackup").read_text() == "mine"


def test_altering_any_byte_is_noticed(tmp_path: Path) -> None:
    make_cast()
    path = backed_up(tmp_path)
    whole = path.read_bytes()
    head = len(whole) if len(whole) < 1200 else 1200
    for place in [*range(0, head, 7), *range(head, len(whole), max(1, len(whole) // 150)), len(whole) - 1]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
        with pytest.raises(BadInput):
            backing_up.read_through(path)
    path.write_bytes(whole)
    backing_up.read_through(path)


@pytest.mark.parametrize("cut", ["an end", "half", "header", "longer", "empty", "chunk", "length"])
def test_a_file_of_another_length_is_noticed(tmp_path: Path, cut: str) -> None:
    make_cast()
    path = backed_up(tmp_path)
    whole = path.read_bytes()
    header = 12 + int.from_bytes(whole[8:12], "big") + 32
    first = header + 4 + int.from_bytes(whole[header:header + 4], "big")
    start, size = header, first - header - 4
    while start + 4 + size < len(whole):  # to the last chunk
        start += 4 + size
        size = int.from_bytes(whole[start:start + 4], "big")
    torn = {
        "an end": whole[:-1], "half": whole[:len(whole) // 2], "header": whole[:header], "longer": whole + b"x",
        "empty": b"", "chunk": whole[:header] + whole[first:],
        "length": whole[:start] + (size + 1).to_bytes(4, "big") + whole[start + 4:],
    }[cut]
    path.write_bytes(torn)
    with pytest.raises(BadInput):
        backing_up.read_through(path)


def test_chunks_do_not_open_in_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmhandoff.core.sealed_stream._CHUNK", 256)
    make_cast()
    path = backed_up(tmp_path)
    whole = path.read_bytes()
    start = 12 + int.from_bytes(whole[8:12], "big") + 32
    size = 4 + int.from_bytes(whole[start:start + 4], "big")
    one, two = whole[start:start + size], whole[start + size:start + 2 * size]
    assert len(one) == len(two) == 4 + 256 + 16
    path.write_bytes(whole[:start] + two + one + whole[start + 2 * size:])
    with pytest.raises(BadInput):
        backing_up.read_through(path)
    path.write_bytes(whole[:start] + whole[start:start + size])  # cut off right after a whole chunk
    with pytest.raises(BadInput):
        backing_up.read_through(path)


def test_another_key_is_said_to_be_another_key(tmp_path: Path, settings: Any) -> None:
    path = backed_up(tmp_path)
    settings.ENCRYPTION_KEY_FILE = tmp_path / "other-keys" / "encryption.key"
    make_encryption_key(settings.ENCRYPTION_KEY_FILE)
    forget_keys()
    with pytest.raises(Unavailable, match="another encryption key"):
        backing_up.read_through(path)


def test_a_backup_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    header = backing_up.read_through(backed_up(tmp_path))[0]
    restoring.check_schema(header, "a")
    newer = {**header, "schema": [*header["schema"], ["core", "0999_hereafter"]]}
    with pytest.raises(BadInput, match="newer"):
        restoring.check_schema(newer, "a")


def test_a_disk_that_lies_is_found_out_before_the_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def tear(handle: int) -> None:
        real(handle)
        for part in tmp_path.glob(".*.part"):
            part.write_bytes(part.read_bytes()[:-1])

    monkeypatch.setattr("os.fsync", tear)
    with pytest.raises(Unavailable, match="read back"):
        backed_up(tmp_path)
    assert not [name for name in os.listdir(tmp_path) if "whbackup" in name]


def test_a_drill_opens_every_sealed_field_and_tells_what_does_not_open(tmp_path: Path) -> None:
    cast = make_cast()
    (tmp_path / "one").mkdir()
    done = restoring.drill(backed_up(tmp_path), tmp_path / "one")
    assert done.faults == [] and done.values >= 5 and done.fields > 25
    from warmhandoff.clients.models import Client
    from warmhandoff.core.fields import Ciphertext

    taken = Client.objects.get(pk=cast.client.pk).__dict__["name"]
    Client.objects.filter(pk=cast.client.pk).update(initials=Ciphertext(taken))  # a value moved to another column
    (tmp_path / "two").mkdir()
    done = restoring.drill(backed_up(tmp_path, "b.whbackup"), tmp_path / "two")
    assert len(done.faults) == 1 and "clients_client" in done.faults[0]


def test_the_worker_makes_one_a_day_and_old_ones_go(tmp_path: Path, settings: Any) -> None:
    settings.BACKUP_FOLDER = str(tmp_path / "daily")
    for _ in range(3):
        backing_up.plan_backup(NOW)
    assert Job.objects.filter(name="back_up").count() == 1
    backing_up.back_up_by_schedule({}, NOW)
    made = list((tmp_path / "daily").iterdir())
    assert [path.name for path in made] == ["warmhandoff-20261123T150000Z.whbackup"]
    backing_up.read_through(made[0])
    settings.BACKUP_FOLDER = ""
    backing_up.plan_backup(NOW + timedelta(days=1))
    assert Job.objects.filter(name="back_up").count() == 1


def test_seven_days_four_weeks_and_twelve_months_are_kept(tmp_path: Path) -> None:
    days = [NOW - timedelta(days=back) for back in range(500)]
    for day in days:
        (tmp_path / f"warmhandoff-{day:%Y%m%dT%H%M%SZ}.whbackup").touch()
    (tmp_path / "of-my-own.whbackup").touch()
    backing_up.prune(tmp_path, now=NOW)
    left = sorted(path.name for path in tmp_path.glob("warmhandoff-*"))
    assert (tmp_path / "of-my-own.whbackup").exists()
    assert all(f"warmhandoff-{day:%Y%m%d}T150000Z.whbackup" in left for day in days[:7])
    assert {"warmhandoff-20251231T150000Z.whbackup", "warmhandoff-20261031T150000Z.whbackup"} <= set(left)
    assert "warmhandoff-20251130T150000Z.whbackup" not in left
    assert "warmhandoff-20261115T150000Z.whbackup" in left and "warmhandoff-20261114T150000Z.whbackup" not in left
    assert 7 + 2 + 10 <= len(left) <= 7 + 4 + 12
    assert backing_up.prune(tmp_path, now=NOW) == []


def test_rows_in_equals_rows_out_for_every_table() -> None:
    make_cast()
    for model in rows.tables():
        assert len(list(rows.read(model, "default"))) == rows.count("default")[model._meta.db_table]


@pytest.mark.parametrize("place", ["keys", "keys/below", "."])
def test_a_folder_that_holds_the_key_is_refused_and_nothing_written(
    tmp_path: Path, settings: Any, place: str
) -> None:
    """Whoever takes the backups must not take the key with them (R-27)."""
    settings.ENCRYPTION_KEY_FILE = tmp_path / "set" / "keys" / "encryption.key"
    make_encryption_key(settings.ENCRYPTION_KEY_FILE)
    folder = tmp_path / "set" / place
    folder.mkdir(exist_ok=True)
    (tmp_path / "linked").symlink_to(folder)
    for chosen in (folder, tmp_path / "linked"):
        with pytest.raises(NotAllowed, match="holds the key file"):
            backing_up.back_up(chosen / "a.whbackup", now=NOW)
    settings.BACKUP_FOLDER = str(folder)
    with pytest.raises(NotAllowed, match="holds the key file"):
        backing_up.back_up_by_schedule({}, NOW)
    assert not list(tmp_path.rglob("*.whbackup*"))
    (tmp_path / "apart").mkdir()
    backing_up.check_place(tmp_path / "apart" / "a.whbackup")
