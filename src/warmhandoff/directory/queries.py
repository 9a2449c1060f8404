"""Reading the directory: lists, one listing with every fact's age and source, and the cards others show and print.

The directory holds no client data, so reading it is not audited. Nothing here returns a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from warmhandoff.accounts.models import Practice
from warmhandoff.directory.deriving import over
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.freshness import age, dated, is_stale, known_values, verified_days
from warmhandoff.directory.models import Listing, Overlay, Source
from warmhandoff.directory.wording import age_in_words, code_in_words, fact_in_words, fee_in_words, wait_in_words
from warmhandoff.directory.words import without_hidden_place
from warmhandoff.directory.writing import in_use, led_to, reachable_by
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere, Problem


@dataclass(frozen=True)
class FactView:
    """One fact as the listing's page shows it. `own`: said by this practice of a listing that all share."""

    field: str
    label: str
    value: Any
    words: str
    days: int
    age: str
    dated_on: date
    verified: bool
    stale: bool
    source: str
    own: bool


@dataclass(frozen=True)
class ListingLine:
    """One line of a list of listings."""

    id: int
    name: str
    kind: str
    kind_label: str
    place: str
    shared: bool
    relationship: str
    relationship_label: str
    excluded: bool
    confirmed: bool
    tie_text: str
    retired: bool
    verified_days: int | None
    verified_age: str


@dataclass(frozen=True)
class ListingView:
    """Everything a member of the practice may know of one listing."""

    line: ListingLine
    kind: str
    facts: tuple[FactView, ...]
    values: dict[str, Any]
    source: str
    how_met: str
    tie_kind: str
    tie_kind_label: str
    notes: str
    confidential: bool

    @property
    def stale(self) -> tuple[FactView, ...]:
        return tuple(fact for fact in self.facts if fact.stale)


@dataclass(frozen=True)
class Card:
    """A listing as it is offered, chosen and printed. Texts are words; "" is not known. No address where the place is
    confidential. `ages`: field -> words of how long ago each fact was last seen or verified; `stale`: those too old."""

    id: int
    name: str
    credentials: str
    kind: str
    kind_label: str
    program_type: str
    about: str
    phone: str
    email: str
    website: str
    address: str
    confidential: bool
    plans: str
    plan_codes: tuple[str, ...] | None
    fee: str
    formats: str
    languages: str
    times: str
    age_groups: str
    access: str
    treats: str
    specialises_in: str
    modalities: str
    accepting: str
    wait: str
    tie_kind: str
    tie_text: str
    relationship: str
    relationship_label: str
    confirmed: bool
    verified_days: int | None
    verified_age: str
    ages: dict[str, str]
    stale: tuple[str, ...]


def _reachable(actor: Actor) -> QuerySet[Listing]:
    return Listing.objects.filter(reachable_by(actor.practice_id))


def _overlays(actor: Actor, ids: Iterable[int]) -> dict[int, Overlay]:
    found = Overlay.objects.filter(practice_id=actor.practice_id, listing_id__in=list(ids))
    return {overlay.listing_id: overlay for overlay in found}


def in_scope(actor: Actor, scope: str) -> QuerySet[Listing]:
    """The rows behind a list, for queries of this app. "network": its own and those it knows; "shared"; "all"."""
    rows = _reachable(actor).filter(survivor=None)
    if scope == "network":
        known = Overlay.objects.filter(practice_id=actor.practice_id).exclude(relationship="unknown", excluded=False)
        return rows.filter(Q(practice_id=actor.practice_id) | Q(pk__in=known.values("listing_id")))
    rows = rows.filter(in_use(actor.practice_id))
    return rows.filter(practice__isnull=True) if scope == "shared" else rows


