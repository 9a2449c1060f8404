"""Walls of core: messages, files, events and keys are looked for within one practice (R-04).

One wall at a time, as in test_other_practices.py.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.cast import CLIENT_NAME, NOW, Cast
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.models import Client
from warmhandoff.core import (
    attachments,
    backing_up,
    erasing,
    looking,
    outbox,
    queries,
    resealing,
    sealing,
    shredding,
    uploads,
)
from warmhandoff.core.events import Subject
from warmhandoff.core.models import Event, Job, Message, PracticeKey
from warmhandoff.rules.refusals import NotAllowed, NotThere

MUCH_LATER = NOW + timedelta(days=90)


@pytest.fixture
def other(cast: Cast) -> UUID:
    return cast.members["outsider"].practice_id


def given_up(cast: Cast) -> Message:
    """A message to the client that nobody tries any more."""
    invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    message = Message.objects.get()
    Message.objects.update(channel="mail")
    Job.objects.create(
        name="send_message", payload={"message": str(message.pk)}, state="dead", run_at=NOW, created_at=NOW
    )
    return message


def keys_of(practice: UUID) -> Counter[int]:
    return Counter(PracticeKey.objects.filter(practice_id=practice).values_list("version", flat=True))


def test_a_file_is_handed_out_at_its_practice(cast: Cast, other: UUID) -> None:
    subject = Subject("release", uuid4(), cast.practice.pk, cast.client.pk)
    kept = attachments.attach(subject, uploads.Checked("png", b"a scan"), actor=cast.actor(), now=NOW)
    assert attachments.open_file(subject, kept, actor=cast.actor(), now=NOW).data == b"a scan"
    elsewhere = Subject("release", subject.id, other, cast.client.pk)
    with pytest.raises(NotThere):
        attachments.open_file(elsewhere, kept, actor=cast.actor("outsider"), now=NOW)


def test_another_practice_forgets_no_events(cast: Cast, other: UUID) -> None:
    before = Event.objects.filter(client_id=cast.client.pk).count()
    erasing.forget_events(other, cast.client.pk)
    assert before and Event.objects.filter(client_id=cast.client.pk).count() == before


def test_the_audit_is_read_by_administrators(cast: Cast) -> None:
    assert looking.entries(cast.actor("admin"), looking.Asked(), now=NOW).lines
    with pytest.raises(NotAllowed):
        looking.entries(cast.actor(), looking.Asked(), now=NOW)


def test_messages_are_looked_for_in_one_practice(cast: Cast, other: UUID) -> None:
    message, practice, clients = given_up(cast), cast.practice.pk, [cast.client.pk]
    assert [row.id for row in queries.messages(practice, clients)] == [message.pk]
    assert [row.client_id for row in queries.unsent(practice)] == clients
    assert queries.client_of_message(message.pk, practice) == cast.client.pk
    assert not queries.messages(other, clients) and not queries.unsent(other)
    assert queries.client_of_message(message.pk, other) is None


def test_another_practice_stops_and_drops_no_message(cast: Cast, other: UUID) -> None:
    message, practice = given_up(cast), cast.practice.pk
    assert outbox.stop_of(other) == 0
    for wanted, where in ((message.pk, other), (uuid4(), practice)):
        with pytest.raises(NotThere):
            outbox.drop(wanted, where, NOW)
    assert Message.objects.get().state == "waiting"
    outbox.drop(message.pk, practice, NOW)
    assert Message.objects.get().state == "stopped"
    with pytest.raises(NotThere):
        outbox.drop(message.pk, practice, NOW)


def test_data_keys_are_counted_and_destroyed_by_practice(cast: Cast, other: UUID) -> None:
    assert [resealing.renew(cast.practice.pk, now=NOW) for _ in range(2)] == [2, 3]
    assert resealing.renew(other, now=NOW) == 2, "whatever number another practice is at"
    before = keys_of(other)
    PracticeKey.objects.update(created_at=NOW - timedelta(days=90))
    resealing.go_through(cast.practice.pk, resealing.Mark(), 60)
    assert resealing.destroy_old(cast.practice.pk, now=MUCH_LATER)
    assert set(keys_of(cast.practice.pk)) == {sealing.INDEX_KEY, 3} and keys_of(other) == before
    assert Client.objects.get(pk=cast.client.pk).name.reveal() == CLIENT_NAME


def test_no_backup_is_laid_beside_its_keys(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name in ("ENCRYPTION_KEY_FILE", "SECRET_KEY_FILE"):
        setattr(settings, name, tmp_path / "keys" / name.lower())
    for folder in (tmp_path, tmp_path / "keys"):
        with pytest.raises(NotAllowed):
            backing_up.check_place(folder / "all.whbackup")
    (tmp_path / "apart").mkdir()
    backing_up.check_place(tmp_path / "apart" / "all.whbackup")


def test_what_was_shredded_meanwhile_is_not_sealed_anew(cast: Cast) -> None:
    PracticeKey.objects.filter(practice_id=cast.practice.pk).delete()
    resealing.reseal({"practice": cast.practice.pk.hex, **resealing.Mark().as_json()}, NOW)
    assert not Job.objects.filter(name="reseal").exists()


def test_a_shredded_practice_takes_its_own_keys_along(cast: Cast, other: UUID) -> None:
    before = keys_of(other)
    assert shredding.shred(cast.practice.pk, now=NOW).keys == 2
    assert not keys_of(cast.practice.pk) and keys_of(other) == before
