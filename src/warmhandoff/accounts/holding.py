"""What a member holds, as the apps above know it: what must find other hands first, and what ends when she goes.

Accounts lie below clients and referrals, so those register here what only they can count.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from warmhandoff.accounts.models import Membership
from warmhandoff.rules.access import Actor

Count = Callable[[UUID], int]
# Given the membership, who ended it and when: as of when it ends, and the moment of the request.
Part = Callable[[Membership, Actor, datetime], None]
_HOLDS: dict[str, Count] = {}
_PARTINGS: dict[str, Part] = {}


def holds(singular: str) -> Callable[[Count], Count]:
    """Register how many of something would be in nobody's hands if this member went now."""

    def register(count: Count) -> Count:
        _HOLDS[singular] = count
        return count

    return register


def parting(name: str) -> Callable[[Part], Part]:
    """Register what an app ends together with a membership, in the same transaction."""

    def register(part: Part) -> Part:
        _PARTINGS[name] = part
        return part

    return register


def held_by(membership_id: UUID) -> dict[str, int]:
    """What the member holds and nobody else does, by kind; empty when she may go."""
    counts = {name: count(membership_id) for name, count in _HOLDS.items()}
    return {name: count for name, count in counts.items() if count}


def in_words(held: dict[str, int]) -> str:
    """"3 open referrals and 1 client whom nobody else cares for"."""
    plural = {name: name.replace(" ", "s ", 1) if " who" in name else f"{name}s" for name in held}
    return " and ".join(f"{count} {name if count == 1 else plural[name]}" for name, count in held.items())


def part(membership: Membership, actor: Actor, now: datetime) -> None:
    for end in _PARTINGS.values():
        end(membership, actor, now)
