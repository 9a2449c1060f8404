"""The shared index and what is laid over it: always the answer of the database's rows, whatever the index is of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.apps.directory.test_listing import DANA, NEED, enter_dana, ids
from tests.cast import Cast, make_cast
from warmhandoff.core import jobs
from warmhandoff.core.models import Job
from warmhandoff.directory import columns, indexing
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.listing import edit, relate, retire
from warmhandoff.directory.models import DirectoryVersion, Fact, Listing, MatchingIndex, Source
from warmhandoff.directory.writing import derive, raise_version
from warmhandoff.matching import parse_need, search
from warmhandoff.matching.storage import META

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SIZE = 30


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cast]:
    monkeypatch.setattr(indexing, "WORTH_FILES", 10)
    monkeypatch.setattr(settings, "DATA", tmp_path)
    columns.forget()
    yield make_cast()
    columns.forget()


def shared(cast: Cast, size: int = SIZE) -> list[int]:
    source = Source.objects.create(kind="csv", name="a register", created_at=cast.now)
    found = []
    for number in range(size):
        listing = Listing.objects.create(
            source=source, source_key=str(number), name="x", kind="other", changed_at=cast.now
        )
        seen = cast.now.date() - timedelta(days=number)
        facts = {**DANA, "name": f"Shared {number}", "fee": 5000 + 100 * number}
        if number % 3 == 0:
            del facts["accepting"]
        Fact.objects.bulk_create(
            Fact(listing=listing, field=field, value=value, source=source, seen_on=seen)
            for field, value in facts.items()
        )
        found.append(listing.pk)
    derive(found, version=raise_version(), now=cast.now)
    return found


def answers(cast: Cast, part: str = "clinician", days: int = 0) -> tuple[Any, bool]:
    """The whole answer, and whether an index was under it."""
    found = directory_for(cast.actor(part), today=(cast.now + timedelta(days=days)).date())
    return search(found, parse_need(NEED), 200, relax=True), "over" in found.version


def rows_alone(cast: Cast, part: str = "clinician", days: int = 0) -> Any:
    """The same from the database's rows alone."""
    kept = list(MatchingIndex.objects.all())
    MatchingIndex.objects.all().delete()
    columns.forget()
    found, indexed = answers(cast, part, days)
    assert not indexed
    MatchingIndex.objects.bulk_create(kept)
    columns.forget()
    return found


def test_over_an_index_everything_is_as_from_the_rows_alone(cast: Cast) -> None:
    everyone = shared(cast)
    enter_dana(cast)
    indexing.build(cast.now)
    changes = [
        lambda: edit(cast.actor(), everyone[0], {"plans": ["cigna"]}, now=cast.now),
        lambda: relate(cast.actor(), everyone[1], now=cast.now, excluded=True),
        lambda: relate(cast.actor(), everyone[2], now=cast.now, relationship="know_well"),
        lambda: relate(cast.actor(), everyone[1], now=cast.now, excluded=False),
        lambda: edit(cast.actor(), everyone[4], {"accepting": "closed"}, now=cast.now),
        lambda: retire(cast.actor(), enter_dana(cast, name="Gone"), now=cast.now),
        lambda: Listing.objects.filter(pk=everyone[5]).update(retired_at=cast.now, changed_in=raise_version()),
        lambda: indexing.build(cast.now + timedelta(days=1)),
        lambda: edit(cast.actor(), everyone[7], {"plans": []}, now=cast.now, verified=True),
    ]
    for number, change in enumerate(changes):
        change()
        for part in ("clinician", "outsider"):
            found, indexed = answers(cast, part, days=number)
            assert indexed, f"no index under the answer after change {number}"
            assert found == rows_alone(cast, part, days=number), f"after change {number}, for the {part}"
            answers(cast, part, days=number)


@pytest.mark.parametrize("days", [0, 1, 5, 29, 31, 60, 91, 200])
def test_days_later_what_went_stale_is_unknown_without_a_new_index(cast: Cast, days: int) -> None:
    shared(cast)
    indexing.build(cast.now)
    found, indexed = answers(cast, days=days)
    assert indexed
    assert found == rows_alone(cast, days=days)


def test_a_change_is_seen_by_the_next_query_of_every_process(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    everyone = shared(cast)
    indexing.build(cast.now)
    kept_by: list[dict[Any, Any]] = [{}, {}, {}]  # what each process keeps

    def seen(process: int) -> int:
        monkeypatch.setattr(columns, "_kept", kept_by[process])
        return search(directory_for(cast.actor(), today=cast.now.date()), parse_need(NEED), 200).total

    before = [seen(process) for process in range(3)]
    for place, one in enumerate(everyone[1:20:3]):
        monkeypatch.setattr(columns, "_kept", kept_by[place % 3])
        edit(cast.actor(), one, {"accepting": "closed"}, now=cast.now)
        assert [seen(process) for process in range(3)] == [total - place - 1 for total in before]
    assert all(kept_by)


def test_an_index_of_a_later_day_is_not_used(cast: Cast) -> None:
    shared(cast)
    indexing.build(cast.now)
    found, indexed = answers(cast, days=-3)
    assert not indexed
    assert found == rows_alone(cast, days=-3)


@pytest.mark.parametrize("name", [META, "bits", "rows", indexing._STALE])
def test_a_damaged_index_is_as_good_as_none(cast: Cast, name: str) -> None:
    shared(cast)
    base = indexing.build(cast.now)
    assert base is not None
    right = rows_alone(cast)
    (base.folder / name).write_bytes(b"half")
    columns.forget()
    assert answers(cast) == (right, False)
    (base.folder / name).unlink()
    columns.forget()
    assert answers(cast) == (right, False)


def test_the_job_is_asked_for_when_it_is_worth_it_and_once(cast: Cast) -> None:
    indexing._looked.clear()
    indexing.plan_build(cast.now)
    assert not Job.objects.filter(name="index_directory").exists()
    shared(cast)
    for _ in range(2):
        indexing.plan_build(cast.now)
        assert Job.objects.filter(name="index_directory").count() == 1
    jobs.run_due(cast.now)
    assert answers(cast)[1]
    indexing._looked.clear()
    indexing.plan_build(cast.now)
    assert Job.objects.filter(name="index_directory").count() == 1
    indexing.plan_build(cast.now + timedelta(days=1))
    assert Job.objects.filter(name="index_directory").count() == 2


def test_only_the_index_that_counts_and_the_one_before_stay(cast: Cast) -> None:
    shared(cast)
    folders = [base.folder for base in (indexing.build(cast.now) for _ in range(4)) if base is not None]
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    assert ids(cast)


def test_too_few_listings_need_no_files(cast: Cast) -> None:
    shared(cast, 4)
    assert indexing.build(cast.now) is None
    assert not (Path(settings.DATA) / "matching").exists()
    assert len(ids(cast)) > 0


def test_a_change_rereads_the_rows_that_changed_and_no_others(cast: Cast, django_assert_max_num_queries: Any) -> None:
    everyone = shared(cast)
    indexing.build(cast.now)
    before, today = directory_for(cast.actor(), today=cast.now.date()), cast.now.date()
    edit(cast.actor(), everyone[4], {"plans": ["cigna"]}, now=cast.now)
    with django_assert_max_num_queries(6):
        after = directory_for(cast.actor(), today=today)
    assert len(after.parts[1].segment) <= len(before.parts[1].segment) + 1
    assert after.parts[0].segment is before.parts[0].segment
    assert DirectoryVersion.objects.get().number > 1
