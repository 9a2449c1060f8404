"""Looking for bytes in files, in every way in which text and keys come to be written down."""

from __future__ import annotations

import base64
import gzip
import quopri
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_LONGEST = 64 * 1024 * 1024


def forms_of_bytes(value: bytes) -> set[bytes]:
    """Raw, hex (both cases), and base64 at each of the three places in which it can begin, of both alphabets."""
    found = {value, value.hex().encode(), value.hex().upper().encode()}
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + value)
        start, end = (0, 2, 3)[shift], len(coded) - (4 if (len(value) + shift) % 3 else 0)
        middle = coded[start + (2 if shift else 0) : end]
        found |= {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def forms_of_text(word: str) -> set[bytes]:
    """A word in each of its encodings: UTF-8, UTF-16, hex, base64, URL, JSON, quoted-printable."""
    found = {word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
    found |= {form for code in ("utf-8", "utf-16-le") for form in forms_of_bytes(word.encode(code))}
    return found | {urllib.parse.quote(word, safe="").encode(), quopri.encodestring(word.encode()).strip()}


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The content, and what is in it where it is compressed."""
    yield content
    for open_it in (gzip.decompress, zlib.decompress):
        try:
            yield open_it(content[:_LONGEST])
        except (OSError, EOFError, zlib.error):
            continue


def holding(forms: Iterable[bytes], *folders: Path) -> list[str]:
    """The files under the folders (or the files themselves) that hold one of these."""
    wanted, found = list(forms), []
    for path in files_of(*folders):
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # a server's temporary file that went while we looked
            continue
        if any(form in text for text in _unpacked(content) for form in wanted):
            found.append(path.name)
    return found


def files_of(*folders: Path) -> list[Path]:
    files = [path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*"))]
    return [path for path in files if path.is_file()]
