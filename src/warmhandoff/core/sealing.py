"""Sealing: AES-256-GCM under a data key per practice, bound to practice, table, column and row.

A copied database is useless without the encryption key file: it wraps every practice's data key, and destroying
one practice's key makes all its sealed values unreadable. A value moved to another row, column or practice does
not open, because its place is part of what is authenticated.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import struct
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from warmhandoff.core.keys import Ring, read_ring
from warmhandoff.rules.refusals import Unavailable

log = logging.getLogger("warmhandoff.sealing")
KNOWN_SECONDS = 5.0  # how long a process goes on with what it knows of a practice's data keys

_NONCE = 12
_KEY = 32
_HEADER = struct.Struct(">BI")  # format, version of the practice's data key
_FORMAT = 1


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives; it opens nowhere else.

    apart: a purpose with a key of its own, made from the practice's data key; "" for what lies under that key itself.
    """

    practice_id: UUID
    table: str
    column: str
    row: str
    apart: str = ""

    def key(self, data_key: bytes) -> bytes:
        """The key a value in this place is sealed with."""
        if not self.apart:
            return data_key
        info = f"warmhandoff values kept apart: {self.apart} v1".encode()
        return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=info).derive(data_key)

    def bound_to(self, version: int) -> bytes:
        return "\x1f".join((str(self.practice_id), self.table, self.column, self.row, str(version))).encode()


_rings: dict[Path, tuple[tuple[int, ...], Ring]] = {}


def ring() -> Ring:
    """The wrapping keys as the file has them now: a look at its times costs little, so a rotation is seen at once."""
    path: Path = settings.ENCRYPTION_KEY_FILE
    try:
        told = path.stat()
    except OSError as error:
        raise Unavailable(f"The encryption key file {path} cannot be read: {error}") from error
    seen = (told.st_mtime_ns, told.st_ino, told.st_size, told.st_mode)
    cached = _rings.get(path)
    if cached is None or cached[0] != seen:
        cached = _rings[path] = (seen, read_ring(path))
    return cached[1]


def check_ring() -> None:
    """Refuse to start (Unavailable) when the wrapping keys are missing, torn or open to others."""
    ring()


def derive_key(label: str, salt: bytes, *, name: str = "") -> tuple[str, bytes]:
    """A key (32 bytes) for one purpose, from the ring's primary key or from the one called `name`; with its name.

    Unavailable where the ring has no key of that name. What is derived says nothing about the key it came from.
    """
    held = ring()
    chosen = name or held.primary
    if chosen not in held.keys:
        raise Unavailable(f"The encryption key file lacks {chosen!r}, which this was sealed with: use the right file.")
    return chosen, HKDF(SHA256(), _KEY, salt, f"warmhandoff {label}".encode()).derive(held.keys[chosen])


def check_practice_keys() -> int:
    """Unwrap the newest data key of every practice; how many there are. Unavailable when one does not open."""
    from warmhandoff.core.models import PracticeKey

    practices = PracticeKey.objects.values_list("practice_id", flat=True).distinct()
    for practice_id in practices:
        _data_key(practice_id, 0)
    return len(practices)


def wrap(key: bytes, bound_to: bytes) -> tuple[str, bytes]:
    """A key wrapped by the primary wrapping key, and that one's name. It unwraps only with the same `bound_to`."""
    held = ring()
    nonce = os.urandom(_NONCE)
    return held.primary, nonce + AESGCM(held.keys[held.primary]).encrypt(nonce, key, bound_to)


def unwrap(wrapped_by: str, wrapped: bytes, bound_to: bytes) -> bytes:
    """The key itself. KeyError when the ring lacks the wrapping key, Unavailable when it is another one."""
    try:
        return AESGCM(ring().keys[wrapped_by]).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound_to)
    except InvalidTag as error:
        raise Unavailable("The encryption key file is not the one this database was sealed with.") from error


