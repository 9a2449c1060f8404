"""Reading what may be the same and what was merged: side by side, with the sum explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.accounts.queries import names_of_members, only_practice
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.freshness import PLACE
from warmhandoff.directory.matching_up import weights
from warmhandoff.directory.models import Likeness, Listing, Merge, Source
from warmhandoff.directory.wording import fact_in_words
from warmhandoff.rules.access import Actor

EACH = 10
_SHOWN = ("name", "credentials", "kind", "npi", "phone", "email", "website", "address", "city", "state", "zip", "plans",
          "accepting")  # fmt: skip
_CAP = "colleagues of one house share phone, place, website and mail"


@dataclass(frozen=True)
class Share:
    """One line of the sum: what was compared, how it agrees, and how many bits that is worth."""

    label: str
    words: str
    bits: float


@dataclass(frozen=True)
class Beside:
    """One fact of both rows; "" is not known."""

    label: str
    first: str
    second: str
    same: bool


@dataclass(frozen=True)
class PairView:
    """Two rows side by side. `for_all`: both are shared by the server, so that the answer counts for everyone."""

    id: int
    names: tuple[str, str]
    listing_ids: tuple[int, int]
    sources: tuple[str, str]
    shares: tuple[Share, ...]
    weight: float
    facts: tuple[Beside, ...]
    for_all: bool


@dataclass(frozen=True)
class MergeView:
    """What was merged: by the rule ("" as `by`) or a member, on what grounds, and whether it can be undone here."""

    id: UUID
    kept: str
    kept_id: int
    gone: str
    source: str
    by: str
    sure: bool
    at: datetime
    shares: tuple[Share, ...]
    undone_at: datetime | None
    can_undo: bool


def shares_in_words(why: Iterable[Sequence[Any]]) -> tuple[Share, ...]:
    """What a weight is the sum of, in words."""
    found = []
    for field, level, share in why:
        if field == "cap":
            found.append(Share("Counted less", _CAP, share))
        else:
            found.append(Share(weights()[field]["label"], weights()[field][level]["words"], share))
    return tuple(found)


def _own_to_settle(actor: Actor) -> Q:
    mine = Q(practice_id=actor.practice_id)
    return mine | Q(practice=None) if only_practice() == actor.practice_id else mine


def _waiting(actor: Actor) -> QuerySet[Likeness]:
    return Likeness.objects.filter(_own_to_settle(actor), state="waiting", first__survivor=None, second__survivor=None)


def count_to_review(actor: Actor) -> int:
    """How many pairs wait for a member of the practice."""
    return _waiting(actor).count()


def pairs_to_review(actor: Actor) -> tuple[PairView, ...]:
    """The next pairs that wait for an answer, the likeliest first."""
    rows = list(_waiting(actor).select_related("first__source", "second__source").order_by("-weight", "id")[:EACH])
    return tuple(_pair(row) for row in rows)


def _pair(row: Likeness) -> PairView:
    first, second = row.first, row.second
    return PairView(
        id=row.pk, names=(first.name, second.name), listing_ids=(first.pk, second.pk),
        sources=(_source(first, first.source), _source(second, second.source)), shares=shares_in_words(row.why),
        weight=row.weight, facts=_beside(first, second), for_all=row.practice_id is None,
    )  # fmt: skip


def _source(listing: Listing, source: Source) -> str:
    return f"{source.name} (shared by this server)" if listing.practice_id is None else source.name


def _values(listing: Listing) -> dict[str, Any]:
    values = {field: fact["value"] for field, fact in listing.facts_now.items()}
    hidden = PLACE if values.get("confidential") else ()
    return {field: value for field, value in values.items() if field not in hidden}


def _beside(first: Listing, second: Listing) -> tuple[Beside, ...]:
    one, other = _values(first), _values(second)
    lines = []
    for field in _SHOWN:
        words = fact_in_words(field, one.get(field)), fact_in_words(field, other.get(field))
        if any(words):
            same = one.get(field) == other.get(field)
            lines.append(Beside(FIELDS[field].label, *words, same))
    return tuple(lines)


def merges(actor: Actor, *, limit: int = 50) -> tuple[MergeView, ...]:
    """What was merged for the practice and for the whole server, newest first; also what was undone."""
    rows = Merge.objects.filter(Q(practice=None) | Q(practice_id=actor.practice_id))
    rows = rows.select_related("kept", "gone__source").order_by("-at", "id")[:limit]
    names, only = names_of_members(actor.practice_id), only_practice() == actor.practice_id
    return tuple(_merge(row, names, only) for row in rows)


def _merge(row: Merge, names: dict[UUID, str], only: bool) -> MergeView:
    return MergeView(
        id=row.pk, kept=row.kept.name, kept_id=row.kept_id, gone=row.gone.name, source=row.gone.source.name,
        by=names.get(row.by, "someone of another practice") if row.by else "", sure=row.how == "sure", at=row.at,
        shares=shares_in_words(row.why), undone_at=row.undone_at,
        can_undo=row.undone_at is None and (row.practice_id is not None or only),
    )  # fmt: skip
