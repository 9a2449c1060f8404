"""Sealing: AES-256-GCM under a data key per practice, bound to practice, table, column and row.

A copied database is useless without the encryption key file: it wraps every practice's data key, and destroying
one practice's key makes all its sealed values unreadable. A value moved to another row, column or practice does
not open, because its place is part of what is authenticated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from warmhandoff.rules.refusals import Unavailable

if TYPE_CHECKING:
    from warmhandoff.core.models import PracticeKey

_NONCE = 12
_KEY = 32
_HEADER = struct.Struct(">BI")  # format, version of the practice's data key
_FORMAT = 1


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives; it opens nowhere else."""

    practice_id: UUID
    table: str
    column: str
    row: str

    def bound_to(self, version: int) -> bytes:
        return "\x1f".join((str(self.practice_id), self.table, self.column, self.row, str(version))).encode()


@lru_cache(maxsize=4)
def _ring(path: Path) -> tuple[str, dict[str, bytes]]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text()
    except (OSError, ValueError) as error:
        raise Unavailable(f"The encryption key file {path} cannot be read: {error}") from error
    if mode & 0o077:
        raise Unavailable(f"Others can read the encryption key file {path} (mode {mode:o}). Mend it: chmod 600 {path}")
    try:
        data = json.loads(text)
        primary, keys = data["primary"], {name: base64.b64decode(key) for name, key in data["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"The encryption key file {path} is torn: it does not hold a ring of keys.") from error
    if primary not in keys or any(len(key) != _KEY for key in keys.values()):
        raise Unavailable(f"The encryption key file {path} is torn: a key is missing or too short.")
    return primary, keys


def check_ring() -> None:
    """Refuse to start (Unavailable) when the wrapping keys are missing, torn or open to others."""
    _ring(settings.ENCRYPTION_KEY_FILE)


def derive_key(label: str, salt: bytes, *, name: str = "") -> tuple[str, bytes]:
    """A key (32 bytes) for one purpose, from the ring's primary key or from the one called `name`; with its name.

    Unavailable where the ring has no key of that name. What is derived says nothing about the key it came from.
    """
    primary, keys = _ring(settings.ENCRYPTION_KEY_FILE)
    chosen = name or primary
    if chosen not in keys:
        raise Unavailable(f"The encryption key file lacks {chosen!r}, which this was sealed with: use the right file.")
    return chosen, HKDF(SHA256(), _KEY, salt, f"warmhandoff {label}".encode()).derive(keys[chosen])


def check_practice_keys() -> int:
    """Unwrap the newest data key of every practice; how many there are. Unavailable when one does not open."""
    from warmhandoff.core.models import PracticeKey

    practices = PracticeKey.objects.values_list("practice_id", flat=True).distinct()
    for practice_id in practices:
        _data_key(practice_id, 0)
    return len(practices)


def _wrap(key: bytes, practice_id: UUID) -> tuple[str, bytes]:
    name, keys = _ring(settings.ENCRYPTION_KEY_FILE)
    nonce = os.urandom(_NONCE)
    return name, nonce + AESGCM(keys[name]).encrypt(nonce, key, practice_id.bytes)


@lru_cache(maxsize=64)
def derived_key(purpose: str, name: str = "") -> tuple[str, bytes]:
    """A key for one purpose (HKDF-SHA256 over a key of the ring) and the name of the key it was made from.

    `name` asks for a particular key of the ring, "" for the one in use. Raises KeyError when the ring does not hold it.
    """
    primary, keys = _ring(settings.ENCRYPTION_KEY_FILE)
    chosen = name or primary
    label = f"warmhandoff {purpose} v1".encode()
    return chosen, HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=label).derive(keys[chosen])


# The row that holds a practice's index key instead of a data key. It is wrapped and shredded with the others, but a
# rotation of data keys neither renews nor removes it: with another index key, nothing that was indexed would be found.
INDEX_KEY = 0


def create_practice_key(practice_id: UUID) -> None:
    """Make and store the first data key of a practice and its index key, wrapped."""
    _store_key(practice_id, 1)
    _store_key(practice_id, INDEX_KEY)


def _store_key(practice_id: UUID, version: int) -> None:
    from warmhandoff.core.models import PracticeKey

    name, wrapped = _wrap(AESGCM.generate_key(256), practice_id)
    row = PracticeKey(practice_id=practice_id, version=version, wrapped_by=name, wrapped=wrapped)
    PracticeKey.objects.bulk_create([row], ignore_conflicts=version == INDEX_KEY)


@lru_cache(maxsize=1024)
def _index_key(practice_id: UUID) -> bytes:
    """The practice's index key; made at first need for a practice that is older than blind indexes."""
    from warmhandoff.core.models import PracticeKey

    rows = PracticeKey.objects.filter(practice_id=practice_id)
    if not rows.filter(version=INDEX_KEY).exists():
        _data_key(practice_id, 0)  # Unavailable for a practice whose keys were destroyed: it gets no new one
        _store_key(practice_id, INDEX_KEY)
    return _unwrap(rows.get(version=INDEX_KEY))


def blind_index(practice_id: UUID, purpose: str, value: str) -> str:
    """A keyed hash (hex) by which equal values of one practice and purpose are found without being opened.

    Equal values have equal indexes, which is what it tells a reader of the database; nothing else, without the
    practice's index key. Values of two practices or purposes never match.
    """
    key = _index_key(practice_id)
    return hmac.new(key, f"{purpose}\x1f{value}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1024)
def _data_key(practice_id: UUID, version: int) -> tuple[int, bytes]:
    """The practice's data key of `version`, or its newest for 0; kept in this process's memory only."""
    from warmhandoff.core.models import PracticeKey

    rows = PracticeKey.objects.filter(practice_id=practice_id).exclude(version=INDEX_KEY)
    row = (rows.filter(version=version) if version else rows.order_by("-version")).first()
    if row is None:
        raise Unavailable("The data key of this practice is gone: what it sealed cannot be read.")
    return row.version, _unwrap(row)


def _unwrap(row: PracticeKey) -> bytes:
    keys = _ring(settings.ENCRYPTION_KEY_FILE)[1]
    if row.wrapped_by not in keys:
        raise Unavailable(f"The encryption key file lacks {row.wrapped_by!r}, which wraps this practice's data key.")
    wrapped = bytes(row.wrapped)
    try:
        return AESGCM(keys[row.wrapped_by]).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], row.practice_id.bytes)
    except InvalidTag as error:
        raise Unavailable("The encryption key file is not the one this database was sealed with.") from error


