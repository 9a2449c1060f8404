"""Sealed values open in their own place, with the right keys, and nowhere else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warmhandoff.accounts.models import Practice
from warmhandoff.clients.models import Client
from warmhandoff.core.fields import Ciphertext, SealedBytes, SealedField, SealedJSON
from warmhandoff.core.keys import make_encryption_key, make_secret_key
from warmhandoff.core.models import PracticeKey
from warmhandoff.core.sealing import Place, check_ring, forget_keys, seal, unseal
from warmhandoff.rules.refusals import Unavailable

pytestmark = pytest.mark.django_db


def place(practice: Practice) -> Place:
    return Place(practice.pk, "clients_client", "name", str(uuid4()))


def stored(client: Client, column: str) -> bytes:
    """What lies in the database, read around the field."""
    # SQLite keeps a uuid as 32 hexadecimal digits, PostgreSQL as a uuid.
    key = client.pk.hex if connection.vendor == "sqlite" else client.pk
    with connection.cursor() as cursor:
        cursor.execute(f"select {column} from clients_client where id = %s", [key])
        return bytes(cursor.fetchone()[0])


@given(value=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sealed_opens_in_its_place(practice: Practice, value: bytes) -> None:
    here = place(practice)
    sealed = seal(value, here)
    assert unseal(sealed, here) == value
    assert len(value) < 4 or value not in sealed
    assert seal(value, here) != sealed, "the same value twice must not look the same"


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_altered_bit_is_refused(practice: Practice, at: int, bit: int) -> None:
    here = place(practice)
    sealed = bytearray(seal(b"a disclosure", here))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(Unavailable):
        unseal(bytes(sealed), here)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 40])
def test_a_cut_value_is_refused(practice: Practice, length: int) -> None:
    here = place(practice)
    with pytest.raises(Unavailable):
        unseal(seal(b"a disclosure", here)[:length], here)


def test_a_value_moved_elsewhere_does_not_open(practice: Practice, other: Practice) -> None:
    here = place(practice)
    sealed = seal(b"a disclosure", here)
    for elsewhere in (
        replace(here, practice_id=other.pk), replace(here, table="clients_release"), replace(here, column="initials"),
        replace(here, row=str(uuid4())),
    ):
        with pytest.raises(Unavailable):
            unseal(sealed, elsewhere)


def test_neighbouring_parts_of_a_place_cannot_be_shifted_into_each_other(practice: Practice) -> None:
    sealed = seal(b"x", Place(practice.pk, "ab", "c", "1"))
    with pytest.raises(Unavailable):
        unseal(sealed, Place(practice.pk, "a", "bc", "1"))


def test_a_practice_whose_key_is_destroyed_is_unreadable(client_row: Client, practice: Practice) -> None:
    PracticeKey.objects.filter(practice_id=practice.pk).delete()
    forget_keys()
    with pytest.raises(Unavailable, match="gone"):
        Client.objects.get(pk=client_row.pk).name.reveal()


def test_a_new_version_of_the_data_key_leaves_old_values_readable(client_row: Client, practice: Practice) -> None:
    from warmhandoff.core.sealing import wrap

    wrapped_by, wrapped = wrap(b"\x07" * 32, practice.pk.bytes)
    PracticeKey.objects.create(practice_id=practice.pk, version=2, wrapped_by=wrapped_by, wrapped=wrapped)
    forget_keys()
    old = stored(client_row, "name")
    again = Client.objects.get(pk=client_row.pk)
    assert again.name.reveal() == "Maya Ortiz"
    again.name = "Maya Ortiz-Lee"
    again.save()
    assert old[4] == 1 and stored(client_row, "name")[4] == 2
    assert Client.objects.get(pk=client_row.pk).name.reveal() == "Maya Ortiz-Lee"


def test_a_wrapped_key_does_not_serve_another_practice(client_row: Client, practice: Practice, other: Practice) -> None:
    mine = PracticeKey.objects.get(practice_id=practice.pk, version=1)
    PracticeKey.objects.filter(practice_id=other.pk).update(wrapped=mine.wrapped)
    forget_keys()
    with pytest.raises(Unavailable):
        seal(b"x", place(other))


# The field


def test_the_database_holds_no_plain_value(client_row: Client) -> None:
    for column, words in (("name", b"Maya"), ("contact", b"78704")):
        assert words not in stored(client_row, column)
    again = Client.objects.get(pk=client_row.pk)
    assert again.name.reveal() == "Maya Ortiz"
    assert again.contact.reveal() == {"phone": "512 555 0100", "zip": "78704"}


def test_two_clients_rows_cannot_be_swapped(client_row: Client, practice: Practice, now: Any) -> None:
    second = Client.objects.create(practice=practice, name="Ana Ruiz", created_at=now)
    Client.objects.filter(pk=second.pk).update(name=Ciphertext(stored(client_row, "name")))
    with pytest.raises(Unavailable, match="altered or moved"):
        Client.objects.get(pk=second.pk).name.reveal()


@pytest.mark.parametrize("show", [str, repr, "{}".format, "%s".__mod__, lambda value: f"{value!r:>3}"])
def test_a_sealed_value_prints_as_dots(client_row: Client, show: Callable[[object], str]) -> None:
    for row in (client_row, Client.objects.get(pk=client_row.pk)):
        for value in (row.name, row.contact):
            assert show(value) == "•••"
    assert show(Client(practice=client_row.practice).name).strip() == ""


def test_an_empty_value_is_stored_as_nothing_and_says_so_before_and_after(practice: Practice, now: Any) -> None:
    row = Client.objects.create(practice=practice, name="", contact=None, created_at=now)
    assert not row.name and not row.contact
    again = Client.objects.get(pk=row.pk)
    assert not again.name and again.name.reveal() == "" and again.contact.reveal() is None
    assert Client.objects.filter(name__isnull=True, pk=row.pk).exists()


def test_what_is_only_read_is_not_sealed_again(client_row: Client) -> None:
    before = stored(client_row, "name")
    Client.objects.get(pk=client_row.pk).save()
    assert stored(client_row, "name") == before


def test_a_value_left_out_of_the_query_is_fetched_when_asked_for(client_row: Client) -> None:
    assert Client.objects.only("id", "practice_id").get(pk=client_row.pk).name.reveal() == "Maya Ortiz"
    client_row.refresh_from_db()
    assert client_row.name.reveal() == "Maya Ortiz"


def test_copying_a_sealed_value_seals_it_for_its_new_place(client_row: Client, other: Practice, now: Any) -> None:
    copy = Client.objects.create(practice=other, name=Client.objects.get(pk=client_row.pk).name, created_at=now)
    assert stored(copy, "name") != stored(client_row, "name")
    assert Client.objects.get(pk=copy.pk).name.reveal() == "Maya Ortiz"


@pytest.mark.parametrize("plain", ["Maya", b"Maya", {"phone": 1}, bytearray(b"Maya")])
def test_a_plain_value_cannot_be_written_around_the_model(client_row: Client, plain: object) -> None:
    with pytest.raises(FieldError, match="sealed"):
        Client.objects.update(name=plain)
    client_row.name = "Someone Else"
    with pytest.raises(FieldError, match="sealed"):
        Client.objects.bulk_update([client_row], ["name"])


@pytest.mark.parametrize("question", [
    {"name": "Maya Ortiz"}, {"name__icontains": "maya"}, {"name__in": ["Maya Ortiz"]}, {"contact__startswith": "{"},
    {"name__gt": "M"}, {"name__regex": "M"},
])
def test_sealed_values_cannot_be_searched(question: dict[str, Any]) -> None:
    with pytest.raises(FieldError, match="sealed"):
        Client.objects.filter(**question).exists()


@pytest.mark.parametrize(("field", "value"), [
    (SealedField(), "naïve – “Łódź” 🌿\n"), (SealedJSON(), {"a": [1, 2.5, None, "ü"], "b": {"c": False}}),
    (SealedJSON(), []), (SealedJSON(), 0), (SealedBytes(), b"%PDF\x00\xff"),
])
def test_each_kind_of_value_comes_back_as_it_was(field: SealedField, value: object) -> None:
    assert field.decode(field.encode(value)) == value


def test_a_field_says_what_its_value_is_about() -> None:
    with pytest.raises(FieldError, match="privacy"):
        SealedField(privacy="whatever")


# The key file


def ring(path: Path, content: object, mode: int = 0o600) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


def good_ring(name: str = "k1", byte: bytes = b"\x01") -> dict[str, Any]:
    return {"primary": name, "keys": {name: base64.b64encode(byte * 32).decode()}}


@pytest.mark.parametrize(("content", "mode"), [
    (None, 0o600), ("", 0o600), ("{", 0o600), ("[]", 0o600), ("{}", 0o600), ({"primary": "k1", "keys": {}}, 0o600),
    ({"primary": "k1", "keys": {"k1": "***"}}, 0o600), ({"primary": "k1", "keys": {"k1": "c2hvcnQ="}}, 0o600),
    ({**good_ring(), "primary": "k2"}, 0o600), ({"primary": "k1", "keys": None}, 0o600),
    (good_ring(), 0o640), (good_ring(), 0o604), (good_ring(), 0o620),
])
def test_a_key_file_that_is_missing_torn_or_open_stops_the_start(
    tmp_path: Path, settings: Any, content: object, mode: int
) -> None:
    settings.ENCRYPTION_KEY_FILE = tmp_path / "encryption.key"
    if content is not None:
        ring(settings.ENCRYPTION_KEY_FILE, content, mode)
    with pytest.raises(Unavailable):
        check_ring()


def test_a_good_key_file_starts(tmp_path: Path, settings: Any) -> None:
    settings.ENCRYPTION_KEY_FILE = ring(tmp_path / "encryption.key", good_ring())
    check_ring()


@pytest.mark.parametrize(("content", "words"), [
    (good_ring(byte=b"\x02"), "not the one"),
    (good_ring("k9", b"\x02"), "lacks 'k1'"),
])
def test_another_servers_key_file_opens_nothing(
    client_row: Client, tmp_path: Path, settings: Any, content: object, words: str
) -> None:
    settings.ENCRYPTION_KEY_FILE = ring(tmp_path / "encryption.key", content)
    forget_keys()
    with pytest.raises(Unavailable, match=words):
        Client.objects.get(pk=client_row.pk).name.reveal()


@pytest.mark.parametrize("make", [make_secret_key, make_encryption_key])
def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path, make: Callable[[Path], bool]) -> None:
    path = tmp_path / "keys" / "a.key"
    assert make(path) is True
    first = path.read_text()
    assert make(path) is False and path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
