"""An authorization for psychotherapy notes: recorded apart from every other one, and nothing is sent on it.

45 CFR 164.508(a)(2) asks for one, (b)(3)(ii) lets it be combined with nothing else. What the client signed on paper is
kept; there is no exporter for such notes, so whoever acts on it does so outside this program.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.drafting import ReleaseDraft, draft_release
from warmhandoff.clients.release_signing import Signature, sign_release
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem


@dataclass(frozen=True)
class NotesAuthorization:
    """What was signed on paper: for whom, what for, until when, and how it is known who signed."""

    recipient: str
    purpose: str
    expires_on: date
    signed_name: str
    identity: str


def record_authorization(actor: Actor, client_id: UUID, given: NotesAuthorization, *, now: datetime) -> UUID:
    """Keep an authorization for psychotherapy notes that was signed on paper. Refused as a release is."""
    if not given.recipient.strip():
        raise BadInput(Problem("a release names at least one recipient", field="recipient"))
    draft = ReleaseDraft(
        referral_id=None, recipients=[(0, given.recipient.strip())], classes=["psychotherapy_notes"],
        purpose=given.purpose, expires_on=given.expires_on, kind="process_notes",
    )
    with transaction.atomic():
        release_id = draft_release(actor, client_id, draft, now=now)
        sign_release(actor, release_id, Signature("paper", given.signed_name, given.identity), now=now)
    return release_id
