"""Ways to be in touch with colleagues and words to begin with, as data; and how a goal reads, without scolding."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

GOALS: Mapping[str, str] = {"new": "New colleagues met", "touches": "Times in touch with anyone"}
SMALL = "A small circle is enough."


@dataclass(frozen=True)
class Way:
    """One way. meets: whether the two have met afterwards."""

    code: str
    label: str
    meets: bool


@dataclass(frozen=True)
class Script:
    """Words to begin with. ways: when they are at hand; source: the article they follow, with its sentence."""

    code: str
    label: str
    ways: tuple[str, ...]
    text: str
    why: str
    source: str


@cache
def _raw() -> dict[str, Any]:
    text = files("warmhandoff.rules").joinpath("network_tables/meeting.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def ways() -> Mapping[str, Way]:
    """Every way to be in touch by its code, in the order of the file."""
    return {raw["code"]: Way(raw["code"], raw["label"], raw["meets"]) for raw in _raw()["way"]}


@cache
def scripts() -> tuple[Script, ...]:
    """Every script, in the order of the file."""
    return tuple(
        Script(raw["code"], raw["label"], tuple(raw["ways"]), raw["text"], raw["why"], raw["source"])
        for raw in _raw()["script"]
    )


def goal_in_words(what: str, done: int, a_month: int) -> str:
    """How far a month is. What is missing is not counted out: nobody is behind."""
    things = {"new": "new colleague", "touches": "time in touch"}[what]
    plural = {"new": "new colleagues", "touches": "times in touch"}[what]
    if done >= a_month:
        return f"{done} {things if done == 1 else plural} this month: as many as you meant to, or more."
    return f"{done} of the {a_month} {plural} you meant for this month. {SMALL}"
