"""What the outbox's kill test runs: messages made, and a worker killed at every named point of handing them over.

python -m tests.faults.sending KILLS PACKETS      prints what was expected and what the database says, as JSON
Each worker is a fork of this process, so that nothing but the kill ends it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from warmhandoff.cli.environment import start_django


class Workers:
    """Forked workers on a clock of their own; `killed` counts those that ended in their tracks."""

    def __init__(self, begun: datetime) -> None:
        self.now = begun
        self.killed: dict[str, int] = {}

    def work(self, point: str = "") -> None:
        """One worker does all that is due; with a point, it is killed when it passes there for the first time."""
        from django.db import connections

        connections.close_all()
        child = os.fork()
        if child == 0:
            self._in_child(point)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            self.killed[point] = self.killed.get(point, 0) + 1
        elif status:
            raise SystemExit(f"the worker fell over at {point or 'no point'}: {status}")

    def _in_child(self, point: str) -> None:
        from warmhandoff.core import clock, jobs, steps

        clock.now = lambda: self.now

        def listener(name: str) -> None:
            if name == point:
                os.kill(os.getpid(), signal.SIGKILL)

        steps.listen(listener)
        while jobs.run_one(f"worker-{os.getpid()}", self.now):
            pass
        os._exit(0)

    def later(self) -> None:
        self.now += timedelta(minutes=3)  # the lease of whoever was killed has run out


def _messages(cast: Any, workers: Workers) -> Callable[[], str]:
    from warmhandoff.clients.inviting import invite_client

    client_ids = iter([cast.client.pk, *(cast.add_client(f"Ada {chr(65 + n)}ell", email=f"ada{n}@client.example",
                      safe_contact={"channels": ["mail"]}) for n in range(3))] * 10000)

    def one() -> str:
        cast.now = workers.now
        return str(invite_client(cast.actor(), next(client_ids), referral_id=None, now=workers.now).message_id)

    return one


def _packets(cast: Any, workers: Workers, *, crossing: bool) -> Iterator[str]:
    from tests.flows import neighbours
    from tests.flows import walk as way
    from warmhandoff.referrals import sending

    while True:
        cast.now = workers.now
        walk = way.released(cast)
        if crossing:
            neighbours.keep(cast, walk.listing_ids[0])
        sending.send(walk.staff, walk.referral_id, way.order(walk, way="member" if crossing else "link"), now=walk.now)
        yield str(walk.delivery.pk)


def _play(kills: int, packets: int) -> dict[str, Any]:
    from tests.cast import NOW, make_cast
    from warmhandoff.core import steps

    workers, found = Workers(NOW), {"messages": [], "links": [], "crossed": []}
    cast = make_cast()
    kinds: list[tuple[str, Callable[[], str], int, tuple[str, ...]]] = [
        ("messages", _messages(cast, workers), kills, steps.NAMES),
        ("links", _packets(cast, workers, crossing=False).__next__, packets, steps.NAMES),
        ("crossed", _packets(cast, workers, crossing=True).__next__, packets, ()),
    ]
    inside = tuple(name for name in steps.NAMES if not name.endswith(("_connect", "_data")))  # nothing is connected to
    for kind, make, count, points in kinds:
        for point in (points or inside) * count:
            found[kind].append(make())
            workers.work(point)
            workers.later()
            workers.work()
    return {**found, "killed": workers.killed, **_said(found)}


def _said(found: dict[str, list[str]]) -> dict[str, Any]:
    from warmhandoff.core.models import AuditEntry, Event, Job, Message
    from warmhandoff.referrals.models import ArrivedPacket, Delivery

    mailed = Message.objects.filter(channel="mail")
    deliveries = Delivery.objects.filter(pk__in=found["links"] + found["crossed"])
    disclosed = AuditEntry.objects.filter(verb="hand_over", subject_kind="referral")
    return {
        "names": {str(pk): str(about) for pk, about in mailed.values_list("pk", "subject_id")},
        "unsent": Message.objects.exclude(state="sent").count(),
        "bodies": sum(bool(row.body.reveal()) for row in Message.objects.all()),
        "tokens": sum(bool(row.token.reveal()) for row in Delivery.objects.all()),
        "states": sorted(set(deliveries.values_list("state", flat=True))),
        "handed_over": Event.objects.filter(move="hand_over").count(), "audited": disclosed.count(),
        "arrived": [str(one) for one in ArrivedPacket.objects.values_list("delivery_id", flat=True)],
        "jobs": list(Job.objects.exclude(state="done").values_list("name", "state", "last_error")),
    }


if __name__ == "__main__":
    start_django()
    print(json.dumps(_play(int(sys.argv[1]), int(sys.argv[2]))))
