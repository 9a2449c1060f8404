"""Renewing a practice's data key: new writes use the new version at once, and a job seals what is there anew.

Each value is exchanged on the condition that it is still the one that was read, so that a concurrent edit is never
overwritten. The old version is destroyed when no value is left under it and every process knows of the new one.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Max, Min

from warmhandoff.core import audit, db, jobs, sealing
from warmhandoff.core.fields import SealedBytes, SealedField
from warmhandoff.core.models import Job, PracticeKey
from warmhandoff.rules.refusals import NotNow, Stale, Unavailable

log = logging.getLogger("warmhandoff.keys")
# A process may seal with the version before for KNOWN_SECONDS and then take a while to write; SQLite gives a write 20
# seconds. After this nobody can add a value under an old version any more.
SETTLED = timedelta(seconds=60)
SLICE_SECONDS = 1.0  # the worker has other things to do between two slices
BATCH, BATCH_OF_FILES = 100, 4
AGAIN, MUCH_LATER = timedelta(seconds=10), timedelta(hours=1)


@dataclass(frozen=True)
class Column:
    """One sealed column, as SQL and Python name it."""

    model: type[models.Model]
    field: SealedField

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def name(self) -> str:
        return f"{self.table}.{self.field.attname}"

    @property
    def batch(self) -> int:
        return BATCH_OF_FILES if isinstance(self.field, SealedBytes) else BATCH

    def place(self, practice_id: UUID, row: str) -> sealing.Place:
        """Where the value of one row lies."""
        return sealing.Place(practice_id, self.table, self.field.attname, row, self.field.apart)

    def sql(self, text: str) -> str:
        """SQL with {table}, {value}, {key} and {practice} in it."""
        quote, about = connection.ops.quote_name, self.model._meta
        key: Any = about.pk
        owner: Any = about.get_field("practice_id")
        named = {"table": self.table, "value": str(self.field.column), "key": key.column, "practice": owner.column}
        return text.format(**{place: quote(name) for place, name in named.items()})


def sealed_columns() -> list[Column]:
    """Every sealed column of every model, by name: found by looking, so that none can be forgotten."""
    found = [
        Column(model, one) for model in apps.get_models() for one in model._meta.concrete_fields
        if isinstance(one, SealedField) and model._meta.managed and not model._meta.proxy
    ]
    return sorted(found, key=lambda column: column.name)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def _as_stored(value: UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


def count_values() -> dict[UUID, Counter[int]]:
    """How many sealed values of each practice lie under each version of its data key."""
    found: dict[UUID, Counter[int]] = {}
    for column in sealed_columns():
        sql = column.sql(
            "SELECT {practice}, substr({value}, 1, 5) AS head, count(*) FROM {table} WHERE {value} IS NOT NULL "
            "GROUP BY {practice}, head"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for practice, head, count in cursor.fetchall():
                found.setdefault(_uuid(practice), Counter())[int.from_bytes(bytes(head)[1:])] += count
    return found


def left_of(practice_id: UUID) -> int:
    """How many values of a practice are not under the newest version of its data key."""
    head, total = sealing.head_of_version(sealing.newest_version(practice_id)), 0
    for column in sealed_columns():
        sql = column.sql("SELECT count(*) FROM {table} WHERE {practice} = %s AND substr({value}, 1, 5) < %s")
        with connection.cursor() as cursor:
            cursor.execute(sql, [_as_stored(practice_id), head])
            total += cursor.fetchone()[0]
    return total


def renew(practice_id: UUID, *, now: datetime) -> int:
    """Make a new version of a practice's data key and plan the job that moves everything under it; its number.

    NotNow where the practice has no key any more; Stale when another renewal came first.
    """
    newest = PracticeKey.objects.filter(practice_id=practice_id).aggregate(newest=Max("version"))["newest"]
    if newest is None:
        raise NotNow("The keys of this practice were destroyed: there is nothing left to renew.")
    try:
        with transaction.atomic():
            sealing.add_data_key(practice_id, newest + 1)
            audit.record_keys("renew_key", f"v{newest + 1}", practice_id=practice_id, now=now)
            plan(practice_id, now=now)
    except IntegrityError as error:
        raise Stale("Someone else renews this practice's key just now.") from error
    finally:
        sealing.forget_keys(practice_id)
    return newest + 1


@dataclass(frozen=True)
class Mark:
    """How far a pass has come: the next column and the last key done in it; how many values it has sealed anew."""

    column: str = ""
    after: str = ""
    done: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"column": self.column, "after": self.after, "done": self.done}


def plan(practice_id: UUID, *, now: datetime, mark: Mark | None = None) -> None:
    """Plan the next slice of a practice's re-sealing, unless one is planned."""
    ours = Job.objects.filter(name="reseal", payload__practice=practice_id.hex)
    ours.filter(state="done").delete()
    if not ours.filter(state="ready").exists():
        jobs.enqueue("reseal", {"practice": practice_id.hex, **(mark or Mark()).as_json()}, now=now)


@jobs.every_tick("reseal", while_closed=True)
def go_on(now: datetime) -> None:
    """Whoever has several versions has a job: also after a restore, or when a job was given up."""
    several = _data_key_rows().values("practice_id").annotate(low=Min("version"), high=Max("version"))
    for practice_id in several.filter(low__lt=models.F("high")).values_list("practice_id", flat=True):
        rows = Job.objects.filter(name="reseal", payload__practice=practice_id.hex)
        if not rows.filter(state__in=["ready", "running"]).exists():
            plan(practice_id, now=now)


def _data_key_rows() -> models.QuerySet[PracticeKey]:
    """The data keys alone: the index key beside them seals nothing, and is neither renewed nor destroyed by age."""
    return PracticeKey.objects.exclude(version=sealing.INDEX_KEY)


