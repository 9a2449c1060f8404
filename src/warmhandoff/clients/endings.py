"""The events a release ends with, read off the record each time a decision is made: no job has to run in time.

Each app tells of its own events. An event that nobody tells of counts as having happened: a release whose end cannot be
known covers nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from warmhandoff.clients.models import Release
from warmhandoff.core.queries import reached

# Given releases that name the event: the ids of those for which it has happened since they were signed.
Happened = Callable[[Sequence[Release]], set[UUID]]
ENDED = "ended"  # what the timeline of a client says when treatment here ended (clients.treatment)
_TELLS: dict[str, Happened] = {}


def tells(code: str) -> Callable[[Happened], Happened]:
    """Register how one event is read off the record."""

    def register(happened: Happened) -> Happened:
        _TELLS[code] = happened
        return happened

    return register


def ended(rows: Iterable[Release]) -> set[UUID]:
    """The ids of those releases whose event has happened."""
    by_event: dict[str, list[Release]] = defaultdict(list)
    for row in rows:
        if row.ends_with and row.signed_at:
            by_event[row.ends_with].append(row)
    found: set[UUID] = set()
    for code, named in by_event.items():
        found |= _TELLS[code](named) if code in _TELLS else {row.pk for row in named}
    return found


@tells("treatment_ended")
def _treatment_ended(rows: Sequence[Release]) -> set[UUID]:
    """Read off the timeline too: care that begins again does not bring a release back to life."""
    when = reached(ENDED, {row.client_id for row in rows})
    return {
        row.pk for row in rows
        if row.client.ended_at is not None
        or any(of == row.client_id and row.signed_at and at >= row.signed_at for of, at in when)
    }  # fmt: skip
