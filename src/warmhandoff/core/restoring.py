"""Restoring a backup, and fencing off the past that comes back with it (security requirement R-57).

A backup remembers links that were used since, messages that left since and releases that were taken back since. So a
restored database begins a new epoch: every session and link ends, nothing unsent is sent, the journal's ends are made
true again, and the gate stays closed until a person opens it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from warmhandoff.core import db, journal, outbox, roles, rows
from warmhandoff.core.backing_up import Progress, epoch_number, read_through
from warmhandoff.core.jobs import sending
from warmhandoff.core.models import Epoch, Job
from warmhandoff.core.sealed_stream import Reader, altered
from warmhandoff.rules.refusals import BadInput, Problem, Unavailable

# Each app ends its own links. Given the time, it returns what a person has to look at.
Fence = Callable[[datetime], list[str]]
_FENCES: dict[str, Fence] = {}


def fence(name: str) -> Callable[[Fence], Fence]:
    """Register what an app ends when a restore begins a new epoch, within the restore's transaction."""

    def register(end: Fence) -> Fence:
        _FENCES[name] = end
        return end

    return register


@dataclass(frozen=True)
class Restored:
    """What a restore did, and what it leaves to a person."""

    created_at: str
    epoch: int
    rows: int
    to_look_at: list[str]  # what had not left when the backup was made: it may have left since
    journal_found: bool
    reapplied: list[str]
    not_in_backup: list[str]
    by_hand: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def restore(path: Path, *, now: datetime, progress: Progress | None = None) -> Restored:
    """Put a backup into the configured database, which must be new, and fence off the past.

    Refuses before anything is written: BadInput for a target that is not empty, for a file that is no backup or was
    altered, and for one of a newer program; Unavailable for another key. The gate is closed afterwards.
    """
    check_target()
    header, counts = read_through(path)
    check_schema(header, str(path))
    if connection.vendor == "sqlite":
        return _into_embedded(path, header, counts, now=now, progress=progress)
    app = roles.name_of_app() if roles.owner_is_apart() else ""
    with roles.as_owner(), transaction.atomic():
        done = _fill_and_fence(path, header, counts, now=now, progress=progress)
        if app:
            roles.grant(app)
        return done


def check_target() -> None:
    """Refuse (BadInput) a data folder that holds anything, or a PostgreSQL database that has tables."""
    if connection.vendor == "sqlite":
        folder = Path(str(connection.settings_dict["NAME"])).parent
        _forget_torn(folder)
        held = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        where = str(folder)
    else:
        try:
            held = connection.introspection.table_names()
        except DatabaseError as error:
            raise Unavailable(f"The database cannot be used: {error}") from error
        where = "the database"
    if held:
        raise BadInput(Problem(
            f"{where} is not empty ({held[0]}{' and more' if len(held) > 1 else ''}) and was left as it is. Restore "
            "into a new place: another --data, or a new database in WARMHANDOFF_DATABASE_URL"
        ))


_PART = ".restoring.sqlite3"


def _forget_torn(folder: Path) -> None:
    """What a restore that was killed left behind: never a database under its own name."""
    for path in folder.glob(f"{_PART}*"):
        path.unlink(missing_ok=True)


def check_schema(header: dict[str, Any], name: str) -> None:
    """Refuse (BadInput) a backup whose tables this program does not know yet."""
    known = MigrationLoader(None).graph.nodes  # without a connection: connecting would make the file we are to make
    unknown = [f"{app}.{migration}" for app, migration in header["schema"] if (app, migration) not in known]
    if unknown:
        raise BadInput(Problem(
            f"made by a newer Warm Handoff ({header['program']}; {unknown[0]} is not known here): restore it with that "
            "version or a later one. Nothing was written", file=name,
        ))


def _into_embedded(
    path: Path, header: dict[str, Any], counts: dict[str, int], *, now: datetime, progress: Progress | None
) -> Restored:
    final = Path(str(connection.settings_dict["NAME"]))
    part = final.with_name(_PART)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with db.embedded_at(part):
            done = _fill_and_fence(path, header, counts, now=now, progress=progress)
        part.rename(final)  # closing the last connection has emptied and removed the write-ahead log
        _sync(final)
    except (OSError, DatabaseError) as error:
        raise Unavailable(f"The backup could not be restored: {error}. Nothing was left in {final.parent}.") from error
    finally:
        _forget_torn(final.parent)
    return done


def _sync(path: Path) -> None:
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _fill_and_fence(
    path: Path, header: dict[str, Any], counts: dict[str, int], *, now: datetime, progress: Progress | None
) -> Restored:
    fill(path, header, counts, progress=progress)
    db.bring_up_to_date()
    with transaction.atomic():
        return _new_epoch(header, sum(counts.values()), now)


