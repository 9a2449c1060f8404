"""The release decision: may these classes about this client go to this recipient, for this purpose, today?

Elements after 45 CFR 164.508(c): what, who discloses, to whom, purpose, expiry, signature and date, the right to
revoke, redisclosure, conditions; the table is release_elements. Read 2026-11; support for the practice, whose
counsel decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from warmhandoff.rules.release_elements import GENERAL, missing

NEVER_ON_A_GENERAL_RELEASE = frozenset({"psychotherapy_notes"})
LONGEST_DAYS = 365
USUAL_DAYS = 90


Direction = Literal["there", "back"]


@dataclass(frozen=True)
class Terms:
    """What one release says. `expires_on` is its last day, in the practice's zone.

    ended: whether the event it ends with has happened. held: codes of the elements it holds (release_elements.held).
    signer_fault: why a signature under it does not count (rules.signers), or "". back: classes that may come back.
    """

    id: UUID
    recipients: frozenset[int]
    classes: frozenset[str]
    purpose: str
    signed_at: datetime | None
    expires_on: date
    revoked_at: datetime | None
    identified: bool = True
    ended: bool = False
    held: frozenset[str] = GENERAL
    signer_fault: str = ""
    back: frozenset[str] = frozenset()

    def classes_for(self, direction: Direction) -> frozenset[str]:
        return self.back if direction == "back" else self.classes


@dataclass(frozen=True)
class Disclosure:
    """What someone wants to disclose: listing id of the recipient, classes, purpose, and the day.

    direction: "there" to the recipient, or "back": news from that recipient to the referrer.
    part2: the practice is a substance-use programme, so that all its records ask for the elements of 42 CFR 2.31.
    """

    recipient: int
    classes: frozenset[str]
    purpose: str
    on: date
    direction: Direction = "there"
    part2: bool = False


@dataclass(frozen=True)
class Decision:
    """Yes with the release it rides on, or no with a reason that can be shown."""

    allowed: bool
    release_id: UUID | None = None
    reason: str = ""


_ORDER = (
    ("unsigned", "The release is not signed yet."),
    ("unidentified", "Nobody has recorded that the person who signed is the client."),
    ("signer", "A signature on this release does not count."),
    ("revoked", "The client has taken this release back."),
    ("expired", "The release has run out."),
    ("ended", "The release has ended with what it was to end with."),
    ("recipient", "The release does not name this recipient."),
    ("purpose", "The release is for another purpose."),
    ("classes", "The release does not cover everything that was chosen."),
    ("incomplete", "The release is not complete."),
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
        "signer": bool(terms.signer_fault),
        "revoked": terms.revoked_at is not None,
        "expired": wanted.on > terms.expires_on,
        "ended": terms.ended,
        "recipient": wanted.recipient not in terms.recipients,
        "purpose": wanted.purpose != terms.purpose,
        "classes": not wanted.classes <= terms.classes_for(wanted.direction),
        "incomplete": bool(missing(terms.held, wanted.classes, programme=wanted.part2)),
    }
    return next((code for code, _ in _ORDER if faults[code]), None)


def reason_of(code: str, terms: Terms, wanted: Disclosure) -> str:
    """The sentence for a fault of `first_fault`, naming the missing element or what is wrong with the signature."""
    if code == "incomplete":
        lacking = missing(terms.held, wanted.classes, programme=wanted.part2)[0]
        return f"The release is not complete: it lacks {lacking.asks} ({lacking.cite})."
    if code == "signer":
        return terms.signer_fault
    return REASONS[code]


def decide(releases: Iterable[Terms], wanted: Disclosure) -> Decision:
    """Allowed when one release covers all of `wanted`; else refused with the reason of the one that came nearest."""
    if wanted.classes & NEVER_ON_A_GENERAL_RELEASE:
        return Decision(False, reason=REASONS["notes"])
    codes = [code for code, _ in _ORDER]
    nearest, reason = -1, REASONS["none"]
    for terms in releases:
        fault = first_fault(terms, wanted)
        if fault is None:
            return Decision(True, release_id=terms.id)
        if codes.index(fault) > nearest:
            nearest, reason = codes.index(fault), reason_of(fault, terms, wanted)
    return Decision(False, reason=reason)
