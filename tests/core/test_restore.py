"""A restore brings back the data and not the past: what ended stays ended, what left does not leave again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop
from tests.cast import CLIENT_NAME, NOW, Cast, make_cast
from tests.core.backups import backed_up, embedded, in_a_file
from tests.flows.walk import token_of
from warmhandoff.accounts.joining import invitation_of, invite
from warmhandoff.accounts.leaving import end_membership
from warmhandoff.accounts.models import Membership
from warmhandoff.accounts.queries import actor_of
from warmhandoff.clients.inviting import invite_client, redeem
from warmhandoff.clients.models import Client, Release
from warmhandoff.core import checkup, db, gate, jobs, journal, restoring
from warmhandoff.core.models import Epoch, Job, JournalEntry, Message
from warmhandoff.core.sealed_stream import Reader, Writer
from warmhandoff.referrals import answering, sending
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.rules.refusals import BadInput, NoRelease, NotAllowed, NotNow, NotThere, Stale

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.JOURNAL_FILE = tmp_path / "elsewhere" / "journal.jsonl"
    settings.SMTP_URL = (tmp_path / "mail").as_uri()
    with in_a_file(tmp_path):
        yield


def mails(folder: Path) -> int:
    return len(list((folder / "mail").glob("*.eml")))


@dataclass
class Past:
    """What was true when the backup was made, and the links that were known then."""

    cast: Cast
    revoked: Loop  # had been handed over; its release is taken back afterwards
    queued: Loop  # its packet leaves afterwards
    backup: Path
    portal: str
    invitation: str
    reply: tuple[str, str]


def link_of(invited: Any) -> str:
    words = Message.objects.get(pk=invited.message_id).body.reveal()
    return str(words["link"]).partition("#")[2]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    cast = make_cast()
    revoked = Loop(cast).offer().choose().sign()
    revoked.send(to="avery@recipient.example")
    queued = Loop(cast).offer().choose().sign()
    queued.delivery_id = sending.send(queued.actor, queued.id, queued.order(to="avery@recipient.example"), now=NOW)
    portal = link_of(invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW))
    invitation = invite(cast.actor("admin"), email="new@lakeside.example", roles=["clinician"], now=NOW)
    delivery = Delivery.objects.get(pk=revoked.delivery_id)
    reply = (token_of(delivery), delivery.code.reveal())
    return Past(cast, revoked, queued, backed_up(tmp_path), portal, invitation, reply)


def what_happens_next(past: Past) -> None:
    """After the backup: revoke, depart, send, use a link."""
    sending.revoke(past.revoked.actor, past.revoked.id, past.revoked.release_id, now=LATER)
    end_membership(past.cast.actor("admin"), past.cast.members["colleague"], now=LATER)
    jobs.run_due(LATER)
    code = Client.objects.get(pk=past.cast.client.pk).access_code.reveal()
    redeem(past.portal, code, now=LATER)


@pytest.fixture
def new(past: Past, tmp_path: Path) -> Iterator[restoring.Restored]:
    """The next day, restored into a new place, in which the test then stands."""
    what_happens_next(past)
    assert mails(tmp_path) == 3
    (tmp_path / "new").mkdir()
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"):
        done = restoring.restore(past.backup, now=LATER + timedelta(days=1))
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["warmhandoff.sqlite3"]
        yield done


def test_the_release_taken_back_is_taken_back(past: Past, new: restoring.Restored) -> None:
    release = Release.objects.get(pk=past.revoked.release_id)
    assert release.revoked_at == LATER
    assert any(str(release.pk) in line for line in new.reapplied) and new.journal_found
    gate.open_gate(now=LATER)
    with pytest.raises(NotThere):
        answering.open_delivery(answering.recipient_actor(Delivery.objects.get(pk=past.revoked.delivery_id)), now=LATER)


def test_who_left_has_left(past: Past, new: restoring.Restored) -> None:
    colleague = Membership.objects.select_related("user").get(pk=past.cast.members["colleague"].pk)
    assert colleague.left_at == LATER and actor_of(colleague.user) is None
    assert any(line.startswith("member_left") for line in new.reapplied)


def test_the_packet_that_left_does_not_leave_again(past: Past, new: restoring.Restored, tmp_path: Path) -> None:
    for turn in range(3):
        jobs.run_due(LATER + timedelta(days=turn))
    gate.open_gate(now=LATER)
    jobs.run_due(LATER + timedelta(days=2))
    assert mails(tmp_path) == 3
    assert Job.objects.filter(name="deliver", state="parked").count() == 1
    assert Delivery.objects.get(pk=past.queued.delivery_id).state == "failed"
    assert Referral.objects.get(pk=past.queued.id).state == "released", "it is the owner's step again"
    assert any(str(past.queued.delivery_id) in line for line in new.to_look_at)
    assert not Message.objects.filter(state__in=["waiting", "in_flight"]).exists()


def test_no_link_of_before_opens_anything(past: Past, new: restoring.Restored) -> None:
    code = Client.objects.get(pk=past.cast.client.pk).access_code.reveal()
    for opened in (
        lambda: redeem(past.portal, code, now=LATER),
        lambda: invitation_of(past.invitation, now=LATER + timedelta(days=2)),
        lambda: answering.open_with_code(*past.reply, now=LATER),
    ):
        with pytest.raises(NotThere):
            opened()


def test_these_links_did_open_before(past: Past) -> None:
    """The control of the test above: without a restore each of them opens."""
    code = Client.objects.get(pk=past.cast.client.pk).access_code.reveal()
    redeem(past.portal, code, now=LATER)
    invitation_of(past.invitation, now=LATER)
    answering.open_with_code(*past.reply, now=LATER)


def test_the_gate_is_closed_until_a_person_opens_it(past: Past, new: restoring.Restored, tmp_path: Path) -> None:
    order = past.queued.order(to="avery@recipient.example")
    with pytest.raises(NoRelease, match="restored from a backup"):
        sending.send(past.queued.actor, past.queued.id, order, now=LATER)
    invite_client(past.cast.actor(), past.cast.client.pk, referral_id=None, now=LATER)
    jobs.run_due(LATER)
    assert mails(tmp_path) == 3, "messages wait too"
    gate.open_gate(now=LATER)
    jobs.run_due(LATER)
    assert mails(tmp_path) == 4
    order = past.queued.order(to="avery@recipient.example")
    sending.send(past.queued.actor, past.queued.id, order, now=LATER)
    with pytest.raises(NotNow):
        gate.open_gate(now=LATER)


def test_each_restore_is_a_new_epoch(past: Past, new: restoring.Restored, tmp_path: Path) -> None:
    assert new.epoch == Epoch.objects.get().number == 1
    again = backed_up(tmp_path, "b.whbackup")
    (tmp_path / "third").mkdir()
    with embedded(tmp_path / "third" / "warmhandoff.sqlite3"):
        assert restoring.restore(again, now=LATER).epoch == 2
        assert gate.is_closed()
        gate.open_gate(now=LATER)
        assert not gate.is_closed()


def test_a_place_that_holds_anything_is_refused(past: Past, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "notes.txt").write_text("mine")
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"), pytest.raises(BadInput, match="not empty"):
        restoring.restore(past.backup, now=LATER)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["notes.txt"]


def test_an_altered_file_writes_nothing(past: Past, tmp_path: Path) -> None:
    whole = past.backup.read_bytes()
    past.backup.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
    (tmp_path / "new").mkdir()
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"), pytest.raises(BadInput, match="altered"):
        restoring.restore(past.backup, now=LATER)
    assert list((tmp_path / "new").iterdir()) == []


def _without_column(lines: Iterable[Any], of: str, column: str) -> Iterator[Any]:
    """The lines of a backup, as they were before a table had this column."""
    place = -1
    for line in lines:
        if isinstance(line, dict) and "columns" in line:
            place = line["columns"].index(column) if line["table"] == of else -1
            line = {**line, "columns": [name for name in line["columns"] if line["table"] != of or name != column]}
        elif isinstance(line, list) and place >= 0:
            line = line[:place] + line[place + 1 :]
        yield line


def test_a_backup_of_an_older_program_is_brought_up_to_date(past: Past, tmp_path: Path, settings: Any) -> None:
    """As one made before epochs were: its tables are made as they were, filled, and migrated on."""
    settings.MIGRATION_MODULES = {"core": "tests.core.grown"}
    older = tmp_path / "older.whbackup"
    left_out = {"core_epoch", "core_attachment"}
    with past.backup.open("rb") as file, older.open("wb") as out:
        reader = Reader(file, "now")
        assert ["core", "0001_first"] in reader.header["schema"], "the older form has the name that is the newest here"
        writer = Writer(out, reader.header, b"0" * 32)
        for line in _without_column(reader.lines(), "core_message", "not_before"):
            if isinstance(line, dict) and line.get("table") in left_out:
                continue
            if isinstance(line, dict) and "end" in line:
                line = {"end": {table: count for table, count in line["end"].items() if table not in left_out}}
            writer.line(line)
        writer.close()
    (tmp_path / "new").mkdir()
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"):
        restoring.restore(older, now=LATER)
        assert gate.is_closed() and not db.bring_up_to_date()
        assert Client.objects.get(pk=past.cast.client.pk).name.reveal() == CLIENT_NAME


def test_without_a_journal_nothing_is_made_true_and_it_says_so(past: Past, tmp_path: Path, settings: Any) -> None:
    what_happens_next(past)
    settings.JOURNAL_FILE = tmp_path / "nowhere.jsonl"
    (tmp_path / "new").mkdir()
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"):
        done = restoring.restore(past.backup, now=LATER)
        assert not done.journal_found and done.reapplied == [] and gate.is_closed()


def test_the_journal_holds_ids_alone_and_is_private(past: Past, settings: Any) -> None:
    what_happens_next(past)
    text = settings.JOURNAL_FILE.read_text()
    assert settings.JOURNAL_FILE.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["kind"] for line in lines] == ["release_revoked", "member_left"]
    assert all(set(line) == {"id", "at", "kind", "practice", "subject"} for line in lines)
    assert journal.unwritten() == 0


def test_a_crash_before_the_line_was_written_is_made_good(past: Past, settings: Any) -> None:
    what_happens_next(past)
    kept = settings.JOURNAL_FILE.read_text().splitlines(keepends=True)
    settings.JOURNAL_FILE.write_text(kept[0] + kept[1][:30])  # a torn line: the crash came while it was written
    JournalEntry.objects.filter(kind="member_left").update(written_at=None)
    assert journal.unwritten() == 1 and len(list(journal.lines())) == 1
    jobs.tick(LATER)
    assert [line.kind for line in journal.lines()] == ["release_revoked", "member_left"]
    JournalEntry.objects.update(written_at=None)  # and one that came after the line, before the row knew
    jobs.tick(LATER)
    assert len(list(journal.lines())) == 2 and journal.unwritten() == 0


def test_an_old_copy_put_in_place_by_hand_is_noticed(past: Past, new: restoring.Restored) -> None:
    assert journal.ahead() == 0, "a restore has heard of them"
    JournalEntry.objects.filter(kind="member_left").delete()
    assert journal.ahead() == 1
    assert any("old copy" in finding.says for finding in checkup.queue(LATER))


def test_a_journal_that_cannot_be_written_does_not_undo_the_change(past: Past, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "file").touch()
    settings.JOURNAL_FILE = tmp_path / "file" / "journal.jsonl"
    end_membership(past.cast.actor("admin"), past.cast.members["colleague"], now=LATER)
    assert Membership.objects.get(pk=past.cast.members["colleague"].pk).left_at == LATER
    assert journal.unwritten() == 1


def test_only_an_administrator_ends_a_membership_once(past: Past) -> None:
    colleague = past.cast.members["colleague"]
    for part in ("clinician", "outsider"):
        with pytest.raises(NotAllowed):
            end_membership(past.cast.actor(part), colleague, now=LATER)
    end_membership(past.cast.actor("admin"), colleague, now=LATER)
    with pytest.raises(Stale):
        end_membership(past.cast.actor("admin"), colleague, now=LATER)
