"""The directory as programs read it: pages of listings with every fact. A confidential place is never told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from warmhandoff.directory.freshness import PLACE
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.directory.queries import FactView, ListingLine, described, in_scope
from warmhandoff.directory.writing import reachable_by
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotThere

MOST = 100


@dataclass(frozen=True)
class Wanted:
    """Which listings. `scope` as in `queries.in_scope`; every word must occur in name, city or ZIP."""

    scope: str = "network"
    words: str = ""
    state: str = ""
    kind: str = ""
    page: int = 1
    each: int = 50


@dataclass(frozen=True)
class Entry:
    """One listing with what is known of it; without place where that is confidential."""

    line: ListingLine
    facts: tuple[FactView, ...]


@dataclass(frozen=True)
class Catalogue:
    """One page: `page` counts from 1 and may lie behind the last, `total` listings in all."""

    entries: tuple[Entry, ...]
    total: int
    page: int
    pages: int


def catalogue(actor: Actor, wanted: Wanted, *, today: date) -> Catalogue:
    """A page of listings by name, at most 100. Those whose place is confidential are found by their name alone."""
    rows = in_scope(actor, wanted.scope)
    open_place = _open_place(actor)
    for word in wanted.words.split()[:8]:
        rows = rows.filter(Q(name__icontains=word) | (Q(city__icontains=word) | Q(zip__startswith=word)) & open_place)
    if wanted.state:
        rows = rows.filter(Q(state=wanted.state) & open_place)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    each, total = min(MOST, max(1, wanted.each)), rows.count()
    first = (wanted.page - 1) * each
    ids = rows.order_by("name", "id").values_list("pk", flat=True)[first : first + each] if first < total else ()
    entries = tuple(_entry(line, facts) for line, facts in described(actor, list(ids), today=today))
    return Catalogue(entries, total, wanted.page, max(1, -(-total // each)))


def catalogue_entry(actor: Actor, listing_id: int, *, today: date) -> Entry:
    """One listing. NotThere for what is neither shared nor the practice's own."""
    found = described(actor, [listing_id], today=today) if abs(listing_id) < 2**63 else []
    if not found:
        raise NotThere()
    return _entry(*found[0])


def _open_place(actor: Actor) -> Q:
    """Whose place is no secret. Said as "not among those that are": most listings say nothing of it."""
    shared = Listing.objects.filter(reachable_by(actor.practice_id), facts_now__confidential__value=True)
    own = Overlay.objects.filter(practice_id=actor.practice_id, facts_now__confidential__value=True)
    return ~Q(pk__in=shared.values("pk")) & ~Q(pk__in=own.values("listing_id"))


def _entry(line: ListingLine, facts: tuple[FactView, ...]) -> Entry:
    secret = any(fact.field == "confidential" and fact.value for fact in facts)
    return Entry(line, tuple(fact for fact in facts if not secret or fact.field not in PLACE))
