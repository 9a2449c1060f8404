"""One place, one listing: rows that are the same are shown as one, which can be undone, and is never done silently.

Nothing is copied and nothing rewritten. A merged row points to the one that stands for it and keeps its key and its
facts: the next import finds it as before, and what it says reaches the listing that is shown. Undoing takes the
pointer away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts.queries import only_practice
from warmhandoff.core import audit, jobs
from warmhandoff.directory.combining import combine_overlays
from warmhandoff.directory.listing import may_change, today_of
from warmhandoff.directory.matching_up import Compared, Found, Pair, find_pairs
from warmhandoff.directory.models import DirectoryVersion, Likeness, Listing, Merge
from warmhandoff.directory.writing import derive, raise_version
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere, Problem

LATER = timedelta(days=30)
_COMPARED = ("name", "kind", "npi", "phone", "email", "website", "address", "city", "state", "zip")


@dataclass(frozen=True)
class Grounds:
    """Why two rows are one: "sure" by the rule or said by a "person", and the weight with its shares."""

    how: str
    weight: float = 0.0
    why: Sequence[Sequence[Any]] = ()
    by: UUID | None = None


@dataclass(frozen=True)
class Looked:
    """What a look for doubles did: rows read, pairs compared, merged because they are sure, put up for review."""

    rows: int
    compared: int
    merged: int
    to_review: int
    too_large: int


def look_for_doubles(*, now: datetime, everything: bool = False) -> Looked:
    """Compare what changed since the last look with all the rest; merge what is sure, put up the likely for review.

    A pair that a person called different, or whose merging she undid, is never merged or put up again. Safe to run
    again, and at the same time as imports: what they change while it reads is looked at the next time.
    """
    state = DirectoryVersion.objects.filter(pk=1).first()
    if state is None:
        return Looked(0, 0, 0, 0, 0)
    rows = list(_rows(-1 if everything else state.looked_through))
    found = find_pairs(rows)
    merged = 0
    owners = {row.id: UUID(row.owner) if row.owner else None for row in rows}
    said = _already_said(found)
    for pair in found.pairs:
        if pair.sure and (pair.first, pair.second) not in said:
            merged += _merge_sure(pair, now)
    waiting = [pair for pair in found.pairs if not pair.sure and (pair.first, pair.second) not in said]
    put_up = _put_up(waiting, owners, now)
    DirectoryVersion.objects.filter(pk=1).update(looked_through=state.number, looked_at=now)
    return Looked(len(rows), found.compared, merged, put_up, found.too_large)


def _rows(since: int) -> Any:
    found = Listing.objects.filter(survivor=None).values_list("pk", "practice_id", "facts_now", "changed_in")
    for key, practice, facts, changed_in in found.iterator(chunk_size=2000):
        values = {field: facts[field]["value"] for field in _COMPARED if field in facts}
        yield Compared(key, str(practice or ""), values, changed_in > since)


def _already_said(found: Found) -> set[tuple[int, int]]:
    ids = {key for pair in found.pairs for key in (pair.first, pair.second)}
    rows = Likeness.objects.exclude(state__in=("waiting", "later")).values_list("first_id", "second_id")
    return {pair for pair in rows if pair[0] in ids}


def _merge_sure(pair: Pair, now: datetime) -> bool:
    with transaction.atomic():
        return join(pair.first, pair.second, Grounds("sure", pair.weight, pair.why), now=now) is not None


def _put_up(pairs: Sequence[Pair], owners: dict[int, UUID | None], now: datetime) -> int:
    rows = [
        Likeness(
            practice_id=owners[pair.first] or owners[pair.second], first_id=pair.first, second_id=pair.second,
            weight=pair.weight, why=pair.why, found_at=now,
        )
        for pair in pairs
    ]  # fmt: skip
    before = Likeness.objects.count()
    Likeness.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return Likeness.objects.count() - before


def join(first_id: int, second_id: int, grounds: Grounds, *, now: datetime) -> UUID | None:
    """Make two listings one, within the caller's transaction; the merging's id, or None when they are one already.

    A shared listing stays before a practice's own; otherwise the older row stays, to which referrals more likely
    point. NotThere for two listings of two practices.
    """
    version = raise_version()  # holds the directory until the end: nobody else merges or imports in between
    rows = Listing.objects.in_bulk([first_id, second_id])
    if len(rows) < 2:
        raise NotThere()
    rows = Listing.objects.in_bulk([row.survivor_id or row.pk for row in rows.values()])
    if len(rows) < 2:
        return None
    kept, gone = sorted(rows.values(), key=lambda row: (row.practice_id is not None, row.pk))
    if kept.practice_id is not None and kept.practice_id != gone.practice_id:
        raise NotThere()
    Listing.objects.filter(Q(pk=gone.pk) | Q(survivor=gone)).update(survivor=kept, changed_in=version, changed_at=now)
    Listing.objects.filter(pk=gone.pk).update(merged_into=kept, merged_in=version)
    merge = Merge.objects.create(
        practice_id=gone.practice_id, gone=gone, kept=kept, how=grounds.how, weight=grounds.weight,
        why=[list(share) for share in grounds.why], at=now, by=grounds.by,
    )  # fmt: skip
    combine_overlays([kept.pk], version)
    derive([gone.pk, kept.pk], version=version, now=now)
    return merge.pk


def settles(actor: Actor, practice_id: UUID | None) -> bool:
    """Whether the actor may say what is the same: of her practice's own rows; of shared ones where hers is the only
    practice of the server."""
    if practice_id is None:
        return only_practice() == actor.practice_id
    return practice_id == actor.practice_id


def _likeness(actor: Actor, likeness_id: int) -> Likeness:
    may_change(actor)
    row = Likeness.objects.filter(pk=likeness_id).first() if abs(likeness_id) < 2**63 else None
    if row is None or (row.practice_id is not None and row.practice_id != actor.practice_id):
        raise NotThere()
    if not settles(actor, row.practice_id):
        raise NotAllowed("All practices of this server share these listings: its operator decides what is the same.")
    return row


ANSWERS = ("same", "different", "later")


def decide(actor: Actor, likeness_id: int, answer: str, *, now: datetime) -> UUID | None:
    """What a person says of two rows: "same" merges them, "different" is remembered, "later" asks again in 30 days.

    Returns the merging's id for "same". Refuses an answer that is none, and a pair that is not the actor's to settle.
    """
    merge_id = None
    with transaction.atomic():
        row = _likeness(actor, likeness_id)
        if answer not in ANSWERS:
            raise BadInput(Problem("choose an answer", field="answer"))
        if answer == "same":
            grounds = Grounds("person", row.weight, row.why, actor.member)
            merge_id = join(row.first_id, row.second_id, grounds, now=now)
        Likeness.objects.filter(pk=row.pk).update(
            state=answer, decided_at=now, decided_by=actor.member,
            look_on=today_of(actor, now) + LATER if answer == "later" else None,
        )  # fmt: skip
        if answer == "same":
            audit.record(actor, "call_same", "listing", row.first_id, now=now)
        elif answer == "different":
            audit.record(actor, "call_different", "listing", row.first_id, now=now)
        else:
            audit.record(actor, "call_later", "listing", row.first_id, now=now)
    return merge_id


def undo(actor: Actor, merge_id: UUID, *, now: datetime) -> None:
    """Split what was merged: both rows are what they were, with what was said of each since.

    It is remembered: the two are not merged again without a person. Refuses a merging that was undone already.
    """
    may_change(actor)
    with transaction.atomic():
        merge = Merge.objects.filter(Q(practice=None) | Q(practice_id=actor.practice_id), pk=merge_id).first()
        if merge is None:
            raise NotThere()
        if not settles(actor, merge.practice_id):
            raise NotAllowed("All practices of this server share these listings: its operator undoes this.")
        version = raise_version()
        if not Merge.objects.filter(pk=merge.pk, undone_at=None).update(undone_at=now, undone_by=actor.membership_id):
            raise NotNow("This was undone already.")
        _split(merge, version, now)
        _remember_different(merge, actor, now)
        audit.record(actor, "unmerge", "listing", merge.gone_id, now=now)


def _split(merge: Merge, version: int, now: datetime) -> None:
    gone = Listing.objects.get(pk=merge.gone_id)
    root = gone.survivor_id
    assert root is not None
    group = {row.pk: row for row in Listing.objects.filter(Q(survivor=root) | Q(pk=root))}
    branch = {gone.pk}
    while more := {key for key, row in group.items() if row.merged_into_id in branch} - branch:
        branch |= more
    Listing.objects.filter(pk__in=group).update(changed_in=version, changed_at=now)
    Listing.objects.filter(pk__in=branch - {gone.pk}).update(survivor=gone)
    Listing.objects.filter(pk=gone.pk).update(survivor=None, merged_into=None, merged_in=0)
    combine_overlays([root, gone.pk], version)
    derive([root, *branch], version=version, now=now)


def _remember_different(merge: Merge, actor: Actor, now: datetime) -> None:
    first, second = sorted((merge.gone_id, merge.kept_id))
    Likeness.objects.update_or_create(
        first_id=first, second_id=second,
        defaults={"state": "different", "decided_at": now, "decided_by": actor.membership_id, "look_on": None},
        create_defaults={
            "state": "different", "decided_at": now, "decided_by": actor.membership_id, "found_at": now,
            "practice_id": merge.practice_id, "weight": merge.weight, "why": merge.why,
        },
    )  # fmt: skip


@jobs.every_tick("doubles", while_closed=True)
def look_daily(now: datetime) -> None:
    """Once a day, where the directory changed since: an import asks for it at once, pages do not."""
    state = DirectoryVersion.objects.filter(pk=1).first()
    rested = state is not None and (state.looked_at is None or state.looked_at < now - timedelta(days=1))
    if state is not None and rested:
        bring_back_later(now)
        look_for_doubles(now=now)


def bring_back_later(now: datetime) -> int:
    """Pairs put off whose day has come wait again; how many."""
    return Likeness.objects.filter(state="later", look_on__lte=now.date()).update(state="waiting", look_on=None)
