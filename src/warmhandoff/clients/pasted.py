"""Whether a text holds a run of one's own psychotherapy notes, word for word. It warns, and hinders nothing."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from warmhandoff.clients.process_notes import texts_for_comparing
from warmhandoff.rules.access import Actor
from warmhandoff.rules.overlap import LONGEST_RUN, shares_run

WARNING = (
    "Part of what you wrote stands word for word in your own psychotherapy notes. Those travel nowhere: look again "
    "whether this text should."
)


def from_own_notes(actor: Actor, client_id: UUID, texts: Iterable[str]) -> bool:
    """Whether one of these texts shares 60 characters or more in a row with one's own notes about this client."""
    long_enough = [text for text in texts if len(text) >= LONGEST_RUN]
    if not long_enough or actor.side != "referrer":
        return False
    notes = texts_for_comparing(actor, client_id)
    return any(shares_run(text, notes) for text in long_enough)
