"""The index of the listings that all practices share: files beside the database, made by a job, mapped by everyone.

An index is right for every later version and day together with what changed since: rows of a greater `changed_in`, and
rows of which a known fact has gone stale meanwhile. `columns.py` reads those anew, so nobody waits for the job.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from warmhandoff.core import jobs
from warmhandoff.directory.freshness import changes_on
from warmhandoff.directory.models import DirectoryVersion, Listing, MatchingIndex
from warmhandoff.directory.reading import matchable
from warmhandoff.directory.writing import in_use
from warmhandoff.matching.building import built
from warmhandoff.matching.columns import Columns
from warmhandoff.matching.segment import Segment
from warmhandoff.matching.storage import NoIndex, opened, opened_beside, saved

log = logging.getLogger("warmhandoff.matching")
WORTH_FILES = 2000
"""Fewer shared listings than this are read into memory at once: an index in files would gain nothing."""
CHANGED_MOST = 4096
"""With more shared listings changed since the index was made, it is made anew."""
_CHUNK = 20_000
_STALE = "stale_from"


@dataclass(frozen=True)
class Base:
    """An open index: what version of the directory and which day it was made of."""

    folder: Path
    segment: Segment
    version: int
    day: date
    stale_from: NDArray[np.int32]

    def stale_on(self, today: date) -> list[int]:
        """Ids of the listings of which something known on the index's day is no longer known today."""
        ids: list[int] = self.segment.rows["id"][np.flatnonzero(self.stale_from <= today.toordinal())].tolist()
        return ids


_open: dict[str, Base] = {}
_lock = threading.Lock()


def _place() -> Path:
    return Path(settings.DATA) / "matching"


def version_now() -> int:
    return DirectoryVersion.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def base_for(today: date) -> Base | None:
    """The index that counts now, if there is a whole one that is not of a later day; opened once a process."""
    name = MatchingIndex.objects.filter(pk=1).values_list("folder", flat=True).first()
    if name is None:
        return None
    base = _open.get(name)
    if base is None:
        try:
            base = _opened(_place() / name)
        except NoIndex as error:
            log.warning("the matching index cannot be used and will be made anew: %s", error)
            return None
        with _lock:
            _open.clear()
            _open[name] = base
    return base if base.day <= today else None


def _opened(folder: Path) -> Base:
    segment, facts = opened(folder)
    stale = opened_beside(folder, _STALE)
    return Base(folder, segment, int(facts["version"]), date.fromisoformat(facts["day"]), stale)


def forget() -> None:
    with _lock:
        _open.clear()


def build(now: datetime) -> Base | None:
    """Make the index of the shared listings anew and let it count; None where there are too few to be worth it.

    The version is read before the rows: what changes while they are read is of a later version, and read again by
    every query until the next index. The day is yesterday's by UTC, so that it has come everywhere on earth.
    """
    version, day = version_now(), (now - timedelta(days=1)).date()
    parts: list[Columns] = []
    stale: dict[int, int] = {}
    for chunk in _chunks():
        stale.update({row.pk: changes_on(row.facts_now, day).toordinal() for row in chunk})
        parts.append(Columns.of(matchable(row, None, day) for row in chunk))
    if len(stale) < WORTH_FILES:
        MatchingIndex.objects.filter(pk=1).delete()
        return None
    segment = built(Columns.joined(parts))
    ordinals = np.array([stale[one] for one in segment.rows["id"].tolist()], dtype=np.int32)
    folder = _place() / f"{version}-{uuid4().hex}"
    _place().mkdir(mode=0o700, parents=True, exist_ok=True)
    saved(segment, folder, beside={_STALE: ordinals}, version=version, day=day.isoformat())
    with transaction.atomic():
        before = MatchingIndex.objects.filter(pk=1).values_list("folder", flat=True).first()
        MatchingIndex.objects.update_or_create(pk=1, defaults={"folder": folder.name, "made_at": now})
    _tidy({folder.name, before or folder.name})
    return base_for(day)


def _chunks() -> Iterator[list[Listing]]:
    rows = Listing.objects.filter(in_use(None), practice=None).order_by("pk")
    last = None
    while chunk := list((rows if last is None else rows.filter(pk__gt=last))[:_CHUNK]):
        yield chunk
        last = chunk[-1].pk


def _tidy(kept: set[str]) -> None:
    """Remove what no query names any more. Who has it mapped reads on; the one before stays for who is opening it."""
    for folder in _place().iterdir():
        if folder.name not in kept and not folder.name.startswith("."):
            shutil.rmtree(folder, ignore_errors=True)


_looked: dict[str, Any] = {}


@jobs.every_tick("matching_index")
def plan_build(now: datetime) -> None:
    """Ask for a new index when too much has changed since, and once a day, for what has gone stale."""
    seen = (version_now(), now.date())
    if _looked.get("at") == seen:
        return
    _looked["at"] = seen
    base = base_for(now.date())
    shared = Listing.objects.filter(practice=None)
    if base is None:
        due = shared.filter(in_use(None)).count() >= WORTH_FILES
    else:
        changed = shared.filter(changed_in__gt=base.version).count()
        due = changed > CHANGED_MOST or base.day < (now - timedelta(days=1)).date()
    if due:
        jobs.enqueue("index_directory", {}, now=now, dedupe_key=f"index_directory:{seen[0]}:{seen[1]}")


@jobs.job("index_directory")
def index_directory(payload: dict[str, Any], now: datetime) -> None:
    """Run twice, it makes the index twice; the last one counts."""
    build(now)
