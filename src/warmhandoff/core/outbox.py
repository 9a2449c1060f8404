"""The one place from which mail leaves. A message holds neutral words and a link, never health information.

A message is written in the transaction of the change that wants it and handed over by a job. It is marked in flight
before it is handed over and sent after; a crash in between hands it over again under the same Message-ID and with
the same link, so the far end sees one message and the link does its work once.
"""

from __future__ import annotations

import errno
import os
import smtplib
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from warmhandoff.core import jobs
from warmhandoff.core.models import Message
from warmhandoff.rules.refusals import NotThere, Unavailable
from warmhandoff.rules.wording import mail_text

HAND_OVER = timedelta(seconds=15)
_KNOWN_SCHEMES = "WARMHANDOFF_SMTP_URL must start with smtp://, smtps:// or file://"


def mail_works() -> bool:
    """Whether this server can send mail at all; without it, staff hand links over themselves."""
    return bool(settings.SMTP_URL)


@dataclass(frozen=True)
class Envelope:
    """Who a message is for and about which record; `dedupe_key` makes asking for it twice harmless."""

    practice_id: UUID
    client_id: UUID | None
    subject_kind: str
    subject_id: UUID
    to: str
    dedupe_key: str


def post(envelope: Envelope, template: str, words: dict[str, str], *, now: datetime, language: str = "en") -> Message:
    """Add a message within the caller's transaction; mailed by a job, or left for staff to hand over."""
    message, made = _write(envelope, template, words, now=now, language=language)
    if made and message.channel == "mail":
        jobs.enqueue("send_message", {"message": str(message.pk)}, now=now)
    return message


def post_inline(envelope: Envelope, template: str, words: dict[str, str], *, now: datetime) -> Message:
    """As `post`, for a job that hands the message over itself, under a decision of its own."""
    return _write(envelope, template, words, now=now, language="en")[0]


def _write(
    envelope: Envelope, template: str, words: dict[str, str], *, now: datetime, language: str
) -> tuple[Message, bool]:
    channel = "mail" if mail_works() and envelope.to else "by_hand"
    return Message.objects.get_or_create(
        dedupe_key=envelope.dedupe_key,
        defaults={
            "practice_id": envelope.practice_id, "client_id": envelope.client_id, "created_at": now,
            "subject_kind": envelope.subject_kind, "subject_id": envelope.subject_id, "channel": channel,
            "template": template, "to": envelope.to, "body": {**words, "language": language},
            "state": "waiting",
        },
    )


@jobs.job("send_message", sends=True)
def send_message(payload: dict[str, Any], now: datetime) -> None:
    """Mark in flight, hand over, mark sent. Safe to run again after a crash at any point."""
    message = _take_off(UUID(payload["message"]), now)
    if message is None:
        return
    hand_over(message)
    landed(message, now)


def _take_off(message_id: UUID, now: datetime) -> Message | None:
    with transaction.atomic():
        rows = Message.objects.filter(pk=message_id, state__in=["waiting", "in_flight"], channel="mail")
        if not rows.update(state="in_flight", deadline_at=now + HAND_OVER):
            return None
        return Message.objects.get(pk=message_id)


def landed(message: Message, now: datetime) -> None:
    """Handed over: the body, with its link, is erased."""
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=now, body=None)


def take_off(message: Message, *, now: datetime) -> None:
    """Mark a message as being handed over now; one for staff to hand over goes on waiting for them."""
    if message.channel == "mail":
        rows = Message.objects.filter(pk=message.pk).exclude(state="sent")
        rows.update(state="in_flight", deadline_at=now + HAND_OVER)


def any_in_flight(subject_kind: str, subject_ids: Sequence[UUID], *, now: datetime) -> bool:
    """Whether a hand-over about one of these is under way and has not passed its deadline."""
    rows = Message.objects.filter(subject_kind=subject_kind, subject_id__in=subject_ids, state="in_flight")
    return rows.filter(deadline_at__gt=now).exists()


