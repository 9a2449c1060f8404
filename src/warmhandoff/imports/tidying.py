"""Texts as registers write them, as people read them: capitals, telephone numbers, places that cannot be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from warmhandoff.directory.fields import checked
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import vocabulary

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_STAYS = {
    "II", "III", "IV", "LLC", "LLP", "PLLC", "PC", "PA", "LP", "NE", "NW", "SE", "SW", "US", "USA", "PO", "PSC", "LPC",
    "LCSW", "LMFT", "LMHC", "MFT", "MD", "DO", "PHD", "PSYD", "RN", "NP",
}  # fmt: skip
FARTHEST = 150.0
"""Miles from a ZIP's own point beyond which coordinates cannot be of an address in it: the widest ZIP areas of the
United States outside Alaska reach about 100 miles across."""


def titled(text: str) -> str:
    """A text in capitals, in Title Case; any other stays as it was written."""
    clean = " ".join(text.split())
    return _WORD.sub(_word, clean) if clean.isupper() else clean


def _word(found: re.Match[str]) -> str:
    word = found[0]
    if word in _STAYS or any(letter.isdigit() for letter in word[:1]):
        return word if word in _STAYS else word.lower()
    head, mark, rest = word.partition("'")
    if mark and len(head) == 1 and len(rest) > 1:
        return f"{head}'{rest.capitalize()}"
    return word.capitalize()


def telephone(text: str) -> str:
    """Ten digits as (512) 555-0100; anything else as it was written."""
    digits = re.sub(r"[\s().+-]", "", text)
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) == 10 and digits.isdigit() and digits.isascii():
        return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return " ".join(text.split())


def state_of(text: str) -> str | None:
    """A state's two letters, from them or from its name; None where it is no state of the United States."""
    wanted = " ".join(text.split()).upper().replace(".", "")
    return _states().get(wanted)


def _states() -> Mapping[str, str]:
    if not _found_states:
        for code, entry in vocabulary("states").entries.items():
            _found_states[code] = _found_states[entry.label.upper()] = code
    return _found_states


_found_states: dict[str, str] = {}


def sifted(facts: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Facts as they are stored, and (field, reason) of each that was left unknown because it cannot be right.

    Name and kind are not sifted: without them there is no listing, and BadInput says so.
    """
    left: list[tuple[str, str]] = []
    given = {name: value for name, value in facts.items() if value not in (None, "", [])}
    while True:
        try:
            found = {name: value for name, value in checked(given).items() if value is not None}
            break
        except BadInput as refusal:
            for problem in refusal.problems:
                if problem.field in ("name", "kind") or problem.field not in given:
                    raise
                left.append((problem.field, problem.reason))
                del given[problem.field]
                if problem.field in ("lat", "lon"):
                    given.pop("lat", None)
                    given.pop("lon", None)
    reason = _not_there(found)
    if reason:
        left.append(("lat", reason))
        del found["lat"], found["lon"]
    return found, left


def _not_there(facts: Mapping[str, Any]) -> str:
    """Why a point cannot be where the address is; empty where it can."""
    place = place_of_zip(facts.get("zip", ""))
    if "lat" not in facts or place is None:
        return ""
    across = math.cos(math.radians(place.lat))
    miles = 69.1 * math.hypot(facts["lat"] - place.lat, (facts["lon"] - place.lon) * across)
    if place.state == "AK" or miles <= FARTHEST:
        return ""
    return f"lies {miles:,.0f} miles from the ZIP {place.zip}: the coordinates are lost or a filler"
