"""Matching a need against a practice's directory, without any client's record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from warmhandoff import matching
from warmhandoff.directory.browsing import listings
from warmhandoff.directory.columns import directory_for, directory_within
from warmhandoff.directory.weighing import weights_of
from warmhandoff.rules.access import Actor

OPTIONS = 10
EXPLAINED = 5


@dataclass(frozen=True)
class WhyNot:
    """What stands between one listing and the need; `set_aside`: excluded by the practice, so it was not looked at."""

    id: int
    name: str
    fails: tuple[str, ...]
    unknown: tuple[str, ...]
    set_aside: bool = False


def find(
    actor: Actor, need: Mapping[str, Any], *, today: date, k: int = OPTIONS, relax: bool = False,
    within: Collection[int] | None = None,
) -> matching.Answer:  # fmt: skip
    """The exact best `k` options and possibles for a need as in need.json, with relaxations where `relax` or too few.

    `within`: only among these listings, those of a list. Refuses as `matching.parse_need` does.
    """
    weights, asked = weights_of(actor.practice_id).weights, matching.parse_need(dict(need))
    if within is None:
        directory = directory_for(actor, today=today)
    else:
        directory = directory_within(actor, within, today=today)
    return matching.search(directory, asked, k=k, relax=relax, weights=weights)


def why_not(actor: Actor, need: Mapping[str, Any], words: str, *, today: date) -> list[WhyNot]:
    """Why the listings whose name, city or ZIP holds these words are no options; at most 5, by name."""
    directory, asked = directory_for(actor, today=today), matching.parse_need(dict(need))
    found = []
    for line in listings(actor, today=today, scope="all", words=words).lines[:EXPLAINED]:
        if line.excluded:
            found.append(WhyNot(line.id, line.name, (), (), set_aside=True))
        else:
            why = matching.explain(directory, asked, line.id)
            found.append(WhyNot(line.id, line.name, why.fails, why.unknown))
    return found