def stop_waiting(subject_kind: str, client_id: UUID) -> None:
    """Messages of this kind to a client that have not left: a newer one takes their place."""
    Message.objects.filter(subject_kind=subject_kind, client_id=client_id, state="waiting").update(
        state="stopped", body=None
    )


def stop_about(subject_kind: str, subject_ids: Iterable[UUID]) -> None:
    """Messages about these records that have not left: what they lead to is closed."""
    Message.objects.filter(subject_kind=subject_kind, subject_id__in=list(subject_ids), state="waiting").update(
        state="stopped", body=None
    )


def stop_all() -> list[str]:
    """Stop every message that has not left, after a restore: it may have left already. What they were about."""
    rows = Message.objects.filter(state__in=["waiting", "in_flight"])
    named = [f"{row.template} about {row.subject_kind} {row.subject_id}" for row in rows.order_by("created_at")]
    rows.update(state="stopped", body=None)
    return named


def stop_of(practice_id: UUID) -> int:
    """Stop every message of a practice that has not left, and the jobs that would send it; how many messages."""
    rows = Message.objects.filter(practice_id=practice_id, state__in=["waiting", "in_flight"])
    named = [str(pk) for pk in rows.values_list("pk", flat=True)]
    for pk in named:
        jobs.give_up({"message": pk}, because="shredded")
    return rows.update(state="stopped", body=None)


def try_again(message_id: UUID, practice_id: UUID, now: datetime) -> None:
    """Let the job of a message that was given up run again. NotThere where none was given up."""
    row = Message.objects.filter(pk=message_id, practice_id=practice_id, state__in=["waiting", "in_flight"]).first()
    if row is None or not jobs.revive({"message": str(row.pk)}, {"delivery": str(row.subject_id)}, now=now):
        raise NotThere


def given_by_hand(message_id: UUID, practice_id: UUID, now: datetime) -> None:
    """Staff say that they gave the link themselves."""
    rows = Message.objects.filter(pk=message_id, practice_id=practice_id, channel="by_hand", state="waiting")
    if not rows.update(state="sent", sent_at=now, body=None):
        raise NotThere


def hand_over(message: Message) -> None:
    """Give one message to the mail server (or, for `file:`, to a folder). Raises OSError or SMTPException."""
    mail = _compose(message)
    parts = urlsplit(settings.SMTP_URL)
    if parts.scheme == "file":
        _drop(mail, Path(unquote(parts.path)), f"{message.pk}.eml")
    elif parts.scheme in ("smtp", "smtps"):
        with _connected(parts) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    else:
        raise Unavailable(_KNOWN_SCHEMES)


def reach() -> None:
    """Say hello to the mail server, or look at the folder, without sending anything. Raises OSError or SMTPException.

    Nothing to do where no mail is set up.
    """
    parts = urlsplit(settings.SMTP_URL)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if not os.access(there, os.W_OK):
            raise PermissionError(errno.EACCES, "the folder of mail cannot be written", str(folder))
    elif parts.scheme in ("smtp", "smtps"):
        with _connected(parts) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.noop()
    elif settings.SMTP_URL:
        raise Unavailable(_KNOWN_SCHEMES)


def _connected(parts: SplitResult) -> smtplib.SMTP:
    """A connection to the mail server: encrypted and verified, but on loopback, where there is no one between."""
    host, port, patience = parts.hostname or "localhost", parts.port or 0, HAND_OVER.total_seconds()
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=patience, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=patience)
    if host not in ("localhost", "127.0.0.1", "::1"):
        server.starttls(context=ssl.create_default_context())
    return server


def _compose(message: Message) -> EmailMessage:
    subject, text = mail_text(message.template, message.body.reveal() or {})
    mail = EmailMessage()
    mail["From"] = settings.MAIL_FROM
    mail["To"] = _one_line(message.to.reveal())
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{message.pk}@warm-handoff.invalid>"  # the same on every try: the far end can tell
    mail.set_content(text)
    return mail


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise Unavailable("An address must be one line.")
    return text


def _drop(mail: EmailMessage, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}.part"
    unfinished.write_bytes(bytes(mail))
    unfinished.rename(folder / name)
