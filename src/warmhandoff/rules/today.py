"""Today: what comes first, and why something is on the page, in one sentence each.

Harm comes before dates: what was begun in a crisis, then what reduces a harm that stands as danger or as acute, then
the rest; within each by what is due first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warmhandoff.rules.lifecycle import STATES

_URGENT_BANDS = ("imminent", "acute")
_COUNTS = ("no", "one", "two", "three", "four", "five")
_WHY = {
    "needed": "Nothing has been offered to her yet.",
    "offered": "She has {options} to choose from.",
    "undecided": "She has not decided; {ready}.",
    "chosen": "She chose{chosen}; the release is not signed yet.",
    "released": "The release is signed; nothing has left yet.",
    "queued": "The packet{to} is on its way.",
    "sent": "{who} has it and has promised an answer.",
    "asked": "{who} asked a question before answering.",
    "silent": "{who} has not answered in time; {ready}.",
    "declined": "{who} said no; {ready}.",
    "waitlisted": "{who} has her on a waiting list.",
    "accepted": "{who} said yes; no first session is booked.",
    "taken": "She took the list; how it went is not known yet.",
    "booked": "A first session is booked{with_who}.",
    "missed": "The first session did not take place.",
    "attended": "She has been there; whether it fits is not known yet.",
    "settled": "It fits; only the close is missing.",
}


@dataclass(frozen=True)
class Standing:
    """What a sentence is made of. who: the last recipient; chosen: her first choice; ready: options not tried yet."""

    state: str
    who: str = ""
    chosen: str = ""
    ready: int = 0
    overdue: bool = False


def why(standing: Standing) -> str:
    """Why a referral stands where it does, in one sentence; a state without words of its own is named."""
    if standing.state == "sent" and standing.overdue:
        return f"{standing.who or 'The recipient'} has not answered by the promised day."
    found = _WHY.get(standing.state)
    if found is None:
        return f"{STATES[standing.state].label}."
    return found.format(
        who=standing.who or "The recipient", chosen=f" {standing.chosen}" if standing.chosen else "",
        to=f" to {standing.who}" if standing.who else "", with_who=f" with {standing.who}" if standing.who else "",
        options=_options(standing.ready), ready=_ready(standing.ready),
    )


def _number(count: int) -> str:
    return _COUNTS[count] if count < len(_COUNTS) else str(count)


def _options(count: int) -> str:
    return f"{_number(count)} option{'' if count == 1 else 's'}"


def _ready(count: int) -> str:
    return f"{_options(count)} {'is' if count == 1 else 'are'} ready" if count else "no other option is left"


def urgency(reason: str, harms: Mapping[str, Mapping[str, Any]], reduces: Mapping[str, int]) -> int:
    """Where something stands by harm: 0 begun in a crisis, 1 it reduces a danger or an acute harm, 2 the rest.

    harms: area -> {"severity", "band"}, as the clinician set them; reduces: area -> expected reduction, 0 to 4.
    """
    if reason == "crisis":
        return 0
    bands = {harms[area].get("band") for area, by in reduces.items() if by > 0 and area in harms}
    return 1 if bands.intersection(_URGENT_BANDS) else 2
