"""Calendar files (RFC 5545): escaped, folded, ended with CRLF, times in UTC. What goes in is for the caller to choose.

A calendar is read by other programs and synchronised to other servers: nothing that could tell of a client belongs in
it, and nothing here looks for it: callers pass words that say nothing of anyone in care.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from warmhandoff.rules.refusals import BadInput, Problem

PRODUCT = "Warm Handoff"
MEDIA_TYPE = "text/calendar; charset=utf-8"
_OCTETS = 75  # RFC 5545, 3.1: a line is no longer, without its end
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry. starts: an instant, or a date for a whole day. ends: the instant it ends, or the last day; None: an
    hour, or that one day. made_at: when this version was written. uid: the same for every version of the entry, and
    unlike all others. version: raised with each change, so that a newer file replaces the older entry; status
    CANCELLED takes it out again.
    """

    uid: str
    title: str
    starts: datetime | date
    made_at: datetime
    ends: datetime | date | None = None
    text: str = ""
    place: str = ""
    version: int = 0
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] = "CONFIRMED"


def calendar_file(entries: Iterable[Entry], *, product: str = PRODUCT) -> bytes:
    """The bytes of a calendar with these entries. Refuses times without a zone and an end before its start (BadInput,
    field "starts", "ends" or "made_at")."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{product}//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for entry in entries:
        lines += _entry(entry)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _entry(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"DTSTAMP:{_instant(_aware(entry.made_at, 'made_at'))}"
    yield from _times(entry)
    yield f"SUMMARY:{_text(entry.title)}"
    if entry.text:
        yield f"DESCRIPTION:{_text(entry.text)}"
    if entry.place:
        yield f"LOCATION:{_text(entry.place)}"
    yield f"SEQUENCE:{entry.version}"
    yield f"STATUS:{entry.status}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _times(entry: Entry) -> Iterator[str]:
    if isinstance(entry.starts, datetime):
        starts = _aware(entry.starts, "starts")
        ends = starts + timedelta(hours=1) if entry.ends is None else entry.ends
        if not isinstance(ends, datetime):
            raise BadInput(Problem("an instant is needed, as for the start", field="ends"))
        if _aware(ends, "ends") < starts:
            raise BadInput(Problem("it ends before it starts", field="ends"))
        yield f"DTSTART:{_instant(starts)}"
        yield f"DTEND:{_instant(ends)}"
        return
    last = entry.starts if entry.ends is None else entry.ends
    if isinstance(last, datetime):
        raise BadInput(Problem("a day is needed, as for the start", field="ends"))
    if last < entry.starts:
        raise BadInput(Problem("it ends before it starts", field="ends"))
    yield f"DTSTART;VALUE=DATE:{entry.starts:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"  # the day after the last: 3.6.1


def _aware(at: datetime, field: str) -> datetime:
    if at.tzinfo is None:
        raise BadInput(Problem("a time with its zone is needed", field=field))
    return at.astimezone(UTC)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A TEXT value (3.3.11): backslash, semicolon, comma and line ends escaped; other control characters left out."""
    plain = _CONTROL.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
    for sign in "\\;,":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A content line in pieces of at most 75 octets, no character torn; each further piece begins with a space."""
    pieces, piece = [], b""
    for sign in line:
        octets = sign.encode("utf-8", "replace")
        if len(piece) + len(octets) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
