"""Ties between the practice and those it offers: told to the client in words, or nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.directory.queries import ties_of
from warmhandoff.referrals.models import Option, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, Problem


def _open(referral: Referral) -> list[Option]:
    return list(referral.options.filter(dropped_at=None).select_related("listing"))


def undisclosed(referral: Referral) -> list[Option]:
    """Options with a tie that she was not told of, or not in the words that stand now."""
    options = _open(referral)
    ties = ties_of(referral.practice_id, [option.listing_id for option in options])
    return [one for one in options if one.listing_id in ties and one.tie_text != ties[one.listing_id][1]]


def ties_to_tell(actor: Actor, referral_id: UUID) -> list[tuple[str, str]]:
    """(name, words of the tie as they stand) of the options she still has to be told of."""
    referral = referral_row(actor, referral_id)
    found = undisclosed(referral) if referral.state != "closed" else []
    ties = ties_of(referral.practice_id, [option.listing_id for option in found])
    return [(option.listing.name, ties[option.listing_id][1]) for option in found]


def has_undisclosed(referral: Referral, listing_id: int) -> bool:
    """Whether there is a tie with this listing that the client was not told of as it stands now."""
    kind, words = ties_of(referral.practice_id, [listing_id]).get(listing_id, ("", ""))
    if not kind:
        return False
    told = referral.options.filter(listing_id=listing_id).values_list("tie_text", flat=True).first()
    return not words or told != words


def refuse_undisclosed(referral: Referral, listing_id: int) -> None:
    """Nothing is sent to someone with whom there is a tie the client was not told of (NotNow, with the way on)."""
    if has_undisclosed(referral, listing_id):
        raise NotNow(
            "There is a tie between you and them that she has not been told of. Tell her first: the referral's page "
            "shows the words. Nothing was sent.", subject=referral.pk,
        )  # fmt: skip


def note_shown(referral: Referral, listing_ids: Iterable[int]) -> None:
    """Keep with the options the words of their ties as the page that she decided on showed them."""
    ties = ties_of(referral.practice_id, list(listing_ids))
    for listing_id, (_, words) in ties.items():
        referral.options.filter(listing_id=listing_id).update(tie_text=words)


def tell_ties(actor: Actor, referral_id: UUID, *, now: datetime, seen: int | None = None) -> None:
    """Staff told her of the ties recorded since she saw the options. Refused where there are none, or without words."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        found = undisclosed(referral)
        if not found:
            raise NotNow("There is no tie that she has not been told of.", subject=referral_id)
        ties = ties_of(referral.practice_id, [option.listing_id for option in found])
        if not all(ties[option.listing_id][1] for option in found):
            raise BadInput(Problem("a tie must be disclosed in words: write them at the listing", field="tie"))
        note_shown(referral, ties)
        made = Made(facts={"told": [option.listing.name for option in found]}, seen=seen)
        move(referral, "tell_ties", made, actor=actor, now=now)
