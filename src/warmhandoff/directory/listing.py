"""Listings entered, mended, confirmed and retired by people, and what a practice knows of them.

Facts are only ever appended: when a value changed, or when someone verified it again. What a practice's people say
of a listing shared by the whole server counts for their practice alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts.queries import practice_of
from warmhandoff.core import audit
from warmhandoff.directory.deriving import over
from warmhandoff.directory.fields import checked
from warmhandoff.directory.models import Claim, Fact, Listing, Overlay
from warmhandoff.directory.words import OF_A_PLACE, without_hidden_place
from warmhandoff.directory.writing import derive, overlay_of, raise_version, reachable_by, source_of
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem
from warmhandoff.rules.vocab import vocabulary

ENTERED, ITSELF = "Entered by hand", "The listing itself"


def may_change(actor: Actor) -> None:
    if "directory" not in actor.verbs("practice"):
        raise NotAllowed("Changing the network is for members of the practice.")


def member_of(actor: Actor) -> UUID:
    """The membership behind the actor: lists and drafts belong to a person, not to a practice or a system."""
    if actor.membership_id is None:
        raise NotAllowed("This is for members of the practice.")
    return actor.membership_id


def today_of(actor: Actor, now: datetime) -> date:
    return now.astimezone(ZoneInfo(practice_of(actor).time_zone)).date()


def reachable(actor: Actor, listing_id: int) -> Listing:
    """The listing, if it is shared or the practice's own; else NotThere. Of one merged into another, that other."""
    mine = reachable_by(actor.practice_id)
    found = Listing.objects.filter(mine, pk=listing_id).first() if abs(listing_id) < 2**63 else None
    if found is not None and found.survivor_id is not None:
        found = Listing.objects.filter(mine, pk=found.survivor_id).first()
    if found is None:
        raise NotThere()
    return found


def facts_seen(actor: Actor, listing: Listing) -> dict[str, dict[str, Any]]:
    """The facts of a listing as the actor's practice sees them."""
    overlay = Overlay.objects.filter(practice_id=actor.practice_id, listing=listing).first()
    return over(listing.facts_now, overlay.facts_now if overlay else {})


def enter(
    actor: Actor, values: Mapping[str, object], *, now: datetime, verified: bool = False, relationship: str = "unknown"
) -> int:
    """A new listing of the actor's practice, by hand. Returns its id.

    `values` are facts as `fields.checked` takes them; what is None or left out stays unknown. `verified`: the actor
    has it from the listing itself, today. Refuses unknown facts and codes, and a listing without name or kind.
    """
    may_change(actor)
    facts = without_hidden_place({field: value for field, value in checked(values).items() if value is not None})
    missing = [Problem("is needed", field=field) for field in ("name", "kind") if not facts.get(field)]
    if missing:
        raise BadInput(*missing)
    today = today_of(actor, now)
    with transaction.atomic():
        source = source_of(actor.practice_id, "entered", ENTERED, now=now)
        listing = Listing.objects.create(
            practice_id=actor.practice_id, source=source, source_key=uuid4().hex, name=facts["name"],
            kind=facts["kind"], changed_at=now,
        )  # fmt: skip
        _append(listing.pk, facts, _By(source.pk, today, today if verified else None, actor))
        _settle(actor, listing.pk, relationship, now)
        audit.record(actor, "enter", "listing", listing.pk, now=now)
    return listing.pk


def _settle(actor: Actor, listing_id: int, relationship: str, now: datetime) -> None:
    vocabulary("relationships").entry(relationship)
    version = raise_version()
    derive([listing_id], version=version, now=now)
    own = overlay_of(actor.practice_id, listing_id)
    Overlay.objects.filter(pk=own.pk).update(relationship=relationship, changed_in=version)


@dataclass(frozen=True)
class _By:
    """Whose word it is, and from when."""

    source_id: Any
    seen_on: date
    verified_on: date | None
    actor: Actor


def _append(listing_id: int, facts: Mapping[str, Any], by: _By) -> None:
    Fact.objects.bulk_create([
        Fact(
            listing_id=listing_id, field=field, value=value, source_id=by.source_id, seen_on=by.seen_on,
            verified_on=by.verified_on, by=by.actor.membership_id,
        )
        for field, value in facts.items()
    ])  # fmt: skip


def edit(
    actor: Actor, listing_id: int, values: Mapping[str, object], *, now: datetime, verified: bool = False
) -> list[str]:
    """Change facts by hand; returns the fields that changed. None makes a fact unknown.

    Only values that differ from what holds now are written; with `verified`, the others are confirmed as well.
    On a shared listing the change counts for the actor's practice alone. Refuses as `enter` does.
    """
    may_change(actor)
    facts, listing = checked(values), reachable(actor, listing_id)
    empty = [Problem("is needed", field=field) for field in ("name", "kind") if field in facts and not facts[field]]
    if empty:
        raise BadInput(*empty)
    listing_id, now_held = listing.pk, facts_seen(actor, listing)
    checked({**{field: fact["value"] for field, fact in now_held.items()}, **facts})  # the whole must hold together
    facts |= _to_hide(now_held, facts)
    held = {field: now_held.get(field, {}).get("value") for field in facts}
    changed = {field: value for field, value in facts.items() if value != held[field]}
    written = changed if not verified else {f: v for f, v in facts.items() if v is not None or f in changed}
    if written:
        _write(actor, listing_id, written, verified=verified, now=now)
        audit.record(actor, "edit", "listing", listing_id, now=now)
    return list(changed)


