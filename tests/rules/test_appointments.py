"""What calendars get is RFC 5545 to the letter, and says nothing but when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from warmhandoff.rules.appointments import PLAIN, WORK, Appointment, calendar
from warmhandoff.rules.refusals import BadInput

AT = datetime(2026, 11, 26, 17, 0, tzinfo=timezone(timedelta(hours=-6)))
ONE = Appointment(UUID(int=7), AT, 50, 2, datetime(2026, 11, 23, 15, 0, tzinfo=UTC))


def parse(raw: bytes) -> dict[str, list[tuple[str, str]]]:
    """A strict reading: CR LF alone ends lines, 75 octets at most, components closed. Component -> its properties."""
    assert raw.endswith(b"\r\n") and not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    text = raw.decode().replace("\r\n ", "")
    stack: list[str] = []
    found: dict[str, list[tuple[str, str]]] = {}
    for number, line in enumerate(text.split("\r\n")[:-1]):
        match = re.fullmatch(r"([A-Z-]+):(.*)", line)
        assert match, line
        name, value = match.groups()
        if name == "BEGIN":
            stack.append(f"{value}{number}" if value == "VEVENT" else value)
            found[stack[-1]] = []
        elif name == "END":
            assert stack.pop().startswith(value)
        else:
            found[stack[-1]].append((name, value))
    assert not stack
    return found


def events(raw: bytes) -> list[dict[str, str]]:
    return [dict(said) for name, said in parse(raw).items() if name.startswith("VEVENT")]


def test_an_appointment_has_a_time_in_utc_and_nothing_to_tell() -> None:
    raw = calendar([ONE], summary=WORK)
    assert dict(parse(raw)["VCALENDAR"]) == {
        "VERSION": "2.0", "PRODID": "-//Warm Handoff//EN", "CALSCALE": "GREGORIAN", "METHOD": "PUBLISH",
    }
    assert events(raw) == [{
        "UID": "00000000-0000-0000-0000-000000000007", "DTSTAMP": "20261123T150000Z", "DTSTART": "20261126T230000Z",
        "DTEND": "20261126T235000Z", "SEQUENCE": "2", "STATUS": "CONFIRMED", "SUMMARY": "Warm Handoff: appointment",
        "CLASS": "PRIVATE",
    }]  # fmt: skip


def test_on_a_clients_telephone_nothing_names_the_product() -> None:
    raw = calendar([ONE], summary=PLAIN)
    assert events(raw)[0]["SUMMARY"] == "Appointment"
    assert not re.search(rb"warm|handoff|therap|clinic|client|referral", raw, re.I)


def test_what_is_not_agreed_is_tentative_and_what_is_off_cancelled() -> None:
    proposed = Appointment(ONE.id, AT, 50, 0, AT, agreed=False)
    off = Appointment(ONE.id, AT, 50, 3, AT, agreed=False, off=True)
    assert [one["STATUS"] for one in events(calendar([proposed, off], summary=WORK))] == ["TENTATIVE", "CANCELLED"]
    assert events(calendar([], summary=WORK)) == []


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="zone"):
        calendar([Appointment(ONE.id, datetime(2026, 11, 26, 17, 0), 50, 0, AT)], summary=WORK)  # noqa: DTZ001
