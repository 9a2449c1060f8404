"""What comes out of the engine, and its JSON form (`warmhandoff match --json`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from warmhandoff.matching.types import Weights


@dataclass(frozen=True)
class Term:
    """One wish's part in a score: `t` 0 to 1, `tq` in whole millionths, `share` in points of the 0-to-100 score."""

    t: float
    weight: int
    share: float
    tq: int


@dataclass(frozen=True)
class Option:
    """A listing that passes every must. `terms` add up to `score`; `miles` is None where its place is unknown."""

    id: int
    name: str | None
    score: float
    points: int
    terms: Mapping[str, Term]
    miles: float | None
    format: str
    payment: str


@dataclass(frozen=True)
class Possible:
    """A listing that fails no must and of which something is unknown: `ask` names those musts."""

    id: int
    name: str | None
    score: float
    points: int
    ask: tuple[str, ...]


@dataclass(frozen=True)
class Relaxation:
    """The same need with one thing changed: how many options there then are, and the first of them."""

    must: str
    change: str
    total: int
    best: int | None


@dataclass(frozen=True)
class Answer:
    total: int
    options: tuple[Option, ...]
    possible_total: int
    possibles: tuple[Possible, ...]
    relaxations: tuple[Relaxation, ...] | None
    weights: Weights = field(default_factory=dict, compare=False)
    """What each term counted: with these and the directory of `made_of` the answer can be made again."""
    made_of: str = field(default="", compare=False)

    def as_json(self) -> dict[str, object]:
        """The document of `match --json`; `relaxations` is absent where none were asked for or due."""
        document: dict[str, object] = {
            "total": self.total,
            "options": [asdict(option) for option in self.options],
            "possible_total": self.possible_total,
            "possibles": [{**asdict(possible), "ask": list(possible.ask)} for possible in self.possibles],
        }
        if self.relaxations is not None:
            document["relaxations"] = [asdict(relaxation) for relaxation in self.relaxations]
        return document


@dataclass(frozen=True)
class Explanation:
    """Why a listing is not an option: `<must>:<code>` or `<must>`, in the order of the musts, then of the need."""

    id: int
    name: str | None
    fails: tuple[str, ...]
    unknown: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The whole document of `match --explain --json`."""
        return {"id": self.id, "fails": list(self.fails), "unknown": list(self.unknown)}
