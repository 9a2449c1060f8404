"""A packet on a recorded lawful basis other than a release: composed, seen, frozen and printed; links: basis_links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from warmhandoff.clients import releasing
from warmhandoff.clients.disclosing import clear_on_basis
from warmhandoff.clients.lawful import disclosure_row
from warmhandoff.core import audit
from warmhandoff.documents import packet_pdf
from warmhandoff.referrals.freezing import Preview, must_be_seen
from warmhandoff.referrals.leaving import pdf_of
from warmhandoff.referrals.models import BasisPacket, Referral
from warmhandoff.referrals.packets import Frame, compose_packet
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.lawful import bases
from warmhandoff.rules.packet import fingerprint
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere, Stale
from warmhandoff.rules.release import Decision

if TYPE_CHECKING:
    from warmhandoff.clients.models import LawfulDisclosure

NOTICE = (
    "Shared without the client's permission because the law allows it for the reason named above. Please use it for "
    "that only, and share it with nobody else unless the law asks for it."
)


def both(actor: Actor, referral_id: UUID, disclosure_id: UUID) -> tuple[Referral, LawfulDisclosure]:
    """The referral and the recorded basis, locked, for those who may send; NotThere where they are of two clients."""
    referral = referral_row(actor, referral_id, "send")
    row = disclosure_row(actor, disclosure_id, lock=True)
    if row.client_id != referral.client_id:
        raise NotThere(subject=disclosure_id)
    return referral, row


def must_be_open(row: LawfulDisclosure) -> None:
    """Refuse (NotNow) to send anything on a record that was reviewed already: nobody would look at that (R-15)."""
    if row.reviewed_at:
        raise NotNow("This was reviewed already. What is to leave now needs a record of its own.")


def why(refusal: NoRelease | BadInput) -> str:
    """The reason of a refusal as it is kept in the client's record."""
    return "; ".join(one.reason for one in refusal.problems) if isinstance(refusal, BadInput) else refusal.message


def preview_on_basis(
    actor: Actor, referral_id: UUID, disclosure_id: UUID, classes: Sequence[str], *, now: datetime
) -> Preview:
    """What would leave on this basis, to the byte; nothing is kept.

    Refuses a disclosure of another client (NotThere), and what the basis does not carry (BadInput, R-15).
    """
    with transaction.atomic():
        referral, row = both(actor, referral_id, disclosure_id)
        cleared = clear_on_basis(row, classes, now=now)
        audit.record(actor, "preview", "packet", referral.pk, now=now, clients=[referral.client_id])
        return _compose(referral, row, sorted(cleared.classes), now)


def _compose(referral: Referral, row: LawfulDisclosure, classes: Sequence[str], now: datetime) -> Preview:
    basis = bases()[row.basis]
    summary = f"Shared without a release: {basis.label[:1].lower()}{basis.label[1:]} ({basis.source})."
    frame = Frame(row.recipient.reveal(), summary, notice=NOTICE)
    content = compose_packet(referral, frame, classes, now=now)
    pdf = packet_pdf(content)
    return Preview(content, pdf, fingerprint(content, pdf), Decision(True))


def send_on_basis(
    actor: Actor, referral_id: UUID, disclosure_id: UUID, classes: Sequence[str], *, sha256: str, now: datetime
) -> UUID:
    """Freeze the packet: to print, to fax, or to be read by link. Once a disclosure (Stale afterwards).

    Refused as the preview is, and after the review (NotNow). A basis that does not hold is refused with its reason in
    the client's record. Returns the packet's id.
    """
    try:
        with transaction.atomic():
            referral, row = both(actor, referral_id, disclosure_id)
            if BasisPacket.objects.filter(disclosure=row).exists():
                raise Stale("A packet was frozen for this disclosure already. Print that one.")
            must_be_open(row)
            clear_on_basis(row, classes, now=now)
            ready = _compose(referral, row, sorted(classes), now)
            must_be_seen(ready, sha256)
            packet = BasisPacket(
                practice_id=referral.practice_id, referral=referral, disclosure=row,
                classes=list(ready.content["classes"]), content=ready.content, pdf=ready.pdf, sha256=ready.sha256,
                frozen_at=now, frozen_by_id=actor.member,
            )
            packet.save()
            audit.record(actor, "disclose", "basis_packet", packet.pk, now=now, clients=[referral.client_id],
                         basis=row.pk)
            return packet.pk
    except (NoRelease, BadInput) as refusal:
        client = referral_row(actor, referral_id, "send").client
        releasing.record_refused_disclosure(actor, client, why(refusal), 0, now=now)
        raise


def basis_packet_file(actor: Actor, referral_id: UUID, disclosure_id: UUID, *, now: datetime) -> bytes:
    """The frozen PDF, to print or fax; the basis is looked at again each time it is fetched."""
    with transaction.atomic():
        referral, row = both(actor, referral_id, disclosure_id)
        packet = BasisPacket.objects.select_related("referral").filter(disclosure=row, referral=referral).first()
        if packet is None:
            raise NotThere(subject=disclosure_id)
        cleared = clear_on_basis(row, packet.classes, now=now)
        audit.record(actor, "disclose", "basis_packet", packet.pk, now=now, clients=[row.client_id], basis=row.pk)
        return pdf_of(packet, cleared)


def packet_of(referral_id: UUID, disclosure_id: UUID) -> bool:
    """Whether a packet was frozen for this disclosure; for a door already open."""
    return BasisPacket.objects.filter(referral_id=referral_id, disclosure_id=disclosure_id).exists()
