"""The catalogues of translated words: compiled as committed, nothing untranslated or uncertain."""

from __future__ import annotations

from pathlib import Path

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
        found += _compiled(path, {(m.context, m.id): m.string for m in catalogue if m.id and not m.fuzzy})
    return found


def _compiled(path: Path, words: dict[object, object]) -> list[str]:
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return [f"{name_of(path)} is not compiled"]
    with compiled.open("rb") as file:
        kept = {(m.context, m.id): m.string for m in read_mo(file) if m.id}
    return [] if kept == words else [f"{name_of(compiled)} is not what {path.name} says now: compile it again"]
