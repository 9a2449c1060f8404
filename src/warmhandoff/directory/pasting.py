"""Pasted contacts become listings of the practice: matchable at once, and marked until someone confirms them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from warmhandoff.core import audit
from warmhandoff.directory.fields import checked
from warmhandoff.directory.listing import may_change, today_of
from warmhandoff.directory.models import Fact, Listing, Overlay
from warmhandoff.directory.reading_pasted import MOST, PastedContact, kind_of, read_pasted
from warmhandoff.directory.writing import derive, raise_version, source_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

__all__ = ["MOST", "PastedContact", "add_pasted", "kind_of", "read_pasted"]
PASTED = "Pasted"
_FACTS = ("name", "credentials", "kind", "phone", "email", "website", "address", "city", "state", "zip")


def add_pasted(
    actor: Actor, contacts: Sequence[PastedContact], *, now: datetime, relationship: str = "met"
) -> list[int]:
    """Listings of the practice with what could be read, the rest unknown; not yet confirmed. Returns their ids.

    All or none: refuses (BadInput, field "<place>.<fact>", places from 0) a contact without name or kind and values
    that are none, and an unknown relationship.
    """
    may_change(actor)
    vocabulary("relationships").entry(relationship)
    facts = _checked(contacts)
    with transaction.atomic():
        source = source_of(actor.practice_id, "pasted", PASTED, now=now)
        today = today_of(actor, now)
        made = Listing.objects.bulk_create([
            Listing(
                practice_id=actor.practice_id, source=source, source_key=uuid4().hex, name=each["name"],
                kind=each["kind"], changed_at=now,
            )
            for each in facts
        ])  # fmt: skip
        Fact.objects.bulk_create([
            Fact(listing=listing, field=field, value=value, source=source, seen_on=today, by=actor.membership_id)
            for listing, each in zip(made, facts, strict=True)
            for field, value in each.items()
        ])  # fmt: skip
        ids = [listing.pk for listing in made]
        version = raise_version()
        derive(ids, version=version, now=now)
        for key, contact in zip(ids, contacts, strict=True):
            Overlay(
                practice_id=actor.practice_id, listing_id=key, relationship=relationship, confirmed=False,
                notes=contact.rest, changed_in=version,
            ).save(force_insert=True)  # fmt: skip
        audit.record(actor, "paste", "listing", len(ids), now=now)
    return ids


def _checked(contacts: Sequence[PastedContact]) -> list[dict[str, Any]]:
    problems: list[Problem] = []
    found = []
    for place, contact in enumerate(contacts):
        given = {field: value for field, value in asdict(contact).items() if field in _FACTS and value}
        problems += [Problem("is needed", field=f"{place}.{name}") for name in ("name", "kind") if not given.get(name)]
        try:
            found.append({field: value for field, value in checked(given).items() if value is not None})
        except BadInput as refusal:
            problems += [Problem(problem.reason, field=f"{place}.{problem.field}") for problem in refusal.problems]
    if problems:
        raise BadInput(*problems)
    return found
