"""One limiter for every path that takes a secret: passwords, second factors, link codes, access codes, tokens.

Figures (security requirement R-35). `who` is an account or a link, or one known browser of an account.

    counted by          free   then                     never more than
    who, on a path      5      1, 2, 4 ... minutes      20 wrong ones in any 24 hours
    who, on "totp"      5      1, 2, 4 ... minutes      96 wrong ones in any 24 hours
    address, all paths  100    -                        100 wrong ones in any hour

`check` takes a try, `failed` and `succeeded` give it back: tries under way count as well, so that a thousand sent
at once reach the secret no more often than one by one. Success clears the doubling, never the day. Counters live in
the database, outlast a restart and are shared by all processes; they name nobody, and idle ones go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from warmhandoff.core import jobs
from warmhandoff.core.addresses import counted
from warmhandoff.core.models import Attempt
from warmhandoff.core.sealing import fingerprint
from warmhandoff.rules.refusals import TooMany


@dataclass(frozen=True)
class Figures:
    """`free` wrong ones cost nothing, each further one doubles a wait; `most` of them in `within`, in any case."""

    free: int
    most: int
    within: timedelta


_DAY = timedelta(hours=24)
EVERY_PATH = Figures(5, 20, _DAY)
PATHS = {"totp": Figures(5, 96, _DAY)}  # six digits are guessed once in 29 years at 96 a day
ADDRESS = Figures(100, 100, timedelta(hours=1))
LONGEST_WAIT = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=30)  # a try that was taken and never given back (a crash) counts as over after this
FORGOTTEN_AFTER = timedelta(days=7)


def check(path: str, who: str, *, now: datetime, address: str = "") -> None:
    """Take a try of `who` on `path`, from `address`; TooMany while one must wait.

    address: as core.addresses.address_of gives it; "" (none, or one that says nothing) is not counted.
    """
    keys = dict(_keys(path, who, address))
    for row in Attempt.objects.filter(key__in=keys):
        _refuse(row, keys[row.key], now)  # without a lock: a flood that is refused must cost next to nothing
    with transaction.atomic():
        for key, figures in keys.items():
            row = _locked(key, now)
            _refuse(row, figures, now)
            row.taken, row.taken_until, row.last_at = _under_way(row, now) + 1, now + UNDER_WAY, now
            row.save()


def failed(path: str, who: str, *, now: datetime, address: str = "") -> None:
    """Count one wrong secret."""
    with transaction.atomic():
        for key, figures in _keys(path, who, address):
            row = _locked(key, now)
            row.failures, row.last_at, row.taken = row.failures + 1, now, max(0, row.taken - 1)
            row.recent = [*_recent(row, figures, now), now.timestamp()][-figures.most :]
            if figures is not ADDRESS and row.failures >= figures.free:
                # The power is capped too: a patient guesser must meet the longest wait, not an overflow.
                doublings = min(row.failures - figures.free, 16)
                row.blocked_until = now + min(LONGEST_WAIT, timedelta(minutes=2**doublings))
            row.save()


def succeeded(path: str, who: str, *, address: str = "") -> None:
    """The secret was right: the doubling begins anew. What failed today stays counted, also for the address."""
    with transaction.atomic():
        for key, figures in _keys(path, who, address):
            row = Attempt.objects.select_for_update().filter(key=key).first()
            if row is None:
                continue
            row.taken = max(0, row.taken - 1)
            if figures is not ADDRESS:
                row.failures, row.blocked_until = 0, None
            row.save()


def forget(path: str, who: str) -> None:
    """Drop what was counted of `who`: the way out after the operator gave the account a new password."""
    Attempt.objects.filter(key=next(_keys(path, who, ""))[0]).delete()


def _keys(path: str, who: str, address: str) -> Iterator[tuple[str, Figures]]:
    """What is counted, always in this order, so that two processes never wait for each other's rows."""
    yield fingerprint(f"limit:{path}", who), PATHS.get(path, EVERY_PATH)
    if place := counted(address):
        yield fingerprint("limit:address", place), ADDRESS


def _locked(key: str, now: datetime) -> Attempt:
    Attempt.objects.bulk_create([Attempt(key=key, last_at=now)], ignore_conflicts=True)
    return Attempt.objects.select_for_update().get(key=key)


def _recent(row: Attempt, figures: Figures, now: datetime) -> list[float]:
    return [at for at in row.recent or [] if at > (now - figures.within).timestamp()]


def _under_way(row: Attempt, now: datetime) -> int:
    return row.taken if row.taken_until and row.taken_until > now else 0


def _refuse(row: Attempt, figures: Figures, now: datetime) -> None:
    until = _waits_until(row, figures, now)
    if until and until > now:
        minutes = max(1, round((until - now).total_seconds() / 60))
        raise TooMany(f"Too many tries. Please wait {minutes} minute{'s' if minutes > 1 else ''} and try again.")


def _waits_until(row: Attempt, figures: Figures, now: datetime) -> datetime | None:
    if row.blocked_until and row.blocked_until > now:
        return row.blocked_until
    recent = _recent(row, figures, now)
    if len(recent) >= figures.most:
        return datetime.fromtimestamp(recent[-figures.most], UTC) + figures.within
    room = min(figures.most - len(recent), max(1, figures.free - row.failures))
    if figures is ADDRESS:
        room = figures.most - len(recent)
    return now + UNDER_WAY if _under_way(row, now) >= room else None


def spend(path: str, who: str, *, most: int, span: timedelta, now: datetime) -> None:
    """Count one use of something that `who` may do at most `most` times within `span` (from the first); else TooMany.

    Call it in a transaction of its own, before the answer is looked for: a use counts also when nothing was found.
    """
    key = fingerprint(f"spend:{path}", who)
    with transaction.atomic():
        Attempt.objects.bulk_create([Attempt(key=key, last_at=now)], ignore_conflicts=True)
        row = Attempt.objects.select_for_update().get(key=key)
        if row.blocked_until is None or row.blocked_until <= now:  # here: when the counting begins anew
            row.failures, row.blocked_until = 0, now + span
        if row.failures >= most:
            raise TooMany("You have reached the most that is possible in a day. Tomorrow it is possible again.")
        row.failures, row.last_at = row.failures + 1, now
        row.save()


@jobs.every_tick("limits", while_closed=True)
def tidy(now: datetime) -> None:
    """Counters nobody has added to for a week go."""
    Attempt.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
