"""A place of their own for tests and checks: fresh keys and data in a temporary folder, set before Django loads."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"


def prepare() -> Path:
    """Make keys in a temporary folder and point the settings at it. Safe to call twice."""
    done = os.environ.get("WARMHANDOFF_TEST_HOME")
    if done and Path(done).is_dir():
        return Path(done)
    if str(SOURCE) not in sys.path:
        sys.path.insert(0, str(SOURCE))
    from warmhandoff.core.keys import make_encryption_key, make_secret_key

    home = Path(tempfile.mkdtemp(prefix="warmhandoff-test-"))
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(home, ignore_errors=True))
    (home / "data").mkdir()
    make_secret_key(home / "data-keys" / "secret.key")
    make_encryption_key(home / "data-keys" / "encryption.key")
    for name in [name for name in os.environ if name.startswith("WARMHANDOFF_") and "_TEST_" not in name]:
        del os.environ[name]  # an operator's own settings must never reach a test
    os.environ["WARMHANDOFF_TEST_HOME"] = str(home)
    os.environ["WARMHANDOFF_DATA"] = str(home / "data")
    os.environ["WARMHANDOFF_WORKER"] = "apart"
    if os.environ.get("WARMHANDOFF_TEST_DATABASE_URL"):
        os.environ["WARMHANDOFF_DATABASE_URL"] = os.environ["WARMHANDOFF_TEST_DATABASE_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "warmhandoff.settings"
    return home
