"""What `doctor` looks at once the settings are read: each check says what it found and what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max

from warmhandoff.core import breaches, carriers, gate, journal, outbox, roles, sealing
from warmhandoff.core.links import new_token
from warmhandoff.core.models import AuditEntry, Job, PracticeKey
from warmhandoff.core.queries import worker_is_alive
from warmhandoff.documents import release_pdf
from warmhandoff.matching import driver_name
from warmhandoff.rules.refusals import Unavailable
from warmhandoff.rules.short_texts import sms_text, templates

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LEAST_FREE = 500 * 1024 * 1024
OLDEST_BACKUP = timedelta(days=2)
CLOCK_MAY_DIFFER = timedelta(minutes=2)
OLDEST_POSTGRESQL = 14


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `state`: "ok", "finding" (works, but mend it) or "unusable" (cannot work so)."""

    check: str
    state: str
    says: str
    do: str = ""


Check = Callable[[datetime], Iterator[Finding]]


def ok(check: str, says: str) -> Finding:
    return Finding(check, "ok", says)


def wrong(check: str, says: str, do: str) -> Finding:
    return Finding(check, "finding", says, do)


def unusable(check: str, says: str, do: str) -> Finding:
    return Finding(check, "unusable", says, do)


def configuration(now: datetime) -> Iterator[Finding]:
    base = urlsplit(settings.BASE_URL)
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        yield wrong("address", f"{settings.BASE_URL} is not protected on its way.",
                    "Put a proxy with HTTPS before the server and set WARMHANDOFF_BASE_URL to its https:// address.")
    else:
        yield ok("address", settings.BASE_URL)
    if base.scheme == "https" and not settings.TRUSTED_PROXIES:
        yield wrong("proxy", "The address is https, so a proxy stands before the server, but none is named: all "
                    "requests seem to come from it, and wrong secrets cannot be limited by address.",
                    "Set WARMHANDOFF_TRUSTED_PROXIES to the number of your proxies, mostly 1.")
    if settings.WORKER not in ("inside", "apart"):
        yield wrong("settings", f"WARMHANDOFF_WORKER is {settings.WORKER!r}.", "Set it to inside or apart.")
    if settings.PASSWORD_BLOCKLIST and (fault := breaches.fault_of(Path(settings.PASSWORD_BLOCKLIST))):
        yield wrong("settings", f"WARMHANDOFF_PASSWORD_BLOCKLIST ({settings.PASSWORD_BLOCKLIST}) {fault}.",
                    "Put a sorted list of SHA-1 hashes there, or unset it.")
    if settings.CLOCK_OFFSET_SECONDS:
        yield wrong("settings", f"The clock is moved by {settings.CLOCK_OFFSET_SECONDS} seconds.",
                    "Unset WARMHANDOFF_CLOCK_OFFSET: it is for the demo.")


# What the outside of a message must not say, as it stands in lists of mail and on locked screens.
TELLING = ("therap", "counsel", "clinic", "client", "patient", "referral", "mental", "psych", "handoff", "recovery")


def outside(now: datetime) -> Iterator[Finding]:
    named = {"WARMHANDOFF_MAIL_FROM": settings.MAIL_FROM, "WARMHANDOFF_SMS_SENDER": settings.SMS_SENDER,
             "WARMHANDOFF_BASE_URL": urlsplit(settings.BASE_URL).hostname or ""}
    telling = sorted(name for name, text in named.items() if any(word in text.casefold() for word in TELLING))
    if telling and (settings.SMTP_URL or settings.SMS_URL):
        yield wrong("outside", f"Whoever looks at a client's phone reads what this is about: {', '.join(telling)}.",
                    "Choose names that say nothing, or be sure that every client knows and agrees.")


def mail(now: datetime) -> Iterator[Finding]:
    if not settings.SMTP_URL:
        yield ok("mail", "Not set up: staff hand links over themselves.")
        return
    try:
        outbox.reach()
    except (OSError, Unavailable) as error:
        yield wrong("mail", f"The mail server cannot be used: {type(error).__name__}: {error}",
                    "Check host, port, user and password in WARMHANDOFF_SMTP_URL; what waits is sent once it answers.")
    else:
        yield ok("mail", "The mail server answers.")


def texts(now: datetime) -> Iterator[Finding]:
    if not settings.SMS_URL:
        return
    try:
        carriers.carrier("sms").reach()
        for template, language in templates():
            link = f"{settings.BASE_URL}/c/#{new_token()}"
            sms_text(template, {"label": settings.SMS_SENDER, "link": link, "language": language})
    except (OSError, Unavailable) as error:
        yield wrong("texts", f"The gateway for text messages cannot be used: {type(error).__name__}: {error}",
                    "Check WARMHANDOFF_SMS_URL; what waits is sent once it answers.")
    except ValueError:
        yield wrong("texts", "With this address, a link does not fit into one text message.",
                    "Choose a shorter WARMHANDOFF_BASE_URL, of plain letters.")
    else:
        yield ok("texts", "The gateway for text messages answers.")


