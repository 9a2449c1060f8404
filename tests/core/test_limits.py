"""Five free tries, then waits that double up to a day, for good and on every path apart."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from warmhandoff.core import limits
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
