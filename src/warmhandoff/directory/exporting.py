"""The directory on its way out: every listing with its facts and their dates, read a few hundred at a time.

Nothing of a practice's own knowledge goes along (trust, ties, notes), and of a place that is kept confidential nothing
but the state. Facts that have grown old go along with their dates: whoever reads them can tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.core import audit
from warmhandoff.directory.browsing import shared_ids
from warmhandoff.directory.deriving import over
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.listing import may_change
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.directory.words import without_hidden_place
from warmhandoff.directory.writing import in_use
from warmhandoff.rules.access import Actor

CARRIED_AS = "warmhandoff"
"""How our own facts are marked in files of other formats: the taxonomy in HSDS, the extension in FHIR."""
_AT_ONCE = 500
_VARIANT = 8 << 60  # what every random UUID has in this place


@dataclass(frozen=True)
class Outgoing:
    """One listing. `key`: the same in every export of this server. `dates`: field -> (seen, verified or None)."""

    key: UUID
    values: Mapping[str, Any]
    dates: Mapping[str, tuple[date, date | None]]

    def id_of(self, part: str) -> str:
        """The id of a part of it, such as its place; the same in every export."""
        return str(uuid5(self.key, part))

    def carried(self) -> Iterator[tuple[str, str]]:
        """(field, JSON with value and dates) of every fact, for formats that have no field for it."""
        for field, value in self.values.items():
            seen, verified = self.dates[field]
            fact = {"value": value, "seen_on": f"{seen}", "verified_on": f"{verified}" if verified else None}
            yield field, json.dumps(fact, ensure_ascii=False)

    @property
    def seen_on(self) -> date:
        """The newest day on which any of it was seen."""
        return max(seen for seen, _verified in self.dates.values())

    @property
    def verified_on(self) -> date | None:
        """The day since when all of it has been verified; None where some of it never was."""
        days = [verified for _seen, verified in self.dates.values()]
        return min(day for day in days if day) if all(days) else None


def outgoing(practice_id: UUID | None, ids: list[int] | None = None) -> Iterator[Outgoing]:
    """The listings all practices share; or with `practice_id`, its own and those it knows, as it knows them.

    Retired listings are left out. `ids`: only these.
    """
    rows, overlays = _rows(practice_id), dict[int, Overlay]()
    if practice_id is not None:
        said = Overlay.objects.filter(practice_id=practice_id).exclude(facts_now={}).defer("notes")
        overlays = {overlay.listing_id: overlay for overlay in said}
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    for row in rows.defer("name_words", "more_words", "facets").iterator(chunk_size=_AT_ONCE):
        yield _outgoing(row, overlays.get(row.pk))


def how_many(practice_id: UUID | None) -> int:
    """How many listings `outgoing` yields."""
    return _rows(practice_id).count()


def _rows(practice_id: UUID | None) -> QuerySet[Listing]:
    rows = Listing.objects.filter(in_use(practice_id)).order_by("id")
    if practice_id is None:
        return rows.filter(practice=None)
    known = Overlay.objects.filter(practice_id=practice_id).exclude(relationship="unknown", facts_now={})
    shared = Q(practice=None, pk__in=known.values("listing_id"))
    return rows.filter(Q(practice_id=practice_id) | shared)


def _outgoing(row: Listing, overlay: Overlay | None) -> Outgoing:
    facts = over(row.facts_now, overlay.facts_now if overlay else {})
    known = {field: facts[field]["value"] for field in FIELDS if field in facts and facts[field]["value"] is not None}
    values = without_hidden_place({"name": row.name, "kind": row.kind, **known})
    changed = row.changed_at.date()
    dates = {field: _dates(facts[field]) if field in facts else (changed, None) for field in values}
    return Outgoing(_key(row), values, dates)


def _key(row: Listing) -> UUID:
    """The first half of its source's id, then the listing's own number: it can be found again by it."""
    return UUID(int=row.source_id.int >> 64 << 64 | _VARIANT | row.pk)


def shared_one(key: UUID) -> Outgoing | None:
    """The shared listing of this key; None where there is none, or it is retired."""
    found = list(outgoing(None, [key.int & (1 << 60) - 1]))
    return found[0] if found and found[0].key == key else None


def shared_page(
    text: str, *, first: int, size: int, today: date, changed_after: date | None = None
) -> tuple[list[Outgoing], int]:
    """Some of the shared listings with these words (none: all), by number, and how many there are in all."""
    ids = shared_ids(text, today=today)
    if changed_after is not None:
        changed = _rows(None).filter(changed_at__date__gt=changed_after).values_list("pk", flat=True)
        ids = ids[np.isin(ids, np.array(list(changed), dtype=np.int64))]
    return list(outgoing(None, ids[first : first + size].tolist())), len(ids)


def _dates(fact: Mapping[str, Any]) -> tuple[date, date | None]:
    verified = fact.get("verified_on")
    return date.fromisoformat(fact["seen_on"]), date.fromisoformat(verified) if verified else None


def note_export(actor: Actor, *, now: datetime) -> None:
    """Write into the audit that a member took the directory out. Refuses those who may not change the network."""
    may_change(actor)
    with transaction.atomic():
        audit.record(actor, "export", "directory", now=now)
