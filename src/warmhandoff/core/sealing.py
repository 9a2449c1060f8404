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
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from warmhandoff.rules.refusals import Unavailable

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


def create_practice_key(practice_id: UUID) -> None:
    """Make and store the first data key of a practice, wrapped."""
    from warmhandoff.core.models import PracticeKey

    name, wrapped = _wrap(AESGCM.generate_key(256), practice_id)
    PracticeKey.objects.create(practice_id=practice_id, version=1, wrapped_by=name, wrapped=wrapped)


@lru_cache(maxsize=1024)
def _data_key(practice_id: UUID, version: int) -> tuple[int, bytes]:
    """The practice's data key of `version`, or its newest for 0; kept in this process's memory only."""
    from warmhandoff.core.models import PracticeKey

    rows = PracticeKey.objects.filter(practice_id=practice_id)
    row = (rows.filter(version=version) if version else rows.order_by("-version")).first()
    if row is None:
        raise Unavailable("The data key of this practice is gone: what it sealed cannot be read.")
    keys = _ring(settings.ENCRYPTION_KEY_FILE)[1]
    if row.wrapped_by not in keys:
        raise Unavailable(f"The encryption key file lacks {row.wrapped_by!r}, which wraps this practice's data key.")
    wrapped = bytes(row.wrapped)
    try:
        key = AESGCM(keys[row.wrapped_by]).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], practice_id.bytes)
    except InvalidTag as error:
        raise Unavailable("The encryption key file is not the one this database was sealed with.") from error
    return row.version, key


def forget_keys() -> None:
    """Drop what is cached in this process (after a rotation or a shredding, and in tests)."""
    _data_key.cache_clear()
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
