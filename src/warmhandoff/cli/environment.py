"""Making a command ready to use the database: folders, keys, framework, migrations."""

from __future__ import annotations

import os
from pathlib import Path

from warmhandoff.core.keys import make_encryption_key, make_secret_key
from warmhandoff.rules.refusals import Unavailable


def use_data_folder(data: Path | None) -> Path:
    """Settle the data folder before the settings are read; `data` from the command line wins over the environment."""
    if data is not None:
        os.environ["WARMHANDOFF_DATA"] = str(data)
    folder = Path(os.environ.get("WARMHANDOFF_DATA") or "./var").absolute()
    os.environ["WARMHANDOFF_DATA"] = str(folder)
    return folder


def make_keys(folder: Path, *, new_ring: bool = True) -> None:
    """Make the folder and the two key files beside it, unless they are there. Never over an existing database.

    new_ring: False for what opens something sealed before, where a new encryption key could only be the wrong one.
    """
    keys = folder.with_name(folder.name + "-keys")
    secret = Path(os.environ.get("WARMHANDOFF_SECRET_KEY_FILE") or keys / "secret.key")
    sealing = Path(os.environ.get("WARMHANDOFF_ENCRYPTION_KEY_FILE") or keys / "encryption.key")
    database = folder / "warmhandoff.sqlite3"
    if database.exists() and not sealing.exists():
        raise Unavailable(
            f"There is a database in {folder}, but its encryption key {sealing} is gone. What it sealed cannot be read "
            "without it: put the key back, or name its place in WARMHANDOFF_ENCRYPTION_KEY_FILE. No new key was made."
        )
    if not new_ring and not sealing.exists():
        raise Unavailable(
            f"The encryption key {sealing} is not there, and no backup can be read without the one it was sealed "
            "with. Copy the keys folder of the old server there, or name the file in WARMHANDOFF_ENCRYPTION_KEY_FILE."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        make_secret_key(secret)
        make_encryption_key(sealing)
    except OSError as error:
        raise Unavailable(f"The folders for data and keys cannot be made: {error}") from error


def start_django(data: Path | None = None, *, migrate: bool = True, new_ring: bool = True) -> Path:
    """Everything a command needs before it touches the database. Returns the data folder.

    Raises Unavailable (exit code 4) with the way out when keys, disk or database are out of reach.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured

    folder = use_data_folder(data)
    make_keys(folder, new_ring=new_ring)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warmhandoff.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Unavailable(str(error)) from error
    from warmhandoff.core.db import bring_up_to_date
    from warmhandoff.core.sealing import check_ring

    check_ring()
    if migrate:
        bring_up_to_date()
    return folder
