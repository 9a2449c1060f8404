"""Words that must not stand anywhere in the tree: hosts of package registries, paths of one machine, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.tree import name_of, text_of

# Each is put together here, so that this file does not hold what it looks for.
REGISTRIES = tuple(
    "".join(parts)
    for parts in (
        ("pypi", ".org"), ("python", "hosted"), ("pypi", ".python"), ("npmjs", ".org"), ("npmjs", ".com"),
        ("yarnpkg", ".com"), ("unpkg", ".com"), ("jsdelivr", ".net"), ("cdnjs", ".cloudflare"), ("crates", ".io"),
        ("deb", ".debian.org"), ("archive", ".ubuntu.com"), ("proxy", ".golang.org"), ("ghcr", ".io"),
        ("docker", ".io"), ("google", "apis.com"), ("conda", ".anaconda"), ("--index", "-url"),
        ("--extra-index", "-url"),
    )
)
MACHINE = tuple("".join(parts) for parts in (
    ("/wor", "k/"), ("/wor", "k\n"), ("../sha", "red"), ("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/"),
    (".py", "env/"),
))
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def find(paths: Iterable[Path], words: tuple[str, ...]) -> Iterator[str]:
    """file:line of every line that holds one of the words (any case)."""
    # A folder of a machine stands at the start of a path: "portal/home/" is none.
    at_start = ("(?<![\\w.-])" + re.escape(word) if word.startswith("/") else re.escape(word) for word in words)
    pattern = re.compile("|".join(at_start), re.IGNORECASE)
    for path in paths:
        text = text_of(path)
        if text is None or not pattern.search(text):
            continue
        for match in pattern.finditer(text):
            yield f"{name_of(path)}:{text.count(chr(10), 0, match.start()) + 1}: holds {match[0].strip()!r}"


def addresses(folder: Path) -> Iterator[str]:
    """Lines of lock and requirement files that hold an address: a lock installs from whatever index a site uses."""
    for path in sorted(folder.iterdir()):
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1):
            if _ADDRESS.search(line):
                yield f"{path.name}:{number}: {line.strip()[:80]}"
