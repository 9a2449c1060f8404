"""The record of one referral as a PDF: what was done, when, by whom, why; the evidence that nobody was dropped."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from warmhandoff.accounts.queries import names_of_members
from warmhandoff.core import audit, holding
from warmhandoff.documents import record_pdf
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.rules.access import Actor
from warmhandoff.rules.record import Office, readable_referral
from warmhandoff.rules.refusals import NotAllowed


def referral_record(actor: Actor, referral_id: UUID, *, now: datetime) -> bytes:
    """The PDF, audited as a copy. Refuses strangers (NotThere) and whoever may not read clinical texts (NotAllowed)."""
    row = referral_row(actor, referral_id)
    if not visible_referrals(actor, "see_clinical").filter(pk=row.pk).exists():
        raise NotAllowed("The record of a referral is printed by those who care for her.", subject=referral_id)
    parts = holding.gather(row.client_id, names_of_members(row.practice_id)).parts
    office = Office(row.practice.name, row.practice.phone, row.practice.time_zone)
    content = readable_referral(parts, str(row.pk), office, made_at=now, by=actor.name)
    audit.record(actor, "copy", "referral", row.pk, now=now, clients=[row.client_id])
    return record_pdf(content)
