"""Clearing: the value without which nothing about a client is given out, and the two places that make it.

Whatever turns a frozen packet into bytes for someone outside takes a `Cleared`. Only this module makes one: from the
release decision, or from a recorded lawful basis (tests/house/test_outward.py holds the source to that).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from warmhandoff.clients import releasing
from warmhandoff.clients.models import Client, LawfulDisclosure
from warmhandoff.core import gate as server_gate
from warmhandoff.rules.lawful import Said, against_sending
from warmhandoff.rules.refusals import BadInput, NoRelease
from warmhandoff.rules.release import Decision


@dataclass(frozen=True)
class Cleared:
    """These classes about this client may be given out now. `basis`: the release or lawful disclosure it rides on."""

    client_id: UUID
    classes: frozenset[str]
    basis: UUID
    at: datetime

    def must_cover(self, client_id: UUID, classes: Collection[str]) -> None:
        """Refuse (NoRelease) what was cleared for another client, or for less."""
        if client_id != self.client_id or not frozenset(classes) <= self.classes:
            raise NoRelease("This was not cleared to leave.")


def clear(
    client: Client, recipient: int, *, classes: Sequence[str], purpose: str, now: datetime, lock: bool = False
) -> Cleared:
    """The release decision as something to hand on. NoRelease, with its reason, where the decision is no.

    lock: as `releasing.gate`.
    """
    decision = releasing.gate(client, recipient, classes=classes, purpose=purpose, now=now, lock=lock)
    return cleared_by(decision, client, classes, now)


def cleared_by(decision: Decision, client: Client, classes: Sequence[str], now: datetime) -> Cleared:
    """As `clear`, from a decision taken about these very classes a moment ago."""
    if not decision.allowed or decision.release_id is None:
        raise NoRelease(decision.reason)
    return Cleared(client.pk, frozenset(classes), decision.release_id, now)


def clear_on_basis(row: LawfulDisclosure, classes: Sequence[str], *, now: datetime) -> Cleared:
    """A recorded lawful basis as something to hand on.

    BadInput where basis, facts, recipient or classes are wanting (R-15); NoRelease while a restore keeps the gate shut.
    """
    if server_gate.is_closed():
        raise NoRelease(server_gate.REASON)
    problems = against_sending(said_of(row), classes, for_treatment=row.practice.discloses_for_treatment)
    if problems:
        raise BadInput(*problems)
    return Cleared(row.client_id, frozenset(classes), row.pk, now)


def said_of(row: LawfulDisclosure) -> Said:
    """What is recorded of one disclosure, for the rules."""
    return Said(
        basis=row.basis, facts=row.facts.reveal(), recipient=row.recipient.reveal(), able=row.able.reveal(),
        classes=list(row.classes), told=row.told_at is not None, untold_why=row.untold_why.reveal(),
    )
