"""When a recipient's silence is noticed: counted in business days of the place where the recipient is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from warmhandoff.rules.lifecycle import DueFacts, due_at
from warmhandoff.rules.zones import Where, where

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice
    from warmhandoff.directory.models import Listing


def place_of(listing: Listing, practice: Practice) -> Where:
    """The recipient's clock and holidays; the practice's own where the listing names neither ZIP nor state."""
    return where(listing.zip, listing.state, default=Where(practice.time_zone, practice.state or None))


def answer_due(listing: Listing, practice: Practice, now: datetime) -> datetime:
    """The end of the last day on which an answer is awaited, as an instant in UTC."""
    place = place_of(listing, practice)
    return due_at("sent", now=now, facts=DueFacts(place.zone, place.state, practice.promise_days))
