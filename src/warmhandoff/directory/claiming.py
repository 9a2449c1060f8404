"""A listing kept by its owner: a member of this server shows that it is hers, and speaks for it from then on.

Shown by a link mailed to the address that the listing's shared facts name, opened by the member who asked; or, for a
practice's own listing, approved by an administrator of that practice. It ends when she lets go or leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from warmhandoff.accounts.queries import names_of_members, practice_by_id
from warmhandoff.core import audit, limits, outbox, restoring
from warmhandoff.core.links import new_token, token_hash
from warmhandoff.directory.listing import keepers, keeps, may_change, reachable
from warmhandoff.directory.models import Claim, Listing
from warmhandoff.directory.writing import raise_version
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed, NotNow, NotThere

LINK_LIFE = timedelta(days=3)
_UNKNOWN = "This link is not known, it has ended, or it was made for someone else."


@dataclass(frozen=True)
class Waiting:
    """A claim that waits for an administrator."""

    id: UUID
    name: str
    asked_at: datetime


@dataclass(frozen=True)
class ClaimPage:
    """Where claiming a listing stands for whoever looks. `way`: how she could show that it is hers; "" for no way."""

    mine: bool
    kept: bool
    way: str
    asked: bool
    waiting: tuple[Waiting, ...]
    decides: bool


def _shared_address(listing: Listing) -> str:
    """The address in the facts all see; what a practice's people noted for themselves proves nothing."""
    fact = listing.facts_now.get("email") or {}
    return str(fact.get("value") or "") if listing.practice_id is None else ""


def _way(listing: Listing) -> str:
    if listing.practice_id is not None:
        return "practice"
    return "mail" if _shared_address(listing) and outbox.mail_works() else ""


def claim_page(actor: Actor, listing_id: int, *, now: datetime) -> ClaimPage:
    """Where it stands. NotThere as for the listing's page."""
    listing = reachable(actor, listing_id)
    open_claims = Claim.objects.filter(listing=listing, confirmed_at=None, ended_at=None, expires_at__gt=now)
    decides = listing.practice_id is not None and "policy" in actor.verbs("practice")
    names = names_of_members(actor.practice_id) if decides else {}
    waiting = tuple(
        Waiting(row.pk, names.get(row.membership_id, ""), row.asked_at) for row in open_claims.order_by("asked_at")
    )
    asked = open_claims.filter(membership_id=actor.member).exists()
    return ClaimPage(
        keeps(actor, listing), keepers(listing).exists(), _way(listing), asked, waiting if decides else (), decides
    )


def claim(actor: Actor, listing_id: int, *, now: datetime) -> str:
    """Ask to keep a listing; how it is shown to be hers: "mail" (a link goes to its address) or "practice".

    Refuses a listing that someone keeps already, one without a way to show it, and asking twice while it waits.
    """
    may_change(actor)
    with transaction.atomic():
        reachable(actor, listing_id)
        raise_version()  # two at once: one claim
        listing = reachable(actor, listing_id)
        way = _way(listing)
        if not way:
            raise NotNow("No address of theirs is known to all, or this server sends no mail: ask its operator.")
        if keepers(listing).exists():
            raise NotNow("Someone keeps this listing already.")
        mine = Claim.objects.filter(listing=listing, membership_id=actor.member, ended_at=None)
        if mine.filter(expires_at__gt=now).exists():
            raise NotNow("You asked for this already. It waits to be confirmed.")
        mine.update(ended_at=now, token_hash=None)
        token = new_token()
        row = Claim.objects.create(
            practice_id=actor.practice_id, membership_id=actor.member, listing=listing, how=way, asked_at=now,
            token_hash=token_hash("claim", token) if way == "mail" else None,
            expires_at=now + (LINK_LIFE if way == "mail" else timedelta(days=30)),
        )  # fmt: skip
        if way == "mail":
            _mail(row, _shared_address(listing), f"{settings.BASE_URL}/network/claim/#{token}", actor, now)
        audit.record(actor, "claim", "listing", listing.pk, now=now)
    return way


def _mail(row: Claim, address: str, link: str, actor: Actor, now: datetime) -> None:
    envelope = outbox.Envelope(row.practice_id, None, "claim", row.pk, address, dedupe_key=f"claim:{row.pk}")
    words = {"link": link, "who": actor.name, "sender": practice_by_id(row.practice_id).name}
    outbox.post(envelope, "claim_link", words, now=now)


def confirm_claim(actor: Actor, token: str, *, now: datetime) -> int:
    """The link that was mailed, opened by the member who asked; the listing's id. NotThere for anyone else."""
    who = str(actor.member)
    limits.check("claim_link", who, now=now)
    with transaction.atomic():
        rows = Claim.objects.filter(
            token_hash=token_hash("claim", token), membership_id=actor.member, confirmed_at=None, ended_at=None,
            expires_at__gt=now,
        )  # fmt: skip
        row = rows.select_related("listing").first()
        if row is not None:
            _keep(actor, row, now)
    if row is None:
        limits.failed("claim_link", who, now=now)
        raise NotThere(_UNKNOWN)
    limits.succeeded("claim_link", who)
    return row.listing.survivor_id or row.listing_id


def approve_claim(actor: Actor, claim_id: UUID, *, now: datetime) -> None:
    """An administrator says that a listing of the practice's own is that member's. NotAllowed for others."""
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("An administrator of the practice decides this.")
    with transaction.atomic():
        rows = Claim.objects.filter(pk=claim_id, practice_id=actor.practice_id, how="practice")
        row = rows.select_related("listing").filter(confirmed_at=None, ended_at=None, expires_at__gt=now).first()
        if row is None:
            raise NotThere(subject=claim_id)
        _keep(actor, row, now)


def _keep(actor: Actor, row: Claim, now: datetime) -> None:
    raise_version()  # two at once: one keeps it
    if keepers(row.listing.survivor or row.listing).exists():
        raise NotNow("Someone keeps this listing already.")
    Claim.objects.filter(pk=row.pk).update(confirmed_at=now, confirmed_by=actor.membership_id, token_hash=None)
    audit.record(actor, "keep", "listing", row.listing_id, now=now)


def let_go(actor: Actor, listing_id: int, *, now: datetime) -> None:
    """She keeps it no longer. What she said of it stays said. Refuses where she does not keep it."""
    with transaction.atomic():
        listing = reachable(actor, listing_id)
        mine = keepers(listing).filter(membership_id=actor.member)
        if not mine.update(ended_at=now):
            raise NotNow("You do not keep this listing.")
        audit.record(actor, "let_go", "listing", listing.pk, now=now)


@restoring.fence("claim")
def end_links(now: datetime) -> list[str]:
    """After a restore: links were used since the backup, or will be asked for again."""
    Claim.objects.filter(token_hash__isnull=False).update(token_hash=None, ended_at=now)
    return []
