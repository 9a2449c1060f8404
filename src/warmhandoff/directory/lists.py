"""Named lists of listings: a member's own, or shared with the practice. Being on a list says nothing to the engine.

A list of one's own is seen by its owner alone; of one that is shared everybody in the practice may put listings on it
and take them off, and its owner alone renames, ends or unshares it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from warmhandoff.core import audit
from warmhandoff.directory.listing import may_change, member_of, reachable
from warmhandoff.directory.models import ListEntry, ListingList
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem

LONGEST_NAME = 100
MOST_LISTS = 50
MOST_ENTRIES = 2000


@dataclass(frozen=True)
class ListView:
    """One list as its page and the choices show it. `mine`: the actor's own to rename and end."""

    id: UUID
    name: str
    shared: bool
    mine: bool
    count: int


def _visible(actor: Actor) -> QuerySet[ListingList]:
    return ListingList.objects.filter(Q(owner_id=member_of(actor)) | Q(shared=True), practice_id=actor.practice_id)


def _found(actor: Actor, list_id: UUID) -> ListingList:
    found = _visible(actor).filter(pk=list_id).first()
    if found is None:
        raise NotThere(subject=list_id)
    return found


def _view(actor: Actor, row: ListingList, count: int) -> ListView:
    return ListView(row.pk, row.name, row.shared, row.owner_id == actor.membership_id, count)


def lists_of(actor: Actor) -> tuple[ListView, ...]:
    """The lists the actor sees, by name."""
    rows = _visible(actor).annotate(entered=Count("entries")).order_by("name", "id")
    return tuple(_view(actor, row, row.entered) for row in rows)


def open_list(actor: Actor, list_id: UUID) -> ListView:
    """One list; NotThere for another member's own and for another practice's."""
    row = _found(actor, list_id)
    return _view(actor, row, row.entries.count())


def ids_on(actor: Actor, list_id: UUID) -> frozenset[int]:
    """The listings on a list, retired ones too."""
    return frozenset(_found(actor, list_id).entries.values_list("listing_id", flat=True))


def lists_with(actor: Actor, listing_id: int) -> frozenset[UUID]:
    """Which of the lists the actor sees hold this listing."""
    held = ListEntry.objects.filter(list__in=_visible(actor), listing_id=listing_id)
    return frozenset(held.values_list("list_id", flat=True))


def make_list(actor: Actor, name: str, *, now: datetime, shared: bool = False) -> UUID:
    """A new list of the actor's. Refuses a name that is empty, too long or borne by another of her lists."""
    may_change(actor)
    clean = _name(name)
    with transaction.atomic():
        if ListingList.objects.filter(owner_id=member_of(actor)).count() >= MOST_LISTS:
            raise BadInput(Problem(f"you have {MOST_LISTS} lists already: end one first", field="name"))
        _check_other(actor, clean, None)
        made = ListingList.objects.create(
            practice_id=actor.practice_id, owner_id=member_of(actor), name=clean, shared=shared, created_at=now
        )
        audit.record(actor, "add", "list", made.pk, now=now)
    return made.pk


def _name(name: str) -> str:
    clean = " ".join(name.replace("\x00", " ").split())
    if not clean or len(clean) > LONGEST_NAME:
        raise BadInput(Problem(f"a name of at most {LONGEST_NAME} characters is needed", field="name"))
    return clean


def _check_other(actor: Actor, name: str, list_id: UUID | None) -> None:
    others = ListingList.objects.filter(owner_id=member_of(actor), name=name)
    if (others if list_id is None else others.exclude(pk=list_id)).exists():
        raise BadInput(Problem("you have a list of this name already", field="name"))


def _own(actor: Actor, list_id: UUID) -> ListingList:
    found = _found(actor, list_id)
    if found.owner_id != actor.membership_id:
        raise NotAllowed("A shared list is renamed, unshared and ended by the one who made it.")
    return found


def change_list(actor: Actor, list_id: UUID, *, name: str, shared: bool, now: datetime) -> None:
    """Rename a list of the actor's own, and share it with the practice or keep it. Refuses names as `make_list`."""
    may_change(actor)
    found, clean = _own(actor, list_id), _name(name)
    with transaction.atomic():
        _check_other(actor, clean, list_id)
        ListingList.objects.filter(pk=found.pk).update(name=clean, shared=shared)
        audit.record(actor, "edit", "list", list_id, now=now)


def end_list(actor: Actor, list_id: UUID, *, now: datetime) -> None:
    """Erase a list of the actor's own; the listings on it stay as they are."""
    may_change(actor)
    found = _own(actor, list_id)
    with transaction.atomic():
        found.delete()
        audit.record(actor, "retire", "list", list_id, now=now)


def put_on(actor: Actor, list_id: UUID, listing_ids: Collection[int], *, now: datetime) -> int:
    """Put listings on a list; how many were not on it yet. NotThere for what the practice cannot see."""
    may_change(actor)
    found = _found(actor, list_id)
    for listing_id in listing_ids:
        reachable(actor, listing_id)
    with transaction.atomic():
        held = set(found.entries.values_list("listing_id", flat=True))
        new = [key for key in dict.fromkeys(listing_ids) if key not in held]
        if len(held) + len(new) > MOST_ENTRIES:
            raise BadInput(Problem(f"a list holds at most {MOST_ENTRIES:,} listings", field="list"))
        entries = [ListEntry(list=found, listing_id=key, added_at=now, added_by=actor.membership_id) for key in new]
        ListEntry.objects.bulk_create(entries, ignore_conflicts=True)  # two at once put it on once
        audit.record(actor, "edit", "list", list_id, now=now)
    return len(new)


def take_off(actor: Actor, list_id: UUID, listing_id: int, *, now: datetime) -> None:
    """Take a listing off a list; one that is not on it stays off."""
    may_change(actor)
    found = _found(actor, list_id)
    with transaction.atomic():
        if found.entries.filter(listing_id=listing_id).delete()[0]:
            audit.record(actor, "edit", "list", list_id, now=now)


def set_lists(actor: Actor, listing_id: int, wanted: Collection[UUID], *, now: datetime) -> None:
    """Put a listing on exactly these of the lists the actor sees."""
    held = lists_with(actor, listing_id)
    reachable(actor, listing_id)
    with transaction.atomic():
        for list_id in sorted(set(wanted) - held):
            put_on(actor, list_id, [listing_id], now=now)
        for list_id in sorted(held - set(wanted)):
            take_off(actor, list_id, listing_id, now=now)