def keys(now: datetime) -> Iterator[Finding]:
    try:
        sealing.check_ring()
    except Unavailable as refusal:
        yield unusable("keys", refusal.message, "Put the right encryption key file back; see docs/guides/backup.md.")
        return
    try:
        count = sealing.check_practice_keys()
    except Unavailable as refusal:
        yield unusable("keys", refusal.message, "Use the key file that belongs to this database.")
    except DatabaseError:
        yield ok("keys", "There and private; whether they fit could not be tried without the database.")
    else:
        yield ok("keys", f"There, private, and they open every practice's data key ({count}).")
    yield from _places_of_keys()


def _places_of_keys() -> Iterator[Finding]:
    folders = [settings.DATA] + ([Path(settings.BACKUP_FOLDER).absolute()] if settings.BACKUP_FOLDER else [])
    for key in (settings.SECRET_KEY_FILE, settings.ENCRYPTION_KEY_FILE):
        for folder in folders:
            if key.resolve().is_relative_to(folder.resolve()):
                yield wrong("keys", f"{key} lies in {folder}: who takes the one has the other.",
                            "Move it to a folder of its own and name its place in the settings.")
    if stat.S_IMODE(settings.ENCRYPTION_KEY_FILE.parent.stat().st_mode) & 0o022:
        yield wrong("keys", f"Others can write in {settings.ENCRYPTION_KEY_FILE.parent}.",
                    f"chmod 700 {settings.ENCRYPTION_KEY_FILE.parent}")


def database(now: datetime) -> Iterator[Finding]:
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        yield unusable("database", f"There is no database in {settings.DATA}.",
                       "`warmhandoff serve` makes it on the first start; or name the right folder with --data.")
        return
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    except DatabaseError as error:
        yield unusable("database", f"It cannot be used: {error}".strip(),
                       "Check that it runs, and WARMHANDOFF_DATABASE_URL or --data. A damaged file: restore a backup.")
        return
    if missing:
        yield wrong("database", f"{len(missing)} migrations are not applied.", "The next `warmhandoff serve` does it.")


