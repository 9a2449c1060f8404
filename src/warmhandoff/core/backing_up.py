"""Making a backup: one sealed file with every row of one instant, while the server goes on.

It is written under another name, brought to the disk, read back whole and only then given its name: a file under a
backup's name is a whole backup. The keys are never in it.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Max

from warmhandoff import __version__
from warmhandoff.core import db, jobs, rows
from warmhandoff.core.models import Epoch, Job
from warmhandoff.core.sealed_stream import Reader, Writer, altered
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem, Unavailable

Progress = Callable[[int, int], None]
SUFFIX = ".whbackup"
KEPT_DAYS, KEPT_WEEKS, KEPT_MONTHS = 7, 4, 12
_NAME = re.compile(r"warmhandoff-(\d{8}T\d{6})Z\.whbackup")


@dataclass(frozen=True)
class Made:
    """A backup that was made and read back. `size` in bytes."""

    file: str
    created_at: datetime
    tables: int
    rows: int
    size: int
    epoch: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "created_at": self.created_at.isoformat()}


def check_place(path: Path) -> None:
    """Refuse (NotAllowed) a folder that holds the keys: who takes the backup must not take the keys with it.

    BadInput where a file of that name exists or the folder does not.
    """
    folder = path.absolute().parent.resolve()
    for key in (settings.ENCRYPTION_KEY_FILE, settings.SECRET_KEY_FILE):
        # Beside the key or below it, and also above: whoever copies the folder of backups copies what lies in it.
        if folder.is_relative_to(key.resolve().parent) or key.resolve().is_relative_to(folder):
            raise NotAllowed(
                f"{folder} holds the key file {key.name}. A backup beside its key protects nobody: choose a folder on "
                "another disk or machine. Nothing was written."
            )
    if not folder.is_dir():
        raise BadInput(Problem("there is no such folder", file=str(folder)))
    if path.exists():
        raise BadInput(Problem("there is a file of this name already, and it was left as it is", file=str(path)))


def back_up(path: Path, *, now: datetime, progress: Progress | None = None) -> Made:
    """Write every row as of now to `path`. Refuses as `check_place`; Unavailable when disk or database are not there.

    progress: called with rows done and rows in all, first for writing, then for reading back.
    """
    path = path.absolute()
    check_place(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        written = _write(part, now, progress or _silent)
        _read_back(part, written, progress or _silent)
        size = part.stat().st_size
        _give_name(part, path)
    except OSError as error:
        raise Unavailable(f"The backup could not be written: {error.strerror or error}. Nothing was left.") from error
    except DatabaseError as error:
        raise Unavailable(f"The database could not be read: {type(error).__name__}. Nothing was left.") from error
    finally:
        part.unlink(missing_ok=True)
    made = Made(str(path), now, len(written), sum(written.values()), size, epoch_number())
    _note(made, now)
    return made


def _silent(done: int, every: int) -> None:
    pass


def epoch_number(alias: str = "default") -> int:
    """Which life of the database this is; 0 for one that was never restored."""
    return Epoch.objects.using(alias).aggregate(newest=Max("number"))["newest"] or 0


def _write(part: Path, now: datetime, progress: Progress) -> dict[str, int]:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, db.snapshot() as alias:
        expected = rows.count(alias)
        header = {
            "program": __version__, "created_at": now.isoformat(), "database": connection.vendor,
            "schema": db.schema(), "epoch": epoch_number(alias), "rows": sum(expected.values()),
        }
        writer = Writer(file, header, secrets.token_bytes(32))
        written = _write_tables(writer, alias, sum(expected.values()), progress)
        writer.line({"end": written})
        writer.close()
        file.flush()
        os.fsync(file.fileno())
    if written != expected:
        raise Unavailable("The database changed under the backup: rows read are not those counted. Nothing was left.")
    return written


def _write_tables(writer: Writer, alias: str, every: int, progress: Progress) -> dict[str, int]:
    written, done = {}, 0
    for model in rows.tables():
        table, count = model._meta.db_table, 0
        writer.line({"table": table, "columns": rows.columns(model)})
        for row in rows.read(model, alias):
            writer.line(row)
            count += 1
            done += 1
            if done % 500 == 0:
                progress(done, every)
        written[table] = count
    progress(every, every)
    return written


def read_through(path: Path, progress: Progress | None = None) -> tuple[dict[str, Any], dict[str, int]]:
    """Read a whole backup without writing anything: its header and the rows of each table.

    BadInput when it is no backup, or not as it was written; Unavailable when it cannot be read or the key is another.
    """
    show = progress or _silent
    try:
        with path.open("rb") as file:
            reader = Reader(file, str(path))
            return reader.header, _count(reader, str(path), show)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error


def _count(reader: Reader, name: str, progress: Progress) -> dict[str, int]:
    counts: dict[str, int] = {}
    end, table, done = None, "", 0
    for line in reader.lines():
        if isinstance(line, list):
            counts[table] += 1
            done += 1
            if done % 500 == 0:
                progress(done, reader.header["rows"])
        elif "table" in line:
            table = line["table"]
            counts[table] = 0
        else:
            end = line["end"]
    if end != counts:
        raise altered(name)
    progress(done, reader.header["rows"])
    return counts


def _read_back(part: Path, written: dict[str, int], progress: Progress) -> None:
    try:
        counts = read_through(part, progress)[1]
    except BadInput as error:
        raise Unavailable("What was written does not read back: the disk may be failing. Nothing was left.") from error
    if counts != written:
        raise Unavailable("Fewer rows read back than were written: the disk may be failing. Nothing was left.")


def _give_name(part: Path, path: Path) -> None:
    try:
        os.link(part, path)  # unlike a rename, it never replaces a file that appeared meanwhile
    except FileExistsError as error:
        raise BadInput(Problem("a file of this name appeared meanwhile, and was left", file=str(path))) from error
    except OSError:  # a file system without hard links
        part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _note(made: Made, now: datetime) -> None:
    """Leave a sign of the last backup, which `doctor` looks for."""
    about = {"rows": made.rows, "size": made.size}
    with transaction.atomic():
        Job.objects.filter(name="backed_up").delete()
        Job.objects.create(name="backed_up", payload=about, state="done", run_at=now, created_at=now)


@jobs.every_tick("backup", while_closed=True)
def plan_backup(now: datetime) -> None:
    """One backup a day, where a folder for them is set; asking again on the same day adds none."""
    key = f"back_up:{now:%Y-%m-%d}"
    if settings.BACKUP_FOLDER and not Job.objects.filter(dedupe_key=key).exists():
        jobs.enqueue("back_up", {}, now=now, dedupe_key=key)


@jobs.job("back_up")
def back_up_by_schedule(payload: dict[str, Any], now: datetime) -> None:
    """The day's backup, then the old ones go. Run twice in a day (after a crash), it makes a second one."""
    folder = Path(settings.BACKUP_FOLDER)
    if not settings.BACKUP_FOLDER:
        return  # unset since it was planned
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The backup folder cannot be made: {error.strerror}") from error
    back_up(folder / f"warmhandoff-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}", now=now)
    prune(folder, now=now)


def prune(folder: Path, *, now: datetime) -> list[Path]:
    """Remove scheduled backups that no day, week or month needs any more, and torn files; which they were."""
    times = {path: made for path in folder.iterdir() if (made := _made_at(path.name))}
    kept = _kept(times.values())
    gone = [path for path, made in times.items() if made not in kept]
    old = (now - timedelta(days=1)).timestamp()
    gone += [path for path in folder.glob(".warmhandoff-*.part") if path.stat().st_mtime < old]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _made_at(name: str) -> datetime | None:
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else None


def _kept(times: Iterable[datetime]) -> set[datetime]:
    """The newest backup of each of the last days, weeks and months that have one."""
    kept: set[datetime] = set()
    for form, most in (("%Y-%m-%d", KEPT_DAYS), ("%G-%V", KEPT_WEEKS), ("%Y-%m", KEPT_MONTHS)):
        newest: dict[str, datetime] = {}
        for made in sorted(times):
            newest[made.strftime(form)] = made
        kept.update(sorted(newest.values())[-most:])
    return kept
