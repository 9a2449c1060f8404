"""Files on their way in, wherever they lie: alone, in a folder, or in a zip. Opened as often as needed; no copies."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, NoReturn

from warmhandoff.rules.refusals import BadInput, Problem

MOST_ENTRIES = 1000
LARGEST_RATIO = 100
RATIO_FROM = 10 * 1024 * 1024  # below this, unpacked, no ratio does harm
_SAMPLE = 1024 * 1024


@dataclass(frozen=True)
class Input:
    """One file. `fingerprint` stands for its bytes."""

    name: str
    size: int
    fingerprint: str
    open: Callable[[], BinaryIO]

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.name.replace("\\", "/").rsplit("/", 1)[-1]


def refuse(file: str, reason: str) -> NoReturn:
    raise BadInput(Problem(reason, file=file))


def of_bytes(data: bytes, name: str) -> Input:
    """A file that is in memory already."""
    return Input(name, len(data), hashlib.sha256(data).hexdigest(), lambda: io.BytesIO(data))


def inputs_at(path: Path) -> list[Input]:
    """The file at a path, or the files in a folder or zip, by name.

    Refuses (BadInput) what is not there or cannot be read, and a zip that is encrypted, damaged, has over 1,000
    entries, a link in it, a name that leads outside, or an entry that unpacks to over a hundred times its size.
    """
    try:
        if path.is_dir():
            return [_file(one) for one in sorted(path.iterdir()) if one.is_file() and not one.name.startswith(".")]
        if zipfile.is_zipfile(path) and path.suffix.lower() != ".xlsx":
            return _zipped(path)
        return [_file(path)]
    except OSError as error:
        refuse(str(path), f"cannot be read: {error.strerror or error}")


def only_input(path: Path) -> Input:
    """The one file at a path; a folder or zip that holds several is refused."""
    found = inputs_at(path)
    if len(found) != 1:
        refuse(str(path), f"holds {len(found)} files; name one of them")
    return found[0]


def _file(path: Path) -> Input:
    size = path.stat().st_size
    with path.open("rb") as file:
        return Input(str(path), size, _fingerprint(file, size, path.stat().st_mtime_ns), lambda: path.open("rb"))


def _fingerprint(file: BinaryIO, size: int, modified: int) -> str:
    """Of a small file its bytes; of a large one its size, its day and samples: reading it all would take as long."""
    if size <= 64 * _SAMPLE:
        return hashlib.sha256(file.read()).hexdigest()
    found = hashlib.sha256(f"{size} {modified}".encode())
    for place in range(0, size, max(_SAMPLE, size // 64)):
        file.seek(place)
        found.update(file.read(4096))
    return found.hexdigest()


def _zipped(path: Path) -> list[Input]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        refuse(str(path), f"is no zip that can be read: {error}")
    if len(entries) > MOST_ENTRIES:
        refuse(str(path), f"has {len(entries):,} entries; {MOST_ENTRIES:,} are the most")
    for entry in entries:
        _check_entry(path, entry)
    return [_entry(path, entry) for entry in sorted(entries, key=lambda entry: entry.filename)]


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    where = f"{path}: {name[:100]!r}"
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        refuse(where, "a name in a zip must not lead outside it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        refuse(where, "is a link")
    if entry.flag_bits & 1:
        refuse(where, "is encrypted")
    if entry.file_size > RATIO_FROM and entry.file_size > LARGEST_RATIO * max(1, entry.compress_size):
        refuse(where, f"unpacks to over {LARGEST_RATIO} times its size")


def _entry(path: Path, entry: zipfile.ZipInfo) -> Input:
    def opened() -> BinaryIO:
        return _Unzipped(path, entry)

    return Input(f"{path}/{entry.filename}", entry.file_size, f"{entry.file_size} {entry.CRC:08x}", opened)


class _Unzipped(io.BufferedReader):
    """One entry of a zip as a file; damage found while reading is an OSError like any other."""

    def __init__(self, path: Path, entry: zipfile.ZipInfo) -> None:
        self._archive = zipfile.ZipFile(path)
        super().__init__(_Raw(self._archive.open(entry)), 1024 * 1024)

    def close(self) -> None:
        super().close()
        self._archive.close()


class _Raw(io.RawIOBase):
    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        return int(self._inner.seek(place, whence))

    def tell(self) -> int:
        return int(self._inner.tell())

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._inner.read(len(view))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise OSError(f"the zip is damaged: {error}") from error
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()