def derived_key(purpose: str, name: str = "") -> tuple[str, bytes]:
    """A key for one purpose (HKDF-SHA256 over a key of the ring) and the name of the key it was made from.

    `name` asks for a particular key of the ring, "" for the one in use. Raises KeyError when the ring does not hold it
    and has not kept what it made for this purpose either.
    """
    held = ring()
    chosen = name or held.primary
    if chosen not in held.keys:
        return chosen, held.kept[chosen][purpose]
    return chosen, stretched(held.keys[chosen], purpose)


@lru_cache(maxsize=64)
def stretched(key: bytes, purpose: str) -> bytes:
    """What a wrapping key is made into for one purpose."""
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=f"warmhandoff {purpose} v1".encode()).derive(key)


# The row that holds a practice's index key instead of a data key. It is wrapped and shredded with the others, but a
# rotation of data keys neither renews nor removes it: with another index key, nothing that was indexed would be found.
INDEX_KEY = 0


def create_practice_key(practice_id: UUID) -> None:
    """Make and store the first data key of a practice and its index key, wrapped."""
    add_data_key(practice_id, 1)
    _add_index_key(practice_id)


def add_data_key(practice_id: UUID, version: int) -> None:
    """Make and store a data key of this version, wrapped. Whoever writes from now on seals with the newest one."""
    from warmhandoff.core.models import PracticeKey

    name, wrapped = wrap(AESGCM.generate_key(256), practice_id.bytes)
    PracticeKey.objects.create(practice_id=practice_id, version=version, wrapped_by=name, wrapped=wrapped)
    forget_keys(practice_id)


def _add_index_key(practice_id: UUID) -> None:
    from warmhandoff.core.models import PracticeKey

    name, wrapped = wrap(AESGCM.generate_key(256), practice_id.bytes)
    row = PracticeKey(practice_id=practice_id, version=INDEX_KEY, wrapped_by=name, wrapped=wrapped)
    PracticeKey.objects.bulk_create([row], ignore_conflicts=True)  # two at once: one key, by the unique constraint
    forget_keys(practice_id)


def _index_key(practice_id: UUID) -> bytes:
    """The practice's index key; made at first need for a practice that is older than blind indexes."""
    if INDEX_KEY not in _known_keys(practice_id, INDEX_KEY).wrapped:
        _data_key(practice_id, 0)  # Unavailable for a practice whose keys were destroyed: it gets no new one
        _add_index_key(practice_id)
    known = _known_keys(practice_id, INDEX_KEY)
    if INDEX_KEY not in known.open:
        known.open[INDEX_KEY] = _open(practice_id, known, INDEX_KEY)
    return known.open[INDEX_KEY]


def blind_index(practice_id: UUID, purpose: str, value: str) -> str:
    """A keyed hash (hex) by which equal values of one practice and purpose are found without being opened.

    Equal values have equal indexes, which is what it tells a reader of the database; nothing else, without the
    practice's index key. Values of two practices or purposes never match.
    """
    key = _index_key(practice_id)
    return hmac.new(key, f"{purpose}\x1f{value}".encode(), hashlib.sha256).hexdigest()


@dataclass
class _Known:
    """What this process knows of a practice's data keys, as of `at` (monotonic seconds)."""

    at: float
    wrapped: dict[int, tuple[str, bytes]]
    open: dict[int, bytes]


_known: dict[UUID, _Known] = {}


def _look_up(practice_id: UUID) -> _Known:
    """The practice's data keys as the database has them; those that were open already stay so while they are there."""
    from warmhandoff.core.models import PracticeKey

    before = _known.get(practice_id)
    rows = PracticeKey.objects.filter(practice_id=practice_id).values_list("version", "wrapped_by", "wrapped")
    wrapped = {version: (name, bytes(key)) for version, name, key in rows}
    still_open = {version: key for version, key in before.open.items() if version in wrapped} if before else {}
    known = _known[practice_id] = _Known(time.monotonic(), wrapped, still_open)
    return known


