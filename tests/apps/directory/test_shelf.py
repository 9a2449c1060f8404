"""The directory in memory: read once, whatever the day, and changed in place."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError

from tests.apps.directory.test_listing import enter_dana
from tests.cast import Cast
from warmhandoff.core import clock
from warmhandoff.directory import shelf
from warmhandoff.directory.listing import edit

pytestmark = pytest.mark.usefixtures("_read_anew")


@pytest.fixture
def _read_anew(monkeypatch: pytest.MonkeyPatch, db: None) -> Any:
    """As outside a transaction, where the shelf is kept; the test's own connection stays open."""
    monkeypatch.setattr(shelf, "close_old_connections", lambda: None)
    monkeypatch.setattr(shelf, "connection", type("Outside", (), {"in_atomic_block": False, "close": lambda: None}))
    shelf.forget()
    yield
    shelf.forget()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each reading of the directory took."""
    read: list[int] = []
    columns = shelf._columns

    def counted(rows: Any, *more: Any) -> Any:
        read.append(len(rows))
        return columns(rows, *more)

    monkeypatch.setattr(shelf, "_columns", counted)
    return read


def test_another_day_reads_nothing_and_counts_what_still_counts(cast: Cast, readings: list[int]) -> None:
    enter_dana(cast, name="Dana Example", languages=["es"])
    today = cast.now.date()
    names = shelf.shelf_on(today).sets["accepting"]
    assert [names.found[number] for number in shelf.shelf_on(today).facets["accepting"]] == [("open",)]
    readings.clear()
    later = shelf.shelf_on(today + timedelta(days=400))
    assert [later.facets[name].tolist() for name in ("accepting", "state")] != [[0], [0]], "a place stays where it is"
    assert later.facets["accepting"].tolist() == [0], "openings of a year ago are not known any more"
    assert shelf.shelf_on(today) is shelf.shelf_on(today) and readings == []


def test_a_few_days_are_kept_and_no_more(cast: Cast) -> None:
    enter_dana(cast)
    for day in range(9):
        shelf.shelf_on(cast.now.date() + timedelta(days=day))
    assert shelf._kept is not None and len(shelf._kept.shelves) == 3


@pytest.mark.parametrize("one_by_one", [1000, 0])
def test_what_changed_stands_where_it_belongs(
    cast: Cast, readings: list[int], monkeypatch: pytest.MonkeyPatch, one_by_one: int
) -> None:
    """Put in one by one or in order together, it is as if everything had been read anew."""
    monkeypatch.setattr(shelf, "_ONE_BY_ONE", one_by_one)
    keys = [enter_dana(cast, name=name) for name in ("Same", "Zoe", "Same", "Ann", "Same")]
    today = cast.now.date()
    shelf.shelf_on(today)
    readings.clear()
    edit(cast.actor(), keys[1], {"name": "Same"}, now=cast.now)
    edit(cast.actor(), keys[2], {"name": "Able"}, now=cast.now)
    keys.append(enter_dana(cast, name="Same"))
    kept = shelf.shelf_on(today)
    assert readings == [3], "only what changed was read"
    assert kept.ids.tolist() == [keys[2], keys[3], keys[0], keys[1], keys[4], keys[5]]
    shelf.forget()
    anew = shelf.shelf_on(today)
    for name in ("ids", "owners", "retired", "by_id"):
        assert np.array_equal(getattr(kept, name), getattr(anew, name)), name
    for name, column in anew.facets.items():
        said = [[one.sets[name].found[number] for number in one.facets[name]] for one in (kept, anew)]
        assert said[0] == said[1] and len(said[0]) == len(column), name


def test_it_is_read_before_anybody_asks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    enter_dana(cast)
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda seconds: stop.set())
    shelf.keep_ready(stop)
    assert shelf._kept is not None and list(shelf._kept.shelves) == [cast.now.date()]


def test_a_database_that_is_away_does_not_end_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def away(today: Any) -> None:
        tries.append(today)
        raise OperationalError("no such server")

    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda seconds: len(tries) < 2 or stop.set())
    monkeypatch.setattr(shelf, "shelf_on", away)
    shelf.keep_ready(stop)
    assert len(tries) == 2 and "could not be read ahead" in caplog.text
