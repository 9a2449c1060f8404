"""The release decision: may these classes about this client go to this recipient, for this purpose, today?

Elements after 45 CFR 164.508(c): what, who discloses, to whom, purpose, expiry, signature and date, the right to
revoke, redisclosure, conditions. Read 2026-11; support for the practice, whose counsel decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

NEVER_ON_A_GENERAL_RELEASE = frozenset({"psychotherapy_notes"})
LONGEST_DAYS = 365
USUAL_DAYS = 90


@dataclass(frozen=True)
class Terms:
    """What one release says. `expires_on` is its last day, in the practice's zone."""

    id: UUID
    recipients: frozenset[int]
    classes: frozenset[str]
    purpose: str
    signed_at: datetime | None
    expires_on: date
    revoked_at: datetime | None
    identified: bool = True


@dataclass(frozen=True)
class Disclosure:
    """What someone wants to disclose: listing id of the recipient, classes, purpose, and the day."""

    recipient: int
    classes: frozenset[str]
    purpose: str
    on: date


@dataclass(frozen=True)
class Decision:
    """Yes with the release it rides on, or no with a reason that can be shown."""

    allowed: bool
    release_id: UUID | None = None
    reason: str = ""


_ORDER = (
    ("unsigned", "The release is not signed yet."),
    ("unidentified", "Nobody has recorded that the person who signed is the client."),
    ("revoked", "The client has taken this release back."),
    ("expired", "The release has run out."),
    ("recipient", "The release does not name this recipient."),
    ("purpose", "The release is for another purpose."),
    ("classes", "The release does not cover everything that was chosen."),
)
REASONS = dict(_ORDER) | {
    "none": "There is no release for this yet.",
    "notes": "Psychotherapy notes never travel on a general release.",
}


def first_fault(terms: Terms, wanted: Disclosure) -> str | None:
    """The code of the first condition of a release that `wanted` fails, or None when it is covered."""
    faults = {
        "unsigned": terms.signed_at is None,
        "unidentified": not terms.identified,
        "revoked": terms.revoked_at is not None,
        "expired": wanted.on > terms.expires_on,
        "recipient": wanted.recipient not in terms.recipients,
        "purpose": wanted.purpose != terms.purpose,
        "classes": not wanted.classes <= terms.classes,
    }
    return next((code for code, _ in _ORDER if faults[code]), None)


def decide(releases: Iterable[Terms], wanted: Disclosure) -> Decision:
    """Allowed when one release covers all of `wanted`; else refused with the reason of the one that came nearest."""
    if wanted.classes & NEVER_ON_A_GENERAL_RELEASE:
        return Decision(False, reason=REASONS["notes"])
    codes = [code for code, _ in _ORDER]
    nearest = -1
    for terms in releases:
        fault = first_fault(terms, wanted)
        if fault is None:
            return Decision(True, release_id=terms.id)
        nearest = max(nearest, codes.index(fault))
    return Decision(False, reason=REASONS[codes[nearest]] if nearest >= 0 else REASONS["none"])
