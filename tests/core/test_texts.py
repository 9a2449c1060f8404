"""Text messages: fixed words within one message, through a gateway that may misbehave, or into a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.faults.gateways import Gateway, running_gateway
from warmhandoff.accounts.models import Practice
from warmhandoff.core import carriers, jobs, outbox
from warmhandoff.core.models import Job, Message
from warmhandoff.rules.refusals import Unavailable
from warmhandoff.rules.short_texts import GSM_7, sms_text, templates

pytestmark = pytest.mark.django_db
LINK = "https://desk.example/c/#" + "k7" * 26
NUMBER = "+15125550142"


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    with running_gateway() as found:
        settings.SMS_URL, settings.SMS_TOKEN = found.url, "the gateway's own secret"
        yield found


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(jobs.clock, "now", lambda: now)
    monkeypatch.setattr(jobs, "_TICKS", {})


def post(practice: Practice, now: datetime, *, to: str = NUMBER, language: str = "en") -> Message:
    envelope = outbox.Envelope(practice.pk, uuid4(), "client_link", uuid4(), to, str(uuid4()), channel="sms")
    return outbox.post(envelope, "client_link", {"link": LINK}, now=now, language=language)


def test_the_words_as_they_are_sent() -> None:
    said = {f"{name} {language}": sms_text(name, {"label": "Messages", "link": LINK, "language": language})
            for name, language in templates()}
    assert said == {
        "client_link en": f"Messages: you have a message. Open it with your code: {LINK}",
        "client_link es": f"Messages: tiene un mensaje. Abra con su clave: {LINK}",
    }
    assert all(len(text) <= 160 and GSM_7.issuperset(text) for text in said.values())


@pytest.mark.parametrize("link", ["https://" + "long." * 20 + "example/c/#x", "https://desk.example/ŵ", "https://a\nb"])
def test_nothing_is_cut_and_nothing_is_sent_that_not_every_phone_shows(link: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        sms_text("client_link", {"label": "Messages", "link": link})


def test_the_gateway_gets_its_own_shape_and_one_name_on_every_try(
    gateway: Gateway, practice: Practice, now: datetime
) -> None:
    gateway.answers = [503, 302]  # a redirection is no delivery, and is not followed
    message = post(practice, now, language="es")
    for minutes in range(3):
        jobs.run_due(now + timedelta(minutes=minutes))
    assert gateway.texts == {str(message.pk): {
        "to": NUMBER, "from": "Messages", "id": str(message.pk),
        "text": f"Messages: tiene un mensaje. Abra con su clave: {LINK}",
    }}
    assert gateway.paths == ["/send?way=quick"] * 3
    assert {one["Idempotency-Key"] for one in gateway.headers} == {str(message.pk)}
    assert gateway.headers[0]["Authorization"] == "Bearer the gateway's own secret"
    kept = Message.objects.get()
    assert (kept.state, bool(kept.body), kept.channel) == ("sent", False, "sms")


def test_a_gateway_that_sends_a_byte_at_a_time_is_hung_up_on(
    gateway: Gateway, practice: Practice, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "HAND_OVER", timedelta(seconds=0.4))
    gateway.trickle = 0.05
    message, begun = post(practice, now), time.monotonic()
    jobs.run_due(now)
    assert time.monotonic() - begun < 5 and Message.objects.get(pk=message.pk).state == "in_flight"
    assert Job.objects.get(name="send_message").last_error == "TimeoutError"


@pytest.mark.parametrize("to", ["+1512555\r\nX: y", "512-555-0142", "+15125550142,+15125550143", "", "+1%0d%0aX", "0"])
def test_what_is_no_number_goes_nowhere(gateway: Gateway, to: str) -> None:
    with pytest.raises(Unavailable):
        carriers.carrier("sms").carry(carriers.Parcel("name", to, "client_link", {"link": LINK}))
    assert not gateway.paths


@pytest.mark.parametrize("to", [
    "a@b.example\r\nBcc: c@d.example", "a@b.example\nX: y", "a@b.example, c@d.example", "A <a@b.example>",
    "a@b.example;c@d.example", "a@b.example\x00", "a@b.example%0d%0aBcc:c@d.example", "=?utf-8?q?a?=@b.example\u2028",
])  # fmt: skip
def test_what_is_not_one_plain_address_goes_nowhere(settings: Any, tmp_path: Path, to: str) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    with pytest.raises(Unavailable):
        carriers.carrier("mail").carry(carriers.Parcel("name", to, "client_link", {"link": LINK}))
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize("url", ["http://gateway.example/", "ftp://127.0.0.1/", "https:///x"])
def test_only_a_protected_gateway_is_spoken_to(settings: Any, url: str) -> None:
    settings.SMS_URL = url
    with pytest.raises((Unavailable, OSError)):
        carriers.carrier("sms").carry(carriers.Parcel("name", NUMBER, "client_link", {"link": LINK}))


def test_a_folder_may_stand_in_for_the_gateway(
    settings: Any, tmp_path: Path, practice: Practice, now: datetime
) -> None:
    settings.SMS_URL = f"file://{tmp_path}/texts"
    message = post(practice, now)
    jobs.run_due(now)
    assert carriers.captured("sms", str(message.pk)).endswith(LINK)
    settings.SMS_URL = "https://gateway.example/"
    assert carriers.captured("sms", str(message.pk)) == "", "what really went out is kept nowhere"


def test_words_cannot_change_the_gateways_shape(gateway: Gateway, settings: Any) -> None:
    settings.SMS_BODY = '{"messages": [{"to": "{to}", "body": "{text}"}], "n": 1}'
    words = {"link": 'https://desk.example/c/#","x":"y'}
    carriers.carrier("sms").carry(carriers.Parcel("name", NUMBER, "client_link", words))
    [text] = gateway.texts.values()
    assert text == {"messages": [{"to": NUMBER, "body": "Messages: you have a message. Open it with your code: "
                                  'https://desk.example/c/#","x":"y'}], "n": 1}


def test_a_message_that_cannot_be_sent_does_not_hold_up_the_next(
    gateway: Gateway, practice: Practice, now: datetime
) -> None:
    bad = post(practice, now, to="no number at all")
    good = post(practice, now)
    jobs.run_due(now)
    assert list(gateway.texts) == [str(good.pk)]
    later = now
    for _ in range(8):
        later += timedelta(hours=3)
        jobs.run_due(later)
    job = Job.objects.get(payload={"message": str(bad.pk)})
    assert (job.state, job.attempts) == ("dead", 8) and job.last_error == "unavailable"


def test_the_pauses_between_tries_outlast_an_afternoon() -> None:
    assert sum(jobs.SENDING_PAUSES) > 3.5 * 3600 and len(jobs.SENDING_PAUSES) == 7
    assert list(jobs.SENDING_PAUSES) == sorted(jobs.SENDING_PAUSES)
