"""What carries a message out of the house: a mail server, a gateway for text messages, or a folder in their place.

Nothing else opens a connection to the outside. Each connection is encrypted and verified (but on loopback, where there
is no one between), ends at a deadline however slowly the far end answers, and follows no redirection. Every try of a
message carries the same name, by which the far end can tell that it has it already.
"""

from __future__ import annotations

import errno
import http.client
import json
import os
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from warmhandoff.core import steps
from warmhandoff.rules.contact import is_number, is_plain_address
from warmhandoff.rules.refusals import Unavailable
from warmhandoff.rules.short_texts import sms_text
from warmhandoff.rules.wording import mail_text

HAND_OVER = timedelta(seconds=15)
CONNECT = timedelta(seconds=5)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MOST_OF_AN_ANSWER = 64 * 1024
_KNOWN_MAIL = "WARMHANDOFF_SMTP_URL must start with smtp://, smtps:// or file://"
_KNOWN_SMS = "WARMHANDOFF_SMS_URL must start with https:// or file://"


@dataclass(frozen=True)
class Parcel:
    """What is to be carried: the message's own name, to whom, which fixed text, and what fills it."""

    name: str
    to: str
    template: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Carrier:
    """A way a message can leave. `works`: whether this server has it; `reach`: a hello that carries nothing."""

    works: Callable[[], bool]
    carry: Callable[[Parcel], None]
    reach: Callable[[], None]
    suffix: str


_CARRIERS: dict[str, Carrier] = {}


def register(channel: str, carrier: Carrier) -> None:
    """Add a way for messages to leave, under the name that a message's channel gives."""
    _CARRIERS[channel] = carrier


def channels() -> list[str]:
    """The names of all ways there are, set up or not."""
    return sorted(_CARRIERS)


def carrier(channel: str) -> Carrier:
    """The carrier of a channel. Unavailable for a name that nobody registered."""
    if channel not in _CARRIERS:
        raise Unavailable(f"Nothing carries messages by {channel}.")
    return _CARRIERS[channel]


def works(channel: str) -> bool:
    """Whether this server can send this way."""
    return channel in _CARRIERS and _CARRIERS[channel].works()


def captured(channel: str, name: str) -> str:
    """The text of a message that a folder took in place of the outside; "" where it really went out."""
    folder = _folder(urlsplit(settings.SMS_URL if channel == "sms" else ""))
    if folder is None or channel not in _CARRIERS:
        return ""
    kept = folder / f"{name}{_CARRIERS[channel].suffix}"
    return kept.read_text("utf-8") if kept.is_file() else ""


def _folder(parts: SplitResult) -> Path | None:
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _drop(content: bytes, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}.part"
    unfinished.write_bytes(content)
    unfinished.rename(folder / name)


def _can_write(folder: Path, what: str) -> None:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(there, os.W_OK):
        raise PermissionError(errno.EACCES, f"the folder of {what} cannot be written", str(folder))


@contextmanager
def _until_deadline(line: socket.socket | None) -> Iterator[None]:
    """Cut the line at the deadline: a far end that sends a byte a second never runs into a time limit for one read."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(HAND_OVER.total_seconds(), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, smtplib.SMTPException, http.client.HTTPException) as error:
        if late.is_set():
            raise TimeoutError(errno.ETIMEDOUT, "the far end took too long") from error
        raise
    finally:
        timer.cancel()


# Mail


def _carry_mail(parcel: Parcel) -> None:
    mail = _compose(parcel)
    parts = urlsplit(settings.SMTP_URL)
    folder = _folder(parts)
    if folder is not None:
        _drop(bytes(mail), folder, f"{parcel.name}.eml")
        return
    with _mail_server(parts) as server:
        steps.passed("before_data")
        server.send_message(mail)
        steps.passed("after_data")


@contextmanager
def _mail_server(parts: SplitResult) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, logged in where an account is named."""
    if parts.scheme not in ("smtp", "smtps"):
        raise Unavailable(_KNOWN_MAIL)
    host, port, patience = parts.hostname or "localhost", parts.port or 0, HAND_OVER.total_seconds()
    steps.passed("before_connect")
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=patience, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=patience)
    with server, _until_deadline(server.sock):
        if parts.scheme == "smtp" and host not in _LOOPBACK:
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        steps.passed("after_connect")
        yield server


