"""How a client is written to: by a way she named safe, within her hours, by the clock where she lives."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cast import NOW, Cast
from warmhandoff.clients import caring
from warmhandoff.clients.caring import ClientFacts
from warmhandoff.clients.inviting import Invited, invite_client
from warmhandoff.clients.models import PortalKey
from warmhandoff.core import clock, jobs
from warmhandoff.core.models import Message


@pytest.fixture
def folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.SMTP_URL, settings.SMS_URL = f"file://{tmp_path}/mail", f"file://{tmp_path}/sms"
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(jobs, "_TICKS", {})
    return tmp_path


def _safe(cast: Cast, *, zip_code: str = "78704", **safe: Any) -> None:
    facts = ClientFacts(
        name="Rosalind Marlowe", phone="512-555-0142", email="rosalind@client.example", zip=zip_code, safe_contact=safe
    )
    caring.change_client(cast.actor(), cast.client.pk, facts, now=NOW)


def _invite(cast: Cast, now: datetime = NOW) -> Invited:
    return invite_client(cast.actor(), cast.client.pk, referral_id=None, now=now)


def _left(folder: Path) -> int:
    return len(list(folder.glob("mail/*"))) + len(list(folder.glob("sms/*")))


@pytest.mark.parametrize(("channels", "channel"), [
    (["mail", "sms"], "mail"), (["sms"], "sms"), (["phone", "paper"], "by_hand"), ([], "by_hand"),
])  # fmt: skip
def test_the_first_way_she_named_is_taken(cast: Cast, folders: Path, channels: list[str], channel: str) -> None:
    _safe(cast, channels=channels)
    invited = _invite(cast)
    assert invited.channel == channel and (invited.link is None) is (channel != "by_hand")
    jobs.run_due(NOW)
    assert _left(folders) == (channel != "by_hand")


def test_a_text_holds_a_link_and_nothing_about_her(cast: Cast, folders: Path) -> None:
    _safe(cast, channels=["sms"])
    _invite(cast)
    jobs.run_due(NOW)
    [text] = [path.read_text() for path in folders.glob("sms/*")]
    assert text.startswith("Messages: you have a message.") and len(text) <= 160
    for word in ("Rosalind", "Marlowe", "Lakeside", "therap", "clinic", "referral"):
        assert word.casefold() not in text.casefold()


@pytest.mark.parametrize(("zip_code", "hour"), [("78704", 0), ("10001", 23), ("96813", 4)])
def test_it_waits_for_her_hours_by_her_own_clock(cast: Cast, folders: Path, zip_code: str, hour: int) -> None:
    _safe(cast, zip_code=zip_code, channels=["mail"], **{"from": "18:00", "until": "21:00"})
    invited = _invite(cast)
    assert invited.waits_until is not None and invited.waits_until.hour == hour, "six in the evening where she lives"
    jobs.run_due(invited.waits_until - timedelta(minutes=1))
    assert _left(folders) == 0
    jobs.run_due(invited.waits_until)
    assert _left(folders) == 1
    assert PortalKey.objects.get().expires_at == invited.waits_until + timedelta(hours=72), "it lives from then on"


def test_what_she_takes_back_stops_what_is_on_its_way(cast: Cast, folders: Path) -> None:
    _safe(cast, channels=["mail"], **{"from": "18:00", "until": "21:00"})
    waits = _invite(cast).waits_until
    _safe(cast, channels=["mail"], never=True)
    assert waits is not None
    jobs.run_due(waits)
    assert _left(folders) == 0 and Message.objects.get().state == "stopped" and not Message.objects.get().body.reveal()


def test_narrower_hours_make_it_wait_again(cast: Cast, folders: Path) -> None:
    _safe(cast, channels=["mail"])
    _invite(cast)
    _safe(cast, channels=["mail"], **{"from": "18:00", "until": "21:00"})
    jobs.run_due(NOW)
    waits = Message.objects.get().not_before
    assert _left(folders) == 0 and waits is not None and waits > NOW
    jobs.run_due(waits)
    assert _left(folders) == 1


def test_another_address_is_not_written_to_behind_her_back(cast: Cast, folders: Path) -> None:
    _safe(cast, channels=["mail"])
    _invite(cast)
    facts = ClientFacts(name="R", email="new@client.example", safe_contact={"channels": ["mail"]})
    caring.change_client(cast.actor(), cast.client.pk, facts, now=NOW)
    jobs.run_due(NOW)
    assert _left(folders) == 0 and Message.objects.get().state == "stopped"


def test_a_link_that_was_replaced_while_the_server_was_down_never_leaves(
    cast: Cast, folders: Path, settings: Any
) -> None:
    there, settings.SMTP_URL = settings.SMTP_URL, "smtp://127.0.0.1:1"
    _safe(cast, channels=["mail"])
    _invite(cast)
    jobs.run_due(NOW)
    assert Message.objects.get().state == "in_flight"
    settings.SMTP_URL = there
    _invite(cast)
    jobs.run_due(NOW + timedelta(hours=1))
    assert _left(folders) == 1 and sorted(Message.objects.values_list("state", flat=True)) == ["sent", "stopped"]


@pytest.mark.parametrize("hours", [1, 168])
def test_how_long_a_link_lives_is_the_servers_setting(cast: Cast, settings: Any, hours: int) -> None:
    settings.CLIENT_LINK_HOURS = hours
    _invite(cast)
    assert PortalKey.objects.get().expires_at == NOW + timedelta(hours=hours)