def _ask(question: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


def _sqlite() -> Iterator[Finding]:
    mode, keys_on = _ask("PRAGMA journal_mode")[0][0], _ask("PRAGMA foreign_keys")[0][0]
    if mode not in ("wal", "memory"):
        yield unusable("database", f"Its journal mode is {mode}, not wal.", "Put the data folder on a local disk.")
    faults = [str(row[0]) for row in _ask("PRAGMA quick_check(5)") if row[0] != "ok"]
    faults += [f"a row of {row[0]} points to nothing" for row in _ask("PRAGMA foreign_key_check")[:5]]
    if faults or not keys_on:
        yield unusable("database", "; ".join(faults) or "Foreign keys are off.",
                       "Stop the server, keep this folder as it is, and restore the newest backup into a new one.")
    else:
        yield ok("database", f"SQLite, sound ({mode}).")


def _postgresql() -> Iterator[Finding]:
    number = int(str(_ask("SHOW server_version_num")[0][0])) // 10000
    if number < OLDEST_POSTGRESQL:
        yield wrong("database", f"PostgreSQL {number} is too old.", f"Move to {OLDEST_POSTGRESQL} or newer.")
    else:
        yield ok("database", f"PostgreSQL {number} answers.")
    too_much = roles.warning()
    if too_much:
        yield wrong("roles", too_much, "Make two roles, one that owns and one for the app: docs/guides/postgresql.md.")


def disk(now: datetime) -> Iterator[Finding]:
    places = {"data": settings.DATA, "journal": settings.JOURNAL_FILE.parent}
    if settings.BACKUP_FOLDER:
        places["backups"] = Path(settings.BACKUP_FOLDER).absolute()
    for name, folder in places.items():
        there = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(there).free
        if free < LEAST_FREE:
            yield wrong("disk", f"Only {free // 2**20} MiB are free for {name} ({folder}).",
                        "Make room before writes are refused.")
        elif not os.access(there, os.W_OK):
            kind = unusable if name == "data" else wrong
            yield kind("disk", f"The folder for {name} ({there}) cannot be written.", f"Mend its owner: {there}")
        else:
            yield ok("disk", f"{free // 2**20:,} MiB free for {name}.")


def worker(now: datetime) -> Iterator[Finding]:
    if worker_is_alive(now=now):
        yield ok("worker", "It gave a sign of life within two minutes.")
    else:
        yield wrong("worker", "No worker has given a sign of life within two minutes: nothing is sent or chased.",
                    "Start `warmhandoff serve` (or `warmhandoff worker`, with WARMHANDOFF_WORKER=apart).")


def time_of_day(now: datetime) -> Iterator[Finding]:
    newest = AuditEntry.objects.aggregate(at=Max("at"))["at"]
    if newest and newest > now + CLOCK_MAY_DIFFER:
        yield wrong("clock", f"The record holds an entry of {newest:%Y-%m-%d %H:%M} UTC, which is still to come.",
                    "Set this machine's clock (timedatectl set-ntp true).")
        return
    if connection.vendor == "postgresql":
        there = _ask("SELECT now()")[0][0]
        if isinstance(there, datetime) and abs(there - now) > CLOCK_MAY_DIFFER:
            yield wrong("clock", f"The database's clock differs by {abs(there - now).total_seconds():.0f} seconds.",
                        "Set both machines' clocks (timedatectl set-ntp true).")
            return
    yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC.")


def backups(now: datetime) -> Iterator[Finding]:
    last = Job.objects.filter(name="backed_up").aggregate(at=Max("run_at"))["at"]
    how = "Make one (`warmhandoff backup FILE`) or set WARMHANDOFF_BACKUP_FOLDER for one a day."
    failing = Job.objects.filter(name="back_up").exclude(last_error="").order_by("-created_at").first()
    if failing and failing.state != "done":
        yield wrong("backup", f"The backup of {failing.created_at:%Y-%m-%d} failed ({failing.last_error}).",
                    "Check WARMHANDOFF_BACKUP_FOLDER: is it there, writable, and apart from the keys?")
    if last is None and PracticeKey.objects.exists():
        yield wrong("backup", "There was never a backup.", how)
    elif last is not None and now - last > OLDEST_BACKUP:
        yield wrong("backup", f"The last backup is {(now - last).days} days old.", how)
    else:
        yield ok("backup", f"The last one: {last:%Y-%m-%d %H:%M} UTC." if last else "Nothing to back up yet.")


def queue(now: datetime) -> Iterator[Finding]:
    for state, says, do in (
        ("dead", "jobs were given up", "Messages: try again on the page Messages. Others: the log says why."),
        ("parked", "jobs of sending were set aside by a restore",
         "Ask the recipients before sending anything again; the referrals are back at their owner's step."),
    ):
        names = list(Job.objects.filter(state=state).order_by("name").values_list("name", flat=True))
        if names:
            yield wrong("jobs", f"{len(names)} {says} ({', '.join(sorted(set(names)))}).", do)
    unwritten = journal.unwritten()
    if unwritten:
        yield wrong("journal", f"{unwritten} entries have not reached {settings.JOURNAL_FILE}.",
                    "Make that file's folder writable; the worker then writes them.")
    ahead = journal.ahead()
    if ahead:
        yield wrong("journal", f"It holds {ahead} ends this database never heard of: an old copy was put in place.",
                    "Put backups back with `warmhandoff restore`, which makes these ends true again.")
    if gate.is_closed():
        yield wrong("gate", "Closed since a restore: nothing leaves.",
                    "Look at what the restore listed, then: warmhandoff restore --open-gate")
    if not Job.objects.filter(state="dead").exists():
        yield ok("jobs", "None was given up.")


def documents(now: datetime) -> Iterator[Finding]:
    try:
        made = release_pdf(["Título", "¿Qué pasa aquí? A test – “quoted”."], ["signed"], language="es")
    except (OSError, RuntimeError) as error:
        yield wrong("documents", f"PDFs cannot be made: {error}", "Install the packages again from the lock file.")
        return
    if made.startswith(b"%PDF") and b"pdfuaid" in made:
        yield ok("documents", "PDFs are made, with their fonts.")
    else:
        yield wrong("documents", "PDFs come out without their fonts or tags.", "Install the packages again.")


def matching(now: datetime) -> Iterator[Finding]:
    """Which driver answers: both give the same answers, one of them sooner."""
    yield ok("matching", f"Needs are matched by {driver_name()}.")


BEFORE_THE_DATABASE: tuple[Check, ...] = (configuration, outside, mail, texts, documents, disk, matching)
WITH_THE_DATABASE: tuple[Check, ...] = (worker, time_of_day, backups, queue)


def look(now: datetime) -> list[Finding]:
    """Everything that can be looked at; what asks the database only where it can be used and is up to date."""
    found = [finding for check in BEFORE_THE_DATABASE for finding in check(now)]
    found += database(now)
    found += keys(now)
    if any(one.check == "database" and (one.state == "unusable" or "migrations" in one.says) for one in found):
        return found
    return found + [finding for check in WITH_THE_DATABASE for finding in check(now)]
