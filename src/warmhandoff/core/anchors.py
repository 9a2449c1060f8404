"""Anchors: the heads of the audit's chains, signed and kept outside the database.

A chain cut short, or rewritten from an old copy, looks whole by itself. An anchor remembers how far it reached. The
worker appends one line an hour to the file of WARMHANDOFF_AUDIT_ANCHOR_FILE; each line signs the one before it.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import logging
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from warmhandoff.core import chain
from warmhandoff.core.jobs import every_tick
from warmhandoff.core.sealing import derived_key
from warmhandoff.rules.refusals import Unavailable

log = logging.getLogger("warmhandoff.audit")
PURPOSE = "audit anchors"
_looked: dict[Path, str] = {}  # the hour in which this process last saw to each file


@dataclass
class Anchors:
    """What the file says: for each chain the hash at each anchored number; what is wrong with the file, in words."""

    heads: dict[str, dict[int, str]] = field(default_factory=dict)
    lines: int = 0
    last_at: str = ""
    last_mac: str = ""
    signed_by: dict[str, int] = field(default_factory=dict)  # lines by the name of the key that signed them
    faults: list[str] = field(default_factory=list)

    def reach(self, name: str) -> int:
        """The highest anchored number of a chain; 0 where there is none."""
        return max(self.heads.get(name, {}), default=0)


def _mac(line: dict[str, Any]) -> str:
    said = json.dumps([line["previous"], line["at"], line["heads"], line["signed_by"]], sort_keys=True)
    return hmac.digest(derived_key(PURPOSE, line["signed_by"])[1], said.encode(), "sha256").hex()


def _take(found: Anchors, number: int, text: str) -> None:
    try:
        line = json.loads(text)
        good = hmac.compare_digest(line["mac"], _mac(line))
        heads = {name: (int(at), str(mac)) for name, (at, mac) in line["heads"].items()} if good else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        found.faults.append(f"line {number} of the anchor file was altered or is signed with a key that is gone")
        return
    if not good:
        found.faults.append(f"line {number} of the anchor file was altered")
        return
    if line["previous"] != found.last_mac:
        found.faults.append(f"lines are missing before line {number} of the anchor file")
    found.last_at, found.last_mac = line["at"], line["mac"]
    found.signed_by[line["signed_by"]] = found.signed_by.get(line["signed_by"], 0) + 1
    for name, (at, mac) in heads.items():
        found.heads.setdefault(name, {})[at] = mac


def _parse(text: str) -> Anchors:
    found = Anchors()
    lines = text.split("\n")[:-1]  # behind the last line end stands nothing, or what a crash cut short
    for number, line in enumerate(lines, start=1):
        _take(found, number, line)
    found.lines = len(lines)
    return found


def read() -> Anchors:
    """All anchors of this server; none where no file was made yet. Unavailable when it cannot be read."""
    path = settings.AUDIT_ANCHOR_FILE
    try:
        return _parse(path.read_text())
    except FileNotFoundError:
        return Anchors()
    except (OSError, ValueError) as error:
        raise Unavailable(f"The anchor file {path} cannot be read: {error}") from error


def signers() -> dict[str, int]:
    """How many lines of the file each wrapping key signed. Unavailable when the file cannot be read."""
    return read().signed_by


def _open(path: Path) -> IO[str]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    fcntl.flock(file, fcntl.LOCK_EX)  # two workers must not write at once
    return file


def _moved(found: Anchors) -> dict[str, tuple[int, str]]:
    """The heads that are not anchored yet."""
    moved = {}
    for name, (number, mac) in chain.heads().items():
        if number < found.reach(name):
            log.error("the audit of %s went back from %d to %d: run audit verify", name, found.reach(name), number)
        if number and found.heads.get(name, {}).get(number) != mac:
            moved[name] = (number, mac)
    return moved


def anchor(now: datetime) -> int:
    """Append the heads that moved since the last anchor, durably; how many there were. Once an hour at most."""
    hour = now.astimezone(UTC).strftime("%Y-%m-%dT%H")
    with _open(settings.AUDIT_ANCHOR_FILE) as file:
        text = file.read()
        found = _parse(text)
        moved = {} if found.last_at.startswith(hour) else _moved(found)
        if moved:
            line = {"at": now.astimezone(UTC).isoformat(), "heads": moved, "previous": found.last_mac,
                    "signed_by": derived_key(PURPOSE)[0]}  # fmt: skip
            file.seek(len(text[: text.rfind("\n") + 1].encode()))
            file.truncate()  # a line that a crash cut short gives way
            file.write(json.dumps({**line, "mac": _mac(line)}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return len(moved)


@every_tick("anchor_audit")
def anchor_hourly(now: datetime) -> None:
    """The worker's clock: one look an hour, tried again at the next tick where it failed."""
    path, hour = settings.AUDIT_ANCHOR_FILE, now.astimezone(UTC).strftime("%Y-%m-%dT%H")
    if _looked.get(path) != hour:
        anchor(now)
        _looked[path] = hour
