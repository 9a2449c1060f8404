"""What a network can answer: the past year's needs and the expected ones against everyone there is, and whom to meet.

The past year's needs are counted, never told: what came less than five times is put together with the like of it until
it says nothing of anyone (`cells.told_cells`). The expected ones are the practice's own words about nobody.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from warmhandoff import matching
from warmhandoff.accounts.queries import practice_by_id
from warmhandoff.core import audit
from warmhandoff.directory.acquaintance import KNOWN, relationships_of
from warmhandoff.directory.columns import directory_for
from warmhandoff.directory.queries import known_facts
from warmhandoff.network.cells import Cell, cell_of, most_of, told_cells
from warmhandoff.network.expecting import expected_by
from warmhandoff.referrals.of_a_year import needs_since, sent_since
from warmhandoff.rules.access import Actor
from warmhandoff.rules.circle import help_types
from warmhandoff.rules.coverage import (
    ENOUGH,
    FULL,
    Candidate,
    Meeting,
    Plan,
    Same,
    Wanted,
    concentrated,
    missing,
    sameness,
    whom_to_meet,
)
from warmhandoff.rules.gaps import LEAST
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import trust_of

YEAR = timedelta(days=365)
_ASKED_ABOUT, _ASKED_OF = 3, 2


@dataclass(frozen=True)
class Square:
    """One square of the grid. past: how many of the past year's needs, None for fewer than five; expected: a year.

    known: how many people the practice knows for it, at the worst of its needs, up to ENOUGH; open: what is missing, 0
    to 1 of all that there is to know.
    """

    cell: Cell
    past: int | None
    expected: int
    known: int
    open: float


@dataclass(frozen=True)
class Suggested:
    """Someone to meet. why: one sentence; share: how much of the whole gap they close, after those before them."""

    id: int
    name: str
    relationship: str
    why: str
    share: float


@dataclass(frozen=True)
class Asked:
    """Someone who may close a gap that nobody known for sure closes. ask: the codes of what is not known of them."""

    id: int
    name: str
    cell: Cell
    ask: tuple[str, ...]


@dataclass(frozen=True)
class TypeHad:
    """A type of help and how many the practice knows of it."""

    code: str
    label: str
    why: str
    have: int


@dataclass(frozen=True)
class Heavy:
    """A listing to which a large part of the referrals of the year went. count: None where that is not told."""

    id: int
    name: str
    count: int | None
    of: int


@dataclass(frozen=True)
class Coverage:
    """What the network can answer, and whom to meet next. gap: 0 (nothing missing) to 1 (nobody known)."""

    as_of: date
    since: date
    past: int | None
    expected: int
    left_out: int
    known: int
    grid: tuple[Square, ...]
    gap: float
    closes: float
    meet: tuple[Suggested, ...]
    ask: tuple[Asked, ...]
    types: tuple[TypeHad, ...]
    same: tuple[Same, ...]
    heavy: tuple[Heavy, ...]


@dataclass
class _Need:
    """Needs that ask the same of everyone: how many of each sort there are."""

    raw: dict[str, Any]
    need: matching.Need
    cell: Cell
    past: int = 0
    expected: int = 0
    told: Cell | None = None
    found: Any = field(default=None, repr=False)

    @property
    def a_year(self) -> int:
        return self.past + self.expected

    @property
    def parts(self) -> list[tuple[Cell, int, int]]:
        """(square, past, expected): what was expected stands as it was entered, what came as it may be told."""
        came = [(self.told or self.cell, self.past, 0)] if self.past else []
        return [*came, (self.cell, 0, self.expected)] if self.expected else came


def coverage(actor: Actor, *, now: datetime) -> Coverage:
    """The gaps of the actor's practice and whom to meet next. Counts and listings only; one audit entry."""
    practice = practice_by_id(actor.practice_id)
    today = now.astimezone(ZoneInfo(practice.time_zone)).date()
    needs, left_out = _needs(actor.practice_id, now - YEAR)
    directory = directory_for(actor, today=today)
    relationships = relationships_of(actor.practice_id)
    known = {one for one, how in relationships.items() if trust_of(how) >= KNOWN}
    for need in needs:
        need.found = matching.options_of(directory, need.need)
    wanted = [Wanted(one.a_year, min(ENOUGH, _how_many(one, known))) for one in needs]
    plan = whom_to_meet(wanted, _candidates(needs, known))
    facts = known_facts(actor.practice_id, known, today=today)
    heavy = concentrated(sent_since(actor.practice_id, now - YEAR))
    possibles = _possibles(directory, needs, wanted, plan)
    told = {*(one.id for one in plan.meet), *possibles, *(row[0] for row in heavy)}
    names = {key: str(one["name"]) for key, one in known_facts(actor.practice_id, told, today=today).items()}
    audit.record(actor, "list", "coverage", now=now)
    past = sum(one.past for one in needs)
    return Coverage(
        as_of=today, since=(now - YEAR).date(), past=past if past >= LEAST else None,
        expected=sum(one.expected for one in needs), left_out=left_out, known=len(known), grid=_grid(needs, wanted),
        gap=_of_all(plan.gap, needs), closes=plan.share,
        meet=tuple(
            Suggested(
                one.id, names[one.id], relationships.get(one.id, "unknown"), _why(one, needs), one.closes / plan.gap
            )
            for one in plan.meet
        ),
        ask=tuple(Asked(key, names[key], cell, ask) for key, (cell, ask) in possibles.items() if key in names),
        types=_types(facts), same=sameness([one.get("specialises_in") or () for one in facts.values()]),
        heavy=tuple(Heavy(one, names[one], n if n >= LEAST else None, of) for one, n, of in heavy if one in names),
    )  # fmt: skip