def fill(path: Path, header: dict[str, Any], counts: dict[str, int], *, progress: Progress | None = None) -> None:
    """Make the tables as they were when the backup was made, and put every row in. The database is new and empty.

    header, counts: as `read_through` returned them; BadInput when the file no longer says the same.
    """
    executor = MigrationExecutor(connection)
    leaves = cast(list[tuple[str, str]], [tuple(leaf) for leaf in header["schema"]])
    executor.migrate(leaves)
    registry = MigrationExecutor(connection).loader.project_state(leaves).apps
    models = {model._meta.db_table: model for model in rows.tables(registry)}
    with transaction.atomic(), path.open("rb") as file:
        reader = Reader(file, str(path))
        if reader.header != header or _load(reader, models, str(path), progress) != counts:
            raise altered(str(path))
        _number_on(list(models.values()))


def _load(reader: Reader, models: dict[str, Any], name: str, progress: Progress | None) -> dict[str, int]:
    loader: rows.Loader | None = None
    counts: dict[str, int] = {}
    table, done = "", 0
    for line in reader.lines():
        if isinstance(line, list) and loader is not None:
            loader.add(line)
            counts[table] += 1
            done += 1
            if progress and done % 500 == 0:
                progress(done, reader.header["rows"])
            continue
        if loader is not None:
            loader.flush()
        if "table" in line:
            table = line["table"]
            counts[table] = 0
            loader = rows.Loader(models[table], line["columns"], "default")
    if progress:
        progress(done, reader.header["rows"])
    return counts


def _number_on(models: list[Any]) -> None:
    """Check what rows say of one another, and let numbered keys go on after the highest."""
    connection.check_constraints()
    statements = connection.ops.sequence_reset_sql(no_style(), models)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _new_epoch(header: dict[str, Any], count: int, now: datetime) -> Restored:
    epoch = max(epoch_number(), header["epoch"]) + 1
    Epoch.objects.filter(gate_opened_at=None).delete()  # a closed gate in the backup: this one takes its place
    Epoch.objects.create(number=epoch, began_at=now, backup_at=datetime.fromisoformat(header["created_at"]))
    to_look_at = [f"{name}: {line}" for name, end in _FENCES.items() for line in end(now)]
    to_look_at += [f"message: {line}" for line in outbox.stop_all()] + [f"job: {line}" for line in _park()]
    ends = journal.apply_all(now)
    return Restored(
        created_at=header["created_at"], epoch=epoch, rows=count, to_look_at=to_look_at, journal_found=ends.found,
        reapplied=ends.again, not_in_backup=ends.not_here, by_hand=ends.by_hand,
    )


def _park() -> list[str]:
    """Set every job aside that would make something leave. What was planned for later is planned anew by the clock."""
    waiting = Job.objects.filter(name__in=sending(), state__in=["ready", "running"])
    named = [f"{row.name} {next(iter(row.payload.values()), '')}" for row in waiting.order_by("created_at")]
    waiting.update(state="parked", lease_until=None, last_error="restored")
    return named


@dataclass(frozen=True)
class Drilled:
    """A backup that was restored into a scratch folder and looked at. `faults` is empty when all is well."""

    created_at: str
    rows: int
    tables: int
    fields: int
    values: int
    seconds: float
    faults: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def _keys_of_scratch() -> Iterator[None]:
    from warmhandoff.core.sealing import forget_keys

    forget_keys()  # data keys are to come from the backup, not from what this process read before
    try:
        yield
    finally:
        forget_keys()


def drill(path: Path, folder: Path, *, sample: int = 20, progress: Progress | None = None) -> Drilled:
    """Restore into an SQLite database in `folder` (scratch) and look: rows of each table, values of each sealed field.

    sample: how many values of each sealed field are opened. Refuses like `restore`; the configured database is not
    touched.
    """
    import time

    begun = time.monotonic()
    header, counts = read_through(path)
    check_schema(header, str(path))
    with db.embedded_at(folder / "drill.sqlite3"), _keys_of_scratch():
        fill(path, header, counts, progress=progress)
        db.bring_up_to_date()
        faults = [f"{table}: {counts[table]} rows in the backup, {found} restored"
                  for table, found in rows.count("default").items() if table in counts and found != counts[table]]
        fields, values, shut = open_some(sample)
    return Drilled(
        header["created_at"], sum(counts.values()), len(counts), fields, values,
        round(time.monotonic() - begun, 1), faults + shut,
    )


def open_some(sample: int) -> tuple[int, int, list[str]]:
    """Open up to `sample` values of every sealed field: how many fields, how many values, and which did not open."""
    from warmhandoff.core.fields import SealedField

    fields, values, shut = 0, 0, []
    for model in rows.tables():
        for field in model._meta.concrete_fields:
            if not isinstance(field, SealedField):
                continue
            fields += 1
            filled = model._base_manager.filter(**{f"{field.name}__isnull": False})
            for row in filled.order_by("pk")[:sample]:
                values += 1
                try:
                    getattr(row, field.attname).reveal()
                except Unavailable as refusal:
                    shut.append(f"{model._meta.db_table} {row.pk}: {refusal.message}")
    return fields, values, shut


def journal_place() -> str:
    return str(settings.JOURNAL_FILE)
