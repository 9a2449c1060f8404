"""Appointments as calendars read them (RFC 5545), with nothing in them but that there is one, and when.

Written here rather than by a library: one component, no recurrence, no alarm, no attendee. Times go out in UTC, so that
no time zone has to be told; lines are folded at 75 octets and end with CR LF, as sections 3.1 and 3.3.5 ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

WORK = "Warm Handoff: appointment"  # for those who use the product in their work
PLAIN = "Appointment"  # on a client's telephone: says nothing, to whoever looks at it
_FOLD = 75  # octets of a line without its end


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
    """A calendar of these appointments as UTF-8. `summary` is the one text in it: WORK or PLAIN."""
    product = "Warm Handoff" if summary == WORK else "Calendar"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{product}//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for one in appointments:
        lines += _event(one, summary)
    lines.append("END:VCALENDAR")
    return "".join(f"{fold(line)}\r\n" for line in lines).encode()


def _event(one: Appointment, summary: str) -> list[str]:
    status = "CANCELLED" if one.off else "CONFIRMED" if one.agreed else "TENTATIVE"
    return [
        "BEGIN:VEVENT", f"UID:{one.id}", f"DTSTAMP:{_instant(one.changed_at)}", f"DTSTART:{_instant(one.at)}",
        f"DTEND:{_instant(one.at + timedelta(minutes=one.minutes))}", f"SEQUENCE:{one.revision}", f"STATUS:{status}",
        f"SUMMARY:{escape(summary)}", "CLASS:PRIVATE", "TRANSP:OPAQUE", "END:VEVENT",
    ]  # fmt: skip


def _instant(at: datetime) -> str:
    """An instant in UTC (form 2 of section 3.3.5). ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("an appointment has a time zone")
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """A text value (section 3.3.11): backslash, semicolon, comma and line ends are written out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(mark, written)
    return plain


def fold(line: str) -> str:
    """A content line in pieces of 75 octets at most, never within a character (section 3.1)."""
    pieces, piece, room = [], "", _FOLD
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", _FOLD - 1  # the space that begins a continued line counts
        piece += character
        room -= size
    return "\r\n ".join([*pieces, piece])
