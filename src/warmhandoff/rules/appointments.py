"""Appointments as calendars show them: that there is one, and when. Whom it is with and why stay in the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from warmhandoff.rules.calendar import PRODUCT, Entry, calendar_file

WORK = "Warm Handoff: appointment"  # for those who use the product in their work
PLAIN = "Appointment"  # on a client's telephone: says nothing, to whoever looks at it


@dataclass(frozen=True)
class Appointment:
    """One appointment. revision: how often it was changed; off: called off, so that calendars take it out."""

    id: UUID
    at: datetime
    minutes: int
    revision: int
    changed_at: datetime
    agreed: bool = True
    off: bool = False


def calendar(appointments: Iterable[Appointment], *, summary: str) -> bytes:
    """A calendar of these appointments. `summary` is the one text in it: WORK or PLAIN, which does not name us."""
    entries = (_entry(one, summary) for one in appointments)
    return calendar_file(entries, product=PRODUCT if summary == WORK else "Calendar")


def _entry(one: Appointment, summary: str) -> Entry:
    return Entry(
        uid=str(one.id), title=summary, starts=one.at, ends=one.at + timedelta(minutes=one.minutes),
        made_at=one.changed_at, version=one.revision,
        status="CANCELLED" if one.off else "CONFIRMED" if one.agreed else "TENTATIVE",
    )  # fmt: skip