def _reach_mail() -> None:
    parts = urlsplit(settings.SMTP_URL)
    folder = _folder(parts)
    if folder is not None:
        _can_write(folder, "mail")
    elif settings.SMTP_URL:
        with _mail_server(parts) as server:
            server.noop()


def _compose(parcel: Parcel) -> EmailMessage:
    if not is_plain_address(parcel.to):
        raise Unavailable("This is not one plain mail address, on one line.")
    subject, text = mail_text(parcel.template, parcel.words)
    mail = EmailMessage()
    mail["From"] = settings.MAIL_FROM
    mail["To"] = parcel.to
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{parcel.name}@messages.invalid>"  # the same on every try: the far end can tell
    mail.set_content(text)
    return mail


# Text messages


def _carry_sms(parcel: Parcel) -> None:
    if not is_number(parcel.to):
        raise Unavailable("This is not one telephone number.")
    try:
        text = sms_text(parcel.template, {**parcel.words, "label": settings.SMS_SENDER})
    except ValueError as error:
        raise Unavailable("The link is too long for a text message: WARMHANDOFF_BASE_URL must be shorter.") from error
    parts = urlsplit(settings.SMS_URL)
    folder = _folder(parts)
    if folder is not None:
        _drop(text.encode(), folder, f"{parcel.name}.txt")
        return
    filled = _fill(json.loads(settings.SMS_BODY), {"to": parcel.to, "text": text, "id": parcel.name,
                                                  "sender": settings.SMS_SENDER})
    with _gateway(parts) as line:
        steps.passed("before_data")
        _hand_in(line, parts, json.dumps(filled).encode(), parcel.name)
        steps.passed("after_data")


def _fill(shape: Any, words: Mapping[str, str]) -> Any:
    """The gateway's own shape with our words in it; they are put in after it was read, so that they stay words."""
    if isinstance(shape, dict):
        return {key: _fill(value, words) for key, value in shape.items()}
    if isinstance(shape, list):
        return [_fill(value, words) for value in shape]
    if isinstance(shape, str):
        return re.sub(r"\{(to|text|id|sender)\}", lambda found: words[found.group(1)], shape)
    return shape


@contextmanager
def _gateway(parts: SplitResult) -> Iterator[http.client.HTTPConnection]:
    """A connection to the gateway: five seconds to connect, fifteen for all of it."""
    host, port = parts.hostname or "", parts.port
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        line = http.client.HTTPSConnection(host, port, timeout=CONNECT.total_seconds(), context=context)
    elif parts.scheme == "http" and host in _LOOPBACK:
        line = http.client.HTTPConnection(host, port, timeout=CONNECT.total_seconds())
    else:
        raise Unavailable(_KNOWN_SMS)
    steps.passed("before_connect")
    try:
        line.connect()
        line.sock.settimeout(HAND_OVER.total_seconds())
        steps.passed("after_connect")
        with _until_deadline(line.sock):
            yield line
    except http.client.HTTPException as error:
        raise OSError(errno.EPROTO, "the gateway does not speak HTTP") from error
    finally:
        line.close()


def _hand_in(line: http.client.HTTPConnection, parts: SplitResult, body: bytes, name: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": name}
    if settings.SMS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SMS_TOKEN}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line.request("POST", target, body, headers)
    answer = line.getresponse()
    answer.read(_MOST_OF_AN_ANSWER)
    if not 200 <= answer.status < 300:  # a redirection is no delivery: it is not followed
        raise Unavailable(f"The gateway for text messages answered {answer.status}.")


def _reach_sms() -> None:
    parts = urlsplit(settings.SMS_URL)
    folder = _folder(parts)
    if folder is not None:
        _can_write(folder, "text messages")
    elif settings.SMS_URL:
        with _gateway(parts):
            return


register("mail", Carrier(lambda: bool(settings.SMTP_URL), _carry_mail, _reach_mail, ".eml"))
register("sms", Carrier(lambda: bool(settings.SMS_URL), _carry_sms, _reach_sms, ".txt"))
