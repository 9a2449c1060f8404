"""What a program may write into its practice's directory: the practice's own listings, by the actions people use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from warmhandoff.directory.catalogue import Entry, catalogue_entry
from warmhandoff.directory.listing import confirm, edit, may_change
from warmhandoff.directory.writing import hold
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed, Stale


def version_of(entry: Entry) -> str:
    """Changes whenever anything a program can read of a listing does, but for its growing older."""
    line = entry.line
    said = [
        line.id, line.retired, line.excluded, line.relationship,
        *([f.field, f.value, f.dated_on.isoformat(), f.verified, f.source] for f in entry.facts),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _own(actor: Actor, listing_id: int, today: date) -> Entry:
    may_change(actor)
    entry = catalogue_entry(actor, listing_id, today=today)
    if entry.line.shared:
        raise NotAllowed("All practices of this server share this listing: a program changes its practice's own only.")
    return entry


def change(
    actor: Actor, listing_id: int, values: Mapping[str, object], *, version: str, verified: bool, now: datetime,
    today: date,
) -> None:  # fmt: skip
    """Change facts of the practice's own listing, as `listing.edit` does, if it is still as the program read it.

    NotThere for another practice's, NotAllowed for a shared one, Stale where its version is another one by now.
    """
    with transaction.atomic():
        hold()  # so that nobody writes between the look and the change
        if version_of(_own(actor, listing_id, today)) != version:
            raise Stale("The listing was changed since you read it. Read it again.", subject=listing_id)
        edit(actor, listing_id, values, now=now, verified=verified)


def still_true(actor: Actor, listing_id: int, fields: Sequence[str], *, now: datetime, today: date) -> None:
    """These facts of the practice's own listing were checked today. Refused as `change`, and as `listing.confirm`."""
    with transaction.atomic():
        hold()
        _own(actor, listing_id, today)
        confirm(actor, listing_id, fields, now=now)
