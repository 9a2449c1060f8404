"""The operator's list of breached passwords: tens of gigabytes, searched in the file and never read whole."""

from __future__ import annotations

import hashlib
import re
from io import BufferedReader
from itertools import islice, pairwise
from pathlib import Path

from warmhandoff.rules.refusals import Unavailable

_LINE = re.compile(rb"[0-9A-F]{40}$")
_LOOKED_AT = 1000


def is_listed(password: str, path: Path) -> bool:
    """Whether the file of sorted SHA-1 hashes (hex, upper or lower case, HASH or HASH:count) holds this password's.

    Unavailable when the file cannot be read: then no new password is taken.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    try:
        with path.open("rb") as file:
            return _search(file, wanted, path.stat().st_size)
    except OSError as error:
        raise Unavailable(f"The list of breached passwords cannot be read ({error.strerror}).") from error


def _search(file: BufferedReader, wanted: bytes, size: int) -> bool:
    """Halve the range of bytes in which the line must begin, some 36 reads in a file of 40 GB."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        found = _first_line_from(file, middle)
        if found is None or found >= wanted:
            high = middle
        else:
            low = middle + 1
    return _first_line_from(file, low) == wanted


def _first_line_from(file: BufferedReader, offset: int) -> bytes | None:
    """The hash of the first line that begins at or after this byte; None at the end."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline()
    line = file.readline()
    return line.strip().partition(b":")[0].upper() if line.strip() else None


def fault_of(path: Path) -> str:
    """What is wrong with a list, by its beginning, or nothing: an unsorted one would find next to no password."""
    try:
        with path.open("rb") as file:
            hashes = [line.strip().partition(b":")[0].upper() for line in islice(file, _LOOKED_AT)]
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not hashes or not all(_LINE.match(one) for one in hashes):
        return "does not hold a SHA-1 hash (40 hex digits) a line"
    return "" if all(a <= b for a, b in pairwise(hashes)) else "is not sorted by its hashes"
