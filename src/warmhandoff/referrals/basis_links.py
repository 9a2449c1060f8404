"""A packet on a recorded lawful basis, read by link and code: given, opened, ended. The mail says nothing of it.

The basis is looked at again, under the lock of its record, whenever anything is given out: for the link, as the mail
leaves, and on each look at the page. Such a link does not outlive its reason: it ends after three days (security
requirement R-34), when staff end it, and when a newer one is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from warmhandoff.clients import releasing
from warmhandoff.clients.disclosing import clear_on_basis
from warmhandoff.clients.lawful import locked_disclosure
from warmhandoff.core import audit, limits, outbox
from warmhandoff.core.links import new_code, new_token, same_code, token_hash
from warmhandoff.core.outbox import Envelope, Verdict
from warmhandoff.referrals.leaving import Form, Given, content_of, pdf_of
from warmhandoff.referrals.models import BasisLink, BasisPacket
from warmhandoff.referrals.on_a_basis import both, must_be_open, why
from warmhandoff.rules.access import Actor, system
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, NotThere, Problem

if TYPE_CHECKING:
    from warmhandoff.core.models import Message

LIFE = timedelta(hours=72)
WRONG_CODES = 5
_UNKNOWN = "This link and code do not fit together, or the link has ended. Please call the sender."


def give_link(actor: Actor, referral_id: UUID, disclosure_id: UUID, *, to: str, now: datetime) -> UUID:
    """Send a link to the frozen packet, or make one to hand over where `to` is empty; an earlier one ends.

    Refused: where nothing is frozen (NotNow), after the review (NotNow: what leaves later is a disclosure of its own),
    an address that cannot be one, and a basis that does not hold any more (BadInput, NoRelease), each recorded.
    """
    if to.strip() and "@" not in to:
        raise BadInput(Problem("this is no mail address", field="to"))
    try:
        with transaction.atomic():
            referral, row = both(actor, referral_id, disclosure_id)
            must_be_open(row)
            packet = BasisPacket.objects.filter(disclosure=row, referral=referral).first()
            if packet is None:
                raise NotNow("Look at the packet and freeze it first.")
            cleared = clear_on_basis(row, packet.classes, now=now)
            _end(packet, now)
            token = new_token()
            link = BasisLink(
                practice_id=packet.practice_id, packet=packet, to=to.strip(), token=token, code=new_code(),
                token_hash=token_hash("basis", token), given_at=now, given_by_id=actor.member, expires_at=now + LIFE,
            )
            link.save(force_insert=True)
            row.way = "link"
            row.save(update_fields=["way"])
            _post(link, referral.client_id, now)
            audit.record(actor, "link_on_basis", "basis_packet", packet.pk, now=now, clients=[row.client_id],
                         basis=cleared.basis)
            return link.pk
    except (NoRelease, BadInput) as refusal:
        client = both(actor, referral_id, disclosure_id)[0].client
        releasing.record_refused_disclosure(actor, client, why(refusal), 0, now=now)
        raise


def _post(link: BasisLink, client_id: UUID, now: datetime) -> None:
    due = link.expires_at
    envelope = Envelope(link.practice_id, client_id, "basis_link", link.pk, link.to.reveal(), f"basis_link:{link.pk}")
    words = {"link": f"{settings.BASE_URL}/r/shared/#{link.token.reveal()}", "sender": link.practice.name,
             "due": f"{due:%A, %B} {due.day}"}
    outbox.post(envelope, "basis_link", words, now=now)


def _end(packet: BasisPacket, now: datetime) -> int:
    live = list(BasisLink.objects.filter(packet=packet, ended_at=None).values_list("pk", flat=True))
    outbox.stop_about("basis_link", live)
    return BasisLink.objects.filter(pk__in=live).update(ended_at=now, token_hash=None, token=None, code=None)


def end_link(actor: Actor, referral_id: UUID, disclosure_id: UUID, *, now: datetime) -> None:
    """End the link at once: it opens nothing any more, and what has not left does not leave. NotNow where none is."""
    with transaction.atomic():
        referral, row = both(actor, referral_id, disclosure_id)
        packet = BasisPacket.objects.filter(disclosure=row, referral=referral).first()
        if packet is None or not _end(packet, now):
            raise NotNow("There is no link that could be ended.")
        audit.record(actor, "end_basis_link", "basis_packet", packet.pk, now=now, clients=[row.client_id],
                     basis=row.pk)


@dataclass(frozen=True)
class LinkLine:
    """One link as staff see it. link: to be handed over by hand, "" once it left. code: to be told another way."""

    given_at: datetime
    expires_at: datetime
    to: str
    link: str
    code: str
    opened_at: datetime | None
    live: bool


def links_of(actor: Actor, referral_id: UUID, disclosure_id: UUID, *, now: datetime) -> list[LinkLine]:
    """The links of one packet, newest first, for those who may send."""
    with transaction.atomic():
        referral, row = both(actor, referral_id, disclosure_id)
    rows = BasisLink.objects.filter(packet__disclosure=row, packet__referral=referral).order_by("-given_at")
    return [
        LinkLine(
            one.given_at, one.expires_at, one.to.reveal() or "", _by_hand(one, now), one.code.reveal() or "",
            one.opened_at, one.ended_at is None and one.expires_at > now,
        )
        for one in rows
    ]


def _by_hand(one: BasisLink, now: datetime) -> str:
    token = one.token.reveal() if one.ended_at is None and one.expires_at > now else ""
    return f"{settings.BASE_URL}/r/shared/#{token}" if token and not (one.to.reveal() and outbox.mail_works()) else ""


def _live(link: UUID | str, now: datetime) -> BasisLink | None:
    wanted = {"pk": link} if isinstance(link, UUID) else {"token_hash": link}
    rows = BasisLink.objects.select_related("packet__referral__client", "packet__disclosure", "practice")
    return rows.filter(ended_at=None, expires_at__gt=now, token_hash__isnull=False, **wanted).first()


def open_basis_link(token: str, code: str, *, now: datetime, address: str = "") -> UUID:
    """The link behind token and code. Unknown, ended links and wrong codes look the same (NotThere)."""
    key = token_hash("basis", token)
    limits.check("basis_link", key, now=now, address=address)
    link = _live(key, now)
    if link is None or link.wrong_codes >= WRONG_CODES or not same_code(code, link.code.reveal()):
        limits.failed("basis_link", key, now=now, address=address)
        if link is not None:
            BasisLink.objects.filter(pk=link.pk).update(wrong_codes=F("wrong_codes") + 1)
        raise NotThere(_UNKNOWN)
    limits.succeeded("basis_link", key, address=address)
    return link.pk


@dataclass(frozen=True)
class SharedPage:
    """What the recipient reads: the packet as it was frozen, from whom, and until when."""

    content: dict[str, Any]
    practice: str
    expires_at: datetime
    time_zone: str


def _given(link_id: UUID, form: Form[Given], now: datetime) -> tuple[BasisLink, Given]:
    """Through the basis again, held until it is read; a basis that holds no more looks like no link."""
    link = _live(link_id, now)
    if link is None:
        raise NotThere(_UNKNOWN)
    actor = Actor(side="recipient", practice_id=link.practice_id, name=link.packet.disclosure.recipient.reveal())
    client = link.packet.referral.client
    try:
        with transaction.atomic():
            row = locked_disclosure(link.packet.disclosure_id)
            cleared = clear_on_basis(row, link.packet.classes, now=now)
            given = form(link.packet, cleared)
            BasisLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)
            audit.record(actor, "disclose", "basis_packet", link.packet_id, now=now, clients=[client.pk],
                         basis=cleared.basis)
            return link, given
    except (NoRelease, BadInput) as refusal:
        releasing.record_refused_disclosure(actor, client, why(refusal), 0, now=now)
        raise NotThere(_UNKNOWN) from refusal


def shared_page(link_id: UUID, *, now: datetime) -> SharedPage:
    """What stands behind the link; audited as a disclosure on its basis. NotThere once it has ended."""
    link, content = _given(link_id, content_of, now)
    return SharedPage(content, link.practice.name, link.expires_at, link.practice.time_zone)


def shared_file(link_id: UUID, *, now: datetime) -> bytes:
    """The same as the frozen PDF."""
    return _given(link_id, pdf_of, now)[1]


@outbox.gate_of("basis_link")
def _may_leave(message: Message, now: datetime) -> Verdict:
    """The mail leaves only while its link is good and the basis behind it holds; else why not is recorded."""
    link = _live(message.subject_id, now)
    if link is None:
        return Verdict(stop=True)
    try:
        clear_on_basis(locked_disclosure(link.packet.disclosure_id), link.packet.classes, now=now)
    except (NoRelease, BadInput) as refusal:
        actor, client = system(link.practice_id), link.packet.referral.client
        releasing.record_refused_disclosure(actor, client, why(refusal), 0, now=now)
        return Verdict(stop=True)
    return Verdict()


def _left(link_id: UUID, now: datetime) -> None:
    """It left, or was given by hand: from here on its hash is all there is."""
    BasisLink.objects.filter(pk=link_id).update(token=None)


outbox.when_left("basis_link", _left)
