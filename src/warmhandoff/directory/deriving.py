"""From many facts to what holds now. Pure: what was said, by whom and when, in; the current facts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

Voice = Literal["file", "person", "listing", "measured"]
# A source's kind says whose voice it is; every other kind is a file.
VOICES: dict[str, Voice] = {"entered": "person", "self": "listing", "measured": "measured"}


@dataclass(frozen=True)
class Said:
    """What one source said of one field. `number` grows with time: of one source the last word counts.

    `row`: the row of the source it stands in. A file that holds a listing twice says two things of it, and neither
    row takes back the other's words; what a person says is about the listing, whichever row it was written on.
    """

    number: int
    field: str
    value: Any
    source: UUID
    seen_on: date
    verified_on: date | None
    voice: Voice = "file"
    row: int = 0

    @property
    def person(self) -> bool:
        """Whether someone answers for it: a person of the practice, the listing itself, or what was measured."""
        return self.voice != "file"

    @property
    def dated(self) -> date:
        """The later of the days on which it was seen and verified."""
        return max(self.seen_on, self.verified_on or self.seen_on)


def _weight(said: Said) -> tuple[bool, bool, date, bool, int]:
    verified = said.verified_on is not None or said.person
    return (said.person, verified, said.dated, said.voice == "listing", said.number)


def last_words(all_said: Iterable[Said]) -> list[Said]:
    """Of each source (of a file: of each of its rows) its last word on each field, in the order they were said."""
    last: dict[tuple[str, UUID, int], Said] = {}
    for said in sorted(all_said, key=lambda said: said.number):
        last[said.field, said.source, 0 if said.person else said.row] = said
    return sorted(last.values(), key=lambda said: said.number)


def holding(all_said: Iterable[Said]) -> dict[str, Said]:
    """field -> the word that holds now, also where it says "not known".

    Of each source only its last word on a field counts. Among sources whoever answers for the listing (a person of
    the practice, the listing itself, what was measured) outweighs any file; among these the newer word holds, and on
    one day the listing's own. Of files a verified fact outweighs one that is not; then the newer one. A file that no
    longer says anything, and what is no longer measured, leave the word to the others; a person who says "not known"
    is believed.
    """
    best: dict[str, Said] = {}
    for said in last_words(all_said):
        if said.value is None and said.voice in ("file", "measured"):
            continue
        if said.field not in best or _weight(said) > _weight(best[said.field]):
            best[said.field] = said
    return dict(sorted(best.items()))


def why_lost(said: Said, winner: Said | None, *, is_last: bool) -> str:
    """Why a word does not hold, in a sentence: the rule of `holding`, told. `is_last`: its source's last word."""
    if not is_last:
        return "The same source said it anew later."
    if said.value is None:
        return "This source says nothing of it any more."
    if winner is None:
        return "Nothing holds."
    if winner.person and not said.person:
        return "Whoever answers for it (a person, the listing itself, what was measured) outweighs a file."
    if said.person and winner.dated == said.dated and winner.voice == "listing" != said.voice:
        return "On one day the listing's own word stands."
    if not said.person and winner.verified_on is not None and said.verified_on is None:
        return "Someone verified the other; this one was only seen."
    return "Something newer was said." if winner.dated > said.dated else "The other was said later the same day."


def facts_now(all_said: Iterable[Said]) -> dict[str, dict[str, Any]]:
    """field -> {"value", "seen_on", "verified_on", "source", "person"} of what holds now; the rule is `holding`'s."""
    return {field: _written(said) for field, said in holding(all_said).items()}


def own_facts(shared: Iterable[Said], own: Iterable[Said]) -> dict[str, dict[str, Any]]:
    """What a practice's own words come to over a listing that all share: the fields in which they hold."""
    mine = list(own)
    numbers = {said.number for said in mine}
    found = holding([*shared, *mine])
    return {field: _written(said) for field, said in found.items() if said.number in numbers}


def _written(said: Said) -> dict[str, Any]:
    return {
        "value": said.value,
        "seen_on": said.seen_on.isoformat(),
        "verified_on": said.verified_on.isoformat() if said.verified_on else None,
        "source": str(said.source),
        "person": said.person,
    }


def over(shared: dict[str, dict[str, Any]], own: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A practice's own facts (as `own_facts` found them) laid over the shared ones, for this practice alone."""
    return {**shared, **own}