def forget_keys() -> None:
    """Drop what is cached in this process (after a rotation or a shredding, and in tests)."""
    _data_key.cache_clear()
    _index_key.cache_clear()
    derived_key.cache_clear()
    _ring.cache_clear()


def seal(value: bytes, place: Place) -> bytes:
    version, key = _data_key(place.practice_id, 0)
    nonce = os.urandom(_NONCE)
    return _HEADER.pack(_FORMAT, version) + nonce + AESGCM(key).encrypt(nonce, value, place.bound_to(version))


def unseal(sealed: bytes, place: Place) -> bytes:
    """The value, or Unavailable: a value that was altered or moved never opens as something else."""
    if len(sealed) < _HEADER.size + _NONCE or sealed[0] != _FORMAT:
        raise Unavailable(f"A sealed value in {place.table}.{place.column} is not in a known form.")
    version = _HEADER.unpack_from(sealed)[1]
    nonce, body = sealed[_HEADER.size : _HEADER.size + _NONCE], sealed[_HEADER.size + _NONCE :]
    try:
        return AESGCM(_data_key(place.practice_id, version)[1]).decrypt(nonce, body, place.bound_to(version))
    except InvalidTag as error:
        raise Unavailable(f"A sealed value in {place.table}.{place.column} was altered or moved.") from error


def fingerprint(purpose: str, value: str) -> str:
    """A keyed hash (hex) for looking up tokens and limits without storing what they are made of."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}\x1f{value}".encode(), hashlib.sha256).hexdigest()