def _to_hide(held: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> dict[str, None]:
    """Where the place is confidential from now on, what is held of it becomes unknown: it is not kept either."""
    said = facts["confidential"] if "confidential" in facts else held.get("confidential", {}).get("value")
    return {field: None for field in OF_A_PLACE if said and (field in held or field in facts)}


def confirm(actor: Actor, listing_id: int, fields: Iterable[str], *, now: datetime) -> int:
    """ "Still true": these facts were verified today, with the values that hold now. Returns how many.

    Refuses a fact that is not known: there is nothing to confirm.
    """
    may_change(actor)
    listing = reachable(actor, listing_id)
    listing_id, held = listing.pk, facts_seen(actor, listing)
    wanted = {field: held.get(field, {}).get("value") for field in fields}
    unknown = [Problem("is not known, so it cannot be confirmed", field=f) for f, v in wanted.items() if v is None]
    if unknown or not wanted:
        raise BadInput(*(unknown or [Problem("Say which fact is still true.")]))
    _write(actor, listing_id, wanted, verified=True, now=now)
    audit.record(actor, "confirm", "listing", listing_id, now=now)
    return len(wanted)


def keepers(listing: Listing) -> QuerySet[Claim]:
    """The claims by which someone keeps the listing now: confirmed, not let go, and she has not left."""
    group = Q(listing=listing) | Q(listing__survivor=listing)
    return Claim.objects.filter(group, confirmed_at__isnull=False, ended_at=None, membership__left_at=None)


def keeps(actor: Actor, listing: Listing) -> bool:
    """Whether the actor keeps this listing as her own."""
    return actor.membership_id is not None and keepers(listing).filter(membership_id=actor.membership_id).exists()


def _write(actor: Actor, listing_id: int, facts: Mapping[str, Any], *, verified: bool, now: datetime) -> None:
    today = today_of(actor, now)
    with transaction.atomic():
        listing = Listing.objects.get(pk=listing_id)
        if keeps(actor, listing):  # she is the listing itself: her word is for everyone who sees it
            source, verified = source_of(listing.practice_id, "self", ITSELF, now=now), True
        else:
            source = source_of(actor.practice_id, "entered", ENTERED, now=now)
        _append(listing_id, facts, _By(source.pk, today, today if verified else None, actor))
        derive([listing_id], version=raise_version(), now=now)


def retire(actor: Actor, listing_id: int, *, now: datetime, back: bool = False) -> None:
    """Take one of the practice's own listings out of use (`back`: in again). What was said of it is kept.

    Refuses shared listings: a practice leaves those out for itself (`relate`, excluded).
    """
    may_change(actor)
    listing = reachable(actor, listing_id)
    if listing.practice_id is None:
        raise NotAllowed("All practices of this server share this listing. Leave it out for your practice instead.")
    with transaction.atomic():
        version = raise_version()
        rows = Listing.objects.filter(Q(pk=listing.pk) | Q(survivor=listing))
        rows.update(
            retired_at=None if back else now, changed_at=now, changed_in=version
        )
        audit.record(actor, "return" if back else "retire", "listing", listing_id, now=now)


_RELATION_FIELDS = frozenset(
    {"relationship", "how_met", "excluded", "tie_kind", "tie_text", "notes", "confirmed"}
)  # fmt: skip


def relate(actor: Actor, listing_id: int, *, now: datetime, **known: Any) -> None:
    """What the practice knows of a listing: relationship, how_met, excluded, tie_kind, tie_text, notes, confirmed.

    A tie needs words: the client reads `tie_text`. Refuses unknown codes and texts that are too long.
    """
    may_change(actor)
    listing_id = reachable(actor, listing_id).pk
    assert _RELATION_FIELDS.issuperset(known)
    _check_relation(known)
    with transaction.atomic():
        # The version first: its row is held until the end, so that nobody else writes this overlay in between.
        version = raise_version()
        overlay = overlay_of(actor.practice_id, listing_id)
        for field, value in known.items():
            setattr(overlay, field, value)
        overlay.changed_in = version
        if overlay.own:  # others are merged into this one: from here on it is what was written now
            overlay.own, overlay.settled_in = relation_of(overlay), version
        overlay.save()
        audit.record(actor, "relate", "listing", listing_id, now=now)


def relation_of(overlay: Overlay) -> dict[str, Any]:
    """What an overlay says of the relation, as plain values."""
    values = {field: getattr(overlay, field) for field in sorted(_RELATION_FIELDS)}
    return {**values, "notes": overlay.notes.reveal()}


def _check_relation(known: Mapping[str, Any]) -> None:
    problems = []
    for field, codes in (("relationship", "relationships"), ("tie_kind", "conflict_kinds")):
        code = known.get(field)
        if code and code not in vocabulary(codes):
            problems.append(Problem(vocabulary(codes).unknown(code), field=field))
    for field, length in (("how_met", 200), ("tie_text", 300)):
        if len(known.get(field) or "") > length:
            problems.append(Problem(f"is longer than {length} characters", field=field))
    if known.get("tie_kind") and not (known.get("tie_text") or "").strip():
        problems.append(Problem("say the tie in words: the client reads them with the option", field="tie_text"))
    if problems:
        raise BadInput(*problems)


def confirm_contact(actor: Actor, listing_id: int, *, now: datetime) -> None:
    """A contact read from a pasted list is right as it stands."""
    relate(actor, listing_id, now=now, confirmed=True)


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """The names of listings, for rows that keep only their ids; one that is gone is left out."""
    return dict(Listing.objects.filter(pk__in=list(ids)).values_list("pk", "name"))