def _known_keys(practice_id: UUID, version: int) -> _Known:
    known = _known.get(practice_id)
    if known is None or time.monotonic() - known.at > KNOWN_SECONDS or (version and version not in known.wrapped):
        known = _look_up(practice_id)
    return known


def _open(practice_id: UUID, known: _Known, version: int) -> bytes:
    try:
        return unwrap(*known.wrapped[version], practice_id.bytes)
    except KeyError:
        known = _look_up(practice_id)  # it was wrapped anew, and its old wrapping key removed, since we looked
    try:
        return unwrap(*known.wrapped[version], practice_id.bytes)
    except KeyError as error:
        name = known.wrapped.get(version, ("it",))[0]
        raise Unavailable(
            f"The encryption key file lacks {name!r}, which wraps this practice's data key."
        ) from error


def _data_key(practice_id: UUID, version: int) -> tuple[int, bytes]:
    """The practice's data key of `version`, or its newest for 0; kept in this process's memory only.

    What the database says is asked again every few seconds, so that a renewed key is used, and a destroyed one
    forgotten, by every process without a query for every value.
    """
    known = _known_keys(practice_id, version)
    number = version or max(known.wrapped, default=INDEX_KEY)
    if number == INDEX_KEY or number not in known.wrapped:
        raise Unavailable("The data key of this practice is gone: what it sealed cannot be read.")
    if number not in known.open:
        known.open[number] = _open(practice_id, known, number)
    return number, known.open[number]


def newest_version(practice_id: UUID) -> int:
    """The version of the data key that new values are sealed with. Unavailable where there is none any more."""
    return _data_key(practice_id, 0)[0]


def forget_keys(practice_id: UUID | None = None) -> None:
    """Drop what this process knows of one practice's data keys, or of all keys (in tests, and around a restore)."""
    if practice_id:
        _known.pop(practice_id, None)
        return
    _known.clear()
    _rings.clear()
    stretched.cache_clear()


def head_of_version(version: int) -> bytes:
    """What every value sealed under this version begins with; heads sort as versions do."""
    return _HEADER.pack(_FORMAT, version)


def version_of(sealed: bytes) -> int:
    """The version of the data key a value was sealed with. Unavailable for a form this program does not know."""
    if len(sealed) < _HEADER.size + _NONCE or sealed[0] != _FORMAT:
        raise Unavailable("A sealed value is not in a known form.")
    return int(_HEADER.unpack_from(sealed)[1])


def seal(value: bytes, place: Place) -> bytes:
    version, key = _data_key(place.practice_id, 0)
    nonce = os.urandom(_NONCE)
    return head_of_version(version) + nonce + AESGCM(place.key(key)).encrypt(nonce, value, place.bound_to(version))


def unseal(sealed: bytes, place: Place) -> bytes:
    """The value, or Unavailable: a value that was altered or moved never opens as something else."""
    if len(sealed) < _HEADER.size + _NONCE or sealed[0] != _FORMAT:
        raise _shut(place, "is not in a known form")
    version = version_of(sealed)
    nonce, body = sealed[_HEADER.size : _HEADER.size + _NONCE], sealed[_HEADER.size + _NONCE :]
    try:
        key = place.key(_data_key(place.practice_id, version)[1])
        return AESGCM(key).decrypt(nonce, body, place.bound_to(version))
    except InvalidTag as error:
        raise _shut(place, "was altered or moved") from error


def _shut(place: Place, why: str) -> Unavailable:
    """Says in the log which value does not open, for whoever runs the server; the audit gets its row's id."""
    log.error("the sealed value %s.%s of row %s %s", place.table, place.column, place.row, why)
    return Unavailable(f"A sealed value in {place.table}.{place.column} {why}.", subject=place.row)


def fingerprint(purpose: str, value: str) -> str:
    """A keyed hash (hex) for looking up tokens and limits without storing what they are made of."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}\x1f{value}".encode(), hashlib.sha256).hexdigest()
