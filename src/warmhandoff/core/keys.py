"""The two key files beside the data folder: readable by their owner alone, and never half written.

The encryption key file holds a ring of wrapping keys:

    {"primary": "k2", "keys": {"k1": base64, "k2": base64}, "kept": {"k0": {"audit chain": base64, ...}}}

New things are wrapped by the primary one. `kept` holds what a wrapping key that is gone had been stretched into for
signing, so that the audit can still be checked; the wrapping key cannot be worked out from it.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from warmhandoff.rules.refusals import Unavailable

KEY_LENGTH = 32


@dataclass(frozen=True)
class Ring:
    """The wrapping keys by name. `kept`: of keys that are gone, what they signed with, by name and purpose."""

    primary: str
    keys: dict[str, bytes]
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)


def make_secret_key(path: Path) -> bool:
    """Write a new signing key unless there is one. True if it was made."""
    return _write_once(path, secrets.token_urlsafe(64))


def make_encryption_key(path: Path) -> bool:
    """Write a new key ring with one wrapping key unless there is one. True if it was made."""
    ring = {"primary": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}}
    return _write_once(path, json.dumps(ring, indent=1))


def _write_once(path: Path, text: str) -> bool:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def read_ring(path: Path) -> Ring:
    """The ring of keys in this file. Unavailable when it is missing, torn or open to others."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text()
    except (OSError, ValueError) as error:
        raise Unavailable(f"The encryption key file {path} cannot be read: {error}") from error
    if mode & 0o077:
        raise Unavailable(f"Others can read the encryption key file {path} (mode {mode:o}). Mend it: chmod 600 {path}")
    try:
        data = json.loads(text)
        kept = {name: _plain(made) for name, made in data.get("kept", {}).items()}
        ring = Ring(data["primary"], _plain(data["keys"]), kept)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"The encryption key file {path} is torn: it does not hold a ring of keys.") from error
    if ring.primary not in ring.keys or any(len(key) != KEY_LENGTH for key in ring.keys.values()):
        raise Unavailable(f"The encryption key file {path} is torn: a key is missing or too short.")
    return ring


def _plain(keys: dict[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(key) for name, key in keys.items()}


def _text(ring: Ring) -> str:
    def coded(keys: dict[str, bytes]) -> dict[str, str]:
        return {name: base64.b64encode(key).decode() for name, key in keys.items()}

    kept = {name: coded(made) for name, made in ring.kept.items()}
    return json.dumps({"primary": ring.primary, "keys": coded(ring.keys), "kept": kept}, indent=1) + "\n"


def change_ring(path: Path, change: Callable[[Ring], Ring]) -> Ring:
    """Replace the ring by what `change` makes of it, one process at a time: whoever reads sees the old or the new.

    Owner and mode stay. Unavailable when it cannot be written; the old file is then as it was.
    """
    path = path.resolve()
    try:
        with _alone(path.parent):
            ring = change(read_ring(path))
            _replace(path, _text(ring))
    except OSError as error:
        raise Unavailable(f"The encryption key file {path} cannot be replaced: {error.strerror or error}.") from error
    return ring


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)  # the new name, too, is on the disk
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    before = path.stat()
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)  # else the server could not read it any more
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
