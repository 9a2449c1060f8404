"""Erasing a draft: a referral that only its owner ever knew of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.erasing import Part, register_part
from warmhandoff.clients.queries import was_invited_about, was_release_written
from warmhandoff.core import audit, erasing
from warmhandoff.referrals.models import Reasoning, Referral, TalkPlan
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.erasing import Draft, why_not_erased
from warmhandoff.rules.refusals import NotNow, Stale


def why_not(actor: Actor, referral_id: UUID) -> str:
    """Why this referral cannot be erased, as a sentence; "" when it can. NotThere for strangers."""
    return _why_not(referral_row(actor, referral_id, "change"), actor.member)


def _why_not(row: Referral, member: UUID) -> str:
    return why_not_erased(Draft(
        state=row.state, moves=erasing.moves_of(row.pk), offered=row.options.exists(),
        released=was_release_written(row.pk),
        disclosed=any(left.exists() for left in (row.packets, row.deliveries, row.basis_packets)),
        told=any(kept.exists() for kept in (row.conversations, row.choices, row.attendances, row.check_ins))
        or was_invited_about(row.pk) or row.stay_answers.exclude(hers="").exists()
        or Reasoning.objects.filter(referral=row, asked_client_at__isnull=False).exists()
        or TalkPlan.objects.filter(referral=row, shared_at__isnull=False).exists(),
        mine=row.owner_id == member,
    ))


def erase_draft(actor: Actor, referral_id: UUID, *, now: datetime) -> UUID:
    """Erase a referral that never left draft: row and events go, ids stay in the audit and in the journal.

    Returns the client's id. Refuses whoever may not change it (NotThere), everyone but its owner, and, with the
    reason, whatever the client or anyone outside may know of (NotNow): that is closed instead.
    """
    with transaction.atomic():
        row = referral_row(actor, referral_id, "change")
        if reason := _why_not(row, actor.member):
            raise NotNow(reason, subject=referral_id)
        erase_row(row, now=now)
        audit.record(actor, "erase", "referral", referral_id, now=now, clients=[row.client_id])
    return row.client_id


def erase_row(row: Referral, *, now: datetime) -> None:
    """Delete the row and its events, and write that down in the journal, within the caller's transaction."""
    gone, _ = Referral.objects.filter(pk=row.pk, moves_made=row.moves_made).delete()
    if not gone:
        raise Stale(subject=row.pk)
    erasing.erased("referral", row.practice_id, row.pk, now=now)


def _drafts_hinder(client_id: UUID, member: UUID) -> str:
    rows = Referral.objects.filter(client_id=client_id)
    return next((reason for row in rows if (reason := _why_not(row, member))), "")


def _erase_drafts(client_id: UUID, now: datetime) -> None:
    for row in Referral.objects.filter(client_id=client_id):
        erase_row(row, now=now)


register_part("referrals", Part(_drafts_hinder, _erase_drafts))