@jobs.job("reseal")
def reseal(payload: dict[str, Any], now: datetime) -> None:
    """One slice of a practice's re-sealing; it plans the next one. Safe to run twice, and beside another."""
    practice_id = UUID(payload["practice"])
    if not PracticeKey.objects.filter(practice_id=practice_id).exists():
        return  # shredded since it was planned
    mark = go_through(practice_id, Mark(payload["column"], payload["after"], payload["done"]), SLICE_SECONDS)
    if mark.column:
        plan(practice_id, now=now, mark=mark)
    elif not destroy_old(practice_id, now=now):
        # What could not be opened is tried again, but not for ever at once.
        stuck = not mark.done and left_of(practice_id)
        plan(practice_id, now=now + (MUCH_LATER if stuck else AGAIN))


def go_through(practice_id: UUID, mark: Mark, seconds: float) -> Mark:
    """Seal values anew from the mark on, for about so long; the mark to go on from, without a column at the end."""
    until = time.monotonic() + seconds
    newest = sealing.newest_version(practice_id)
    done, after = mark.done, mark.after
    for column in sealed_columns():
        if column.name < mark.column:
            continue
        while True:
            if time.monotonic() > until:
                return Mark(column.name, after, done)
            rows = _page(column, practice_id, newest, after)
            if not rows:
                break
            done += _seal_anew(column, practice_id, rows)
            after = str(_uuid(rows[-1][0]))
        after = ""
    return Mark(done=done)


def _page(column: Column, practice_id: UUID, newest: int, after: str) -> list[tuple[Any, bytes]]:
    sql = column.sql(
        "SELECT {key}, {value} FROM {table} WHERE {practice} = %s AND substr({value}, 1, 5) < %s AND {key} > %s "
        "ORDER BY {key} LIMIT %s"
    )
    last = _as_stored(UUID(after)) if after else _as_stored(UUID(int=0))
    with connection.cursor() as cursor:
        cursor.execute(sql, [_as_stored(practice_id), sealing.head_of_version(newest), last, column.batch])
        return [(key, bytes(value)) for key, value in cursor.fetchall()]


def _together() -> AbstractContextManager[Any]:
    """SQLite makes a whole batch durable at once. PostgreSQL: each by itself, so that no two locks are ever held."""
    return transaction.atomic() if connection.vendor == "sqlite" else nullcontext()


def _seal_anew(column: Column, practice_id: UUID, rows: list[tuple[Any, bytes]]) -> int:
    sql = column.sql("UPDATE {table} SET {value} = %s WHERE {key} = %s AND {value} = %s")
    done = 0
    with _together(), connection.cursor() as cursor:
        for key, old in rows:
            place = column.place(practice_id, str(_uuid(key)))
            try:
                new = sealing.seal(sealing.unseal(old, place), place)
            except Unavailable:
                continue  # the log names it; it stays as it is, and so does the key it may need
            cursor.execute(sql, [new, key, old])
            done += cursor.rowcount
    return done


def destroy_old(practice_id: UUID, *, now: datetime) -> bool:
    """Destroy every version but the newest when nothing uses it any more, and say whether it is done.

    Not before the newest has been there for SETTLED, and on PostgreSQL not while a transaction from before is open.
    """
    with transaction.atomic():
        keys = _data_key_rows().filter(practice_id=practice_id).order_by("-version")
        newest = keys.first()
        if newest is None:
            return True
        old = keys.filter(version__lt=newest.version)
        age = now - newest.created_at
        if not old.exists():
            return True
        sealing.forget_keys(practice_id)
        if age < SETTLED or db.others_began_before(age - SETTLED / 2) or left_of(practice_id):
            return False
        named = ",".join(f"v{version}" for version in old.values_list("version", flat=True))
        db.overwrite_what_is_deleted()
        old.delete()
        audit.record_keys("destroy_key", named[:64], practice_id=practice_id, now=now)
    sealing.forget_keys(practice_id)
    db.empty_the_log()
    return True


def work_through(practice_id: UUID, *, clock: Callable[[], datetime]) -> Iterator[int]:
    """Do it all here and now, beside whoever serves; after each step how many values are left. Ends when it is done,
    or with values left that do not open.
    """
    mark = Mark()
    while True:
        mark = go_through(practice_id, mark, SLICE_SECONDS)
        left = left_of(practice_id)
        yield left
        if mark.column:
            continue
        if destroy_old(practice_id, now=clock()) or (left and not mark.done):
            return
        time.sleep(0.2)
        mark = Mark()


@dataclass(frozen=True)
class Version:
    """One version of a practice's data key. `values`: how many are sealed under it."""

    version: int
    created_at: datetime
    wrapped_by: str
    values: int


@dataclass(frozen=True)
class Keys:
    """The data keys of one practice. `left`: values not yet under the newest; `lost`: under a version that is gone."""

    practice_id: UUID
    versions: list[Version] = field(default_factory=list)
    left: int = 0
    lost: int = 0


def data_keys() -> list[Keys]:
    """Every practice's data keys, and what lies under each; also of practices whose keys were destroyed."""
    counts, held = count_values(), dict[UUID, list[Version]]()
    for row in _data_key_rows().order_by("practice_id", "version"):
        values = counts.get(row.practice_id, Counter())[row.version]
        held.setdefault(row.practice_id, []).append(Version(row.version, row.created_at, row.wrapped_by, values))
    found = []
    for practice_id in sorted({*held, *counts}):
        versions, total = held.get(practice_id, []), counts.get(practice_id, Counter())
        readable = sum(one.values for one in versions)
        left = readable - versions[-1].values if versions else 0
        found.append(Keys(practice_id, versions, left, total.total() - readable))
    return found
