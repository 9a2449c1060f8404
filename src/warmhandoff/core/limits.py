"""One limiter for every path that takes a secret: passwords, link codes, access codes.

After 5 failures each further one doubles a wait that starts at a minute (security requirement R-35); success clears
the count. Counters live in the database, so they outlast a restart and are shared by all processes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from warmhandoff.core.models import Attempt
from warmhandoff.core.sealing import fingerprint
from warmhandoff.rules.refusals import TooMany

FREE_FAILURES = 5
LONGEST_WAIT = timedelta(hours=24)


def check(path: str, who: str, *, now: datetime) -> None:
    """Refuse (TooMany) while `who` must wait on `path`."""
    row = Attempt.objects.filter(key=fingerprint(f"limit:{path}", who)).first()
    if row and row.blocked_until and row.blocked_until > now:
        minutes = max(1, round((row.blocked_until - now).total_seconds() / 60))
        raise TooMany(f"Too many tries. Please wait {minutes} minute{'s' if minutes > 1 else ''} and try again.")


def failed(path: str, who: str, *, now: datetime) -> None:
    """Count one wrong secret."""
    key = fingerprint(f"limit:{path}", who)
    with transaction.atomic():
        Attempt.objects.bulk_create([Attempt(key=key, last_at=now)], ignore_conflicts=True)
        row = Attempt.objects.select_for_update().get(key=key)
        row.failures, row.last_at = row.failures + 1, now
        if row.failures >= FREE_FAILURES:
            # The power is capped too: a patient guesser must meet the longest wait, not an overflow that forgets him.
            doublings = min(row.failures - FREE_FAILURES, 16)
            row.blocked_until = now + min(LONGEST_WAIT, timedelta(minutes=2**doublings))
        row.save()


def succeeded(path: str, who: str) -> None:
    Attempt.objects.filter(key=fingerprint(f"limit:{path}", who)).delete()


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
