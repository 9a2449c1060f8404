"""Safe-contact rules: a thousand made up, and never a message outside them, judged by a table of the week's minutes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from warmhandoff.rules.contact import is_number, is_plain_address, may_use, may_use_now, next_time, number_of
from warmhandoff.rules.zones import ZONE_OF_STATE, Where, where, zone_of_zip

ZONES = ["America/Chicago", "America/New_York", "Pacific/Honolulu", "America/Phoenix", "America/Anchorage"]


def _rules(chance: random.Random) -> dict[str, Any]:
    rules: dict[str, Any] = {"channels": chance.sample(["mail", "sms", "phone", "paper"], chance.randint(0, 4))}
    for name in ("from", "until"):
        if chance.random() < 0.7:
            rules[name] = f"{chance.randint(0, 23):02}:{chance.choice(['00', '15', '30', '45'])}"
    if chance.random() < 0.5:
        rules["days"] = sorted(chance.sample(range(7), chance.randint(1, 6)))
    if chance.random() < 0.1:
        rules["never"] = True
    return rules


def _allowed(rules: dict[str, Any], channel: str, moment: datetime, zone: str) -> bool:
    """The same, told another way: every quarter of her week that she allows, in a set."""
    if rules.get("never") or channel not in rules["channels"]:
        return False
    quarters: set[int] = set()
    start, end = (int(rules.get(name, "00:00")[:2]) * 4 + int(rules.get(name, "00:00")[3:]) // 15
                  for name in ("from", "until"))
    for day in rules.get("days", range(7)):
        length = (end - start) % 96 or 96
        begun = day * 96 + (0 if start == end else start)
        quarters |= {(begun + step) % 672 for step in range(length)}
    local = moment.astimezone(ZoneInfo(zone))
    return local.weekday() * 96 + local.hour * 4 + local.minute // 15 in quarters


def test_nothing_is_ever_sent_outside_a_thousand_rules() -> None:
    chance, sent, waited = random.Random(20261123), 0, 0
    for _ in range(1000):
        rules, zone, channel = _rules(chance), chance.choice(ZONES), chance.choice(["mail", "sms"])
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 525_000))
        assert may_use_now(channel, rules, now, zone) is _allowed(rules, channel, now, zone), (rules, zone, now)
        found = next_time(channel, rules, now, zone)
        if found is None:
            assert rules.get("never") or channel not in rules["channels"], (rules, zone, now)
            continue
        assert found >= now and _allowed(rules, channel, found, zone), (rules, zone, now, found)
        moment = now
        while moment < found:  # and not later than need be
            assert not _allowed(rules, channel, moment, zone), (rules, zone, now, moment, found)
            moment += timedelta(minutes=15)
        sent, waited = sent + 1, waited + (found > now)
    assert sent > 300 and waited > 100, "the rules made up do allow, and do make wait"


def test_with_nothing_recorded_nothing_is_allowed() -> None:
    assert not may_use("mail", {}) and not may_use("sms", {"channels": ["mail"]})
    assert next_time("mail", {}, datetime(2026, 11, 23, 15, tzinfo=UTC), "UTC") is None


@pytest.mark.parametrize(("typed", "number"), [
    ("512-555-0142", "+15125550142"), ("(512) 555 0142", "+15125550142"), ("1-512-555-0142", "+15125550142"),
    ("+44 20 7946 0958", "+442079460958"), ("555-0142", ""), ("512-555-0142 ext 5", ""), ("", ""), ("call her mom", ""),
    ("512-555-0142\r\nX: y", ""), ("+0 123 456 789", ""),
])  # fmt: skip
def test_a_number_is_one_number(typed: str, number: str) -> None:
    assert number_of(typed) == number and (not number or is_number(number))


def test_an_address_is_one_address() -> None:
    assert is_plain_address("rosa.m+desk@mail.client.example")
    for text in ("a@b", "a b@c.example", "a@b.example\n", "a@b.example,c@d.example", "<a@b.example>", "@b.example"):
        assert not is_plain_address(text), text


@pytest.mark.parametrize(("zip_code", "zone"), [
    ("78704", "America/Chicago"), ("79901", "America/Denver"), ("10001", "America/New_York"), ("00000", None),
    ("96813", "Pacific/Honolulu"), ("32501", "America/Chicago"), ("not a zip", None),
])  # fmt: skip
def test_the_clock_of_a_zip(zip_code: str, zone: str | None) -> None:
    assert zone_of_zip(zip_code) == zone


def test_where_someone_is_falls_back_from_zip_to_state_to_what_is_known() -> None:
    home = Where("America/Chicago", "TX")
    assert where("10001", "", default=home) == Where("America/New_York", "NY")
    assert where("", "CA", default=home) == Where("America/Los_Angeles", "CA")
    assert where("", "", default=home) == home and where("xx", "ZZ", default=home) == home
    for zone in set(ZONE_OF_STATE.values()):
        ZoneInfo(zone)
