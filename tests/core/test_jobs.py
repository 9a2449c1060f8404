"""The queue: nothing lost, nothing run for a change that never was, nothing tried for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from warmhandoff.core import jobs
from warmhandoff.core.models import Job
from warmhandoff.rules.refusals import NotThere

pytestmark = pytest.mark.django_db


class Desk:
    """What the jobs of a test did, and whether they are to fail."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.fault: Exception | None = None

    def work(self, payload: dict[str, Any], now: datetime) -> None:
        self.done.append(payload.get("n"))
        if self.fault:
            raise self.fault


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Iterator[Desk]:
    made = Desk()
    monkeypatch.setattr(jobs, "_WORK", {"test": made.work})
    monkeypatch.setattr(jobs, "_TICKS", {})
    monkeypatch.setattr(jobs.clock, "now", lambda: now)
    yield made


def only() -> Job:
    return Job.objects.get(name="test")


def test_a_job_runs_once_with_its_payload(desk: Desk, now: datetime) -> None:
    jobs.enqueue("test", {"n": 1}, now=now)
    assert jobs.run_due(now) == 1
    assert jobs.run_due(now) == 0
    assert desk.done == [1] and only().state == "done" and only().lease_until is None


def test_a_change_that_is_rolled_back_leaves_no_job(desk: Desk, now: datetime) -> None:
    with pytest.raises(NotThere), transaction.atomic():
        jobs.enqueue("test", {"n": 1}, now=now)
        jobs.enqueue("test", {"n": 2}, now=now, dedupe_key="two")
        raise NotThere
    assert jobs.run_due(now) == 0 and desk.done == []


def test_a_job_waits_for_its_time(desk: Desk, now: datetime) -> None:
    later = now + timedelta(hours=1)
    jobs.enqueue("test", {"n": 1}, now=now, run_at=later)
    assert jobs.run_due(later - timedelta(seconds=1)) == 0
    assert jobs.run_due(later) == 1


def test_the_longest_due_runs_first(desk: Desk, now: datetime) -> None:
    for n in (3, 1, 2):
        jobs.enqueue("test", {"n": n}, now=now, run_at=now - timedelta(minutes=10 - n))
    jobs.run_due(now)
    assert desk.done == [1, 2, 3]


def test_a_dedupe_key_is_used_once_even_after_the_job_is_done(desk: Desk, now: datetime) -> None:
    for n in range(3):
        jobs.enqueue("test", {"n": n}, now=now, dedupe_key="nightly:2026-11-23")
    jobs.run_due(now)
    jobs.enqueue("test", {"n": 9}, now=now, dedupe_key="nightly:2026-11-23")
    assert jobs.run_due(now) == 0 and desk.done == [0]
    jobs.enqueue("test", {"n": 10}, now=now, dedupe_key="nightly:2026-11-24")
    jobs.run_due(now)
    assert desk.done == [0, 10]


def test_a_job_that_fails_is_tried_again_later_and_later(desk: Desk, now: datetime) -> None:
    desk.fault = OSError("mail server away")
    jobs.enqueue("test", {"n": 1}, now=now)
    pauses = []
    for attempt in range(1, 8):
        assert jobs.run_one("w", only().run_at) is True
        assert only().state == "ready" and only().attempts == attempt
        pauses.append((only().run_at - now).total_seconds())
        assert jobs.run_one("w", only().run_at - timedelta(seconds=0.1)) is False
    for attempt, pause in enumerate(pauses, start=1):
        assert 0.8 * 0.5 * 2**attempt <= pause <= 1.2 * 0.5 * 2**attempt
    desk.fault = None
    jobs.run_one("w", only().run_at)
    assert only().state == "done" and only().last_error == ""


def test_a_job_that_always_fails_is_given_up_and_kept_to_be_seen(desk: Desk, now: datetime) -> None:
    desk.fault = OSError("mail server away")
    jobs.enqueue("test", {"n": 1}, now=now)
    for _ in range(20):
        jobs.run_one("w", now + timedelta(days=1))
    assert only().state == "dead" and len(desk.done) == only().max_attempts == 8


@pytest.mark.parametrize(("fault", "kept"), [
    (OSError("to maya@example.org"), "OSError"), (NotThere("Maya Ortiz"), "not_there"), (KeyError("maya"), "KeyError"),
])
def test_of_a_fault_only_its_kind_is_kept(
    desk: Desk, now: datetime, caplog: pytest.LogCaptureFixture, fault: Exception, kept: str
) -> None:
    desk.fault = fault
    jobs.enqueue("test", {"n": 1}, now=now)
    jobs.run_one("w", now)
    assert only().last_error == kept
    assert "maya" not in caplog.text.lower() and "failed" in caplog.text


