"""The catalogues of translated words: compiled as committed, nothing untranslated or uncertain."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.house.tree import name_of


def faults(locale: Path) -> list[str]:
    """What is wrong with the catalogues under this folder, a line each."""
    found: list[str] = []
    for path in sorted(locale.rglob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file)
        for message in catalogue:
            if not message.id:
                continue
            shown = message.id if isinstance(message.id, str) else message.id[0]
            words = [message.string] if isinstance(message.string, str) else list(message.string)
            if not all(words):
                found.append(f"{name_of(path)}: not translated: {shown[:60]!r}")
            if message.fuzzy:
                found.append(f"{name_of(path)}: uncertain (fuzzy): {shown[:60]!r}")
        found += _compiled(path, _words(catalogue))
    return found


def _words(catalogue: Catalog) -> dict[tuple[str | None, tuple[str, ...]], tuple[str, ...]]:
    """What a catalogue says, plural forms and all, without what is uncertain."""

    def forms(of: str | Iterable[str]) -> tuple[str, ...]:
        return (of,) if isinstance(of, str) else tuple(of)

    def context(of: str | bytes | None) -> str | None:  # babel gives it back from a compiled catalogue as bytes
        return of.decode() if isinstance(of, bytes) else of

    return {(context(m.context), forms(m.id)): forms(m.string) for m in catalogue if m.id and not m.fuzzy}


def _compiled(path: Path, words: dict[tuple[str | None, tuple[str, ...]], tuple[str, ...]]) -> list[str]:
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return [f"{name_of(path)} is not compiled"]
    with compiled.open("rb") as file:
        kept = _words(read_mo(file))
    return [] if kept == words else [f"{name_of(compiled)} is not what {path.name} says now: compile it again"]
