"""A recipient who is a practice of the same server: a listing kept by the outsider of the cast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.cast import Cast
from tests.flows import walk as way
from warmhandoff.core import jobs
from warmhandoff.directory.models import Claim
from warmhandoff.referrals import sending
from warmhandoff.referrals.models import Incoming


def keep(cast: Cast, listing_id: int) -> None:
    """The outsider keeps this listing as her own from now on."""
    member = cast.members["outsider"]
    Claim.objects.create(
        practice=member.practice, membership=member, listing_id=listing_id, how="mail",
        asked_at=cast.now - timedelta(days=2), expires_at=cast.now, confirmed_at=cast.now - timedelta(days=1),
    )


def ordered(cast: Cast, **how: Any) -> way.Walk:
    """A packet that is on its way to her inbox."""
    walk = way.released(cast, **how)
    keep(cast, walk.listing_ids[0])
    sending.send(walk.staff, walk.referral_id, way.order(walk, way="member"), now=walk.now)
    return walk


def arrived(cast: Cast, **how: Any) -> way.Walk:
    walk = ordered(cast, **how)
    jobs.run_due(walk.now)
    return walk


def incoming(cast: Cast) -> Incoming:
    """What arrived at hers."""
    return Incoming.objects.get(practice=cast.members["outsider"].practice)
