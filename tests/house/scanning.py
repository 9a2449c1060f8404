"""Secrets and dangerous calls in the tree, by detect-secrets and bandit; nothing is asked of anybody's server.

python -m tests.house.scanning --accept      takes today's findings as known. Look at each one first: a real secret that
                                             was ever committed must be changed where it is used, not accepted here.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT, files, name_of

BASELINE = ROOT / ".secrets.baseline"
SEEN = Path(sys.prefix) / ".clean-of-secrets"  # a scan of every file takes ten seconds, and few files change
MADE = (BASELINE, ROOT / "docs" / "reference" / "sbom.json")  # hashes and nothing else; other checks hold them


@dataclass(frozen=True, order=True)
class Suspect:
    """Something that looks like a secret. `sha1` is of the value: a known one may move within its file."""

    file: str
    kind: str
    sha1: str


def secrets(paths: Iterable[Path], root: Path = ROOT) -> dict[Suspect, int]:
    """What looks like a secret in these files, and in which line."""
    names = [path.relative_to(root).as_posix() for path in paths if path not in MADE]
    return {
        Suspect(file, one["type"], one["hashed_secret"]): one["line_number"]
        for file, found in _scan(names, root).items()
        for one in found
    }


def _scan(names: list[str], root: Path) -> dict[str, list[dict[str, Any]]]:
    """The findings of each file that has any."""
    if not names:
        return {}
    command = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", "--all-files", *names]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"detect-secrets failed: {ran.stderr.strip()[-300:]}")
    return dict(json.loads(ran.stdout)["results"])


def _key(path: Path) -> str:
    """What a file's findings hang on: the scanner, the file's name and what is in it."""
    return hashlib.sha256(f"{version('detect-secrets')} {name_of(path)}\n".encode() + path.read_bytes()).hexdigest()


def clean_before() -> set[str]:
    """Keys of files that were scanned before in this installation, and in which nothing was found."""
    try:
        return set(SEEN.read_text().split())
    except OSError:
        return set()


def known() -> set[Suspect]:
    """The findings somebody looked at: examples, invented passwords of tests, alphabets."""
    return {Suspect(**one) for one in json.loads(BASELINE.read_text())} if BASELINE.exists() else set()


def new_secrets() -> list[str]:
    """Findings beyond the known ones, and known ones that are gone (so that the list does not outgrow its reasons)."""
    seen, keys = clean_before(), {path: _key(path) for path in files() if path not in MADE}
    found, accepted = secrets([path for path, key in keys.items() if key not in seen]), known()
    suspicious = {one.file for one in found}
    clean = [key for path, key in keys.items() if name_of(path) not in suspicious]
    fresh = SEEN.with_suffix(f".{os.getpid()}")
    fresh.write_text("\n".join(clean))
    fresh.replace(SEEN)  # whole or not at all: several checks may run on one installation
    faults = [f"{one.file}:{line}: {one.kind}" for one, line in sorted(found.items()) if one not in accepted]
    gone = [f"{one.file}: {one.kind} is in {name_of(BASELINE)} and no longer there" for one in accepted - found.keys()]
    return faults + sorted(gone)


def dangerous(folder: Path) -> list[str]:
    """What bandit finds of medium or high severity under a folder, beside lines marked `nosec` with a reason."""
    command = [sys.executable, "-m", "bandit", "-q", "-r", str(folder), "-ll", "-f", "json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = json.loads(ran.stdout)
    faults = [f"bandit could not read {one['filename']}: {one['reason']}" for one in said["errors"]]
    return faults + [f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
                     for one in said["results"]]


if __name__ == "__main__" and sys.argv[1:] == ["--accept"]:
    now_known = [vars(one) for one in sorted(secrets(files()))]
    BASELINE.write_text(json.dumps(now_known, indent=1) + "\n")
    print(f"{len(now_known)} findings are known now")
