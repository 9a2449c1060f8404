"""What the race for a client's link runs: python -m tests.faults.redeeming ROUNDS RACERS

Prints, as JSON, how many of the racers came in per round, and what the rest were told.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from warmhandoff.cli.environment import start_django


def _race(cast: Any, racers: int) -> tuple[int, Counter[str]]:
    from django.db import connection

    from warmhandoff.clients.inviting import invite_client, redeem
    from warmhandoff.rules.refusals import Refusal

    link = invite_client(cast.actor(), cast.client.pk, referral_id=None, now=cast.now).link or ""
    token, code = link.partition("#")[2], cast.client.access_code.reveal()
    start = Barrier(racers)

    def come_in(number: int) -> str:
        start.wait()
        try:
            redeem(token, code, now=cast.now)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(racers) as pool:
        told = Counter(pool.map(come_in, range(racers)))
    return told.pop("in", 0), told


def _play(rounds: int, racers: int) -> dict[str, Any]:
    from tests.cast import make_cast
    from warmhandoff.clients.models import PortalKey
    from warmhandoff.core.models import AuditEntry

    cast, came_in, told = make_cast(), [], Counter[str]()
    for _ in range(rounds):
        count, others = _race(cast, racers)
        came_in.append(count)
        told += others
    used = PortalKey.objects.filter(used_at__isnull=False).count()
    entered = AuditEntry.objects.filter(verb="enter", subject_kind="portal", outcome="done").count()
    return {"came_in": came_in, "told": told, "used": used, "entered": entered}


if __name__ == "__main__":
    start_django()
    print(json.dumps(_play(int(sys.argv[1]), int(sys.argv[2]))))
