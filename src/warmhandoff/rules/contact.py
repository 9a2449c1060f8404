"""Safe-contact rules: a client is in danger from whoever holds her phone. Only ways and hours she named are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SENT = ("mail", "sms")  # the ways by which this program itself writes to a client, in the order they are tried
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_WEEK = 7


def may_use(channel: str, rules: Mapping[str, Any]) -> bool:
    """Whether a message may go by `channel` ("mail", "sms", "phone", "paper"). With nothing recorded, none may."""
    if rules.get("never"):
        return False
    return channel in rules.get("channels", ())


def _clock(text: object) -> time | None:
    try:
        return time.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _window(rules: Mapping[str, Any]) -> tuple[time, time, frozenset[int]]:
    """From, until and weekdays (0 is Monday). A rule that names no hours, or no days, allows them all."""
    days = frozenset(int(day) for day in rules.get("days") or range(_WEEK))
    return _clock(rules.get("from")) or time(0), _clock(rules.get("until")) or time(0), days


def may_use_now(channel: str, rules: Mapping[str, Any], at: datetime, zone: str) -> bool:
    """Whether a message may reach her by `channel` at this moment, by the clock where she lives (`zone`).

    Hours that go over midnight ("22:00" to "02:00") belong to the day they begin on; equal ends are the whole day.
    """
    if not may_use(channel, rules):
        return False
    start, end, days = _window(rules)
    local = at.astimezone(ZoneInfo(zone))
    today, clock = local.weekday(), local.time().replace(tzinfo=None)
    if start == end:
        return today in days
    if start < end:
        return today in days and start <= clock < end
    return (today in days and clock >= start) or ((today - 1) % _WEEK in days and clock < end)


def next_time(channel: str, rules: Mapping[str, Any], at: datetime, zone: str) -> datetime | None:
    """The first moment from `at` on (to the quarter of an hour) that her rules allow; None where they allow none."""
    if not may_use(channel, rules):
        return None
    if may_use_now(channel, rules, at, zone):
        return at
    quarter = timedelta(minutes=15)
    moment = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0) + quarter
    for _ in range(8 * 24 * 4):  # a week and a day of quarters: every weekday is met
        if may_use_now(channel, rules, moment, zone):
            return moment
        moment += quarter
    return None


def number_of(text: str) -> str:
    """A telephone number as gateways take it, "+15125550142"; "" for what is no number with its area code."""
    digits = re.sub(r"[^0-9]", "", text)
    written = re.fullmatch(r"[0-9 ().+/-]+", text.strip())
    if written is None:
        return ""
    if text.strip().startswith("+"):
        found = f"+{digits}"
    elif len(digits) == 10:
        found = f"+1{digits}"
    else:
        found = f"+{digits}" if len(digits) == 11 and digits.startswith("1") else ""
    return found if is_number(found) else ""


def is_number(text: str) -> bool:
    """Whether this is one number in international form, and nothing besides."""
    return _NUMBER.fullmatch(text) is not None


def is_plain_address(text: str) -> bool:
    """Whether this is one mail address and nothing besides: no name, no list, no second line."""
    return _ADDRESS.fullmatch(text) is not None
