"""The lock files against what they were made from."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MOST_PACKAGES = 60  # at run time, direct and transitive: each is someone else's code beside clients' records
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")


def wanted(path: Path) -> list[Requirement]:
    """The requirements of an .in file, with those of the files it takes in."""
    found: list[Requirement] = []
    for line in path.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("-r "):
            found += wanted(path.parent / line[3:].strip())
        elif line:
            found.append(Requirement(line))
    return found


def pinned(path: Path) -> tuple[dict[str, set[str]], list[str]]:
    """What a lock pins (a package may have a version a platform), and the lines that lack a hash."""
    pins: dict[str, set[str]] = {}
    bare = []
    for block in re.split(r"\n(?=\S)", path.read_text().strip()):
        match = _PIN.match(block)
        if not match:
            bare.append(f"{path.name}: not a pin: {block.splitlines()[0]}")
            continue
        pins.setdefault(canonicalize_name(match[1]), set()).add(match[2])
        if "--hash=sha256:" not in block:
            bare.append(f"{path.name}: {match[1]} has no hash")
    return pins, bare


def out_of_step(folder: Path, project: list[str]) -> list[str]:
    """Where locks, .in files and the project's own dependencies disagree; one line each."""
    faults: list[str] = []
    for source in sorted(folder.glob("*.in")):
        lock = source.with_suffix(".txt")
        if not lock.exists():
            faults.append(f"{source.name} has no {lock.name}")
            continue
        pins, bare = pinned(lock)
        faults += bare
        for need in wanted(source):
            versions = pins.get(canonicalize_name(need.name), set())
            if not any(need.specifier.contains(version, prereleases=True) for version in versions):
                faults.append(f"{lock.name} does not hold {need} of {source.name}: compile it again")
    base, dev = pinned(folder / "base.txt")[0], pinned(folder / "dev.txt")[0]
    faults += [f"base.txt and dev.txt differ in {name}" for name in base if not base[name] <= dev.get(name, set())]
    if (folder / "bench.txt").exists():  # installed over dev.txt, and must not change it
        bench = pinned(folder / "bench.txt")[0]
        faults += [f"dev.txt and bench.txt differ in {name}" for name in dev if not dev[name] <= bench.get(name, set())]
    if len(base) > MOST_PACKAGES:
        faults.append(f"base.txt holds {len(base)} packages, never more than {MOST_PACKAGES}")
    return faults + _project_against(project, wanted(folder / "base.in"), base)


def _project_against(project: list[str], listed: list[Requirement], base: dict[str, set[str]]) -> list[str]:
    mine = {canonicalize_name(r.name): r for r in map(Requirement, project)}
    theirs = {canonicalize_name(r.name) for r in listed}
    faults = [f"{name} is in only one of pyproject.toml and base.in" for name in sorted(mine.keys() ^ theirs)]
    for name, need in mine.items():
        for version in base.get(name, set()):
            if not need.specifier.contains(version, prereleases=True):
                faults.append(f"pyproject.toml wants {need}, base.txt holds {version}")
    return faults
