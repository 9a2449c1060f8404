"""Work after a change: a leased queue in the database.

A job is enqueued in the transaction of the change that wants it, so a rolled-back change leaves none. Claiming is a
conditional update, the same on SQLite and PostgreSQL; a worker that dies loses its lease and the job runs again,
so every job must be safe to run twice. Delivery is at least once.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q

from warmhandoff.core import clock, gate, steps
from warmhandoff.core.models import Job
from warmhandoff.rules.refusals import Refusal

log = logging.getLogger("warmhandoff.jobs")
LEASE = timedelta(seconds=60)
# Seconds between the tries of what is sent: a mail server that is down for the afternoon must not end a referral.
SENDING_PAUSES = (5, 30, 120, 600, 1800, 3600, 7200)
POLL_SECONDS = 0.5
TICK_SECONDS = 20.0

Work = Callable[[dict[str, Any], datetime], None]
_WORK: dict[str, Work] = {}
_SENDING: set[str] = set()
_TICKS: dict[str, Callable[[datetime], None]] = {}
_TICKS_WHILE_CLOSED: set[str] = set()


def job(name: str, *, sends: bool = False) -> Callable[[Work], Work]:
    """Register a function as the work of jobs called `name`. It is given the payload and the time.

    sends: it makes something leave, so it waits while the gate is closed after a restore.
    """

    def register(work: Work) -> Work:
        _WORK[name] = work
        if sends:
            _SENDING.add(name)
        return work

    return register


def sending() -> list[str]:
    """Names of the jobs that make something leave."""
    return sorted(_SENDING)


def every_tick(
    name: str, *, while_closed: bool = False
) -> Callable[[Callable[[datetime], None]], Callable[[datetime], None]]:
    """Register work to be looked at on every tick of the worker (the clock that finds what is overdue).

    Without while_closed it rests until the gate is opened after a restore: it may move referrals and write to people.
    """

    def register(work: Callable[[datetime], None]) -> Callable[[datetime], None]:
        _TICKS[name] = work
        if while_closed:
            _TICKS_WHILE_CLOSED.add(name)
        return work

    return register


def enqueue(
    name: str, payload: dict[str, Any], *, now: datetime, run_at: datetime | None = None, dedupe_key: str | None = None
) -> None:
    """Add a job within the caller's transaction. With a dedupe key that was used before, nothing is added."""
    row = Job(name=name, payload=payload, run_at=run_at or now, created_at=now, dedupe_key=dedupe_key)
    Job.objects.bulk_create([row], ignore_conflicts=dedupe_key is not None)


def _bury(now: datetime) -> None:
    """A job whose worker died on its last try is given up: it would kill the next worker as well."""
    lost = Job.objects.filter(state="running", lease_until__lt=now, attempts__gte=F("max_attempts"))
    for name, pk in list(lost.values_list("name", "pk")):
        log.error("job %s %s given up: its worker died on the last try", name, pk)
        lost.filter(pk=pk).update(state="dead", lease_until=None, last_error="worker_died")