def _needs(practice_id: UUID, since: datetime) -> tuple[list[_Need], int]:
    """The needs, alike ones together, and how many could not be read (a code that was given up since)."""
    kinds: dict[str, _Need] = {}
    left_out = 0
    told = [(need, 1, 0) for need in needs_since(practice_id, since)]
    told += [(one.need, 0, one.a_year) for one in expected_by(practice_id)]
    for raw, past, expected in told:
        key = json.dumps(raw, sort_keys=True, default=str)
        if key not in kinds:
            try:
                kinds[key] = _Need(raw, matching.parse_need(raw), cell_of(raw))
            except BadInput:
                left_out += past or 1
                continue
        kinds[key].past += past
        kinds[key].expected += expected
    needs = [kinds[key] for key in sorted(kinds)]
    came: Counter[Cell] = Counter()
    for one in needs:
        came[one.cell] += one.past
    told_as = told_cells(came)
    for one in needs:
        one.told = told_as.get(one.cell)
    return needs, left_out


def _how_many(need: _Need, known: set[int]) -> int:
    return sum(1 for one in need.found[0].tolist() if one in known)


def _candidates(needs: Sequence[_Need], known: set[int]) -> list[Candidate]:
    """Those not known yet. Of people who are options for the same needs no more than could be wanted are kept."""
    strangers = []
    for need in needs:
        ids, points = need.found
        unknown = [place for place, one in enumerate(ids.tolist()) if one not in known]
        strangers.append((ids[unknown], points[unknown]))
    found = matching.alike(strangers, most=ENOUGH)
    ranked = [Candidate(0, kind.needs) for kind in found for _ in kind.ids]
    ids = [one for kind in found for one in kind.ids]
    return [Candidate(one, kind.needs) for one, kind in zip(ids, ranked, strict=True)]


def _of_all(gap: int, needs: Sequence[_Need]) -> float:
    everything = FULL * sum(one.a_year for one in needs)
    return gap / everything if everything else 0.0


def _grid(needs: Sequence[_Need], wanted: Sequence[Wanted]) -> tuple[Square, ...]:
    """By kind and concern, payment and distance; the largest gap first."""
    squares: dict[Cell, list[tuple[int, int, int]]] = defaultdict(list)
    for one, asked in zip(needs, wanted, strict=True):
        for cell, past, expected in one.parts:
            squares[cell].append((past, expected, asked.known))
    found = [(missing(Wanted(p + e, known) for p, e, known in parts), cell, parts) for cell, parts in squares.items()]
    return tuple(_square(gap, cell, parts) for gap, cell, parts in sorted(found, key=lambda row: (-row[0], row[1])))


def _square(gap: int, cell: Cell, parts: Sequence[tuple[int, int, int]]) -> Square:
    past, expected = sum(part[0] for part in parts), sum(part[1] for part in parts)
    known = min(part[2] for part in parts)
    return Square(cell, past if past >= LEAST else None, expected, known, gap / (FULL * (past + expected)))


def _why(one: Meeting, needs: Sequence[_Need]) -> str:
    """For whom they would be the first, and where one more choice. The largest two kinds are named."""
    parts = []
    for places, words in ((one.first, "the first you know for"), (one.more, "one more to choose from for")):
        if places:
            cells: Counter[Cell] = Counter()
            for place in places:
                for cell, past, expected in needs[place].parts:
                    cells[cell] += past + expected
            parts.append(f"{words} {most_of(cells)}")
    said = ", and ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _possibles(
    directory: matching.Directory, needs: Sequence[_Need], wanted: Sequence[Wanted], plan: Plan
) -> dict[int, tuple[Cell, tuple[str, ...]]]:
    """For the largest gaps for which nobody is known, even after meeting those named: who may fit, and what to ask."""
    closed = {place for one in plan.meet for place in one.first}
    bare = [place for place, one in enumerate(wanted) if not one.known and place not in closed]
    found: dict[int, tuple[Cell, tuple[str, ...]]] = {}
    for place in sorted(bare, key=lambda one: (-wanted[one].a_year, one))[:_ASKED_ABOUT]:
        for one in matching.search(directory, needs[place].need, k=_ASKED_OF).possibles:
            found.setdefault(one.id, (needs[place].parts[0][0], one.ask))
    return found


def _types(facts: Mapping[int, Mapping[str, Any]]) -> tuple[TypeHad, ...]:
    counts = help_types().counts(facts.values())
    return tuple(TypeHad(one.code, one.label, one.why, counts[one.code]) for one in help_types().types)

