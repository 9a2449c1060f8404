"""Going on to the client's next choice, as she agreed: the same classes, past the gate, by the way that leads there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients import releasing
from warmhandoff.core import outbox
from warmhandoff.directory.queries import mail_address
from warmhandoff.referrals import conflicts, ways
from warmhandoff.referrals.freezing import compose_under, freeze, gate_of
from warmhandoff.referrals.models import Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.sending import Order, queue_delivery
from warmhandoff.referrals.timers import answer_due
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NoRelease, NotNow, Problem


def next_ranked(referral: Referral) -> int | None:
    """The listing the client ranked next among those not tried yet, or None."""
    rows = referral.options.filter(dropped_at=None, tried="", client_rank__isnull=False).order_by("client_rank")
    return rows.values_list("listing_id", flat=True).first()


def usual_way(referral: Referral, listing_id: int) -> str:
    """The most direct way that leads to this recipient by itself: a registered one, else a link."""
    leading = [code for code, _ in ways.offered(referral.practice_id, [listing_id]) if code not in ways.BUILT_IN]
    return leading[0] if leading else "link"


def ways_on(actor: Actor, referral_id: UUID) -> list[tuple[str, str]]:
    """Codes and labels of the ways that lead to her next choice, the most direct first; none where there is none."""
    referral = referral_row(actor, referral_id, "send")
    listing_id = next_ranked(referral)
    return ways.offered(referral.practice_id, [listing_id]) if listing_id is not None else []


def go_on_to_next(
    actor: Actor, referral: Referral, *, now: datetime, way: str = "", to: str | None = None
) -> bool:
    """Send the same classes to the client's next ranked choice, if she agreed to that; within a transaction.

    False when she ranked nobody else or did not agree; and for the system where the link could not leave by itself,
    for a link that nobody hands over asks nobody. NoRelease when her release does not name that recipient.
    way: link, paper or phone (given by staff, so never by the system) or one that referrals.ways registered; left out,
    the usual one. `to`: a mail address for a link; left out, the address its listing gives.
    """
    listing_id = next_ranked(referral)
    last = referral.packets.order_by("-version").first()
    if listing_id is None or last is None or not referral.go_on_agreed:
        return False
    if actor.side == "system" and conflicts.has_undisclosed(referral, listing_id):
        return False  # it stays the owner's step: she is told first
    chosen = way or usual_way(referral, listing_id)
    address = (mail_address(actor, listing_id) if to is None else to) if chosen == "link" else ""
    if actor.side == "system" and chosen == "link" and outbox.mail_works() and not address:
        return False
    ways.must_lead(chosen, referral.practice_id, listing_id)
    decision = gate_of(referral, listing_id, last.classes, now, lock=True)
    if not decision.allowed:
        raise NoRelease(decision.reason)
    ready = compose_under(decision, referral, listing_id, last.classes, now=now)
    packet = freeze(referral, ready, last.classes, actor, now=now)
    order = Order(listing_id, last.classes, chosen, ready.sha256, to=address, attested=True)
    delivery = queue_delivery(packet, order, decision, now)
    on_paper = chosen in ways.BY_HAND
    made = Made(
        facts={"delivery": str(delivery.pk), "to": ready.content["to"], "classes": list(last.classes), "way": chosen},
        decision=decision, due_at=answer_due(delivery.listing, referral.practice, now) if on_paper else None,
    )  # fmt: skip
    move(referral, "go_on_on_paper" if on_paper else "go_on", made, actor=actor, now=now)
    return True


def go_on(actor: Actor, referral_id: UUID, *, now: datetime, way: str = "") -> None:
    """Staff go on to the client's next ranked choice. Refused where there is none she agreed to (NotNow).

    way: one of `ways_on`, or "" for the usual one. BadInput for a way that does not exist or does not lead there.
    """
    if way and not ways.is_known(way):
        raise BadInput(Problem("choose a way to send it", field="way"))
    try:
        with transaction.atomic():
            referral = referral_row(actor, referral_id, "send")
            if not go_on_to_next(actor, referral, now=now, way=way):
                raise NotNow("The client has not ranked another option, or did not agree to go on without asking her.")
    except NoRelease as refusal:
        referral = referral_row(actor, referral_id, "send")
        listing_id = next_ranked(referral) or 0
        releasing.record_refused_disclosure(actor, referral.client, refusal.message, listing_id, now=now)
        raise
