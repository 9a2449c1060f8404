"""Known vulnerabilities of what a lock pins, by pip-audit and a snapshot of advisories. Never a green that saw nothing.

pip-audit alone passes where it could look nothing up, so what it says is not believed: every pin of the lock, also
those for other platforms, must come back audited, and must have been asked of the endpoint.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from tests.house.locks import pinned
from tests.tools import advisories

SNAPSHOT = "WARMHANDOFF_TEST_ADVISORIES"
NOT_AUDITED = f"not audited: no advisories given ({SNAPSHOT} names none)"
OLD_AFTER_DAYS = 30
Pin = tuple[str, str]


@dataclass
class Audited:
    """What an audit found: `faults` make the check fail, `notes` stand beside it."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def audit(lock: Path, snapshot: Path, *, now: datetime | None = None) -> Audited:
    """Every pin of a hashed lock against a snapshot."""
    pins = {(name, version) for name, versions in pinned(lock)[0].items() for version in versions}
    known = advisories.read(snapshot, {name for name, _ in pins})
    if not known.documents:
        return Audited([f"{snapshot} holds no advisories"])
    faults, done = [], set[Pin]()
    with advisories.endpoint(known) as url:
        for part in _parts(lock):
            told = ask(part, url)
            faults += told.faults
            done |= told.done
    unseen = sorted(pins - (done & known.asked))
    faults += [f"not audited: {name} {version}" for name, version in unseen]
    days = known.days_old(now or datetime.now(UTC))
    age = f"{len(pins)} packages against {known.documents} advisories, the newest {days} days old ({known.newest})"
    if days > OLD_AFTER_DAYS:
        age += ": this proves the gate, not safety; a release needs a live audit"
    return Audited(faults, [age])


@dataclass
class Told:
    """What pip-audit says of one requirements file."""

    done: set[Pin] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def ask(requirements: str, url: str) -> Told:
    """Run pip-audit over these lines against an endpoint. Nothing is installed or resolved, and nothing else called."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        path.write_text(requirements)
        command = [
            sys.executable, "-m", "pip_audit", "--strict", "-s", "osv", "--osv-url", url, "-r", str(path),
            "--disable-pip", "--require-hashes", "-f", "json", "--progress-spinner", "off",
            "--cache-dir", str(Path(folder) / "cache"),
        ]
        env = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    try:
        said = json.loads(ran.stdout)
    except ValueError:
        return Told(faults=[f"pip-audit broke off: {line}" for line in ran.stderr.strip().splitlines()[-3:] or ["?"]])
    told = Told()
    for one in said["dependencies"]:
        _judge(one, told)
    if ran.returncode and not told.faults:
        told.faults.append(f"pip-audit failed: {ran.stderr.strip()[-300:]}")
    return told


def _judge(one: dict[str, Any], told: Told) -> None:
    if "skip_reason" in one:
        told.faults.append(f"skipped: {one['name']}: {one['skip_reason']}")
        return
    told.done.add((canonicalize_name(one["name"]), one["version"]))
    for flaw in one["vulns"]:
        mended = ", ".join(flaw["fix_versions"]) or "no version yet"
        told.faults.append(f"{one['name']} {one['version']}: {flaw['id']} (mended in {mended})")


def _parts(lock: Path) -> Iterator[str]:
    """The lock without its conditions on the platform, in as many parts as a package has versions."""
    parts: list[dict[str, str]] = []
    for block in re.split(r"\n(?=\S)", lock.read_text().strip()):
        head, newline, hashes = block.partition("\n")
        name = head.partition("==")[0]
        part = next((part for part in parts if name not in part), None)
        if part is None:
            parts.append(part := {})
        part[name] = f"{head.partition(' ;')[0].removesuffix(chr(92)).strip()} \\{newline}{hashes}"
    for part in parts:
        yield "\n".join(part.values()) + "\n"
