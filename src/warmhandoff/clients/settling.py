"""Changing a release once no hand-over on it is under way.

The sending worker holds no lock while it talks to a mail server (security requirement R-13): its row is what says that
one is under way, and whoever takes a permission away waits for it up to its deadline.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from warmhandoff.clients.models import Release

InFlight = Callable[[Release, datetime], bool]


def settled(
    find: Callable[[], Release], change: Callable[[Release], Release], *, now: datetime, in_flight: InFlight,
    wait_seconds: float,
) -> Release:
    """Lock the release, look whether something is under way, and change it in the same transaction; else wait.

    After `wait_seconds` it is changed in any case: what had begun by then had begun.
    """
    until = time.monotonic() + wait_seconds
    while True:
        with transaction.atomic():
            release = find()
            if not in_flight(release, now) or time.monotonic() >= until:
                return change(release)
        time.sleep(0.2)
