"""The order of a referral plan: several things she could do, one at a time, and why in a sentence.

After the harm-reduction order of clinical practice: where there is danger, clinical judgment and the crisis path lead
and there is no list. While an acute harm stands (the clinician sets that), what reduces it and what she is most willing
to do comes first, and the rest is deferred until the risk is less. Else it is her own order, within the bands. Levels
and willingness are compared, never multiplied: products of guesses say nothing. A suggestion, freely changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from warmhandoff.rules.vocab import vocabulary

Band = Literal["imminent", "acute", "serious", "standing"]
Lead = Literal["danger", "acute", "none_for_acute", "own", "by_hand", "empty"]
BANDS: dict[Band, str] = {
    "imminent": "Danger now, or medical danger",
    "acute": "Acute: it has to become less first",
    "serious": "Serious, and not acute",
    "standing": "There, and it can wait",
}
_RANK: dict[Band, int] = {"imminent": 0, "acute": 1, "serious": 2, "standing": 3}
_NO_HARM = 4
SEVEREST, MOST_WILLING = 4, 10


@dataclass(frozen=True)
class Harm:
    """An area of harm as it stands now. severity: 0 to 4; band: what the clinician sets, never worked out."""

    area: str
    severity: int
    band: Band = "standing"


@dataclass(frozen=True)
class Item:
    """One thing she could do. reduces: area -> expected reduction, 0 to 4; willingness: 0 to 10, None not asked.

    hers: its place in her own order, 1 first. resting: put off by hand until another is settled.
    """

    id: str
    name: str
    hers: int
    reduces: Mapping[str, int] = field(default_factory=dict)
    willingness: int | None = None
    resting: bool = False


@dataclass(frozen=True)
class Line:
    """One item in the order. deferred: why it waits, "" for what goes on now; trigger: what brings it back."""

    id: str
    deferred: str = ""
    trigger: str = ""

    @property
    def now(self) -> bool:
        return not self.deferred


@dataclass(frozen=True)
class Order:
    """The items in order, what leads, and why in a sentence. acute: areas of harm that stand as acute or worse."""

    lead: Lead
    why: str
    lines: tuple[Line, ...] = ()
    acute: tuple[str, ...] = ()

    @property
    def now(self) -> tuple[str, ...]:
        return tuple(line.id for line in self.lines if line.now)

    @property
    def deferred(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.now)


def _in_words(area: str) -> str:
    return vocabulary("harm_areas").label(area).lower()


def _named(areas: Iterable[str]) -> str:
    words = [_in_words(area) for area in areas]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _standing(harms: Iterable[Harm], band: Band) -> list[Harm]:
    """The harms of one band, the severest first."""
    return sorted((one for one in harms if one.band == band), key=lambda one: (-one.severity, one.area))


def _worst(item: Item, harms: Mapping[str, Harm]) -> tuple[int, int]:
    """Where an item stands by the worst harm it reduces: the band, then the severity (the severest first)."""
    found = [(_RANK[harms[area].band], -harms[area].severity) for area, by in item.reduces.items()
             if by > 0 and area in harms]
    return min(found, default=(_NO_HARM, 0))


def _willing(item: Item) -> int:
    """What was not asked yet comes after what she said, also after no."""
    return -1 if item.willingness is None else item.willingness


def order(harms: Iterable[Harm], items: Iterable[Item], *, by_hand: Sequence[str] = ()) -> Order:
    """The suggested order, or the one set by hand where there is one (ids that are gone are passed by).

    Every item occurs once. What is deferred always says what brings it back. Within the same harm and willingness her
    own order decides, then the id, so that the same facts always give the same order.
    """
    known = {one.area: one for one in harms}
    rest = sorted(items, key=lambda item: (item.hers, item.id))
    danger, acute = _standing(known.values(), "imminent"), _standing(known.values(), "acute")
    if danger:
        return _danger(danger, acute, rest, known)
    if not rest:
        return Order("empty", "Nothing is planned yet.", acute=tuple(one.area for one in acute))
    if by_hand:
        return _by_hand(by_hand, rest, acute)
    return _acute(acute, rest, known) if acute else _own(rest, known)


def _danger(danger: list[Harm], acute: list[Harm], items: list[Item], known: Mapping[str, Harm]) -> Order:
    areas = tuple(one.area for one in danger)
    why = f"Danger now ({_named(areas)}): clinical judgment and the crisis path lead, not a list."
    trigger = "When you record that the danger is over."
    placed = sorted(items, key=lambda item: (*_worst(item, known), -_willing(item), item.hers, item.id))
    lines = tuple(Line(item.id, "The danger comes first.", trigger) for item in placed)
    return Order("danger", why, lines, (*areas, *(one.area for one in acute)))


def _acute(acute: list[Harm], items: list[Item], known: Mapping[str, Harm]) -> Order:
    """What reduces the worst acute harm that anything here reduces, and she is most willing to do; the rest waits."""
    placed = sorted(items, key=lambda item: (*_worst(item, known), -_willing(item), item.hers, item.id))
    areas = tuple(one.area for one in acute)
    trigger = f"When you record that {_named(areas)} has become less."
    candidates = [item for item in placed if _worst(item, known)[0] == _RANK["acute"] and not item.resting]
    if not candidates:
        why = f"{_named(areas).capitalize()} stands as acute, and nothing here reduces it. Plan a step that does."
        return Order("none_for_acute", why, tuple(Line(item.id, "It reduces nothing that is acute.", trigger)
                                                  for item in placed), areas)
    first = candidates[0]
    target = next(one for one in acute if first.reduces.get(one.area, 0) > 0)
    how = "is what she is most willing to do" if first.willingness is not None else "comes first until she is asked"
    why = f"First {first.name}: it reduces {_in_words(target.area)} and {how}. The rest waits until that is less."
    behind = [item for item in placed if item is not first]
    lines = (Line(first.id), *(Line(item.id, f"{_in_words(target.area).capitalize()} comes first.", trigger)
                               for item in behind))
    return Order("acute", why, lines, areas)


def _own(items: list[Item], known: Mapping[str, Harm]) -> Order:
    placed = sorted(items, key=lambda item: (_worst(item, known)[0], item.hers, item.id))
    awake = [item for item in placed if not item.resting]
    before = awake[0].name if awake else "another step"
    lines = tuple(
        Line(item.id, "One thing at a time.", f"When {before} is settled.") if item.resting and awake
        else Line(item.id)
        for item in placed
    )  # fmt: skip
    serious = [one.area for one in _standing(known.values(), "serious")]
    why = "Her own order: nothing acute stands."
    if serious and _worst(placed[0], known)[0] == _RANK["serious"]:
        why = f"Nothing acute stands. What reduces {_named(serious)} comes first, and then it is her own order."
    return Order("own", why, lines)


def _by_hand(by_hand: Sequence[str], items: list[Item], acute: list[Harm]) -> Order:
    place = {item_id: number for number, item_id in enumerate(by_hand)}
    placed = sorted(items, key=lambda item: (place.get(item.id, len(place)), item.hers, item.id))
    areas = tuple(one.area for one in acute)
    if not acute:
        return Order("by_hand", "An order set by hand.", tuple(Line(item.id) for item in placed))
    trigger = f"When you record that {_named(areas)} has become less."
    lines = tuple(Line(item.id) if number == 0 else Line(item.id, "One thing at a time.", trigger)
                  for number, item in enumerate(placed))
    return Order("by_hand", f"An order set by hand, while {_named(areas)} stands as acute.", lines, areas)


def comes_back(before: Order, after: Order) -> tuple[str, ...]:
    """What was deferred and goes on now, in the new order: for each, a dated next step is made."""
    waited = {line.id for line in before.deferred}
    return tuple(line.id for line in after.lines if line.now and line.id in waited)


@dataclass(frozen=True)
class Proposal:
    """A supportive next step after something was not followed through."""

    code: str
    label: str
    words: str


@cache
def _proposals() -> tuple[dict[str, Proposal], dict[str, tuple[str, ...]]]:
    raw = tomllib.loads(files("warmhandoff.rules").joinpath("plan.toml").read_text(encoding="utf-8"))
    known = {code: Proposal(code, one["label"], one["words"]) for code, one in raw["proposal"].items()}
    return known, {code: tuple(codes) for code, codes in raw["barriers"].items()}


def proposals(barrier: str = "") -> tuple[Proposal, ...]:
    """The supportive next steps for a barrier, the most fitting first, then the others; all where none is named."""
    known, fitting = _proposals()
    return tuple(known[code] for code in dict.fromkeys((*fitting.get(barrier, ()), *known)))


# Where a referral of a plan stands when something was not followed through, once its step is overdue.
STUCK = {
    "offered": "She has not chosen yet.", "undecided": "She has not decided yet.",
    "accepted": "No first session is booked.", "taken": "Nothing was heard since she took the list.",
    "booked": "Nobody has said whether she was there.", "missed": "She was not there.",
}
AT_ONCE = frozenset({"missed"})  # noticed without waiting for a date
