"""What the codes of the provider taxonomy mean for a listing: nucc.toml, with its source and date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Speciality:
    kind: str
    words: str
    levels: tuple[str, ...]


@cache
def specialities() -> Mapping[str, Speciality]:
    """code -> what it stands for, of the codes of behavioural health."""
    raw = tomllib.loads(files("warmhandoff.imports").joinpath("nucc.toml").read_text(encoding="utf-8"))
    return {
        code: Speciality(entry["kind"], entry["words"], tuple(entry.get("levels", ())))
        for code, entry in raw["codes"].items()
    }


def facts_of(codes: Sequence[str]) -> dict[str, Any] | None:
    """Kind, level of care and words of these codes, the most important first; None where none is behavioural health."""
    found = [specialities()[code] for code in codes if code in specialities()]
    if not found:
        return None
    words = "; ".join(dict.fromkeys(speciality.words for speciality in found))
    facts: dict[str, Any] = {"kind": found[0].kind, "program_type": words[:300]}
    levels = {level for speciality in found if speciality.kind == found[0].kind for level in speciality.levels}
    if found[0].levels:
        facts["levels"] = sorted(levels)
    return facts
