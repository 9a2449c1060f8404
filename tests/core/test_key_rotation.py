"""Keys renewed: wrapping keys and data keys, with others writing meanwhile, and nothing lost or overwritten."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from tests.cast import CLIENT_NAME, NOW, Cast
from tests.core.conftest import new_practice
from warmhandoff.clients.caring import ClientFacts, add_client
from warmhandoff.clients.models import Client
from warmhandoff.core import anchors, audit, backing_up, chain, jobs, keys, resealing, rotating, sealing
from warmhandoff.core.fields import Ciphertext
from warmhandoff.core.models import Event, Job, PracticeKey
from warmhandoff.core.sealed_stream import Writer
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, Unavailable

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, settings: Any) -> Path:
    settings.ENCRYPTION_KEY_FILE = tmp_path / "keys" / "encryption.key"
    keys.make_encryption_key(settings.ENCRYPTION_KEY_FILE)
    return Path(settings.ENCRYPTION_KEY_FILE)


@pytest.fixture(autouse=True)
def _as_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmhandoff.core.clock.now", lambda: NOW)
    monkeypatch.setattr(PracticeKey._meta.get_field("created_at"), "default", lambda: NOW)
    monkeypatch.setattr(PracticeKey._meta.get_field("created_at"), "_get_default", lambda: NOW)


def versions_of(practice_id: UUID) -> Counter[int]:
    return resealing.count_values()[practice_id]


def state_of(name: str) -> rotating.WrappingKey:
    return next(one for one in rotating.wrapping_keys() if one.name == name)


# The wrapping keys


def test_a_new_wrapping_key_takes_over_and_the_old_one_goes(cast: Cast, key_file: Path) -> None:
    old_file = key_file.read_bytes()
    assert rotating.rotate(now=NOW) == "k2"
    assert key_file.stat().st_mode & 0o777 == 0o600 and [p.name for p in key_file.parent.iterdir()] == [key_file.name]
    assert set(PracticeKey.objects.values_list("wrapped_by", flat=True)) == {"k2"}
    assert state_of("k1").state == "old" and state_of("k1").needs == {} and state_of("k2").needs == {"data keys": 4}
    gone = rotating.retire("k1", now=NOW)
    assert gone.signed["audit entries"] > 0
    assert list(json.loads(key_file.read_text())["keys"]) == ["k2"]
    sealing.forget_keys()
    assert Client.objects.get(pk=cast.client.pk).name.reveal() == CLIENT_NAME
    key_file.write_bytes(old_file)  # a copy of the file from before, in someone else's hands
    sealing.forget_keys()
    with pytest.raises(Unavailable, match="lacks 'k2'"):
        Client.objects.get(pk=cast.client.pk).name.reveal()


def test_the_audit_and_its_anchors_are_checkable_after_their_key_is_gone(cast: Cast, key_file: Path) -> None:
    anchors.anchor(NOW)
    wrapping = sealing.ring().keys["k1"]
    rotating.rotate(now=NOW)
    assert state_of("k1").signed["anchors"] == 1
    rotating.retire("k1", now=LATER)
    anchors.anchor(NOW + timedelta(hours=2))
    report = audit.verify()
    assert report.sound and report.anchors == 2 and sum(found.entries for found in report.chains) >= 10
    kept = keys.read_ring(key_file).kept["k1"]
    assert set(kept) == {chain.PURPOSE, anchors.PURPOSE} and wrapping not in kept.values()
    sealing.ring().kept["k1"][chain.PURPOSE] = b"\0" * 32  # the positive control
    assert not audit.verify().sound


def test_a_wrapping_key_in_use_is_not_removed_and_what_needs_it_is_named(cast: Cast, monkeypatch: Any) -> None:
    with pytest.raises(NotNow, match="in use for everything new"):
        rotating.retire("k1", now=NOW)
    with pytest.raises(BadInput, match="no 'k9'"):
        rotating.retire("k9", now=NOW)
    monkeypatch.setattr(rotating, "rewrap", lambda **_: 0)  # as if it was killed here
    rotating.rotate(now=NOW)
    with pytest.raises(NotNow, match="4 data keys"):
        rotating.retire("k1", now=NOW)
    monkeypatch.undo()
    monkeypatch.setitem(rotating._USES, "second factors", lambda: {"k1": 3})
    rotating.rewrap()
    with pytest.raises(NotNow, match="3 second factors"):
        rotating.retire("k1", now=NOW)


def test_backups_that_open_with_it_alone_keep_a_wrapping_key(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.BACKUP_FOLDER = str(tmp_path / "daily")
    (tmp_path / "daily").mkdir()
    (tmp_path / "daily" / "torn.whbackup").write_bytes(b"WHBACKUP\x00")
    made = tmp_path / "daily" / "warmhandoff-20261123T150000Z.whbackup"
    header = {"created_at": NOW.isoformat(), "rows": 0}
    with made.open("wb") as file:
        writer = Writer(file, header, b"0" * 32)
        writer.line({"end": {}})
        writer.close()
    rotating.rotate(now=NOW)
    assert state_of("k1").backups == [made.name]
    with pytest.raises(NotAllowed, match="1 backups"):
        rotating.retire("k1", now=NOW)
    rotating.retire("k1", now=NOW, give_up_backups=True)
    with pytest.raises(Unavailable, match="lacks 'k1'"):
        backing_up.read_through(made)


def test_a_key_can_be_added_first_and_used_when_every_machine_has_it(cast: Cast, key_file: Path) -> None:
    assert rotating.rotate(now=NOW, only_add=True) == "k2"
    assert json.loads(key_file.read_text())["primary"] == "k1"
    assert set(PracticeKey.objects.values_list("wrapped_by", flat=True)) == {"k1"}
    assert rotating.rotate(now=NOW) == "k2" and rotating.rotate(now=NOW) == "k3"


def test_a_process_that_looked_before_goes_on_when_its_wrapping_key_goes(cast: Cast) -> None:
    sealing.forget_keys()
    assert sealing.newest_version(cast.practice.pk) == 1
    known = sealing._known[cast.practice.pk]
    known.open.clear()  # it has read the row, and not opened it yet
    rotating.rotate(now=NOW)
    rotating.retire("k1", now=NOW)
    assert known.wrapped[1][0] == "k1"
    assert Client.objects.get(pk=cast.client.pk).name.reveal() == CLIENT_NAME


def test_a_key_file_that_cannot_be_replaced_stays_as_it_was(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_file.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keys.os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        rotating.rotate(now=NOW)
    assert key_file.read_bytes() == before and [p.name for p in key_file.parent.iterdir()] == [key_file.name]


# The data keys


def test_a_renewed_key_takes_everything_over_and_the_old_one_is_destroyed(cast: Cast) -> None:
    practice = cast.practice.pk
    before = versions_of(practice)[1]
    plain = {row.pk: (row.actor_name.reveal(), row.facts.reveal()) for row in Event.objects.all()}
    assert before > 5 and resealing.renew(practice, now=NOW) == 2
    assert jobs.run_due(NOW) >= 1
    assert versions_of(practice) == {2: before}
    assert sorted(held.version for held in PracticeKey.objects.filter(practice_id=practice)) == [0, 1, 2], "not at once"
    jobs.run_due(LATER)
    assert sorted(held.version for held in PracticeKey.objects.filter(practice_id=practice)) == [0, 2], "the index key"
    assert not Job.objects.filter(name="reseal", state="ready").exists()
    sealing.forget_keys()
    assert {row.pk: (row.actor_name.reveal(), row.facts.reveal()) for row in Event.objects.all()} == plain
    assert Client.objects.get(pk=cast.client.pk).name.reveal() == CLIENT_NAME
    verbs = [entry["verb"] for entry in map(json.loads, _exported(practice))]
    assert [verb for verb in verbs if "key" in verb] == ["renew_key", "destroy_key"] and audit.verify().sound


def _exported(practice: UUID) -> list[str]:
    from warmhandoff.core.exporting import export_lines

    return list(export_lines(practice, now=NOW))


def test_new_values_use_the_new_key_within_seconds_elsewhere_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(sealing.time, "monotonic", lambda: clock[0])
    sealing.forget_keys()
    assert sealing.newest_version(cast.practice.pk) == 1
    other_process = dict(sealing._known)
    resealing.renew(cast.practice.pk, now=NOW)
    sealing._known.update(other_process)
    assert sealing.newest_version(cast.practice.pk) == 1, "it does not ask for every value"
    clock[0] += sealing.KNOWN_SECONDS + 0.1
    assert sealing.newest_version(cast.practice.pk) == 2


def test_values_are_read_and_sealed_without_a_query_each(cast: Cast, django_assert_num_queries: Any) -> None:
    row = Client.objects.get(pk=cast.client.pk)
    with django_assert_num_queries(0):
        for _ in range(50):
            row.name.reveal()
            sealing.seal(b"x", sealing.Place(cast.practice.pk, "a", "b", "c"))


def test_a_concurrent_edit_is_never_overwritten(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    resealing.renew(cast.practice.pk, now=NOW)
    seal = sealing.seal

    def edited_meanwhile(value: bytes, place: sealing.Place) -> bytes:
        if place.column == "name":
            fresh = Ciphertext(seal(b"Rosalind Newname", place))
            Client.objects.filter(pk=place.row).update(name=fresh)
        return seal(value, place)

    monkeypatch.setattr(sealing, "seal", edited_meanwhile)
    resealing.go_through(cast.practice.pk, resealing.Mark(), 60)
    assert Client.objects.get(pk=cast.client.pk).name.reveal() == "Rosalind Newname"


def test_a_row_that_was_read_before_is_saved_under_the_new_key(cast: Cast) -> None:
    row = Client.objects.get(pk=cast.client.pk)
    resealing.renew(cast.practice.pk, now=NOW)
    jobs.run_due(NOW)
    row.save()  # with the values it read, sealed under the old key
    assert versions_of(cast.practice.pk)[1] == 0
    row = Client.objects.get(pk=cast.client.pk)
    resealing.renew(cast.practice.pk, now=NOW)
    jobs.run_due(NOW)
    jobs.run_due(LATER)
    sealing.forget_keys()
    with pytest.raises(Unavailable, match="gone"), transaction.atomic():
        row.save()
    assert Client.objects.get(pk=cast.client.pk).name.reveal() == CLIENT_NAME


def test_it_goes_on_where_it_stopped(cast: Cast) -> None:
    practice = cast.practice.pk
    for number in range(8):
        add_client(cast.actor(), ClientFacts(name=f"Person {number}", phone="1"), now=NOW)
    total = versions_of(practice)[1]
    resealing.renew(practice, now=NOW)
    mark, steps = resealing.Mark(), 0
    while True:
        mark = resealing.go_through(practice, mark, 0.0005)
        steps += 1
        if not mark.column:
            break
        mark = resealing.Mark(**json.loads(json.dumps(mark.as_json())))
    assert steps > 2 and mark.done == total and versions_of(practice) == {2: total}


def test_a_value_that_does_not_open_keeps_its_key_and_is_named(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    practice = cast.practice.pk
    other = Client.objects.get(pk=cast.add_client())
    stolen = Client.objects.filter(pk=cast.client.pk).values_list("name", flat=True).get()
    Client.objects.filter(pk=other.pk).update(name=stolen)
    resealing.renew(practice, now=NOW)
    jobs.run_due(NOW)
    jobs.run_due(LATER)
    held = next(one for one in resealing.data_keys() if one.practice_id == practice)
    assert held.left == 1 and [one.version for one in held.versions] == [1, 2]
    assert f"clients_client.name of row {other.pk} was altered or moved" in caplog.text
    assert "Rosalind" not in caplog.text


def test_several_renewals_at_once_end_in_one(cast: Cast) -> None:
    for _ in range(3):
        resealing.renew(cast.practice.pk, now=NOW)
    assert list(resealing.work_through(cast.practice.pk, clock=lambda: LATER))[-1] == 0
    assert sorted(held.version for held in PracticeKey.objects.filter(practice_id=cast.practice.pk)) == [0, 4]


def test_a_lost_job_is_planned_again(cast: Cast) -> None:
    resealing.renew(cast.practice.pk, now=NOW)
    Job.objects.filter(name="reseal").delete()
    jobs.tick(NOW)
    jobs.tick(NOW)
    assert Job.objects.filter(name="reseal", state="ready").count() == 1


def test_every_sealed_column_is_found_and_tells_its_practice() -> None:
    columns = resealing.sealed_columns()
    assert len(columns) >= 40 and {"core_event.facts", "clients_client.name"} <= {one.name for one in columns}
    for column in columns:
        key = column.model._meta.pk
        assert key is not None and key.get_internal_type() == "UUIDField", column.name
        assert column.sql("{practice}") in ('"practice_id"',), column.name


def test_an_event_may_be_sealed_anew_and_nothing_else(cast: Cast) -> None:
    practice = cast.practice.pk
    event = Event.objects.filter(practice_id=practice).filter(actor_name__isnull=False).first()
    assert event is not None
    key = event.pk if connection.features.has_native_uuid_field else event.pk.hex
    older = sealing.seal(b"{}", sealing.Place(practice, "core_event", "actor_name", str(event.pk)))
    resealing.renew(practice, now=NOW)
    newer = sealing.seal(b"{}", sealing.Place(practice, "core_event", "actor_name", str(event.pk)))
    refused = [
        ("update core_event set actor_name = %s where id = %s", [older, key]),
        ("update core_event set actor_name = %s, move = 'x' where id = %s", [newer, key]),
        ("update core_event set actor_name = null where id = %s", [key]),
        ("update core_event set release_id = id where id = %s", [key]),
        ("delete from core_event where id = %s", [key]),
    ]
    for sql, values in refused:
        assert _refused(sql, values), sql
    assert not _refused("update core_event set actor_name = %s where id = %s", [newer, key])


def _refused(sql: str, values: list[Any]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except DatabaseError:
        return True
    return False


def test_another_practice_keeps_its_key(cast: Cast) -> None:
    other = new_practice("harbor")
    resealing.renew(cast.practice.pk, now=NOW)
    assert sealing.newest_version(other.pk) == 1 and sealing.newest_version(cast.practice.pk) == 2
