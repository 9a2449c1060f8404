"""Looking through the directory: words, facets with their counts, and a page of what was found.

The counts are exact and as fresh as the listing's own page; what has gone stale is counted under nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from warmhandoff.directory import searching
from warmhandoff.directory.deriving import over
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.models import Overlay
from warmhandoff.directory.queries import ListingLine, lines_of
from warmhandoff.directory.shelf import SHARED, Mask, Places, Shelf, numbering, shelf_on
from warmhandoff.directory.wording import code_in_words
from warmhandoff.directory.words import FACETS, facets_of
from warmhandoff.rules.access import Actor

PAGE = 50
MOST_CHOICES = 60
SCOPES = ("network", "shared", "all")
_KEEP_PRACTICES = 32


@dataclass(frozen=True)
class Choice:
    """One code of a facet, in words, with how many listings would be found with it."""

    code: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One facet. The counts are of what the other facets leave; the commonest codes come first."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    chosen: str


@dataclass(frozen=True)
class Asked:
    """What is looked for. `scope`: "network" (the practice's own and those it knows), "shared", "all".

    `facets`: facet -> one code. `within`: only these listings (those of a list).
    """

    words: str = ""
    scope: str = "network"
    facets: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    within: frozenset[int] | None = None


@dataclass(frozen=True)
class Lines:
    """One page of what was found: `page` counts from 1; `total` lines in all. `ids`: the listings of this page."""

    lines: tuple[ListingLine, ...]
    total: int
    page: int
    pages: int
    facets: tuple[Facet, ...] = ()
    ranked: bool = False


def browse(actor: Actor, asked: Asked, *, today: date, counted: bool = True) -> Lines:
    """A page of what the actor's practice may refer to, by name, or of words the best first. `counted`: with facets.

    Retired listings are found in the network alone. Codes that do not exist find nothing; odd words find nothing.
    """
    seen = _seen_by(actor, today)
    shelf = seen.shelf
    mask, hits = _asked_for(actor, shelf, asked)
    each = _chosen(shelf, asked)
    places = _found(mask, hits, each)
    pages = max(1, -(-len(places) // PAGE))
    page = min(max(1, asked.page), pages)
    shown = [int(key) for key in shelf.ids[places[(page - 1) * PAGE : page * PAGE]]]
    facets = _facets_of(seen, mask, each, asked) if counted else ()
    return Lines(lines_of(actor, shown, today=today), len(places), page, pages, facets, hits is not None)


def listings(actor: Actor, *, today: date, scope: str = "network", words: str = "", page: int = 1) -> Lines:
    """The same without facets: for looking somebody up by name, town or ZIP."""
    return browse(actor, Asked(words, scope, page=page), today=today, counted=False)


def found_ids(actor: Actor, asked: Asked, *, today: date) -> list[int]:
    """Every listing that `browse` would show, over all pages."""
    shelf = _seen_by(actor, today).shelf
    mask, hits = _asked_for(actor, shelf, asked)
    return [int(key) for key in shelf.ids[_found(mask, hits, _chosen(shelf, asked))]]


def shared_ids(words: str, *, today: date) -> NDArray[np.int64]:
    """The shared listings that are in use and hold these words (none: all), by number."""
    shelf = shelf_on(today)
    mask = (shelf.owners == SHARED) & ~shelf.retired
    if words.strip():
        inside = np.zeros(len(mask), dtype=np.bool_)
        inside[shelf.places_of(searching.words(words).ids)] = True
        mask &= inside
    return np.sort(shelf.ids[mask])


def _chosen(shelf: Shelf, asked: Asked) -> dict[str, Mask]:
    """For each facet of which a code is asked for, the listings that have it."""
    return {name: shelf.sets[name].with_code(code)[shelf.facets[name]] for name, code in asked.facets.items() if code}


def _found(mask: Mask, hits: Places | None, each: Mapping[str, Mask]) -> Places:
    left = _all_of(mask, each.values())
    return np.flatnonzero(left) if hits is None else hits[left[hits]]


def _all_of(mask: Mask, others: Iterable[Mask]) -> Mask:
    left = mask.copy()
    for other in others:
        left &= other
    return left


def _asked_for(actor: Actor, shelf: Shelf, asked: Asked) -> tuple[Mask, Places | None]:
    """Which listings words, scope and list leave; and of ranked words their places in order."""
    mask, hits = _in_scope(actor, shelf, asked.scope), None
    if asked.within is not None:
        inside = np.zeros(len(mask), dtype=np.bool_)
        inside[shelf.places_of(sorted(asked.within))] = True
        mask &= inside
    if asked.words.strip():
        found = searching.words(asked.words)
        places = shelf.places_of(_without_told_places(actor, asked.words, found.ids))
        inside = np.zeros(len(mask), dtype=np.bool_)
        inside[places] = True
        mask &= inside
        hits = places if found.ranked else None
    return mask, hits


def _without_told_places(actor: Actor, words: str, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """What was found, but listings whose place this practice keeps confidential only by their names.

    The words of a listing are everybody's: its town may be among them where one practice alone hides the place.
    """
    hidden = Overlay.objects.filter(practice_id=actor.practice_id, facts_now__confidential__value=True)
    named = dict(hidden.values_list("listing_id", "listing__name_words"))
    wanted = searching.first_words(words)
    out = [
        key for key, names in named.items()
        if not all(any(name.startswith(word) for name in names.split()) for word in wanted)
    ]  # fmt: skip
    return ids[~np.isin(ids, np.array(out, dtype=np.int64))] if out else ids


def _in_scope(actor: Actor, shelf: Shelf, scope: str) -> Mask:
    reachable = shelf.reachable(actor.practice_id)
    if scope != "network":
        shared = shelf.owners == SHARED
        return reachable & ~shelf.retired & (shared if scope == "shared" else True)
    known = Overlay.objects.filter(practice_id=actor.practice_id).exclude(relationship="unknown", excluded=False)
    mask = shelf.owners == shelf.practices.get(actor.practice_id, -1)
    mask[shelf.places_of(known.values_list("listing_id", flat=True))] = True
    return mask & reachable


def _facets_of(seen: _Seen, mask: Mask, each: Mapping[str, Mask], asked: Asked) -> tuple[Facet, ...]:
    """The facets; those of a whole scope, which every first page shows, are counted once a version."""
    if asked.words.strip() or each or asked.within is not None:
        return _counted(seen.shelf, mask, each, asked)
    if asked.scope not in seen.counted:
        seen.counted[asked.scope] = _counted(seen.shelf, mask, each, asked)
    return seen.counted[asked.scope]


def _counted(shelf: Shelf, mask: Mask, each: Mapping[str, Mask], asked: Asked) -> tuple[Facet, ...]:
    facets, of_all = [], np.flatnonzero(_all_of(mask, each.values()))
    for name in FACETS:
        others = [other for chosen, other in each.items() if chosen != name]
        left = of_all if name not in each else np.flatnonzero(_all_of(mask, others))
        column = shelf.facets[name]
        counts = shelf.sets[name].counts(column if len(left) == len(column) else column[left])
        facets.append(_facet(name, counts, asked.facets.get(name, "")))
    return tuple(facets)


def _facet(name: str, counts: dict[str, int], chosen: str) -> Facet:
    commonest = sorted(counts, key=lambda code: (-counts[code], code))[:MOST_CHOICES]
    if chosen and chosen not in commonest:
        commonest.append(chosen)
    words = FIELDS[name].vocabulary or "plans"
    choices = [Choice(code, code_in_words(words, code), counts.get(code, 0), code == chosen) for code in commonest]
    return Facet(name, FIELDS[name].label, tuple(choices), chosen)


@dataclass(frozen=True)
class _Seen:
    """The shelf as a practice sees it. `counted`: scope -> facets of all of it."""

    base: Shelf
    shelf: Shelf
    counted: dict[str, tuple[Facet, ...]]


# What a practice's people said of shared listings: read once a version, since it may be thousands of facts.
_own: dict[UUID, _Seen] = {}


def _seen_by(actor: Actor, today: date) -> _Seen:
    shelf = shelf_on(today)
    kept = _own.get(actor.practice_id)
    if kept is not None and kept.base is shelf:
        return kept
    said = Overlay.objects.filter(~Q(facts_now={}), practice_id=actor.practice_id, listing__practice=None)
    rows = said.values_list("listing_id", "listing__facts_now", "facts_now")
    with numbering:
        mine = shelf.with_own({key: facets_of(over(shared, own)) for key, shared, own in rows})
        _own.pop(actor.practice_id, None)
        seen = _own[actor.practice_id] = _Seen(shelf, mine, {})
        while len(_own) > _KEEP_PRACTICES:
            del _own[next(iter(_own))]
    return seen
