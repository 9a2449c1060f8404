"""Reads named fields out of a mapping that came from outside, and collects every fault instead of the first.

Strict on purpose: a wrong guess about a fact becomes a wrong referral. Nothing is trimmed, truth values are not
numbers, 1.0 is not a whole number, and no float is accepted that is not finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from warmhandoff.matching.types import INT64_MAX, INT64_MIN
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import Vocabulary

PLAN_LENGTH = 100


def shown(value: object) -> str:
    """A value as it may stand in a message: short, on one line, printable anywhere."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def is_text(value: object) -> bool:
    """A string that can be written as UTF-8: JSON can spell half a surrogate pair, which nothing can print."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass
class Fields:
    """One mapping being read. Each method takes a field's name and answers its value, or None and a problem."""

    raw: Mapping[str, object]
    prefix: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, reason: str) -> None:
        self.problems.append(Problem(reason, field=self.prefix + name))

    def refuse_if_wrong(self) -> None:
        if self.problems:
            raise BadInput(*self.problems)

    def given(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def code(self, name: str, vocabulary: Vocabulary) -> str | None:
        value = self.raw.get(name)
        if value is None or (isinstance(value, str) and value in vocabulary):
            return value
        known_shape = isinstance(value, str)
        self.wrong(name, vocabulary.unknown(str(value)) if known_shape else f"a code is needed, not {shown(value)}")
        return None

    def items(self, name: str) -> list[object] | None:
        value = self.raw.get(name)
        if value is None:
            return None
        if isinstance(value, list):
            return value
        if isinstance(value, tuple):
            return list(value)
        if isinstance(value, (set, frozenset)):
            return sorted(value, key=repr)
        self.wrong(name, f"a list is needed, not {shown(value)}")
        return None

    def codes(self, name: str, vocabulary: Vocabulary) -> tuple[str, ...] | None:
        """In the order given, without repetition."""
        items = self.items(name)
        if items is None:
            return None
        if _all_known(items, vocabulary):
            return tuple(dict.fromkeys(items))  # type: ignore[arg-type]  # what is known is text
        for item in items:
            if not isinstance(item, str):
                self.wrong(name, f"a list of codes is needed, and {shown(item)} is none")
            elif item not in vocabulary:
                self.wrong(name, vocabulary.unknown(item))
        return tuple(dict.fromkeys(item for item in items if isinstance(item, str)))

    def plan(self, name: str, value: object) -> str | None:
        """Plan codes are data of each server: any text of 1 to 100 characters without blanks at its ends."""
        if isinstance(value, str) and is_text(value) and 0 < len(value) <= PLAN_LENGTH and value == value.strip():
            return value
        self.wrong(name, f"a plan's code is needed (text without blanks at its ends), not {shown(value)}")
        return None

    def plans(self, name: str) -> tuple[str, ...] | None:
        items = self.items(name)
        if items is None:
            return None
        plans = [self.plan(name, item) for item in items]
        return tuple(dict.fromkeys(plan for plan in plans if plan is not None))

    def flag(self, name: str) -> bool | None:
        value = self.raw.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(name, f"true or false is needed, not {shown(value)}")
        return None

    def whole(self, name: str, *, low: int = 0) -> int | None:
        value = self.raw.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= INT64_MAX:
            return value
        kind = "a whole number" if low == INT64_MIN else f"a whole number of {low} or more"
        self.wrong(name, f"{kind}, within 64 bits, is needed, not {shown(value)}")
        return None

    def number(self, name: str, *, low: float = -math.inf, high: float = math.inf) -> float | None:
        value = self.raw.get(name)
        if value is None:
            return None
        number = finite(value)
        if number is not None and low <= number <= high:
            return number
        self.wrong(name, f"a finite number{_bounds(low, high)} is needed, not {shown(value)}")
        return None

    def text(self, name: str) -> str | None:
        value = self.raw.get(name)
        if value is None:
            return None
        if isinstance(value, str) and is_text(value):
            return value
        self.wrong(name, f"text is needed, not {shown(value)}")
        return None


def finite(value: object) -> float | None:
    """The number as float64, or None if it is none, is a truth value, or is not finite there."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _all_known(items: list[object], vocabulary: Vocabulary) -> bool:
    """The quick way through a large file: nearly every list of codes is in order."""
    try:
        return vocabulary.known.issuperset(items)
    except TypeError:  # something in the list is itself a list or an object
        return False


def _bounds(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return ""
    return f" from {low:g} to {high:g}"


def distinct(value: tuple[str, ...] | None) -> tuple[str, ...]:
    """An unasked list is an empty one."""
    return value or ()
