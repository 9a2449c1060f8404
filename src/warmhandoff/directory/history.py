"""Who said what of a listing, when, from which source, and why one word holds and the others do not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from warmhandoff.accounts.queries import names_of_members
from warmhandoff.directory.deriving import Said, holding, last_words, why_lost
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.freshness import PLACE
from warmhandoff.directory.listing import facts_seen, reachable
from warmhandoff.directory.models import Fact, Source
from warmhandoff.directory.wording import fact_in_words
from warmhandoff.directory.writing import said_of
from warmhandoff.rules.access import Actor

EACH = 30


@dataclass(frozen=True)
class WordView:
    """One word: `why` says in a sentence why it does not hold; "" for the one that does."""

    words: str
    source: str
    by: str
    seen_on: date
    verified_on: date | None
    holds: bool
    why: str


@dataclass(frozen=True)
class FieldHistory:
    """All that was said of one fact, newest first; `more`: older words left out here."""

    field: str
    label: str
    words: tuple[WordView, ...]
    more: int


def histories(actor: Actor, listing_id: int) -> tuple[str, int, tuple[FieldHistory, ...]]:
    """The listing's name, its id, and the history of each fact as far as it concerns the actor's practice.

    Where the place is kept confidential its history is left out. NotThere as for the listing's page.
    """
    listing = reachable(actor, listing_id)
    said = said_of(listing.pk, actor.practice_id)
    facts = facts_seen(actor, listing)
    hidden = PLACE if facts.get("confidential", {}).get("value") else ()
    by_field: dict[str, list[Said]] = defaultdict(list)
    for word in said:
        if word.field in FIELDS and word.field not in hidden:
            by_field[word.field].append(word)
    names = _names(actor, said)
    drawn = tuple(_history(field, by_field[field], names) for field in FIELDS if field in by_field)
    return str(facts.get("name", {}).get("value") or listing.name), listing.pk, drawn


@dataclass(frozen=True)
class _Names:
    sources: dict[UUID, str]
    by: dict[int, str]


def _names(actor: Actor, said: list[Said]) -> _Names:
    members = names_of_members(actor.practice_id)
    written = Fact.objects.filter(pk__in=[word.number for word in said], by__isnull=False).values_list("pk", "by")
    sources = dict(Source.objects.filter(pk__in={word.source for word in said}).values_list("pk", "name"))
    return _Names(sources, {key: members.get(member, "") for key, member in written if member is not None})


def _history(field: str, said: list[Said], names: _Names) -> FieldHistory:
    winner = holding(said).get(field)
    last = {word.number for word in last_words(said)}
    newest = sorted(said, key=lambda word: (word.dated, word.number), reverse=True)
    views = [
        WordView(
            words=fact_in_words(field, word.value) if word.value is not None else "not known",
            source=names.sources[word.source], by=names.by.get(word.number, ""), seen_on=word.seen_on,
            verified_on=word.verified_on, holds=word is winner,
            why="" if word is winner else why_lost(word, winner, is_last=word.number in last),
        )
        for word in newest
    ]  # fmt: skip
    # What holds is always shown, however old it is.
    shown = [view for place, view in enumerate(views) if place < EACH or view.holds]
    return FieldHistory(field, FIELDS[field].label, tuple(shown), len(views) - len(shown))
