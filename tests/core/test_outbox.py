"""Mail: written with its change, neutral, handed over once, and erased when it has left."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.core import jobs, outbox
from warmhandoff.core.models import Job, Message
from warmhandoff.rules.refusals import NotThere, Unavailable

pytestmark = pytest.mark.django_db
LINK = "http://127.0.0.1:8000/c/#token-of-maya"


class Letterbox:
    """A mail server that keeps what it is given; it refuses as often as it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = 0

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse:
            self.refuse -= 1
            return "451 try later"
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


@pytest.fixture
def letterbox(settings: Any) -> Iterator[Letterbox]:
    box = Letterbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    return tmp_path / "mail"


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(jobs.clock, "now", lambda: now)
    monkeypatch.setattr(jobs, "_TICKS", {})


def envelope(practice: Practice, *, to: str = "maya@example.org", key: str = "one") -> outbox.Envelope:
    return outbox.Envelope(practice.pk, uuid4(), "client_link", uuid4(), to, key)


def post(practice: Practice, now: datetime, **more: str) -> Message:
    return outbox.post(envelope(practice, **more), "client_link", {"link": LINK}, now=now)


def state(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_a_message_is_mailed_once_and_its_body_erased(letterbox: Letterbox, practice: Practice, now: datetime) -> None:
    message = post(practice, now)
    assert state(message) == "waiting" and not letterbox.mails
    assert jobs.run_due(now) == 1 and jobs.run_due(now) == 0
    [mail] = letterbox.mails
    assert mail["To"] == "maya@example.org" and mail["Message-ID"] == f"<{message.pk}@messages.invalid>"
    assert LINK in mail.get_content()
    kept = Message.objects.get(pk=message.pk)
    assert kept.state == "sent" and kept.sent_at == now and not kept.body and kept.to.reveal() == "maya@example.org"


def test_spanish_has_its_own_words(letterbox: Letterbox, practice: Practice, now: datetime) -> None:
    outbox.post(envelope(practice), "client_link", {"link": LINK}, now=now, language="es")
    jobs.run_due(now)
    assert letterbox.mails[0]["Subject"] == "Tiene un mensaje"


def test_a_change_that_is_rolled_back_mails_nothing(letterbox: Letterbox, practice: Practice, now: datetime) -> None:
    with pytest.raises(NotThere), transaction.atomic():
        post(practice, now)
        raise NotThere
    assert jobs.run_due(now) == 0 and not letterbox.mails and not Message.objects.exists()


def test_asking_twice_mails_once(letterbox: Letterbox, practice: Practice, now: datetime) -> None:
    assert post(practice, now).pk == post(practice, now).pk
    assert post(practice, now, key="two").pk
    jobs.run_due(now)
    assert len(letterbox.mails) == 2 and Job.objects.filter(name="send_message").count() == 2


def test_a_server_that_says_later_is_asked_again_under_the_same_name(
    letterbox: Letterbox, practice: Practice, now: datetime
) -> None:
    letterbox.refuse = 2
    message = post(practice, now)
    for minutes in range(3):
        jobs.run_due(now + timedelta(minutes=minutes))
    assert [mail["Message-ID"] for mail in letterbox.mails] == [f"<{message.pk}@messages.invalid>"]
    assert state(message) == "sent"


def test_a_crash_after_the_hand_over_changes_nothing_at_the_far_end(
    letterbox: Letterbox, practice: Practice, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = post(practice, now)
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "landed", lambda *args: (_ for _ in ()).throw(OSError("killed")))
        jobs.run_due(now)
    assert state(message) == "in_flight"
    jobs.run_due(now + timedelta(minutes=5))
    assert state(message) == "sent"
    assert len({mail["Message-ID"] for mail in letterbox.mails}) == 1 and len(letterbox.mails) == 2


def test_a_newer_message_takes_the_place_of_one_that_has_not_left(
    letterbox: Letterbox, practice: Practice, now: datetime
) -> None:
    older, others = post(practice, now), post(practice, now, key="two")
    assert older.client_id is not None
    outbox.stop_waiting("another_kind", older.client_id)
    assert state(older) == "waiting"
    outbox.stop_waiting(older.subject_kind, older.client_id)
    jobs.run_due(now)
    kept = Message.objects.get(pk=older.pk)
    assert kept.state == "stopped" and not kept.body
    assert [mail["Message-ID"] for mail in letterbox.mails] == [f"<{others.pk}@messages.invalid>"]


def test_stopping_what_has_left_tells_the_truth(letterbox: Letterbox, practice: Practice, now: datetime) -> None:
    message = post(practice, now)
    jobs.run_due(now)
    assert message.client_id is not None
    outbox.stop_waiting(message.subject_kind, message.client_id)
    assert state(message) == "sent"


def test_what_is_being_handed_over_is_known_until_its_deadline(
    folder: Path, practice: Practice, now: datetime
) -> None:
    message = post(practice, now)
    about = [message.subject_id]
    assert not outbox.any_in_flight("client_link", about, now=now)
    outbox.take_off(message, now=now)
    assert outbox.any_in_flight("client_link", about, now=now)
    assert not outbox.any_in_flight("client_link", [uuid4()], now=now)
    assert not outbox.any_in_flight("client_link", about, now=now + outbox.HAND_OVER)
    jobs.run_due(now)
    assert not outbox.any_in_flight("client_link", about, now=now)
    outbox.take_off(message, now=now)
    assert state(message) == "sent", "what has left does not take off again"


@pytest.mark.parametrize("to", ["", "maya@example.org"])
def test_without_a_mail_server_or_an_address_staff_hand_it_over(
    practice: Practice, other: Practice, now: datetime, settings: Any, to: str
) -> None:
    settings.SMTP_URL = "" if to else "smtp://127.0.0.1:9"
    message = post(practice, now, to=to)
    assert message.channel == "by_hand" and jobs.run_due(now) == 0
    with pytest.raises(NotThere):
        outbox.given_by_hand(message.pk, other.pk, now)
    outbox.given_by_hand(message.pk, practice.pk, now)
    kept = Message.objects.get(pk=message.pk)
    assert kept.state == "sent" and not kept.body
    with pytest.raises(NotThere):
        outbox.given_by_hand(message.pk, practice.pk, now)


def test_a_folder_may_stand_in_for_a_mail_server(folder: Path, practice: Practice, now: datetime) -> None:
    message = post(practice, now)
    jobs.run_due(now)
    assert [path.name for path in folder.iterdir()] == [f"{message.pk}.eml"]
    assert LINK.encode() in next(folder.iterdir()).read_bytes()


@pytest.mark.parametrize("to", ["maya@example.org\nBcc: x@example.org", "maya@example.org\r\nSubject: x"])
def test_an_address_cannot_carry_another_header(folder: Path, practice: Practice, now: datetime, to: str) -> None:
    message = post(practice, now, to=to)
    with pytest.raises(Unavailable, match="one line"):
        outbox.hand_over(Message.objects.get(pk=message.pk))
    assert not folder.exists()


def test_another_kind_of_address_for_mail_is_refused(practice: Practice, now: datetime, settings: Any) -> None:
    settings.SMTP_URL = "imap://127.0.0.1"
    message = post(practice, now)
    with pytest.raises(Unavailable, match="smtp://"):
        outbox.hand_over(Message.objects.get(pk=message.pk))


def test_the_database_holds_neither_address_nor_link(folder: Path, practice: Practice, now: datetime) -> None:
    message = post(practice, now)
    row = str(Message.objects.filter(pk=message.pk).values().get())
    assert "maya" not in row and "token" not in row


def test_what_was_given_up_can_be_tried_again_by_its_own_practice_alone(
    letterbox: Letterbox, practice: Practice, other: Practice, now: datetime
) -> None:
    letterbox.refuse = 8
    message = post(practice, now)
    while jobs.run_one("w", now + timedelta(days=2)):
        pass
    assert not letterbox.mails
    for practice_id in (other.pk, uuid4()):
        with pytest.raises(NotThere):
            outbox.try_again(message.pk, practice_id, now)
    outbox.try_again(message.pk, practice.pk, now)
    jobs.run_due(now)
    assert len(letterbox.mails) == 1 and state(message) == "sent"
    with pytest.raises(NotThere):
        outbox.try_again(message.pk, practice.pk, now)