def test_a_job_nobody_knows_is_not_lost(desk: Desk, now: datetime) -> None:
    jobs.enqueue("test", {"n": 1}, now=now)
    Job.objects.update(name="from a newer release")
    jobs.run_one("w", now)
    assert Job.objects.get().state == "ready"


def test_a_worker_that_died_loses_its_lease(desk: Desk, now: datetime) -> None:
    jobs.enqueue("test", {"n": 1}, now=now)
    assert jobs._claim("the one that dies", now) is not None
    assert jobs.run_one("w", now + jobs.LEASE) is False, "the lease still holds"
    assert jobs.run_one("w", now + jobs.LEASE + timedelta(seconds=1)) is True
    assert desk.done == [1] and only().state == "done" and only().attempts == 2


def test_a_worker_that_wakes_up_after_its_lease_cannot_finish_for_another(desk: Desk, now: datetime) -> None:
    jobs.enqueue("test", {"n": 1}, now=now)
    slow = jobs._claim("slow", now)
    later = now + jobs.LEASE + timedelta(seconds=1)
    assert slow is not None and jobs._claim("quick", later) is not None
    jobs._finish(slow, later, None)
    jobs._finish(slow, later, OSError())
    assert only().state == "running" and only().lease_owner == "quick"


def test_of_two_that_saw_the_same_job_one_gets_it(desk: Desk, now: datetime) -> None:
    jobs.enqueue("test", {"n": 1}, now=now)
    winners: list[str] = []

    def barge_in(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and not winners:  # the loser has read its candidates and is about to take one
            winners.append("first")
            assert jobs._claim("first", now) is not None
        return execute(sql, params, many, context)

    with connection.execute_wrapper(barge_in):
        assert jobs._claim("second", now) is None
    assert winners and only().lease_owner == "first" and only().attempts == 1


def test_one_faulty_tick_does_not_stop_the_others(desk: Desk, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    looked: list[str] = []

    @jobs.every_tick("broken")
    def _broken(at: datetime) -> None:
        looked.append("broken")
        raise ValueError("Maya")

    @jobs.every_tick("whole")
    def _whole(at: datetime) -> None:
        looked.append("whole")
        jobs.enqueue("test", {"n": 1}, now=at)

    assert jobs.run_due(now) == 1
    assert looked == ["broken", "whole"] and desk.done == [1]
    assert "tick broken failed: ValueError" in caplog.text and "Maya" not in caplog.text


def test_a_job_that_was_given_up_can_be_brought_back(desk: Desk, now: datetime) -> None:
    desk.fault = OSError("mail server away")
    for n in (1, 2):
        jobs.enqueue("test", {"n": n}, now=now, dedupe_key=f"packet:{n}")
    while jobs.run_one("w", now + timedelta(days=2)):
        pass
    assert jobs.was_given_up("packet:1") and not jobs.was_given_up("packet:3")
    desk.fault, desk.done = None, []
    assert jobs.revive({"n": 1}, {"n": 7}, now=now) == 1
    assert jobs.revive({"n": 1}, now=now) == 0, "it is not dead any more"
    assert jobs.revive(now=now) == 0
    assert not jobs.was_given_up("packet:1") and jobs.was_given_up("packet:2")
    assert jobs.run_due(now) == 1 and desk.done == [1]


def test_run_due_stops_at_its_limit(desk: Desk, now: datetime) -> None:
    for n in range(5):
        jobs.enqueue("test", {"n": n}, now=now)
    assert jobs.run_due(now, limit=3) == 3 and len(desk.done) == 3


def test_a_sign_of_life_is_one_row_and_never_work(desk: Desk, now: datetime) -> None:
    for minutes in range(3):
        jobs.beat("w", now + timedelta(minutes=minutes))
    beat = Job.objects.get(name="heartbeat")
    assert beat.run_at == now + timedelta(minutes=2)
    assert jobs.run_due(now + timedelta(days=1)) == 0


def test_the_worker_ticks_beats_works_and_stops(desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.enqueue("test", {"n": 1}, now=now)
    stop = threading.Event()
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)
    polls: list[int] = []
    run_one = jobs.run_one

    def counted(worker: str, at: datetime) -> bool:
        polls.append(1)
        if len(polls) == 3:
            stop.set()
        return run_one(worker, at)

    monkeypatch.setattr(jobs, "run_one", counted)
    jobs.run_for_ever(stop)
    assert desk.done == [1] and len(polls) == 3 and Job.objects.filter(name="heartbeat").count() == 1
