"""Listings that are half entered: kept as they were typed, for who typed them, until they are entered or erased.

They stand in a table of their own, so that a draft is erased without a trace among the listings, and nothing of it is
ever matched, found or exported.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.listing import may_change, member_of
from warmhandoff.directory.models import ListingDraft
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotThere, Problem

Typed = dict[str, list[str]]
MOST_DRAFTS = 20
KEPT_FOR = timedelta(days=90)
_LARGEST = 30_000
_FIELDS = {*FIELDS, "other_plans"}


@dataclass(frozen=True)
class DraftLine:
    """One draft in a list: what was typed as its name, and when."""

    id: UUID
    name: str
    changed_at: datetime


def drafts_of(actor: Actor) -> tuple[DraftLine, ...]:
    """The actor's drafts, the newest first."""
    rows = ListingDraft.objects.filter(practice_id=actor.practice_id, membership_id=member_of(actor))
    return tuple(
        DraftLine(row.pk, " ".join(row.typed.get("name", [""])).strip(), row.changed_at)
        for row in rows.order_by("-changed_at", "id")
    )  # fmt: skip


def open_draft(actor: Actor, draft_id: UUID) -> Typed:
    """What was typed; NotThere for another's draft, and for one that was entered or erased."""
    found = ListingDraft.objects.filter(
        practice_id=actor.practice_id, membership_id=member_of(actor), pk=draft_id
    ).first()
    if found is None:
        raise NotThere("This draft is no longer here: it was entered or erased.")
    return {name: list(values) for name, values in found.typed.items()}


def keep_draft(
    actor: Actor, typed: Mapping[str, Sequence[str]], *, now: datetime, draft_id: UUID | None = None
) -> UUID:
    """Keep what was typed, unchecked; with `draft_id` in the place of what that draft held. Returns the draft's id.

    Drafts that nobody went on with for 90 days are erased meanwhile. Refuses an empty one, one over 30,000 characters,
    and a twenty-first.
    """
    may_change(actor)
    kept = {name: [text.replace("\x00", "") for text in values if text.strip()] for name, values in typed.items()}
    kept = {name: values for name, values in kept.items() if name in _FIELDS and values}
    if not kept:
        raise BadInput(Problem("There is nothing to keep yet."))
    if len(json.dumps(kept)) > _LARGEST:
        raise BadInput(Problem("This is too much for a draft."))
    mine = ListingDraft.objects.filter(practice_id=actor.practice_id, membership_id=member_of(actor))
    with transaction.atomic():
        ListingDraft.objects.filter(changed_at__lt=now - KEPT_FOR).delete()
        if draft_id is not None:
            if not mine.filter(pk=draft_id).update(typed=kept, changed_at=now):
                raise NotThere("This draft is no longer here: it was entered or erased.")
            return draft_id
        if mine.count() >= MOST_DRAFTS:
            raise BadInput(Problem(f"You have {MOST_DRAFTS} drafts already: enter or erase one first."))
        made = ListingDraft.objects.create(
            practice_id=actor.practice_id, membership_id=member_of(actor), typed=kept, changed_at=now
        )
    return made.pk


def erase_draft(actor: Actor, draft_id: UUID) -> None:
    """Erase one of the actor's drafts. One that is gone already stays gone."""
    ListingDraft.objects.filter(
        practice_id=actor.practice_id, membership_id=member_of(actor), pk=draft_id
    ).delete()
