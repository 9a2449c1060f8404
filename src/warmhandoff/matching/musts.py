"""The musts: what a listing passes, fails, or what is not known about it (the table of the matching contract)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from warmhandoff.matching.columns import Columns, Tri
from warmhandoff.matching.distance import Distances
from warmhandoff.matching.types import Need
from warmhandoff.rules.vocab import compact_members, vocabulary


@dataclass(frozen=True)
class Question:
    """One need put to one directory; distances are measured once, also for its loosened forms."""

    directory: Columns
    need: Need
    distances: Distances

    @classmethod
    def of(cls, directory: Columns, need: Need) -> Self:
        return cls(directory, need, Distances(need.place.lat, need.place.lon, directory.point))

    def loosened(self, need: Need) -> Question:
        """The same question with another need; the client's place must be the same."""
        return replace(self, need=need)

    def everyone(self) -> Tri:
        return Tri.certain(np.ones(len(self.directory), dtype=np.bool_))

    def nobody(self) -> Tri:
        return Tri.certain(np.zeros(len(self.directory), dtype=np.bool_))


def _exclude(question: Question) -> Tri:
    excluded = np.array(sorted(question.need.exclude), dtype=np.int64)
    return Tri.certain(~np.isin(question.directory.ids, excluded))


def _accepting(question: Question) -> Tri:
    accepting, need = question.directory.accepting, question.need
    wait = question.directory.wholes["wait_days"]
    if need.any_wait:
        short_enough = Tri(wait.known, np.zeros(len(wait.known), dtype=np.bool_))
    elif need.max_wait_days is not None:
        short_enough = wait.at_most(need.max_wait_days)
    else:
        short_enough = question.nobody()
    return accepting.has("open") | (accepting.has("waitlist") & short_enough)


def _served(question: Question, column: str, code: str | None) -> Tri:
    return question.everyone() if code is None else question.directory.codes[column].has(code)


def _shared(question: Question, column: str, codes: tuple[str, ...]) -> Tri:
    return question.directory.codes[column].has_any(codes) if codes else question.everyone()


def _offered(question: Question, column: str, codes: tuple[str, ...]) -> Tri:
    return question.directory.codes[column].has_all(codes) if codes else question.everyone()


def _payment(question: Question) -> Tri:
    """Passed where any way in which this need could be paid is open."""
    payment, flags, wholes = question.need.payment, question.directory.flags, question.directory.wholes
    if payment.form == "plan":
        plan = question.directory.codes["plans"].has(payment.plan or "")
        return plan | flags["out_of_network"].is_true() if payment.accepts_out_of_network else plan
    if payment.form == "budget":
        budget = payment.budget or 0
        sliding = flags["sliding_scale"].is_true() & wholes["sliding_floor"].at_most(budget)
        return wholes["fee"].at_most(budget) | sliding
    return question.everyone()


def in_person(question: Question) -> Tri:
    """The in-person half of `place`: acceptable, offered, and within the radius."""
    need = question.need
    if "in_person" not in need.formats or need.radius_miles is None:
        return question.nobody()
    return question.directory.codes["formats"].has("in_person") & question.distances.within(need.radius_miles)


def telehealth(question: Question) -> Tri:
    """The telehealth half: acceptable, offered, and licensed (or under a compact) where the client is."""
    need, codes = question.need, question.directory.codes
    if "telehealth" not in need.formats:
        return question.nobody()
    state = need.place.state
    compacts = [code for code in vocabulary("compacts").entries if state in compact_members(code)]
    authorised = codes["licensed_states"].has(state) | codes["compacts"].has_any(compacts)
    return codes["formats"].has("telehealth") & authorised


MUSTS: dict[str, Callable[[Question], Tri]] = {
    "kind": lambda q: q.directory.kind.has(q.need.kind),
    "level": lambda q: q.directory.codes["levels"].has(q.need.level),
    "exclude": _exclude,
    "accepting": _accepting,
    "concerns": lambda q: _offered(q, "treats", q.need.concerns),
    "modalities_must": lambda q: _offered(q, "modalities", q.need.modalities_must),
    "identities_must": lambda q: _offered(q, "identities", q.need.identities_must),
    "access": lambda q: _offered(q, "access", q.need.access),
    "age_group": lambda q: _served(q, "age_groups", q.need.age_group),
    "participants": lambda q: _served(q, "participants", q.need.participants),
    "languages": lambda q: _shared(q, "languages", q.need.languages),
    "payment": _payment,
    "place": lambda q: in_person(q) | telehealth(q),
    "times": lambda q: _shared(q, "times", q.need.times),
}
"""In the order of the contract's table, which is the order of every answer."""

CODE_MUSTS = {
    "concerns": "treats",
    "modalities_must": "modalities",
    "identities_must": "identities",
    "access": "access",
}
"""Musts that are answered code by code, with the listing's column for each."""
