"""Renewing the wrapping keys of the encryption key file: a new one, every data key wrapped anew, the old one removed.

A key is wrapped anew without being opened to anyone: values stay as they are, so this takes a moment however large the
database is. What a wrapping key signed (the audit, its anchors) stays checkable after it is gone: the ring keeps what
the key was stretched into for that, from which the wrapping key cannot be worked out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from warmhandoff.core import anchors, audit, chain, sealing
from warmhandoff.core.keys import KEY_LENGTH, Ring, change_ring
from warmhandoff.core.models import AuditEntry
from warmhandoff.core.sealed_stream import key_of_backup
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, Problem, Unavailable

SIGNS = (chain.PURPOSE, anchors.PURPOSE)  # what the ring keeps of a wrapping key that is removed
Count = Callable[[], dict[str, int]]
_USES: dict[str, Count] = {}


def uses(what: str) -> Callable[[Count], Count]:
    """Register a count (by name of the wrapping key) of something that can be read with that wrapping key alone.

    A wrapping key is not removed while any of these counts names it.
    """

    def register(count: Count) -> Count:
        _USES[what] = count
        return count

    return register


def wrapped_tables() -> list[type[models.Model]]:
    """Every model whose rows are keys of a practice under a wrapping key: `practice_id`, `wrapped_by`, `wrapped`."""
    needed = {"practice_id", "wrapped_by", "wrapped"}
    return [m for m in apps.get_models() if needed <= {f.attname for f in m._meta.concrete_fields}]


def bound_to(row: Any) -> bytes:
    """What a wrapped key is bound to: its practice, and what its model names in WRAPPED_FOR where it has that."""
    return bytes(row.practice_id.bytes + getattr(row, "WRAPPED_FOR", b""))


@uses("data keys")
def _data_keys() -> dict[str, int]:
    found: Counter[str] = Counter()
    for model in wrapped_tables():
        found.update(model._base_manager.values_list("wrapped_by", flat=True))
    return dict(found)


@dataclass(frozen=True)
class WrappingKey:
    """One wrapping key and what leads back to it. `state`: primary, old (there, not for new things) or removed.

    needs: counts of what cannot be read without it. signed: audit entries and anchors that stay checkable without it.
    backups: files of the backup folder that can only be opened with it.
    """

    name: str
    state: str
    needs: dict[str, int] = field(default_factory=dict)
    signed: dict[str, int] = field(default_factory=dict)
    backups: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def wrapping_keys() -> list[WrappingKey]:
    """Every wrapping key of the ring, and those that are gone but signed something, with what leads back to each."""
    ring, needs, signed, kept = sealing.ring(), _needs(), _signed(), _backups()
    names = sorted({*ring.keys, *ring.kept, *needs, *signed, *kept}, key=_in_order)
    return [
        WrappingKey(
            name, "primary" if name == ring.primary else "old" if name in ring.keys else "removed",
            needs.get(name, {}), signed.get(name, {}), kept.get(name, []),
        )
        for name in names
    ]


def _in_order(name: str) -> tuple[int, str]:
    number = re.search(r"\d+$", name)
    return (int(number[0]) if number else 0), name


def _by_name(counts: dict[str, Count]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for what, count in counts.items():
        for name, number in count().items():
            found.setdefault(name, {})[what] = number
    return found


def _needs() -> dict[str, dict[str, int]]:
    return _by_name(_USES)


def _signed() -> dict[str, dict[str, int]]:
    return _by_name({"audit entries": _entries, "anchors": anchors.signers})


def _entries() -> dict[str, int]:
    rows = AuditEntry.objects.values_list("signed_by").annotate(count=models.Count("pk")).order_by()
    return dict(rows)


def _backups() -> dict[str, list[str]]:
    """The backups of the folder for them, by the wrapping key each was sealed with."""
    found: dict[str, list[str]] = {}
    folder = Path(settings.BACKUP_FOLDER)
    if not settings.BACKUP_FOLDER or not folder.is_dir():
        return found
    for path in sorted(folder.glob("*.whbackup")):
        name = key_of_backup(path)
        if name:
            found.setdefault(name, []).append(path.name)
    return found


def rotate(*, now: datetime, only_add: bool = False, progress: Callable[[int, int], None] | None = None) -> str:
    """Begin a new wrapping key, wrap every data key with it, and return its name. Safe while the server serves.

    only_add: put it into the file and stop; the next call takes it into use. Between the two, a file that several
    machines share by copying can be copied. Unavailable when the key file cannot be replaced.
    """
    name = ""

    def with_new(ring: Ring) -> Ring:
        nonlocal name
        waiting = [one for one in ring.keys if _in_order(one) > _in_order(ring.primary)]
        name = max(waiting, key=_in_order) if waiting else _next_name(ring)
        added = {name: token_bytes(KEY_LENGTH)} if not waiting else {}
        return replace(ring, primary=ring.primary if only_add else name, keys={**ring.keys, **added})

    change_ring(settings.ENCRYPTION_KEY_FILE, with_new)
    audit.record_keys("add_key" if only_add else "rotate_key", name, now=now)
    if not only_add:
        rewrap(progress=progress)
    return name


def _next_name(ring: Ring) -> str:
    return f"k{max(_in_order(one)[0] for one in (*ring.keys, *ring.kept)) + 1}"


def rewrap(*, progress: Callable[[int, int], None] | None = None) -> int:
    """Wrap every data key that another wrapping key holds with the primary one; how many. Run again, it goes on."""
    primary, done = sealing.ring().primary, 0
    left = [
        (model, pk) for model in wrapped_tables()
        for pk in model._base_manager.exclude(wrapped_by=primary).order_by("pk").values_list("pk", flat=True)
    ]
    for number, (model, pk) in enumerate(left, start=1):
        done += _rewrap_row(model, pk)
        if progress:
            progress(number, len(left))
    return done


def _rewrap_row(model: type[models.Model], pk: object) -> int:
    row: Any = model._base_manager.filter(pk=pk).first()
    if row is None:  # destroyed meanwhile
        return 0
    before = bytes(row.wrapped)
    try:
        key = sealing.unwrap(row.wrapped_by, before, bound_to(row))
    except KeyError as error:
        raise Unavailable(f"The encryption key file lacks {row.wrapped_by!r}, which wraps a data key.") from error
    name, wrapped = sealing.wrap(key, bound_to(row))
    return model._base_manager.filter(pk=pk, wrapped=before).update(wrapped_by=name, wrapped=wrapped)


def retire(name: str, *, now: datetime, give_up_backups: bool = False) -> WrappingKey:
    """Remove an old wrapping key from the key file for good; what led back to it.

    BadInput for a name that is not there; NotNow for the primary one and while data keys or anything else needs it;
    NotAllowed while backups of the backup folder open with it alone, unless give_up_backups. Backups that lie elsewhere
    cannot be seen: after this nobody can read them.
    """
    found = {key.name: key for key in wrapping_keys()}.get(name)
    if found is None or found.state == "removed":
        raise BadInput(Problem(f"the encryption key file holds no {name!r}", field="NAME"))
    if found.state == "primary":
        raise NotNow(f"{name} is in use for everything new. Begin another first: warmhandoff keys rotate")
    if found.needs:
        listed = ", ".join(f"{count} {what}" for what, count in found.needs.items())
        raise NotNow(f"{name} is still needed by {listed}. Wrap them with the new one first: warmhandoff keys rewrap")
    if found.backups and not give_up_backups:
        raise NotAllowed(
            f"{len(found.backups)} backups in {settings.BACKUP_FOLDER} open with {name} alone ({found.backups[0]} to "
            f"{found.backups[-1]}). Wait until newer ones took their place, or give them up: --give-up-backups"
        )
    with transaction.atomic():
        audit.record_keys("retire_key", name, now=now)
        change_ring(settings.ENCRYPTION_KEY_FILE, lambda ring: _without(ring, name))
    return found


def _without(ring: Ring, name: str) -> Ring:
    if name == ring.primary or name not in ring.keys:  # someone was faster
        raise NotNow(f"{name} is in use again, or was removed meanwhile.")
    signs = {purpose: sealing.stretched(ring.keys[name], purpose) for purpose in SIGNS}
    return replace(
        ring, keys={one: key for one, key in ring.keys.items() if one != name}, kept={**ring.kept, name: signs}
    )
