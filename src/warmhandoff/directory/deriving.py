"""From many facts to what holds now. Pure: what was said, by whom and when, in; the current facts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Said:
    """What one source said of one field. `number` grows with time: of one source the last word counts."""

    number: int
    field: str
    value: Any
    source: UUID
    seen_on: date
    verified_on: date | None
    person: bool


def _weight(said: Said) -> tuple[bool, bool, date, int]:
    verified = said.verified_on is not None
    return (said.person, verified, max(said.seen_on, said.verified_on or said.seen_on), said.number)


def facts_now(all_said: Iterable[Said]) -> dict[str, dict[str, Any]]:
    """field -> {"value", "seen_on", "verified_on", "source", "person"} of what holds now.

    Of each source only its last word on a field counts. Among sources a person of the practice outweighs any file;
    then a verified fact outweighs one that is not; then the newer one. A file that no longer says anything leaves the
    word to the others; a person who says "not known" is believed, and the field is unknown.
    """
    last: dict[tuple[str, UUID], Said] = {}
    for said in sorted(all_said, key=lambda said: said.number):
        last[said.field, said.source] = said
    best: dict[str, Said] = {}
    for said in last.values():
        if said.value is None and not said.person:
            continue
        if said.field not in best or _weight(said) > _weight(best[said.field]):
            best[said.field] = said
    return {field: _written(said) for field, said in sorted(best.items()) if said.value is not None or said.person}


def _written(said: Said) -> dict[str, Any]:
    return {
        "value": said.value,
        "seen_on": said.seen_on.isoformat(),
        "verified_on": said.verified_on.isoformat() if said.verified_on else None,
        "source": str(said.source),
        "person": said.person,
    }


def over(shared: dict[str, dict[str, Any]], own: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A practice's own facts laid over the shared ones: its people's word stands first, for this practice alone."""
    return {**shared, **own}
