"""By which way, and when, a client may be written to. Asked when a message is made, and again when it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from warmhandoff.clients.models import Client, PortalKey
from warmhandoff.clients.releasing import record_refused_disclosure
from warmhandoff.core import carriers, outbox
from warmhandoff.core.outbox import Verdict
from warmhandoff.rules.access import system
from warmhandoff.rules.contact import SENT, next_time, number_of
from warmhandoff.rules.zones import Where, where

if TYPE_CHECKING:
    from warmhandoff.core.models import Message

NOT_SAFE = {
    "mail": "A mail to her was not sent: what she named safe does not allow it any more.",
    "sms": "A text message to her was not sent: what she named safe does not allow it any more.",
}


@dataclass(frozen=True)
class Way:
    """How one message goes to a client. Without `to`, staff hand it over."""

    channel: str = "mail"
    to: str = ""
    not_before: datetime | None = None


def zone_of(client: Client) -> str:
    """The clock where she lives, by her ZIP; else the practice's."""
    practice = client.practice
    contact: dict[str, Any] = client.contact.reveal() or {}
    return where(contact.get("zip", ""), "", default=Where(practice.time_zone, None)).zone


def safe_way(client: Client, now: datetime) -> Way:
    """The first way she named safe that this server has and an address is known for, and from when on."""
    contact: dict[str, Any] = client.contact.reveal() or {}
    rules: dict[str, Any] = client.safe_contact.reveal() or {}
    known = {"mail": contact.get("email", "").strip(), "sms": number_of(contact.get("phone", ""))}
    zone = zone_of(client)
    for channel in SENT:
        allowed = next_time(channel, rules, now, zone)
        if known[channel] and allowed is not None and carriers.works(channel):
            return Way(channel, known[channel], allowed)
    return Way()


@outbox.gate_of("portal_key")
def may_leave(message: Message, now: datetime) -> Verdict:
    """Whether a client's link may leave at this moment: by her rules as they are now, and while the link opens
    anything. Outside her hours it waits; a way she took back, an ended link or another address stop it."""
    key = PortalKey.objects.select_related("client__practice").filter(pk=message.subject_id).first()
    if key is None or key.used_at or key.ended_at or key.expires_at <= now:
        return Verdict(stop=True)
    contact: dict[str, Any] = key.client.contact.reveal() or {}
    rules: dict[str, Any] = key.client.safe_contact.reveal() or {}
    known = contact.get("email", "").strip() if message.channel == "mail" else number_of(contact.get("phone", ""))
    allowed = next_time(message.channel, rules, now, zone_of(key.client))
    if allowed is None or allowed >= key.expires_at or message.to.reveal() != known:
        record_refused_disclosure(system(key.practice_id), key.client, NOT_SAFE[message.channel], 0, now=now)
        return Verdict(stop=True)
    return Verdict(until=allowed if allowed > now else None)