def _claim(worker: str, now: datetime) -> Job | None:
    _bury(now)
    due = Q(state="ready", run_at__lte=now) | Q(state="running", lease_until__lt=now)
    if gate.is_closed():
        due &= ~Q(name__in=_SENDING)
    for candidate in Job.objects.filter(due).order_by("run_at")[:5]:
        won = Job.objects.filter(due, pk=candidate.pk, attempts=candidate.attempts).update(
            state="running", lease_owner=worker, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
        if won:
            candidate.refresh_from_db()
            return candidate
    return None


def _finish(claimed: Job, now: datetime, error: Exception | None) -> None:
    mine = Job.objects.filter(
        pk=claimed.pk, lease_owner=claimed.lease_owner, attempts=claimed.attempts, state="running"
    )
    if error is None:
        mine.update(state="done", lease_until=None, last_error="")
        return
    # The kind of fault only: a message may quote what a job was about.
    reason = error.code if isinstance(error, Refusal) else type(error).__name__
    if claimed.attempts >= claimed.max_attempts:
        log.error("job %s %s given up after %d tries: %s", claimed.name, claimed.pk, claimed.attempts, reason)
        mine.update(state="dead", lease_until=None, last_error=reason)
        return
    pause = _pause(claimed) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries
    mine.update(state="ready", lease_until=None, run_at=now + timedelta(seconds=pause), last_error=reason)


def _pause(claimed: Job) -> float:
    if claimed.name in _SENDING:
        return float(SENDING_PAUSES[min(claimed.attempts, len(SENDING_PAUSES)) - 1])
    return min(3600.0, 0.5 * 2**claimed.attempts)


def revive(*payloads: dict[str, Any], now: datetime) -> int:
    """Put jobs with one of these payloads that were given up back in the queue; how many there were."""
    which = Q(pk__in=[])
    for payload in payloads:
        which |= Q(payload=payload)
    return Job.objects.filter(which, state="dead").update(state="ready", attempts=0, run_at=now, last_error="")


def give_up(payload: dict[str, Any], *, because: str) -> int:
    """End the jobs with this payload that are not done: there is nothing left for them to do. How many there were."""
    rows = Job.objects.filter(payload=payload, state__in=["ready", "running"])
    return rows.update(state="done", lease_until=None, last_error=because)


def lay_aside(payload: dict[str, Any], *, because: str) -> int:
    """End the jobs with this payload that were given up: a person decided that they need not be done. How many."""
    return Job.objects.filter(payload=payload, state="dead").update(state="done", last_error=because)


@contextmanager
def _kept(claimed: Job) -> Iterator[None]:
    """Renew the lease while the work takes longer, so that nobody else begins it a second time."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE.total_seconds() / 3):
            mine = Job.objects.filter(pk=claimed.pk, lease_owner=claimed.lease_owner, state="running")
            mine.update(lease_until=clock.now() + LEASE)
            connection.close()

    threading.Thread(target=renew, name="lease", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def run_one(worker: str, now: datetime) -> bool:
    """Claim and run one job that is due. True if there was one."""
    steps.passed("before_claim")
    claimed = _claim(worker, now)
    if claimed is None:
        return False
    steps.passed("after_claim")
    error: Exception | None = None
    try:
        with _kept(claimed):
            _WORK[claimed.name](claimed.payload, now)
    except Exception as fault:  # noqa: BLE001 - whatever a job does, the worker goes on and the job is tried again
        error = fault
        log.warning("job %s %s failed: %s", claimed.name, claimed.pk, type(fault).__name__)
    steps.passed("before_finish")
    _finish(claimed, clock.now(), error)
    steps.passed("after_finish")
    return True


def run_due(now: datetime, *, limit: int = 1000) -> int:
    """Run everything that is due, ticks first; how many jobs ran. For tests, the demo and `serve`'s first breath."""
    tick(now)
    worker, done = f"inline-{uuid4().hex[:8]}", 0
    while done < limit and run_one(worker, now):
        done += 1
    return done


def was_given_up(dedupe_key: str) -> bool:
    """Whether the job enqueued under this key failed for the last time."""
    return Job.objects.filter(dedupe_key=dedupe_key, state="dead").exists()


def tick(now: datetime) -> None:
    """Look at the clock once: whatever is registered with `every_tick` runs, each on its own."""
    for name, work in _TICKS.items():
        if name not in _TICKS_WHILE_CLOSED and gate.is_closed():
            continue
        try:
            work(now)
        except Exception as fault:  # noqa: BLE001 - one tick's fault must not stop the others
            log.error("tick %s failed: %s", name, type(fault).__name__)


def run_for_ever(stop: threading.Event) -> None:
    """The worker: ticks every 20 seconds, polls every half second, until `stop` is set."""
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
    last_tick = 0.0
    while not stop.is_set():
        busy = False
        try:
            close_old_connections()
            now = clock.now()
            if now.timestamp() - last_tick >= TICK_SECONDS:
                last_tick = now.timestamp()
                tick(now)
                beat(worker, now)
            busy = run_one(worker, now)
        except Exception as fault:  # noqa: BLE001 - the worker outlives a database that is away for a while
            log.error("worker: %s", type(fault).__name__)
            connection.close()
            stop.wait(2)
        if not busy:
            stop.wait(POLL_SECONDS)


def beat(worker: str, now: datetime) -> None:
    """Leave a sign of life, which /readyz and `doctor` look for."""
    with transaction.atomic():
        Job.objects.filter(name="heartbeat").delete()
        Job.objects.create(name="heartbeat", payload={"worker": worker}, state="done", run_at=now, created_at=now)


def start_in_thread() -> threading.Event:
    """Start the worker as a daemon thread of this process; set the event to stop it."""
    stop = threading.Event()
    threading.Thread(target=run_for_ever, args=(stop,), name="worker", daemon=True).start()
    return stop
