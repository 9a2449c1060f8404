"""The rows an import could not take, each with line, field and reason: on disk, so that millions cost no memory.

Rows next to each other that were refused alike are kept as one run of lines and told one by one.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that does not land; with `until`, every row from `line` to it.

    `key` says whose row it was: that listing stays as it is. `torn`: whose row it was cannot be told, so that nothing
    may be retired for being absent.
    """

    line: int
    field: str | None
    reason: str
    until: int | None = None
    key: str | None = None
    torn: bool = False

    @property
    def rows(self) -> int:
        return 1 if self.until is None else self.until - self.line + 1


class Rejects:
    """A list of refused rows in a file. `size` is how much of it is safe: what a killed run wrote after is dropped."""

    def __init__(self, path: Path | None = None, *, size: int = 0, rows: int = 0) -> None:
        self.path, self.size, self.rows = path, size, rows
        if path is None:
            self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=2**22))  # noqa: SIM115 - kept open
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("r+b" if size else "w+b")
            self._file.truncate(size)

    def add(self, unread: Iterable[Unread]) -> None:
        """Write these behind the others, and hand them to the operating system."""
        lines = [json.dumps([one.line, one.until, one.field, one.reason]) for one in unread]
        data = "".join(f"{line}\n" for line in lines).encode("ascii")
        self._file.seek(self.size)
        self._file.write(data)
        self._file.flush()
        self.size += len(data)

    def runs(self) -> Iterator[Unread]:
        """Each run of rows refused alike, in the file's order."""
        place = 0
        while place < self.size:
            self._file.seek(place)
            line = self._file.readline()
            place += len(line)
            first, until, field, reason = json.loads(line)
            yield Unread(first, field, reason, until)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each refused row as reports tell it: {"line", "field", "reason"}."""
        for run in self.runs():
            for line in range(run.line, (run.until or run.line) + 1):
                yield {"line": line, "field": run.field, "reason": run.reason}

    def __len__(self) -> int:
        return self.rows

    def forget_path(self) -> None:
        """Nothing is left to go on with: the file goes with this object."""
        if self.path is not None:
            with contextlib.suppress(PermissionError):  # where an open file cannot be removed, the next import does it
                self.path.unlink(missing_ok=True)

    def close(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        self.close()
