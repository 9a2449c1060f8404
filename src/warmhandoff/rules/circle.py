"""The types of help a network is asked for sooner or later, as data with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.vocab import vocabulary

_VOCABULARIES = {
    "kinds": "kinds", "levels": "levels", "treats": "concerns", "age_groups": "age_groups",
    "participants": "participants",
}  # fmt: skip


@dataclass(frozen=True)
class HelpType:
    """One type. `conditions`: field of a listing -> the codes of which it has any, or True for a flag."""

    code: str
    label: str
    why: str
    conditions: Mapping[str, Any]

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether a listing with these known facts (field -> value; missing is unknown) is of this type."""
        return all(_has(facts, name, wanted) for name, wanted in self.conditions.items())


@dataclass(frozen=True)
class HelpTypes:
    """All types, in the order of the file, and where the list comes from."""

    types: tuple[HelpType, ...]
    source: str
    as_of: date

    def of(self, facts: Mapping[str, Any]) -> tuple[HelpType, ...]:
        """The types a listing is of; what is not known of it makes it of none."""
        return tuple(one for one in self.types if one.holds(facts))

    def counts(self, everyone: Iterable[Mapping[str, Any]]) -> dict[str, int]:
        """code of each type -> how many of these listings are of it."""
        found = {one.code: 0 for one in self.types}
        for facts in everyone:
            for one in self.of(facts):
                found[one.code] += 1
        return found


def _has(facts: Mapping[str, Any], name: str, wanted: Any) -> bool:
    value = facts.get("kind" if name == "kinds" else name)
    if wanted is True:
        return value is True
    held = [value] if isinstance(value, str) else value or ()
    return not set(wanted).isdisjoint(held)


@cache
def help_types() -> HelpTypes:
    """The list as it comes with the program, read once a process. An unknown code in it is refused (BadInput)."""
    text = files("warmhandoff.rules").joinpath("network_tables/types.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return HelpTypes(tuple(_type(entry) for entry in raw["type"]), raw["source"], raw["as_of"])


def _type(raw: Mapping[str, Any]) -> HelpType:
    conditions = {name: value for name, value in raw.items() if name not in ("code", "label", "why")}
    for name, codes in conditions.items():
        if name in _VOCABULARIES:
            for code in codes:
                vocabulary(_VOCABULARIES[name]).entry(code)
        elif name != "sliding_scale":
            raise ValueError(f"network_tables/types.toml: {raw['code']} has a condition {name!r} that is none")
    return HelpType(raw["code"], raw["label"], raw["why"], conditions)
