"""A shredded practice cannot be read: not here, not in a restore, and its neighbours do not notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from tests.apps.referrals.loop import Loop
from tests.cast import CLIENT_NAME, NOW, Cast, make_cast
from tests.core.backups import backed_up, embedded, in_a_file
from warmhandoff.accounts.joining import invite
from warmhandoff.accounts.models import Invitation, Membership
from warmhandoff.clients.inviting import invite_client
from warmhandoff.clients.models import Client, PortalKey
from warmhandoff.core import audit, gate, jobs, journal, resealing, restoring, sealing, shredding
from warmhandoff.core.models import Job, Message, PracticeKey
from warmhandoff.referrals.models import Delivery, Referral
from warmhandoff.rules.refusals import NotNow, Unavailable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.JOURNAL_FILE = tmp_path / "elsewhere" / "journal.jsonl"
    settings.SMTP_URL = (tmp_path / "mail").as_uri()
    with in_a_file(tmp_path):
        yield


@pytest.fixture
def busy() -> Cast:
    """A practice with everything under way: a referral sent, another queued, a link, an invitation, sessions."""
    cast = make_cast()
    Loop(cast).offer().choose().sign().send(to="avery@recipient.example")
    queued = Loop(cast).offer().choose().sign()
    from warmhandoff.referrals import sending

    sending.send(queued.actor, queued.id, queued.order(to="blake@recipient.example"), now=NOW)
    invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    invite(cast.actor("admin"), email="new@lakeside.example", roles=["clinician"], now=NOW)
    cast.web("clinician")
    cast.web("outsider")
    return cast


def test_nothing_of_it_opens_and_nothing_of_it_goes_on(busy: Cast, tmp_path: Path) -> None:
    practice = busy.practice.pk
    mails = len(list((tmp_path / "mail").glob("*")))
    done = shredding.shred(practice, now=LATER)
    assert done.keys == 2 and done.tried > 10 and done.opened == 0 and not done.in_log
    assert done.ended["memberships"] == 6 and done.ended["sessions"] == 1 and done.ended["portal links"] == 1
    assert done.ended["recipients' links"] >= 2
    for forgotten in (False, True):
        if forgotten:
            sealing.forget_keys()
        with pytest.raises(Unavailable, match="gone"):
            Client.objects.get(pk=busy.client.pk).name.reveal()
    assert not Membership.objects.filter(practice_id=practice, left_at=None).exists()
    assert not Invitation.objects.filter(practice_id=practice, used_at=None, expires_at__gt=LATER).exists()
    assert not PortalKey.objects.filter(practice_id=practice, used_at=None, ended_at=None).exists()
    assert not Delivery.objects.filter(practice_id=practice, token_hash__isnull=False).exists()
    assert not Message.objects.filter(practice_id=practice, state__in=["waiting", "in_flight"]).exists()
    assert audit.verify().sound
    for day in range(1, 9):  # the clock goes on for the others
        jobs.run_due(LATER + timedelta(days=day))
    assert len(list((tmp_path / "mail").glob("*"))) == mails
    assert not Job.objects.filter(name__in=["deliver", "send_message", "reseal"], state__in=["ready", "dead"]).exists()


def test_its_neighbours_go_on(busy: Cast, caplog: pytest.LogCaptureFixture) -> None:
    other = Membership.objects.select_related("practice").get(pk=busy.members["outsider"].pk)
    hers = Client.objects.create(practice=other.practice, name="Ana Ruiz", created_at=NOW)
    shredding.shred(busy.practice.pk, now=LATER)
    assert Membership.objects.get(pk=other.pk).left_at is None
    assert Client.objects.get(pk=hers.pk).name.reveal() == "Ana Ruiz"
    assert [row.get_decoded()["_auth_user_id"] for row in Session.objects.all()] == [str(other.user_id)]
    assert busy.web("outsider").get("/").status_code == 200
    assert busy.web("clinician").get("/").status_code == 302
    assert Referral.objects.filter(practice=busy.practice, state="sent").exists()
    caplog.clear()
    jobs.tick(LATER + timedelta(days=30))
    assert "failed" not in caplog.text


def test_it_is_done_once_and_said_in_audit_and_journal(busy: Cast) -> None:
    shredding.shred(busy.practice.pk, now=LATER)
    with pytest.raises(NotNow, match="destroyed before"):
        shredding.shred(busy.practice.pk, now=LATER)
    with pytest.raises(NotNow, match="nothing left"):
        resealing.renew(busy.practice.pk, now=LATER)
    assert [line.kind for line in journal.lines()] == ["practice_shredded"]
    held = next(one for one in resealing.data_keys() if one.practice_id == busy.practice.pk)
    assert held.versions == [] and held.lost > 10


def test_an_older_backup_stays_unreadable_with_the_journal(busy: Cast, tmp_path: Path) -> None:
    backup = backed_up(tmp_path)
    shredding.shred(busy.practice.pk, now=LATER)
    (tmp_path / "new").mkdir()
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"):
        done = restoring.restore(backup, now=LATER + timedelta(days=1))
        assert any(line.startswith("practice_shredded") for line in done.reapplied)
        assert Client.objects.filter(pk=busy.client.pk).exists(), "the row is there"
        tried, opened = shredding.try_to_read(busy.practice.pk)
        assert tried > 10 and opened == 0
        assert not Membership.objects.filter(practice=busy.practice, left_at=None).exists()
        gate.open_gate(now=LATER)
        assert audit.verify().sound
        again = backed_up(tmp_path, "again.whbackup")
    (tmp_path / "third").mkdir()
    with embedded(tmp_path / "third" / "warmhandoff.sqlite3"):
        restoring.restore(again, now=LATER + timedelta(days=2))


def test_without_the_journal_the_backup_would_open(busy: Cast, tmp_path: Path, settings: Any) -> None:
    """The positive control: it is the journal that shreds again."""
    backup = backed_up(tmp_path)
    shredding.shred(busy.practice.pk, now=LATER)
    settings.JOURNAL_FILE = tmp_path / "nowhere.jsonl"
    (tmp_path / "new").mkdir()
    with embedded(tmp_path / "new" / "warmhandoff.sqlite3"):
        restoring.restore(backup, now=LATER + timedelta(days=1))
        assert Client.objects.get(pk=busy.client.pk).name.reveal() == CLIENT_NAME


def test_the_wrapped_key_does_not_linger_in_the_file(busy: Cast, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's files are its server's: the guide says what to do there")
    wrapped = bytes(PracticeKey.objects.get(practice_id=busy.practice.pk, version=1).wrapped)

    def where() -> list[str]:
        return [p.name for p in tmp_path.glob("here.sqlite3*") if wrapped in p.read_bytes()]

    assert where()
    shredding.shred(busy.practice.pk, now=LATER)
    assert where() == []


def test_renewing_and_shredding_do_not_meet(busy: Cast) -> None:
    resealing.renew(busy.practice.pk, now=NOW)
    shredding.shred(busy.practice.pk, now=LATER)
    jobs.run_due(LATER)
    assert not PracticeKey.objects.filter(practice_id=busy.practice.pk).exists()
    assert not Job.objects.filter(name="reseal", state__in=["ready", "running", "dead"]).exists()
