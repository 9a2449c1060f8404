"""Five free tries, then waits that double; never more than 20 a day, nor 100 an hour from one address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from warmhandoff.core import limits
from warmhandoff.core.jobs import tick
from warmhandoff.core.models import Attempt
from warmhandoff.rules.refusals import TooMany

pytestmark = pytest.mark.django_db
WHO = "maya@example.org"


def fail(times: int, now: datetime, path: str = "sign_in", who: str = WHO) -> None:
    for _ in range(times):
        limits.failed(path, who, now=now)


def waits(now: datetime) -> timedelta:
    blocked = Attempt.objects.get().blocked_until
    assert blocked is not None
    return blocked - now


def test_four_wrong_tries_cost_nothing(now: datetime) -> None:
    fail(4, now)
    limits.check("sign_in", WHO, now=now)


def test_the_fifth_costs_a_minute(now: datetime) -> None:
    fail(5, now)
    with pytest.raises(TooMany, match="wait 1 minute and"):
        limits.check("sign_in", WHO, now=now)
    with pytest.raises(TooMany):
        limits.check("sign_in", WHO, now=now + timedelta(seconds=59))
    limits.check("sign_in", WHO, now=now + timedelta(seconds=60))


def test_each_further_one_doubles_the_wait_up_to_a_day(now: datetime) -> None:
    fail(5, now)
    for doubling in range(1, 11):
        fail(1, now)
        assert waits(now) == timedelta(minutes=2**doubling)
    fail(1, now)
    assert waits(now) == limits.LONGEST_WAIT == timedelta(hours=24)


def test_a_guesser_with_years_of_patience_still_waits_a_day_each_time(now: datetime) -> None:
    fail(1, now)
    for failures in (46, 47, 1100, 100_000):  # where a power of two leaves the range of a time span, then of a float
        Attempt.objects.update(failures=failures)
        fail(1, now)
        assert waits(now) == limits.LONGEST_WAIT


def test_success_clears_the_count(now: datetime) -> None:
    fail(7, now)
    limits.succeeded("sign_in", WHO)
    fail(4, now)
    limits.check("sign_in", WHO, now=now)


def test_paths_and_people_are_counted_apart(now: datetime) -> None:
    fail(9, now)
    limits.check("link_code", WHO, now=now)
    limits.check("sign_in", "ana@example.org", now=now)


def test_the_table_names_nobody(now: datetime) -> None:
    fail(1, now)
    assert "maya" not in str(Attempt.objects.values().get()).lower()


ADDRESS = "203.0.113.9"
MINUTE = timedelta(minutes=1)


def guesses(now: datetime, span: timedelta, step: timedelta, *, path: str = "sign_in") -> Iterator[datetime]:
    """The times at which a tireless guesser gets through to the secret, always wrong."""
    at = now
    while at < now + span:
        try:
            limits.check(path, WHO, now=at)
        except TooMany:
            pass
        else:
            limits.failed(path, WHO, now=at)
            yield at
        at += step


def test_a_tireless_guesser_gets_fifteen_a_day_and_one_a_day_after(now: datetime) -> None:
    reached = list(guesses(now, timedelta(days=3), 7 * MINUTE))
    days = [sum(now + timedelta(days=n) <= at < now + timedelta(days=n + 1) for at in reached) for n in range(3)]
    assert days[0] <= 15 and days[1] <= 2 and days[2] <= 1, days


@pytest.mark.parametrize(("path", "most"), [("sign_in", 20), ("totp", 96)])
def test_success_clears_the_doubling_but_never_the_day(now: datetime, path: str, most: int) -> None:
    for number in range(most):  # an owner who gets in after every third wrong one
        limits.check(path, WHO, now=now)
        limits.failed(path, WHO, now=now)
        if number % 3 == 2:
            limits.succeeded(path, WHO)
    limits.succeeded(path, WHO)
    with pytest.raises(TooMany, match="1440 minutes"):
        limits.check(path, WHO, now=now)
    limits.check(path, WHO, now=now + timedelta(hours=24))


def test_an_address_has_a_hundred_an_hour_over_all_accounts_and_paths(now: datetime) -> None:
    for number in range(100):
        path = ("sign_in", "client_link", "reply_link")[number % 3]
        limits.check(path, str(number), now=now + number * timedelta(seconds=30), address=ADDRESS)
        limits.failed(path, str(number), now=now + number * timedelta(seconds=30), address=ADDRESS)
    later = now + timedelta(minutes=55)
    with pytest.raises(TooMany, match="wait 5 minutes"):
        limits.check("invitation", "another", now=later, address=ADDRESS)
    limits.check("invitation", "another", now=later, address="203.0.113.10")
    limits.check("invitation", "another", now=later)
    limits.check("invitation", "another", now=now + timedelta(hours=1), address=ADDRESS)


def test_tries_that_succeed_cost_an_address_nothing(now: datetime) -> None:
    for number in range(150):
        limits.check("sign_in", str(number), now=now, address=ADDRESS)
        limits.succeeded("sign_in", str(number), address=ADDRESS)
    assert not any(Attempt.objects.values_list("recent", flat=True)) and Attempt.objects.count() == 151


def test_of_tries_sent_at_once_no_more_get_through_than_one_by_one(now: datetime) -> None:
    through = 0
    for _ in range(50):  # none of them has come back yet
        try:
            limits.check("sign_in", WHO, now=now)
        except TooMany:
            continue
        through += 1
    assert through == limits.EVERY_PATH.free
    limits.check("sign_in", WHO, now=now + limits.UNDER_WAY)  # a crashed one does not keep the place for ever


def test_an_ipv6_household_is_one_address(now: datetime) -> None:
    for number in range(100):
        limits.failed("sign_in", str(number), now=now, address=f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooMany):
        limits.check("sign_in", WHO, now=now, address="2001:db8:1:2:ffff::1")
    limits.check("sign_in", WHO, now=now, address="2001:db8:1:3::1")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.8", "", "unknown"])
def test_what_says_nothing_of_where_one_is_locks_nobody_out(now: datetime, address: str) -> None:
    for number in range(101):
        limits.failed("sign_in", str(number), now=now, address=address)
    limits.check("sign_in", WHO, now=now, address=address)


def test_no_address_is_stored(now: datetime) -> None:
    limits.failed("sign_in", WHO, now=now, address=ADDRESS)
    assert Attempt.objects.count() == 2
    assert all(len(key) == 64 and ADDRESS not in key for key in Attempt.objects.values_list("key", flat=True))


def test_idle_counters_go_after_a_week(now: datetime) -> None:
    fail(1, now)
    fail(1, now + timedelta(days=1), who="ana@example.org")
    tick(now + timedelta(days=7, minutes=1))
    assert Attempt.objects.count() == 1


def test_a_new_password_from_the_operator_clears_the_count(now: datetime) -> None:
    fail(9, now)
    limits.forget("sign_in", WHO)
    limits.check("sign_in", WHO, now=now)
