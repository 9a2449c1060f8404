"""The two key files beside the data folder: made once, readable by their owner alone."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path


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