def lines_of(actor: Actor, ids: Sequence[int], *, today: date) -> tuple[ListingLine, ...]:
    """Lines of these listings, in the order given; those out of reach are left out."""
    found = {row.pk: row for row in _reachable(actor).filter(pk__in=ids)} if ids else {}
    overlays = _overlays(actor, found) if found else {}
    return tuple(_line(found[key], overlays.get(key), today) for key in ids if key in found)


def network_is_empty(actor: Actor) -> bool:
    """Whether there is no listing at all this practice could refer to."""
    return not _reachable(actor).filter(in_use(actor.practice_id)).exists()


def _facts(listing: Listing, overlay: Overlay | None) -> dict[str, dict[str, Any]]:
    return over(listing.facts_now, overlay.facts_now if overlay else {})


def _values(facts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What may be shown: of a place that is kept confidential, nothing of where it is."""
    return without_hidden_place({field: fact["value"] for field, fact in facts.items() if fact["value"] is not None})


def _verified_age(facts: dict[str, dict[str, Any]], today: date) -> str:
    days = verified_days(facts, today)
    return "" if days is None else age_in_words(days)


def _line(listing: Listing, overlay: Overlay | None, today: date) -> ListingLine:
    facts = _facts(listing, overlay)
    values = _values(facts)
    relationship = overlay.relationship if overlay else "unknown"
    place = " ".join(filter(None, (values.get("city", ""), values.get("state", ""), values.get("zip", ""))))
    return ListingLine(
        id=listing.pk, name=values.get("name", listing.name), shared=listing.practice_id is None,
        kind=values.get("kind", listing.kind), relationship=relationship,
        kind_label=code_in_words("kinds", values.get("kind", listing.kind)),
        place="" if values.get("confidential") else place,
        relationship_label=code_in_words("relationships", relationship), excluded=bool(overlay and overlay.excluded),
        confirmed=overlay.confirmed if overlay else True, tie_text=overlay.tie_text if overlay else "",
        retired=listing.retired_at is not None, verified_days=verified_days(facts, today),
        verified_age=_verified_age(facts, today),
    )  # fmt: skip


def listing_page(actor: Actor, listing_id: int, *, today: date) -> ListingView:
    """One listing with every fact, its age and source; of one that was merged into another, that other.

    NotThere for what is neither shared nor the practice's own.
    """
    found = listing_pages(actor, [listing_id], today=today)
    if not found:
        raise NotThere()
    return found[0]


def listing_pages(actor: Actor, ids: Sequence[int], *, today: date) -> list[ListingView]:
    """The same of several, in the order given; those out of reach are left out."""
    led = led_to([key for key in ids if abs(key) < 2**63], actor.practice_id)
    rows = _reachable(actor).filter(pk__in=set(led.values()))
    found = {row.pk: row for row in rows}
    overlays = _overlays(actor, found)
    facts = {key: _facts(row, overlays.get(key)) for key, row in found.items()}
    said = {UUID(fact["source"]) for each in facts.values() for fact in each.values()}
    sources = _source_names(said | {row.source_id for row in found.values()})
    order = [key for key in dict.fromkeys(led.get(key) for key in ids) if key in found]
    return [_page(found[key], overlays.get(key), facts[key], sources, today) for key in order]


def _page(
    listing: Listing, overlay: Overlay | None, facts: dict[str, dict[str, Any]], sources: dict[UUID, str], today: date
) -> ListingView:
    values = _values(facts)
    own = set(overlay.facts_now) if overlay else set()
    views = [_fact_view(field, facts, sources, today, own=field in own) for field in FIELDS if field in values]
    tie_kind = overlay.tie_kind if overlay else ""
    return ListingView(
        line=_line(listing, overlay, today), kind=values.get("kind", listing.kind), facts=tuple(views), values=values,
        source=sources[listing.source_id], how_met=overlay.how_met if overlay else "", tie_kind=tie_kind,
        tie_kind_label=code_in_words("conflict_kinds", tie_kind) if tie_kind else "",
        notes=overlay.notes.reveal() if overlay else "", confidential=bool(values.get("confidential")),
    )  # fmt: skip


def described(
    actor: Actor, ids: Sequence[int], *, today: date
) -> list[tuple[ListingLine, tuple[FactView, ...]]]:
    """Line and facts of these listings, in the order given; those out of reach are left out."""
    found = {listing.pk: listing for listing in _reachable(actor).filter(pk__in=list(ids))}
    overlays = _overlays(actor, found)
    facts = {key: _facts(listing, overlays.get(key)) for key, listing in found.items()}
    sources = _source_names({UUID(fact["source"]) for each in facts.values() for fact in each.values()})

    def views(key: int) -> tuple[FactView, ...]:
        own, values = set(overlays[key].facts_now) if key in overlays else set(), _values(facts[key])
        return tuple(
            _fact_view(field, facts[key], sources, today, own=field in own) for field in FIELDS if field in values
        )

    return [(_line(found[key], overlays.get(key), today), views(key)) for key in dict.fromkeys(ids) if key in found]


def _source_names(ids: set[UUID]) -> dict[UUID, str]:
    return dict(Source.objects.filter(pk__in=ids).values_list("pk", "name"))


def _fact_view(
    field: str, facts: dict[str, dict[str, Any]], sources: dict[UUID, str], today: date, *, own: bool
) -> FactView:
    fact = facts[field]
    days = age(fact, today)
    return FactView(
        field=field, label=FIELDS[field].label, value=fact["value"], words=fact_in_words(field, fact["value"]),
        days=days, age=age_in_words(days), dated_on=dated(fact), verified=fact["verified_on"] is not None,
        stale=is_stale(facts, field, today), source=sources[UUID(fact["source"])], own=own,
    )  # fmt: skip


def listing_card(
    actor: Actor, ids: Sequence[int], *, today: date, language: str | None = None, stale_too: bool = True
) -> list[Card]:
    """Cards of these listings, in the order given; those out of reach are left out. One that was merged into another
    keeps the id by which it was asked for and says what is known of that other.

    `language` (en, es) gives the words for clients instead of those for staff. `stale_too`: facts that no longer
    count as known are still told, and named in `stale`; else they are left out as not known.
    """
    led = led_to(ids, actor.practice_id)
    found = {listing.pk: listing for listing in _reachable(actor).filter(pk__in=set(led.values()))}
    overlays = _overlays(actor, found)
    return [
        replace(_card(found[led[key]], overlays.get(led[key]), today, language, stale_too), id=key)
        for key in dict.fromkeys(ids) if led.get(key) in found
    ]  # fmt: skip


def _card(listing: Listing, overlay: Overlay | None, today: date, language: str | None, stale_too: bool) -> Card:
    facts = _facts(listing, overlay)
    stale = tuple(field for field in facts if facts[field]["value"] is not None and is_stale(facts, field, today))
    values = {field: value for field, value in _values(facts).items() if stale_too or field not in stale}

    def words(field: str) -> str:
        return fact_in_words(field, values.get(field), language)

    kind, relationship = values.get("kind", listing.kind), overlay.relationship if overlay else "unknown"
    confidential = bool(values.get("confidential"))
    plans = values.get("plans")
    return Card(
        id=listing.pk, name=values.get("name", listing.name), credentials=words("credentials"), kind=kind,
        kind_label=code_in_words("kinds", kind, language), program_type=words("program_type"), about=words("about"),
        phone=words("phone"), email=words("email"), website=words("website"), confidential=confidential,
        address="" if confidential else _address(values), plans=words("plans"),
        plan_codes=None if plans is None else tuple(plans), formats=words("formats"),
        fee=fee_in_words(values, language), languages=words("languages"),
        times=words("times"), age_groups=words("age_groups"), access=words("access"),
        treats=words("treats"), specialises_in=words("specialises_in"), modalities=words("modalities"),
        accepting=words("accepting"), wait=wait_in_words(values.get("wait_days"), language),
        tie_kind=overlay.tie_kind if overlay else "", tie_text=overlay.tie_text if overlay else "",
        relationship=relationship, relationship_label=code_in_words("relationships", relationship, language),
        confirmed=overlay.confirmed if overlay else True, verified_days=verified_days(facts, today),
        verified_age=_verified_age(facts, today),
        ages={field: age_in_words(age(facts[field], today)) for field in values}, stale=stale,
    )  # fmt: skip


def _address(values: dict[str, Any]) -> str:
    place = " ".join(filter(None, (values.get("state", ""), values.get("zip", ""))))
    return ", ".join(filter(None, (values.get("address", ""), values.get("city", ""), place)))


def names_in_network(actor: Actor) -> frozenset[str]:
    """The names, in lower case, of the practice's own listings in use: to notice what is pasted twice."""
    rows = Listing.objects.filter(in_use(actor.practice_id), practice_id=actor.practice_id)
    return frozenset(name.casefold() for name in rows.values_list("name", flat=True))


def plans_in_use(actor: Actor) -> tuple[str, ...]:
    """Plans that occur in the practice's own listings and are not in the vocabulary, by name."""
    found: set[str] = set()
    rows = Listing.objects.filter(in_use(actor.practice_id), practice_id=actor.practice_id)
    for facts in rows.values_list("facts_now", flat=True):
        found.update(facts.get("plans", {}).get("value") or ())
    return tuple(sorted(found))


def practice_of_slug(slug: str) -> UUID:
    """The practice of this short name. BadInput naming --practice where there is none."""
    found = Practice.objects.filter(slug=slug).values_list("id", flat=True).first()
    if found is None:
        raise BadInput(Problem(f"there is no practice called {slug!r}", field="--practice"))
    return found


def known_facts(practice_id: UUID, listing_ids: Iterable[int], *, today: date) -> dict[int, dict[str, Any]]:
    """listing id -> field -> value of what counts as known today, with the practice's own word over the shared one.

    `name` is always there. What has gone stale is left out: not known. So is a place that is kept confidential.
    """
    led = led_to(listing_ids, practice_id)
    rows = {row.pk: row for row in Listing.objects.filter(reachable_by(practice_id), pk__in=set(led.values()))}
    overlays = {o.listing_id: o for o in Overlay.objects.filter(practice_id=practice_id, listing__in=rows)}
    known = {key: known_values(_facts(row, overlays.get(key)), today) for key, row in rows.items()}
    told = {key: {"name": rows[key].name, **without_hidden_place(values)} for key, values in known.items()}
    return {key: told[led[key]] for key in led if led[key] in told}


def ties_of(practice_id: UUID, listing_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """listing id -> (kind of tie, the words that disclose it), for those with which the practice has one."""
    led = led_to(listing_ids, practice_id)
    rows = Overlay.objects.filter(practice_id=practice_id, listing_id__in=set(led.values())).exclude(tie_kind="")
    ties = {row.listing_id: (row.tie_kind, row.tie_text) for row in rows}
    return {key: ties[led[key]] for key in led if led[key] in ties}


def listing_name(listing_id: int) -> str:
    """The listing's name as it is now; NotThere for an id that does not exist."""
    name = Listing.objects.filter(pk__in=led_to([listing_id]).values()).values_list("name", flat=True).first()
    if name is None:
        raise NotThere(subject=listing_id)
    return name


def mail_address(actor: Actor, listing_id: int) -> str:
    """The mail address the actor's practice knows of a listing, or nothing."""
    listing_id = led_to([listing_id], actor.practice_id).get(listing_id, listing_id)
    listing = Listing.objects.filter(pk=listing_id).first()
    overlay = Overlay.objects.filter(practice_id=actor.practice_id, listing_id=listing_id).first()
    facts = over(listing.facts_now if listing else {}, overlay.facts_now if overlay else {})
    return str((facts.get("email") or {}).get("value") or "")
