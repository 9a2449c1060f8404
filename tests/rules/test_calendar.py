"""Calendar files by the letter of RFC 5545, whatever is put into them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from warmhandoff.rules.calendar import Entry, calendar_file
from warmhandoff.rules.refusals import BadInput

AT = datetime(2026, 12, 1, 12, 30, tzinfo=ZoneInfo("America/Chicago"))


def unfolded(data: bytes) -> list[str]:
    """As a reader takes it: lines end with CRLF, a line that begins with a space goes on with the one before."""
    assert data.endswith(b"\r\n")
    return data.decode().replace("\r\n ", "").split("\r\n")[:-1]


def value(data: bytes, name: str) -> str:
    line = next(line for line in unfolded(data) if line.startswith((f"{name}:", f"{name};")))
    return line.partition(":")[2]


def unescaped(text: str) -> str:
    out, signs = "", iter(text)
    for sign in signs:
        out += {"n": "\n"}.get(found := next(signs), found) if sign == "\\" else sign
    return out


def test_a_coffee_in_another_zone() -> None:
    entry = Entry(uid="a@b", title="Coffee; a talk, or two\\", starts=AT, place="Oak Street", text="One\r\nTwo",
                  made_at=AT - timedelta(days=1))
    data = calendar_file([entry])
    lines = unfolded(data)
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR" and "VERSION:2.0" in lines
    assert "DTSTART:20261201T183000Z" in lines and "DTEND:20261201T193000Z" in lines
    assert "DTSTAMP:20261130T183000Z" in lines
    assert "SUMMARY:Coffee\\; a talk\\, or two\\\\" in lines and "DESCRIPTION:One\\nTwo" in lines


def test_a_whole_day_ends_the_day_after() -> None:
    data = calendar_file([Entry(uid="a", title="Follow up", starts=date(2026, 12, 31), made_at=AT)])
    assert "DTSTART;VALUE=DATE:20261231" in unfolded(data) and "DTEND;VALUE=DATE:20270101" in unfolded(data)
    off = Entry(uid="a", title="x", starts=date(2026, 1, 1), made_at=AT, version=2, status="CANCELLED")
    gone = calendar_file([off])
    assert {"STATUS:CANCELLED", "SEQUENCE:2"} <= set(unfolded(gone))


@given(some.text(alphabet=some.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_words_come_back_and_no_line_is_too_long(words: str) -> None:
    data = calendar_file([Entry(uid="a", title=words, starts=AT, made_at=AT)])
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.count(b"BEGIN:VEVENT\r\n") == 1, "words begin no entry of their own"
    plain = words.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(sign for sign in plain if sign in "\n\t" or not (sign < " " or sign == "\x7f"))
    assert unescaped(value(data, "SUMMARY")) == plain


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (datetime(2026, 1, 1), None, "starts"), (AT, AT - timedelta(hours=1), "ends"), (AT, date(2026, 12, 2), "ends"),
        (date(2026, 1, 2), date(2026, 1, 1), "ends"), (date(2026, 1, 2), AT.astimezone(UTC), "ends"),
    ],
)  # fmt: skip
def test_times_that_cannot_be_are_refused(starts: datetime, ends: datetime | None, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        calendar_file([Entry(uid="a", title="x", starts=starts, ends=ends, made_at=AT)])
    assert refused.value.problems[0].field == field
