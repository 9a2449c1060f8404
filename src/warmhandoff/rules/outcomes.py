"""Why a referral ended as it did: the reasons in outcomes.toml, in groups, each for the outcomes it goes with."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from warmhandoff.rules.refusals import BadInput, Problem


@dataclass(frozen=True)
class Reason:
    """One reason. group: the words of its group; outcomes: the codes of the outcomes it may stand beside."""

    code: str
    label: str
    group: str
    outcomes: frozenset[str]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("warmhandoff.rules").joinpath("outcomes.toml").read_text(encoding="utf-8"))


@cache
def reasons() -> dict[str, Reason]:
    """Every reason by its code, in the order of the file (IHI/NPSF 2017, see outcomes.toml)."""
    table = _table()
    return {
        code: Reason(code, row["label"], table["group"][row["group"]], frozenset(row["outcomes"]))
        for code, row in table["reason"].items()
    }


def grouped(outcomes: Collection[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The reasons that go with any of these outcomes, as (group, [(code, label)]) for a list to choose from."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in reasons().values():
        if one.outcomes & set(outcomes):
            found.setdefault(one.group, []).append((one.code, one.label))
    return list(found.items())


def label_of(code: str) -> str:
    """The words of a reason; "" for none."""
    return reasons()[code].label if code in reasons() else ""


def check(outcome: str, code: str) -> None:
    """Refuse (BadInput) a reason that is unknown or does not go with the outcome. None at all is always fine."""
    if code and (code not in reasons() or outcome not in reasons()[code].outcomes):
        raise BadInput(Problem("this reason does not go with how it ended", field="reason"))
