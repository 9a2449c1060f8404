"""The ways out of a packet. A link with a reply page, paper and the phone are built in; others are registered here.

A registered way is served by a carrier of core.carriers. What it needs to do: say where a recipient is reached this
way ("" where she is not), and register its carrier under `channel`. The carrier is given the delivery's id in the
words of the parcel, under a name that is the same on every try; it takes the frozen packet from `packet_to_carry`, and
must be able to take in the same parcel twice. Release decision, retries, receipts and the referral's next step are
the same for every way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from warmhandoff.core.outbox import Envelope
from warmhandoff.referrals.leaving import cleared_delivery, content_of, pdf_of
from warmhandoff.referrals.models import Delivery
from warmhandoff.rules.refusals import BadInput, Problem, Unavailable

BUILT_IN = {
    "link": "By a link with a reply page; the code goes by phone",
    "paper": "On paper or by fax: I print it",
    "phone": "By phone: I tell them what it says",
}
BY_HAND = frozenset({"paper", "phone"})  # given by staff themselves: the machine never goes on this way


@dataclass(frozen=True)
class Way:
    """A further way. label: what staff choose it by. said: what they read once it is on its way.

    reaches: the sending practice and the listing -> the address its carrier takes, "" where it does not lead there.
    """

    label: str
    said: str
    channel: str
    reaches: Callable[[UUID, int], str]


_WAYS: dict[str, Way] = {}


def register_way(code: str, way: Way) -> None:
    """Add a way out under this code (up to 8 letters: it is kept with each delivery)."""
    if len(code) > 8 or code in BUILT_IN:
        raise ValueError(f"{code!r} cannot name a further way")
    _WAYS[code] = way


def is_known(code: str) -> bool:
    return code in BUILT_IN or code in _WAYS


def offered(practice_id: UUID, listing_ids: list[int]) -> list[tuple[str, str]]:
    """Codes and labels of the ways that lead to at least one of these listings."""
    leading = [
        (code, way.label) for code, way in _WAYS.items() if any(way.reaches(practice_id, one) for one in listing_ids)
    ]
    return [*leading, *BUILT_IN.items()]


def said(code: str) -> str:
    return _WAYS[code].said if code in _WAYS else ""


def must_lead(code: str, practice_id: UUID, listing_id: int) -> None:
    """Refuse (BadInput) a further way that does not lead to this recipient."""
    if code in _WAYS and not _WAYS[code].reaches(practice_id, listing_id):
        raise BadInput(Problem("this recipient is not reached this way", field="way"))


def envelope(delivery: Delivery) -> Envelope:
    """To whom the delivery's carrier takes it. Unavailable where its way leads there no more."""
    way = _WAYS.get(delivery.way)
    to = way.reaches(delivery.practice_id, delivery.listing_id) if way else ""
    if way is None or not to:
        raise Unavailable("This recipient is no longer reached this way.")
    return Envelope(
        delivery.practice_id, delivery.referral.client_id, "delivery", delivery.pk, to,
        dedupe_key=f"delivery:{delivery.pk}", channel=way.channel,
    )


def packet_to_carry(delivery_id: UUID, *, now: datetime) -> tuple[dict[str, Any], bytes, str]:
    """What a carrier hands over: the frozen content, the PDF and their hash; within the carrier's transaction.

    Only for a delivery that is in flight (Unavailable). The release is asked and locked once more (NoRelease).
    """
    rows = Delivery.objects.select_related("packet__referral", "referral__client__practice")
    delivery = rows.filter(pk=delivery_id, state="in_flight").first()
    if delivery is None:
        raise Unavailable("This delivery is not under way.")
    packet, cleared = delivery.packet, cleared_delivery(delivery, now)
    return content_of(packet, cleared), pdf_of(packet, cleared), packet.sha256
