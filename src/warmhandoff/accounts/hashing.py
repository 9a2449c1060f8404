"""Password hashing that cannot be used to take the server's memory: a few at once, the others wait a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

from warmhandoff.rules.refusals import Unavailable

AT_ONCE = 4  # a process; each takes 100 MiB while it runs (Django's figures for Argon2id)
LONGEST_WAIT_SECONDS = 5.0
_places = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=LONGEST_WAIT_SECONDS):
        raise Unavailable("Many people are signing in right now. Please try again in a minute.")
    try:
        yield
    finally:
        _places.release()


class Argon2(Argon2PasswordHasher):
    """Django's Argon2id, with the same figures and the same form of what is stored."""

    def encode(self, password: str, salt: str) -> str:
        with _place():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _place():
            return super().verify(password, encoded)
